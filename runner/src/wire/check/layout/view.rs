//! Views, and the buffers that the long ones lead to.

use super::Array;
use crate::wire::check::Report;
use crate::wire::check::compression::Content;
use crate::wire::raw::Role;

/// Bytes that a view has for the value itself.
const INLINE: usize = 12;
/// Bytes of a view.
const VIEW: usize = 16;

pub(super) fn check(array: Array, report: &mut Report) {
    let Some(content) = array.content(Role::Views) else { return };
    let Some(needed) = array.length.checked_mul(VIEW) else { return };
    if content.bytes.len() < needed {
        return array.shorter(report, "layout-view-struct", "views", content, needed);
    }
    array.longer(report, "views", content, needed);
    let variadic = array.column.buffers.iter().filter(|buffer| buffer.variadic.is_some());
    let data: Vec<Option<&Content>> = variadic.map(|buffer| array.content_of(buffer)).collect();
    let text = array.column.field.table("type").is_some_and(|of| of.kind.name == "Utf8View");
    let checker = Checker { array, data, text };
    // One violation for each rule and column.
    let mut broken = Vec::new();
    for (slot, view) in content.bytes[..needed].chunks_exact(VIEW).enumerate() {
        if !array.valid(slot) {
            continue;
        }
        let mut fields = [[0; 4]; 4];
        for (field, bytes) in fields.iter_mut().zip(view.chunks_exact(4)) {
            field.copy_from_slice(bytes);
        }
        if let Err((clause, field, found, expected)) = checker.view(view, fields)
            && !broken.contains(&clause)
        {
            broken.push(clause);
            let (at, role) = (content.element(slot, VIEW), ("views", Some(slot)));
            let found = if field.is_empty() { found } else { format!("{field} {found}") };
            array.add(report, clause, role, at, found, expected);
        }
    }
}

struct Checker<'c, 'a> {
    array: Array<'c, 'a>,
    data: Vec<Option<&'c Content<'a>>>,
    /// Whether values are UTF-8.
    text: bool,
}

/// Clause, field of the view, what it is, what it should be.
type Broken = (&'static str, &'static str, String, String);

impl Checker<'_, '_> {
    fn int(&self, field: [u8; 4]) -> i32 {
        if self.array.batch.big { i32::from_be_bytes(field) } else { i32::from_le_bytes(field) }
    }

    /// The bytes that a long view leads to: nothing if the buffer is not there, an error if they are not in it.
    fn value(&self, length: usize, buffer: i32, offset: i32) -> Option<Option<&[u8]>> {
        let content = self.data.get(usize::try_from(buffer).ok()?)?;
        let Some(content) = content else { return Some(None) };
        let start = usize::try_from(offset).ok()?;
        content.bytes.get(start..start.checked_add(length)?).map(Some)
    }

    fn view(&self, view: &[u8], [length, prefix, buffer, offset]: [[u8; 4]; 4]) -> Result<(), Broken> {
        let told = self.int(length);
        let Ok(length) = usize::try_from(told) else {
            return Err(("layout-view-struct", "length", told.to_string(), "0 or more".to_owned()));
        };
        let (buffer, offset) = (self.int(buffer), self.int(offset));
        if length <= INLINE {
            let (inline, padding) = view[4..].split_at(length);
            if padding.iter().any(|byte| *byte != 0) {
                let outside = self.value(length, buffer, offset).flatten();
                let start = &prefix[..length.min(4)];
                if length > 0 && outside.is_some_and(|value| value.starts_with(start)) {
                    let expected = format!("the {length} bytes of the value in the view");
                    return Err(("layout-view-inline", "", format!("{view:02x?}"), expected));
                }
                let expected = format!("zero behind the {length} bytes of the value");
                return Err(("layout-view-inline-padding", "", format!("{padding:02x?}"), expected));
            }
            return self.utf8(inline);
        }
        let Some(value) = self.value(length, buffer, offset) else {
            let swapped = self.value(length, offset, buffer).flatten();
            if swapped.is_some_and(|value| value.starts_with(&prefix)) {
                let found = format!("{offset} in front of {buffer}");
                return Err((
                    "layout-view-long-fields",
                    "offset",
                    found,
                    "the buffer index, then the offset".to_owned(),
                ));
            }
            let there = self.data.len();
            let known = usize::try_from(buffer).ok().and_then(|index| self.data.get(index));
            return Err(match known {
                None => ("layout-view-buffer-index", "buffer_index", buffer.to_string(), format!("one of {there}")),
                Some(content) => {
                    let size = content.map_or(0, |content| content.bytes.len());
                    let found = format!("{offset} with length {length}");
                    ("layout-view-range", "offset", found, format!("within the {size} bytes of buffer {buffer}"))
                }
            });
        };
        let Some(value) = value else { return Ok(()) };
        if !value.starts_with(&prefix) {
            let expected = format!("{:02x?} as in the buffer", &value[..4]);
            return Err(("layout-view-prefix", "prefix", format!("{prefix:02x?}"), expected));
        }
        self.utf8(value)
    }

    fn utf8(&self, value: &[u8]) -> Result<(), Broken> {
        match std::str::from_utf8(value) {
            Err(error) if self.text => Err(("type-utf8-valid", "", error.to_string(), "UTF-8".to_owned())),
            _ => Ok(()),
        }
    }
}
