//! The body of a record batch or dictionary batch → [`Columns`]: the nodes of its field trees, each with the buffers of
//! its type.

use super::account::Account;
use super::body::Body;
use super::message::{BatchHeader, Cost};
use super::place::{self, Position, Projection};
use super::swap::Swap;
use super::unpack::{Packed, Unpacker};
use crate::array::{Buffer, Columns, Node, count_ones};
use crate::error::{Code, Error, Result};
use crate::format::MetadataVersion;
use crate::memory::AlignedBuffer;
use crate::options::{Limits, Validation};
use crate::schema::{ByteOrder, DataType, Field, UnionMode};

/// How a batch is decoded.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub version: MetadataVersion,
    pub byte_order: ByteOrder,
    pub validation: Validation,
    pub limits: &'a Limits,
    /// What the reader holds, the body included where it was read into memory.
    pub account: Account,
    pub unpacker: &'a Unpacker,
}

/// Decodes the columns of `fields`, or those of a projection in its order, in place of what was in `columns`.
pub fn decode(
    fields: &[Field],
    projection: Option<&Projection>,
    header: BatchHeader<'_>,
    body: Body,
    rules: Rules<'_>,
    columns: &mut Columns,
) -> Result<Cost> {
    let mut decoder = Decoder::new(header, body, rules, columns);
    let Some(projection) = projection else {
        for field in fields {
            decoder.column(field, true)?;
        }
        return decoder.finish(fields.iter(), true);
    };
    for (column, (start, _)) in projection.columns.iter().zip(projection.spans(decoder.rules.version)) {
        decoder.at = start.of(&decoder.header)?;
        decoder.column(&fields[*column], true)?;
    }
    decoder.finish(projection.columns.iter().map(|column| &fields[*column]), true)
}

/// Decodes the values of the dictionary of `field`.
pub fn decode_values(field: &Field, header: BatchHeader<'_>, body: Body, rules: Rules<'_>) -> Result<(Columns, Cost)> {
    let mut columns = Columns::default();
    let mut decoder = Decoder::new(header, body, rules, &mut columns);
    decoder.column(field, false)?;
    let cost = decoder.finish(std::iter::once(field), false)?;
    Ok((columns, cost))
}

/// Checks the length of an array whose type has no bytes for a slot: it can be claimed for nothing, and costs whoever
/// walks over it.
fn backed(field: &Field, slots: usize, limits: &Limits) -> Result<()> {
    let unbacked = match &field.data_type {
        DataType::Null | DataType::RunEndEncoded => true,
        DataType::Struct => field.children.is_empty(),
        DataType::FixedSizeList(size) | DataType::FixedSizeBinary(size) => *size == 0,
        _ => false,
    };
    if !unbacked || slots <= limits.unbacked_slots {
        return Ok(());
    }
    let what = format!("the length of a {} array, whose slots take no bytes,", field.data_type);
    Err(Error { clause: Some("security-null-length-dos"), ..Error::limit(&what, slots, limits.unbacked_slots) })
}

/// The owner of buffers that are not decompressed yet.
pub(super) const PACKED: u32 = u32::MAX - 1;

/// Null counts that a bitmap must have, which is to be decompressed first.
struct Uncounted {
    node: usize,
    null_count: i64,
    position: u64,
}

pub(super) struct Decoder<'a> {
    pub(super) header: BatchHeader<'a>,
    /// Bytes of the body.
    pub(super) body: usize,
    /// Where its parts start; nothing when there is one part, the whole.
    pub(super) starts: Vec<usize>,
    pub(super) rules: Rules<'a>,
    pub(super) at: Position,
    pub(super) columns: &'a mut Columns,
    pub(super) packed: Vec<Packed>,
    uncounted: Vec<Uncounted>,
    pub(super) cost: Cost,
}

impl<'a> Decoder<'a> {
    fn new(header: BatchHeader<'a>, body: Body, rules: Rules<'a>, columns: &'a mut Columns) -> Self {
        columns.clear();
        let (length, starts) = match body {
            Body::Whole(bytes) => {
                let length = bytes.len();
                columns.owners.push(bytes);
                (length, Vec::new())
            }
            Body::Parts { length, starts, mut parts } => {
                columns.owners.append(&mut parts);
                (length, starts)
            }
        };
        let (at, cost, packed, uncounted) = Default::default();
        Decoder { header, body: length, starts, rules, at, columns, packed, uncounted, cost }
    }

    /// Decompresses what was found to be compressed, and counts the nulls in it.
    fn finish<'f>(mut self, fields: impl Iterator<Item = &'f Field> + Clone, encoded: bool) -> Result<Cost> {
        if !self.packed.is_empty() || !self.uncounted.is_empty() {
            let name = |(node, error): (usize, Error)| {
                let mut start = 0;
                for field in fields.clone() {
                    let end = start + place::nodes(field, encoded);
                    if (start..end).contains(&node) {
                        return place::name(error, field, node - start, encoded);
                    }
                    start = end;
                }
                error
            };
            self.unpack().map_err(name)?;
            self.count_nulls().map_err(name)?;
        }
        self.cost.owned = self.rules.account.taken();
        Ok(self.cost)
    }

    /// Decompresses. An error comes with the node it belongs to.
    fn unpack(&mut self) -> std::result::Result<(), (usize, Error)> {
        if self.packed.is_empty() {
            return Ok(());
        }
        let block = self.rules.unpacker.unpack(&self.packed, &self.columns.owners);
        let block = block.map_err(|(index, error)| {
            let packed = self.packed[index];
            (packed.node, error.at(packed.position))
        })?;
        let owner = self.columns.owners.len() as u32;
        for packed in self.packed.drain(..) {
            self.columns.buffers[packed.buffer].owner = owner;
        }
        self.columns.owners.push(block.into_bytes());
        Ok(())
    }

    fn count_nulls(&mut self) -> std::result::Result<(), (usize, Error)> {
        for Uncounted { node, null_count, position } in std::mem::take(&mut self.uncounted) {
            let counted = self.count(node, null_count, position).map_err(|error| (node, error))?;
            self.columns.nodes[node].null_count = counted;
        }
        Ok(())
    }

    /// Counts the nulls of a node, of which there must be `null_count` unless that is negative.
    fn count(&mut self, node: usize, null_count: i64, position: u64) -> Result<usize> {
        let Node { length, first_buffer, .. } = self.columns.nodes[node];
        let bitmap = self.columns.buffers[first_buffer as usize];
        let nulls = length - count_ones(self.columns.bytes(bitmap), length);
        if null_count > 0 && nulls as i64 != null_count {
            let message = format!("the null count is {null_count}, the validity bitmap has {nulls} nulls");
            return Err(Error::invalid("layout-null-count-mismatch", message).at(position));
        }
        if nulls == 0 {
            self.columns.buffers[first_buffer as usize] = Buffer::ABSENT;
        }
        Ok(nulls)
    }

    /// A top-level column: as long as the batch. `encoded` is false for the values of a dictionary.
    fn column(&mut self, field: &Field, encoded: bool) -> Result<()> {
        let length = self.field(field, encoded).map_err(|e| e.in_field(&field.name))?;
        if length == self.header.rows {
            return Ok(());
        }
        let message = format!("the column has {length} slots, the batch {} rows", self.header.rows);
        Err(Error::invalid("batch-length-mismatch", message).in_field(&field.name))
    }

    fn child(&mut self, field: &Field, at_least: usize, clause: &'static str) -> Result<usize> {
        let decoded = self.field(field, true).and_then(|length| {
            if length >= at_least {
                return Ok(length);
            }
            Err(Error::invalid(clause, format!("the child has {length} slots, its parent needs {at_least}")))
        });
        decoded.map_err(|e| e.in_field(&field.name))
    }

    /// Decodes a field tree and returns its length. `encoded` is false for the values of a dictionary.
    pub fn field(&mut self, field: &Field, encoded: bool) -> Result<usize> {
        let (length, null_count) = self.header.node(self.at.node)?;
        self.at.node += 1;
        if !(-1..=length as i64).contains(&null_count) {
            let message = format!("the null count of {length} slots is {null_count}");
            return Err(Error::invalid("layout-null-count-mismatch", message).at(self.node_position()));
        }
        if !encoded || field.dictionary.is_none() {
            backed(field, length, self.rules.limits).map_err(|e| e.at(self.node_position()))?;
        }
        let index = self.columns.nodes.len();
        let first_buffer = self.columns.buffers.len() as u32;
        self.columns.nodes.push(Node { length, null_count: 0, first_buffer, buffer_count: 0 });
        let dictionary = field.dictionary.as_ref().filter(|_| encoded);

        let mut nulls = 0;
        if dictionary.is_some() || place::has_validity(&field.data_type, self.rules.version) {
            let kept =
                dictionary.is_some() || !matches!(field.data_type, DataType::Union(..) | DataType::RunEndEncoded);
            nulls = self.validity(length, null_count, kept)?;
            if !kept {
                // The bitmap of V4 has no place in the C Data Interface.
                self.columns.buffers.pop();
                if nulls > 0 {
                    let message = format!("a V4 {} with {nulls} nulls of its own", field.data_type);
                    return Err(Error { clause: Some("layout-union-v4-nulls"), ..Error::unsupported(message) });
                }
            }
        } else if field.data_type == DataType::Null {
            nulls = length;
            // A type tag that was damaged into this one shows here: no buffer can tell.
            if self.rules.validation == Validation::Full && null_count >= 0 && null_count as usize != length {
                let message = format!("an array of {length} nulls has a null count of {null_count}");
                return Err(Error::invalid("layout-null-type-null-count", message).at(self.node_position()));
            }
        } else if field.data_type == DataType::RunEndEncoded && null_count > 0 {
            let message =
                format!("a run-end encoded array has a null count of {null_count}, it has no nulls of its own");
            return Err(Error::invalid("layout-ree-null-count-invalid", message).at(self.node_position()));
        }
        self.columns.nodes[index].null_count = nulls;

        match dictionary {
            Some(dictionary) => {
                let width = dictionary.index.bytes();
                self.values(length, width, width, Swap::Whole(width))?;
            }
            None => self.layout(field, length)?,
        }
        let columns = &mut *self.columns;
        columns.nodes[index].buffer_count = columns.buffers.len() as u32 - first_buffer;
        if dictionary.is_none() {
            self.children(field, length)?;
        }
        Ok(length)
    }

    /// The buffers of a type but validity.
    #[inline]
    fn layout(&mut self, field: &Field, length: usize) -> Result<()> {
        match &field.data_type {
            DataType::Null | DataType::Struct | DataType::FixedSizeList(_) | DataType::RunEndEncoded => Ok(()),
            DataType::Bool => self.buffer("values", length.div_ceil(8), 1, Swap::None, "layout-primitive-too-short"),
            DataType::Binary | DataType::Utf8 => {
                self.offsets(length, 4, "layout-varbinary-offset-count")?;
                self.buffer("data", 0, 1, Swap::None, "layout-varbinary-offset-oob")
            }
            DataType::LargeBinary | DataType::LargeUtf8 => {
                self.offsets(length, 8, "layout-varbinary-offset-count")?;
                self.buffer("data", 0, 1, Swap::None, "layout-varbinary-offset-oob")
            }
            DataType::List | DataType::Map { .. } => self.offsets(length, 4, "layout-list-offsets"),
            DataType::LargeList => self.offsets(length, 8, "layout-list-offsets"),
            DataType::ListView | DataType::LargeListView => {
                let width = if field.data_type == DataType::ListView { 4 } else { 8 };
                self.fixed("offsets", length, width, width, Swap::Whole(width), "layout-listview-buffers")?;
                self.fixed("sizes", length, width, width, Swap::Whole(width), "layout-listview-buffers")
            }
            DataType::BinaryView | DataType::Utf8View => {
                self.fixed("views", length, 16, 8, Swap::Views, "layout-view-struct")?;
                let count = self.header.variadic_count(self.at.variadic)?;
                self.at.variadic += 1;
                (0..count).try_for_each(|_| self.buffer("data", 0, 1, Swap::None, "layout-view-range-invalid"))
            }
            DataType::Union(mode, _) => {
                self.fixed("type ids", length, 1, 1, Swap::None, "layout-union-type-ids-buffer")?;
                match mode {
                    UnionMode::Sparse => Ok(()),
                    UnionMode::Dense => {
                        self.fixed("offsets", length, 4, 4, Swap::Whole(4), "layout-union-dense-offsets")
                    }
                }
            }
            other => match other.fixed_width() {
                Some(width) => {
                    let swap = if self.rules.byte_order == ByteOrder::Big { Swap::of(other) } else { Swap::None };
                    self.values(length, width, other.value_alignment(), swap)
                }
                None => Err(Error::new(Code::Internal, format!("no layout for {other}"))),
            },
        }
    }

    fn children(&mut self, field: &Field, length: usize) -> Result<()> {
        match &field.data_type {
            DataType::Struct => {
                for child in &field.children {
                    self.child(child, length, "layout-struct-child-length")?;
                }
            }
            DataType::Union(UnionMode::Sparse, _) => {
                for child in &field.children {
                    self.child(child, length, "layout-union-sparse-lengths")?;
                }
            }
            DataType::FixedSizeList(size) => {
                let needed = length.checked_mul(*size as usize).ok_or_else(|| {
                    let message = format!("{length} lists of {size} items overflow");
                    Error::invalid("layout-fsl-child-shorter", message)
                })?;
                self.child(&field.children[0], needed, "layout-fsl-child-shorter")?;
            }
            DataType::RunEndEncoded => {
                let runs = self.child(&field.children[0], usize::from(length > 0), "layout-ree-last-run-end")?;
                let values = self.child(&field.children[1], runs, "layout-ree-children-equal-length")?;
                if runs != values {
                    return Err(Error::invalid(
                        "layout-ree-children-equal-length",
                        format!("{runs} run ends and {values} values"),
                    ));
                }
            }
            _ => {
                for child in &field.children {
                    self.child(child, 0, "layout-list-child-shorter")?;
                }
            }
        }
        Ok(())
    }

    /// The validity entry; returns the number of nulls, which is to be counted yet where the bitmap is `kept`, and
    /// compressed.
    #[inline]
    fn validity(&mut self, length: usize, null_count: i64, kept: bool) -> Result<usize> {
        let (_, stored) = self.header.buffer(self.at.buffer, self.body)?;
        if null_count == 0 || (null_count < 0 && stored == 0) {
            // Nothing is null, whatever a bitmap says (clause layout-null-count-zero-with-clear-bits).
            self.at.buffer += 1;
            self.columns.buffers.push(Buffer::ABSENT);
            return Ok(0);
        }
        if stored == 0 {
            let message = format!("the null count is {null_count} and there is no validity bitmap");
            return Err(Error::invalid("layout-validity-missing-with-nulls", message).at(self.node_position()));
        }
        self.buffer("validity bitmap", length.div_ceil(8), 1, Swap::None, "layout-validity-too-short")?;
        if null_count > 0 && self.rules.validation < Validation::Full {
            return Ok(null_count as usize);
        }
        let (node, position) = (self.columns.nodes.len() - 1, self.node_position());
        if self.columns.buffers.last().is_some_and(|bitmap| bitmap.owner == PACKED) {
            if kept {
                self.uncounted.push(Uncounted { node, null_count, position });
                return Ok(0);
            }
            self.unpack().map_err(|(_, error)| error)?;
        }
        self.count(node, null_count, position)
    }

    fn node_position(&self) -> u64 {
        self.header.node_position(self.at.node - 1)
    }

    fn offsets(&mut self, length: usize, width: usize, clause: &'static str) -> Result<()> {
        let (_, stored) = self.header.buffer(self.at.buffer, self.body)?;
        if length == 0 && stored == 0 {
            // Writers differ on whether nothing has an offset (clause layout-empty-offsets-zero-bytes): here it has.
            self.at.buffer += 1;
            self.rules.account.take(width as u64)?;
            return self.push_owned(AlignedBuffer::zeroed(width)?);
        }
        let clause = if length == 0 { "layout-empty-offsets-partial" } else { clause };
        self.fixed("offsets", length + 1, width, width, Swap::Whole(width), clause)
    }

    #[inline]
    fn values(&mut self, length: usize, width: usize, alignment: usize, swap: Swap) -> Result<()> {
        self.fixed("values", length, width, alignment, swap, "layout-primitive-too-short")
    }

    /// The next buffer, of elements that have one width.
    #[inline]
    fn fixed(
        &mut self,
        what: &str,
        length: usize,
        width: usize,
        alignment: usize,
        swap: Swap,
        clause: &'static str,
    ) -> Result<()> {
        let needed = length.checked_mul(width).ok_or_else(|| {
            Error::invalid("security-length-overflow", format!("{length} values of {width} bytes overflow"))
        })?;
        self.buffer(what, needed, alignment, swap, clause)
    }
}
