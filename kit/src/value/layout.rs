//! How a column lies in memory: producer input that changes no value.

use super::{DataType, Field, ParseError, UnionMode, Value};

/// The physical choices a producer input makes for one array. Every default is what a plain writer would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Filler slots before the first row, which `ArrowArray.offset` skips.
    pub offset: usize,
    /// Filler slots behind the last row.
    pub tail: usize,
    /// Whether there is a validity bitmap; by default when there are nulls.
    pub validity: Option<Validity>,
    /// Whether `ArrowArray.null_count` is -1.
    pub unknown_null_count: bool,
    /// The first offset, with as many filler bytes or items before the data.
    pub first_offset: usize,
    /// Whether there is something other than zeros and empty ranges behind null slots.
    pub junk_behind_nulls: bool,
    /// Whether each buffer starts at an odd address.
    pub unaligned: bool,
    /// Whether the offsets buffer of an array without rows is NULL.
    pub null_offsets: bool,
    /// Greatest number of bytes in a data buffer of a view type; a longer value has a buffer of its own.
    pub view_block: Option<usize>,
    /// Lengths of the runs.
    pub runs: Option<Vec<u64>>,
    /// Values of the dictionary, in order.
    pub dictionary: Option<Vec<Value>>,
    /// Indices into the dictionary, row by row.
    pub indices: Option<Vec<Option<u64>>>,
    /// Layouts of the children by position; a missing or `None` one is the default.
    pub children: Vec<Option<Layout>>,
    /// Layout of the dictionary array.
    pub values: Option<Box<Layout>>,
}

/// Whether an array has a validity bitmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// A bitmap even without nulls.
    Present,
    /// No bitmap, which only an array without nulls may have.
    Absent,
}

impl Layout {
    /// Checks that every key that is set means something for the field, all the way down. A key without an effect is
    /// refused, since a case that sets it does not test what it says.
    pub fn check(&self, field: &Field) -> Result<(), ParseError> {
        use DataType::*;
        let data_type = &field.data_type;
        let encoded = field.dictionary.is_some();
        let offsets = matches!(data_type, Binary | LargeBinary | Utf8 | LargeUtf8 | List | LargeList | Map { .. });
        let list_views = matches!(data_type, ListView | LargeListView);
        let views = matches!(data_type, BinaryView | Utf8View);
        let dense = matches!(data_type, Union { mode: UnionMode::Dense, .. });
        let rules = [
            ("validity", self.validity.is_some(), encoded || data_type.has_validity(), "a type with a validity bitmap"),
            (
                "first_offset",
                self.first_offset > 0,
                !encoded && (offsets || list_views || views || dense),
                "a type with offsets",
            ),
            ("null_offsets", self.null_offsets, !encoded && (offsets || list_views), "a type with offsets"),
            ("view_block", self.view_block.is_some(), !encoded && views, "a view type"),
            ("runs", self.runs.is_some(), !encoded && *data_type == RunEndEncoded, "a run-end encoded field"),
            ("dictionary", self.dictionary.is_some(), encoded, "a dictionary-encoded field"),
            ("indices", self.indices.is_some(), encoded, "a dictionary-encoded field"),
            ("values", self.values.is_some(), encoded, "a dictionary-encoded field"),
        ];
        for (key, set, applies, expected) in rules {
            if set && !applies {
                let found = format!("{}{data_type}", if encoded { "dictionary-encoded " } else { "" });
                return Err(ParseError::new(expected, found).at_key(key));
            }
        }
        if self.children.len() > field.children.len() {
            let expected = format!("at most {} layouts", field.children.len());
            return Err(ParseError::new(expected, self.children.len().to_string()).at_key("children"));
        }
        for (index, (layout, child)) in self.children.iter().zip(&field.children).enumerate() {
            if let Some(layout) = layout {
                layout.check(child).map_err(|error| error.at_index(index).at_key("children"))?;
            }
        }
        if let Some(values) = &self.values {
            values.check(&field.dictionary_values()).map_err(|error| error.at_key("values"))?;
        }
        Ok(())
    }
}
