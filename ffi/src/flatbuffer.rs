//! Reading flatbuffers that strangers wrote.
//!
//! Each access is checked where it is made, so there is no verification pass, whose cost a hostile buffer chooses, and
//! each failure knows its byte. What a verifier would refuse in the parts that are read is refused here: misaligned
//! scalars, fields outside their table, strings without their terminating NUL. Field slots (`VT_…`) come from arrow-ipc's
//! generated code.

use crate::error::{Error, Result};

/// Clause that a broken flatbuffer violates.
const CLAUSE: &str = "security-flatbuffer-verification";

#[cold]
fn outside(what: &str, position: usize, length: usize) -> Error {
    Error::invalid(CLAUSE, format!("metadata flatbuffer: {what} at {position} lies outside its {length} bytes"))
        .at(position.min(length) as u64)
}

#[cold]
fn misaligned(what: &str, position: usize, alignment: usize) -> Error {
    let message = format!("metadata flatbuffer: {what} at {position} does not lie at a multiple of {alignment}");
    Error::invalid("message-flatbuffer-alignment", message).at(position as u64)
}

/// `N` bytes at a multiple of `N`.
#[inline]
fn bytes<const N: usize>(buffer: &[u8], position: usize, what: &str) -> Result<[u8; N]> {
    if !position.is_multiple_of(N) {
        return Err(misaligned(what, position, N));
    }
    let end = position.checked_add(N);
    match end.and_then(|end| buffer.get(position..end)).and_then(|found| found.try_into().ok()) {
        Some(found) => Ok(found),
        None => Err(outside(what, position, buffer.len())),
    }
}

/// Follows the unsigned 32-bit offset at `position`.
#[inline]
fn follow(buffer: &[u8], position: usize, what: &str) -> Result<usize> {
    let offset = u32::from_le_bytes(bytes(buffer, position, what)?) as usize;
    if offset == 0 {
        return Err(outside(what, position, buffer.len()));
    }
    position.checked_add(offset).ok_or_else(|| outside(what, position, buffer.len()))
}

/// A table whose vtable lies in the buffer.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    buffer: &'a [u8],
    position: usize,
    vtable: &'a [u8],
    /// Bytes of the table itself.
    size: usize,
}

impl<'a> Table<'a> {
    /// The root table of a buffer without size prefix.
    #[inline]
    pub fn root(buffer: &'a [u8]) -> Result<Self> {
        Table::new(buffer, follow(buffer, 0, "the root table")?)
    }

    /// The table at `position`.
    #[inline]
    pub fn new(buffer: &'a [u8], position: usize) -> Result<Self> {
        let back = i32::from_le_bytes(bytes(buffer, position, "a table")?);
        let start = position as i64 - i64::from(back);
        let start = usize::try_from(start).map_err(|_| outside("a vtable", position, buffer.len()))?;
        let length = usize::from(u16::from_le_bytes(bytes(buffer, start, "a vtable")?));
        let vtable = start.checked_add(length).and_then(|end| buffer.get(start..end));
        match vtable {
            Some(vtable) if length >= 4 && length % 2 == 0 => {
                let size = usize::from(u16::from_le_bytes([vtable[2], vtable[3]]));
                match position.checked_add(size) {
                    Some(end) if size >= 4 && end <= buffer.len() => Ok(Table { buffer, position, vtable, size }),
                    _ => Err(outside("a table", position, buffer.len())),
                }
            }
            _ => Err(outside("a vtable", start, buffer.len())),
        }
    }

    /// Where the table starts, in bytes from the start of the buffer.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Bytes of the whole flatbuffer.
    pub fn buffer_length(&self) -> usize {
        self.buffer.len()
    }

    /// Where the field in `slot`, `width` bytes wide, lies, if it is present.
    #[inline]
    pub fn field(&self, slot: u16, width: usize, what: &str) -> Result<Option<usize>> {
        let slot = usize::from(slot);
        let Some(entry) = self.vtable.get(slot..slot + 2) else { return Ok(None) };
        match usize::from(u16::from_le_bytes([entry[0], entry[1]])) {
            0 => Ok(None),
            offset if offset >= 4 && offset + width <= self.size => Ok(Some(self.position + offset)),
            offset => Err(outside(what, self.position + offset, self.position + self.size)),
        }
    }

    #[inline]
    fn scalar<const N: usize>(&self, slot: u16, what: &str) -> Result<Option<[u8; N]>> {
        self.field(slot, N, what)?.map(|position| bytes(self.buffer, position, what)).transpose()
    }

    /// Whether the field in `slot` is present.
    pub fn has(&self, slot: u16) -> bool {
        let slot = usize::from(slot);
        self.vtable.get(slot..slot + 2).is_some_and(|entry| entry != [0, 0])
    }

    /// An inline struct of `N` bytes whose widest member has 64 bits.
    pub fn structure<const N: usize>(&self, slot: u16, what: &str) -> Result<Option<[u8; N]>> {
        let Some(position) = self.field(slot, N, what)? else { return Ok(None) };
        if !position.is_multiple_of(8) {
            return Err(misaligned(what, position, 8));
        }
        match self.buffer.get(position..position + N).and_then(|found| found.try_into().ok()) {
            Some(found) => Ok(Some(found)),
            None => Err(outside(what, position, self.buffer.len())),
        }
    }

    /// An 8-bit field, also a union's tag.
    #[inline]
    pub fn u8(&self, slot: u16, default: u8, what: &str) -> Result<u8> {
        Ok(self.scalar(slot, what)?.map_or(default, u8::from_le_bytes))
    }

    /// A boolean; anything but 0 is true.
    #[inline]
    pub fn bool(&self, slot: u16, default: bool, what: &str) -> Result<bool> {
        Ok(self.u8(slot, u8::from(default), what)? != 0)
    }

    /// A 16-bit field.
    #[inline]
    pub fn i16(&self, slot: u16, default: i16, what: &str) -> Result<i16> {
        Ok(self.scalar(slot, what)?.map_or(default, i16::from_le_bytes))
    }

    /// A 32-bit field.
    #[inline]
    pub fn i32(&self, slot: u16, default: i32, what: &str) -> Result<i32> {
        Ok(self.scalar(slot, what)?.map_or(default, i32::from_le_bytes))
    }

    /// A 64-bit field.
    #[inline]
    pub fn i64(&self, slot: u16, default: i64, what: &str) -> Result<i64> {
        Ok(self.scalar(slot, what)?.map_or(default, i64::from_le_bytes))
    }

    /// A table that the field refers to.
    #[inline]
    pub fn table(&self, slot: u16, what: &str) -> Result<Option<Table<'a>>> {
        match self.field(slot, 4, what)? {
            Some(position) => Ok(Some(Table::new(self.buffer, follow(self.buffer, position, what)?)?)),
            None => Ok(None),
        }
    }

    /// A string's bytes, whatever they are.
    pub fn string(&self, slot: u16, what: &str) -> Result<Option<&'a [u8]>> {
        let Some(vector) = self.vector(slot, 1, what)? else { return Ok(None) };
        match self.buffer.get(vector.start + vector.bytes.len()) {
            Some(0) => Ok(Some(vector.bytes)),
            _ => Err(Error::invalid(CLAUSE, format!("metadata flatbuffer: {what} does not end in a NUL"))
                .at(vector.start as u64)),
        }
    }

    /// A vector of scalars or structs of `width` bytes each.
    #[inline]
    pub fn vector(&self, slot: u16, width: usize, what: &str) -> Result<Option<Vector<'a>>> {
        let Some(position) = self.field(slot, 4, what)? else { return Ok(None) };
        let start = follow(self.buffer, position, what)?;
        let length = u32::from_le_bytes(bytes(self.buffer, start, what)?) as usize;
        let first = start + 4;
        // Structs are aligned as their widest member, which is 64 bits in all that are read here.
        let alignment = if width.is_multiple_of(8) { 8 } else { width };
        if length > 0 && !first.is_multiple_of(alignment) {
            return Err(misaligned(what, first, alignment));
        }
        let end = length.checked_mul(width).and_then(|size| first.checked_add(size));
        match end.and_then(|end| self.buffer.get(first..end)) {
            Some(bytes) => Ok(Some(Vector { bytes, width, start: first })),
            None => Err(Error::invalid(
                CLAUSE,
                format!(
                    "metadata flatbuffer: {what} of {length} elements does not fit into {} bytes",
                    self.buffer.len()
                ),
            )
            .at(start as u64)),
        }
    }

    /// A vector of tables; each is checked when it is asked for.
    pub fn tables(&self, slot: u16, what: &'static str) -> Result<Option<Tables<'a>>> {
        let offsets = self.vector(slot, 4, what)?;
        Ok(offsets.map(|offsets| Tables { buffer: self.buffer, offsets, what }))
    }
}

/// A vector of elements of the same width, in place.
#[derive(Clone, Copy, Debug)]
pub struct Vector<'a> {
    bytes: &'a [u8],
    width: usize,
    start: usize,
}

impl<'a> Vector<'a> {
    /// A vector without elements.
    pub const EMPTY: Vector<'static> = Vector { bytes: &[], width: 1, start: 0 };

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes of an element.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The bytes of all elements.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Element `index` of a vector of structs that are two 64-bit integers.
    #[inline]
    pub fn pair(&self, index: usize) -> Option<(i64, i64)> {
        let (first, second) = self.bytes.as_chunks::<16>().0.get(index)?.split_at(8);
        let value = |bytes: &[u8]| bytes.try_into().map_or(0, i64::from_le_bytes);
        Some((value(first), value(second)))
    }

    /// The bytes of element `index`.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        let start = index.checked_mul(self.width)?;
        self.bytes.get(start..start.checked_add(self.width)?)
    }

    /// Where element `index` lies in the flatbuffer.
    pub fn position(&self, index: usize) -> u64 {
        (self.start + index * self.width) as u64
    }
}

/// A vector of tables.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    buffer: &'a [u8],
    offsets: Vector<'a>,
    what: &'static str,
}

impl<'a> Tables<'a> {
    /// Number of tables.
    pub fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Whether there is no table.
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The tables in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<Table<'a>>> + use<'a> {
        let Tables { buffer, offsets, what } = *self;
        (0..offsets.len()).map(move |index| Table::new(buffer, follow(buffer, offsets.start + index * 4, what)?))
    }
}

/// `i64` at `position` of a struct's bytes; the struct's width is checked by [`Table::vector`].
pub fn struct_i64(bytes: &[u8], position: usize) -> i64 {
    let mut value = [0; 8];
    if let Some(found) = bytes.get(position..position + 8) {
        value.copy_from_slice(found);
    }
    i64::from_le_bytes(value)
}

/// `i32` at `position` of a struct's bytes.
pub fn struct_i32(bytes: &[u8], position: usize) -> i32 {
    let mut value = [0; 4];
    if let Some(found) = bytes.get(position..position + 4) {
        value.copy_from_slice(found);
    }
    i32::from_le_bytes(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_truncation_of_a_message_is_an_error_or_reads_less() {
        let mut builder = flatbuffers::FlatBufferBuilder::new();
        let key = builder.create_string("key");
        let value = builder.create_string("value");
        let pair =
            arrow_ipc::KeyValue::create(&mut builder, &arrow_ipc::KeyValueArgs { key: Some(key), value: Some(value) });
        let pairs = builder.create_vector(&[pair]);
        let fields = builder.create_vector::<flatbuffers::WIPOffset<arrow_ipc::Field>>(&[]);
        let args = arrow_ipc::SchemaArgs { fields: Some(fields), custom_metadata: Some(pairs), ..Default::default() };
        let schema = arrow_ipc::Schema::create(&mut builder, &args);
        builder.finish(schema, None);
        let whole = builder.finished_data();
        let walk = |bytes: &[u8]| -> Result<Vec<u8>> {
            let mut found = Vec::new();
            let pairs = Table::root(bytes)?.tables(arrow_ipc::Schema::VT_CUSTOM_METADATA, "custom metadata")?;
            for pair in pairs.into_iter().flat_map(|pairs| pairs.iter()) {
                found.extend_from_slice(pair?.string(arrow_ipc::KeyValue::VT_KEY, "a key")?.unwrap_or_default());
            }
            Ok(found)
        };
        assert_eq!(walk(whole).unwrap(), b"key");
        for length in 0..whole.len() {
            if let Ok(found) = walk(&whole[..length]) {
                assert!(found == b"key" || found.is_empty(), "{length}");
            }
        }
        for position in 0..whole.len() {
            for pattern in [0x00, 0xFF, 0x80] {
                let mut changed = whole.to_vec();
                changed[position] = pattern;
                let _ = walk(&changed);
            }
        }
    }
}
