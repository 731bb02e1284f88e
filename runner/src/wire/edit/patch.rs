//! `write` and `cut`: changes of the assembled bytes.

use std::ops::Range;

use super::target::{Aspect, Element, Framing, Target};
use super::tree::{self, TreeStep};
use super::{Edit, EditError, Operation, targets};
use crate::case::options::Compression;
use crate::wire::assemble::{Assembled, Place, assemble};
use crate::wire::flatbuffer::read::{self, Fault};
use crate::wire::format::{FOOTER, MESSAGE, TableType};
use crate::wire::raw::{Patch, RawInput, Store};

/// Adds the patches of these operations, which come behind all others.
pub fn add(input: &mut RawInput, edits: &[(usize, &Edit)]) -> Result<(), EditError> {
    let assembled = assemble(&RawInput { patches: Vec::new(), ..input.clone() });
    let mut bytes = assemble(input).bytes;
    for (index, edit) in edits {
        let mut changed = false;
        for target in targets(input, edit).map_err(|error| error.below(*index))? {
            let range = match place(input, &assembled, &target) {
                Ok(range) => range,
                Err(Nowhere::Absent) if edit.may_be_for_none() => continue,
                Err(nowhere) => return Err(edit.error(nowhere).below(*index)),
            };
            changed |= add_one(input, &mut bytes, edit, range).map_err(|error| error.below(*index))?;
        }
        if !changed && !edit.may_be_for_none() {
            return Err(edit.error("nothing changes: it is so already").below(*index));
        }
    }
    Ok(())
}

/// Adds a patch of what lies in `range`, and applies it to `bytes`; whether they change.
fn add_one(input: &mut RawInput, bytes: &mut Vec<u8>, edit: &Edit, range: Range<usize>) -> Result<bool, EditError> {
    let from = |at: i64| {
        let start = if at < 0 { range.end } else { range.start };
        let place = usize::try_from(start as i128 + i128::from(at)).ok().filter(|place| *place <= bytes.len());
        place.ok_or_else(|| {
            edit.error(format!("{at} bytes from there is outside the {} bytes of the input", bytes.len()))
        })
    };
    let before = bytes.clone();
    match &edit.operation {
        Operation::Write { bytes: written, at, .. } => {
            let at = from(*at)?;
            let Some(place) = bytes.get_mut(at..at + written.len()) else {
                let behind = at + written.len() - bytes.len();
                return Err(
                    edit.error(format!("the bytes reach {behind} behind the end of the input; 'append' adds there"))
                );
            };
            place.copy_from_slice(written);
            input.patches.push(Patch::Write { at, bytes: written.clone() });
        }
        Operation::Cut { at, .. } => {
            let at = from(*at)?;
            bytes.truncate(at);
            input.patches.push(Patch::Cut { at });
        }
        _ => {}
    }
    Ok(before != *bytes)
}

/// Why a target has no place in the assembled bytes.
#[derive(Debug, thiserror::Error)]
enum Nowhere {
    #[error("it is absent")]
    Absent,
    #[error("it has no bytes of its own")]
    NoBytes,
    #[error("it is compressed; its bytes are those of .content")]
    Compressed,
    #[error("it cannot be found in the flatbuffer: {}: {}", .0.path, .0.problem)]
    Fault(Fault),
}

/// Where a target lies in the assembled bytes.
fn place(input: &RawInput, assembled: &Assembled, target: &Target) -> Result<Range<usize>, Nowhere> {
    let nowhere = || Nowhere::NoBytes;
    let part = target.part();
    if let Target::Between(position) = target {
        let at = match assembled.parts.get(*position) {
            Some(place) => place.range().start,
            None => assembled.parts.last().map_or(0, |place| place.range().end),
        };
        return Ok(at..at);
    }
    let place = assembled.parts.get(part).ok_or_else(nowhere)?;
    match (target, place) {
        (Target::Part(_), place) => Ok(place.range()),
        (Target::Framing(_, framing), Place::Message(place)) => match framing {
            Framing::Continuation => Ok(place.continuation.clone()),
            Framing::Prefix => Ok(place.length.clone()),
            Framing::Metadata => Ok(place.metadata.clone()),
            Framing::Padding => Ok(place.metadata_padding.clone()),
            Framing::Body => Ok(place.body.clone()),
            _ => Err(nowhere()),
        },
        (Target::Framing(_, framing), Place::Footer(place)) => match framing {
            Framing::Prefix => Ok(place.length.clone()),
            Framing::Metadata => Ok(place.metadata.clone()),
            Framing::Magic => Ok(place.magic.clone()),
            _ => Err(nowhere()),
        },
        (Target::Node(_, path), Place::Message(place)) => {
            let metadata = place.metadata.start..place.metadata_padding.end;
            node(assembled, metadata, &MESSAGE, path)
        }
        (Target::Node(_, path), Place::Footer(place)) => node(assembled, place.metadata.clone(), &FOOTER, path),
        (Target::Buffer(_, buffer), Place::Message(place)) => {
            place.buffers.get(*buffer).map(|place| place.stored.clone()).ok_or_else(nowhere)
        }
        (Target::Aspect(_, buffer, aspect), Place::Message(place)) => {
            let place = place.buffers.get(*buffer).ok_or_else(nowhere)?;
            match aspect {
                Aspect::Content => Ok(place.prefix.end..place.stored.end),
                Aspect::Prefix => Ok(place.prefix.clone()),
                Aspect::Padding => Ok(place.padding.clone()),
                Aspect::Gap => Ok(place.gap.clone()),
                Aspect::Alignment | Aspect::Fill | Aspect::Store | Aspect::Listed => Err(nowhere()),
            }
        }
        (Target::Element(Element { buffer, index, member, .. }), Place::Message(place)) => {
            let place = place.buffers.get(*buffer).ok_or_else(nowhere)?;
            let of = target.buffer(input).ok_or_else(nowhere)?;
            let as_it_is = match &of.store {
                Store::Plain | Store::Uncompressed | Store::Compressed(Compression::None) => true,
                Store::Framed { frames, .. } => frames.iter().all(|frame| frame.codec == Compression::None),
                Store::Compressed(_) => false,
            };
            if !as_it_is {
                return Err(Nowhere::Compressed);
            }
            let start = place.prefix.end;
            let (from, size) = match (of.element, member) {
                (0, _) => (index / 8, 1),
                (_, Some(member)) => {
                    let (at, size) = crate::wire::section::content::view_member(member);
                    (index * of.element + at, size)
                }
                (size, None) => (index * size, size),
            };
            Ok(start + from..start + from + size)
        }
        _ => Err(nowhere()),
    }
}

/// Where a value of a flatbuffer lies.
fn node(
    assembled: &Assembled,
    metadata: Range<usize>,
    kind: &'static TableType,
    path: &[TreeStep],
) -> Result<Range<usize>, Nowhere> {
    let root = read::root(&assembled.bytes, metadata, kind).map_err(Nowhere::Fault)?;
    let node = tree::node(&root, path).ok_or(Nowhere::Absent)?;
    match (path.split_last(), tree::member(&root, path)) {
        (Some((TreeStep::Member(_), _)), Some((of, index))) => {
            let (_, at, scalar) = &of.members[index];
            Ok(node.place.start + at..node.place.start + at + scalar.width)
        }
        _ => Ok(node.place.clone()),
    }
}
