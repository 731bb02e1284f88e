//! The body of a record batch or dictionary batch → [`Columns`].
//!
//! Buffers are checked against body and length before they are touched; a buffer is copied only to decompress or align it.

use super::account::Account;
use super::message::{BatchHeader, Cost};
use super::swap::Swap;
use crate::array::{Buffer, Columns, Node, count_ones};
use crate::compression::decompress;
use crate::error::{Error, Result};
use crate::format::{Compression, MetadataVersion, NOT_COMPRESSED};
use crate::memory::AlignedBuffer;
use crate::options::{Limits, Validation};
use crate::schema::{ByteOrder, DataType, Field, UnionMode};
use bytes::Bytes;

/// How a batch is decoded.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub version: MetadataVersion,
    pub byte_order: ByteOrder,
    pub validation: Validation,
    pub limits: &'a Limits,
    /// What the reader holds, the body included where it was read into memory.
    pub account: Account,
}

/// Decodes the columns of `fields` that `projection` names, in its order, in place of what was in `columns`.
pub fn decode(
    fields: &[Field],
    projection: Option<&[usize]>,
    header: BatchHeader<'_>,
    body: Bytes,
    rules: Rules<'_>,
    columns: &mut Columns,
) -> Result<Cost> {
    let mut decoder = Decoder::new(header, body, rules, columns);
    match projection {
        None => {
            for field in fields {
                decoder.column(field, true)?;
            }
        }
        Some(indices) => {
            let mut starts = Vec::with_capacity(fields.len());
            for field in fields {
                starts.push(decoder.at);
                decoder.skip(field, true).map_err(|e| e.in_field(&field.name))?;
            }
            for index in indices {
                decoder.at = starts[*index];
                decoder.column(&fields[*index], true)?;
            }
        }
    }
    Ok(decoder.finish())
}

/// Decodes the values of the dictionary of `field`.
pub fn decode_values(field: &Field, header: BatchHeader<'_>, body: Bytes, rules: Rules<'_>) -> Result<(Columns, Cost)> {
    let mut columns = Columns::default();
    let mut decoder = Decoder::new(header, body, rules, &mut columns);
    decoder.column(field, false)?;
    let cost = decoder.finish();
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

/// What of the header's vectors is used up.
#[derive(Clone, Copy, Default)]
struct Position {
    node: usize,
    buffer: usize,
    variadic: usize,
}

struct Decoder<'a> {
    header: BatchHeader<'a>,
    body: usize,
    rules: Rules<'a>,
    at: Position,
    columns: &'a mut Columns,
    cost: Cost,
}

impl<'a> Decoder<'a> {
    fn new(header: BatchHeader<'a>, body: Bytes, rules: Rules<'a>, columns: &'a mut Columns) -> Self {
        let length = body.len();
        columns.clear();
        columns.owners.push(body);
        Decoder { header, body: length, rules, at: Position::default(), columns, cost: Cost::default() }
    }

    fn finish(mut self) -> Cost {
        self.cost.owned = self.rules.account.taken();
        self.cost
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

    /// Whether a type has a validity entry, be it empty.
    fn has_validity(&self, field: &Field) -> bool {
        match field.data_type {
            DataType::Null => false,
            // Until V4 these had a bitmap like all others (clauses layout-union-v4-validity, layout-ree-no-buffers).
            DataType::Union(..) | DataType::RunEndEncoded => self.rules.version == MetadataVersion::V4,
            _ => true,
        }
    }

    /// Uses up what a field takes without looking at it.
    fn skip(&mut self, field: &Field, encoded: bool) -> Result<()> {
        self.at.node += 1;
        if encoded && field.dictionary.is_some() {
            self.at.buffer += 2;
            return Ok(());
        }
        self.at.buffer += usize::from(self.has_validity(field));
        self.at.buffer += match &field.data_type {
            DataType::Null | DataType::Struct | DataType::FixedSizeList(_) | DataType::RunEndEncoded => 0,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::Utf8
            | DataType::LargeUtf8
            | DataType::ListView
            | DataType::LargeListView
            | DataType::Union(UnionMode::Dense, _) => 2,
            DataType::BinaryView | DataType::Utf8View => {
                let count = self.header.variadic_count(self.at.variadic)?;
                self.at.variadic += 1;
                1 + count
            }
            _ => 1,
        };
        field.children.iter().try_for_each(|child| self.skip(child, true))
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
        if dictionary.is_some() || self.has_validity(field) {
            nulls = self.validity(length, null_count)?;
            if matches!(field.data_type, DataType::Union(..) | DataType::RunEndEncoded) && dictionary.is_none() {
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
                Some(width) => self.values(length, width, other.value_alignment(), Swap::of(other)),
                None => Err(Error::new(crate::Code::Internal, format!("no layout for {other}"))),
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

    /// The validity entry; returns the number of nulls.
    fn validity(&mut self, length: usize, null_count: i64) -> Result<usize> {
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
        let columns = &mut *self.columns;
        let last = columns.buffers.len() - 1;
        let nulls = length - count_ones(columns.bytes(columns.buffers[last]), length);
        if null_count > 0 && nulls as i64 != null_count {
            let message = format!("the null count is {null_count}, the validity bitmap has {nulls} nulls");
            return Err(Error::invalid("layout-null-count-mismatch", message).at(self.node_position()));
        }
        if nulls == 0 {
            columns.buffers[last] = Buffer::ABSENT;
        }
        Ok(nulls)
    }

    fn node_position(&self) -> u64 {
        self.header.nodes.position(self.at.node - 1)
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

    fn values(&mut self, length: usize, width: usize, alignment: usize, swap: Swap) -> Result<()> {
        self.fixed("values", length, width, alignment, swap, "layout-primitive-too-short")
    }

    /// The next buffer, of elements that have one width.
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

    fn push_owned(&mut self, buffer: AlignedBuffer) -> Result<()> {
        let columns = &mut *self.columns;
        let owner = columns.owners.len() as u32;
        columns.buffers.push(Buffer { owner, start: 0, length: buffer.as_ref().len() });
        columns.owners.push(buffer.into_bytes());
        Ok(())
    }

    /// The next buffer: decompressed, aligned, little-endian, of at least `needed` bytes.
    fn buffer(&mut self, what: &str, needed: usize, alignment: usize, swap: Swap, clause: &'static str) -> Result<()> {
        let swap = if self.rules.byte_order == ByteOrder::Big { swap } else { Swap::None };
        let index = self.at.buffer;
        let (start, stored) = self.header.buffer(index, self.body)?;
        self.at.buffer += 1;
        let place = |e: Error| e.at(self.header.buffers.position(index));
        let short = |length: usize| {
            let message = format!("buffer {index} ({what}) has {length} bytes, {needed} are needed");
            Err(place(Error::invalid(clause, message)))
        };
        let stored_bytes = &self.columns.owners[0][start..start + stored];
        let (start, length) = match self.header.compression {
            Some(codec) if stored > 0 => match self.plain_part(codec, stored_bytes).map_err(place)? {
                Part::Stored => (start + 8, stored - 8),
                Part::Packed { length } => {
                    if length < needed {
                        return short(length);
                    }
                    let total = self.cost.decompressed + length as u64;
                    if total > self.rules.limits.decompressed_bytes {
                        let limit = self.rules.limits.decompressed_bytes;
                        return Err(place(Error::limit("the decompressed size of a message", total, limit)));
                    }
                    self.rules.account.take(length as u64).map_err(place)?;
                    let buffer = decompress(codec, &stored_bytes[8..], length).map_err(place)?;
                    self.cost.decompressed = total;
                    if swap == Swap::None {
                        return self.push_owned(buffer);
                    }
                    self.rules.account.take(length as u64).map_err(place)?;
                    let swapped = swap.copy(buffer.as_ref())?;
                    self.rules.account.give_back(length as u64);
                    return self.push_owned(swapped);
                }
            },
            _ => (start, stored),
        };
        if length < needed {
            return short(length);
        }
        let bytes = &self.columns.owners[0][start..start + length];
        if length > 0 && (swap != Swap::None || !(bytes.as_ptr() as usize).is_multiple_of(alignment)) {
            // Buffers may share bytes of the body: copies of them may take more than the body.
            let total = self.cost.copied + length as u64;
            let limit = self.rules.limits.decompressed_bytes.max(self.body as u64);
            if total > limit {
                return Err(place(Error::limit("the size of the buffers of a message that are copied", total, limit)));
            }
            self.rules.account.take(length as u64).map_err(place)?;
            let copy = swap.copy(bytes)?;
            self.cost.copied = total;
            return self.push_owned(copy);
        }
        self.columns.buffers.push(Buffer { owner: 0, start, length });
        Ok(())
    }

    /// What the length prefix of a buffer in a compressed body says.
    fn plain_part(&self, codec: Compression, stored: &[u8]) -> Result<Part> {
        let Some((prefix, packed)) = stored.split_first_chunk::<8>() else {
            let message = format!("a compressed buffer of {} bytes has no length prefix", stored.len());
            return Err(Error::invalid("compression-prefix-truncated", message));
        };
        match i64::from_le_bytes(*prefix) {
            NOT_COMPRESSED => Ok(Part::Stored),
            // Some writers put no frame behind the length of an empty buffer (clause compression-empty-with-prefix).
            0 if packed.is_empty() => Ok(Part::Stored),
            length => match usize::try_from(length) {
                Ok(length) => Ok(Part::Packed { length }),
                Err(_) => Err(Error::invalid(
                    "compression-prefix-negative",
                    format!("the length prefix of a {codec:?} buffer is {length}"),
                )),
            },
        }
    }
}

/// How a buffer lies in a compressed body.
enum Part {
    /// Behind the prefix, as it is.
    Stored,
    /// Behind the prefix, compressed; this many bytes long when it is not.
    Packed { length: usize },
}
