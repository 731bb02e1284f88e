//! Arrays → canonical values.
//!
//! What lies under a null, or in a child where no valid slot of the parent leads to, is never looked at beyond what bounds need: the format
//! leaves its bytes open. A slot's place in [`Live`] says so; its value is [`Value::Null`] whatever the bytes are.

mod encoded;
pub mod fixed;
mod lists;
mod runs;
mod structs;
mod unions;
mod variable;
mod views;

use arrowipc_kit::value::{DataType, Value};

use super::array::Array;
use super::budget::Budget;
use super::clauses::*;
use super::dictionaries::Dictionaries;
use super::plan::Column;
use super::report::{Halt, Report};
use crate::case::options::Phase;
use crate::wire::raw::Role;

/// What decoding goes by and where its findings go.
pub struct Decoder<'r, 'a> {
    /// Where violations go.
    pub report: &'r mut Report,
    /// What is left to allocate.
    pub budget: &'r mut Budget,
    /// Where indices lead; without it, every value that is dictionary-encoded is null, and indices are not looked at.
    pub dictionaries: Option<&'r Dictionaries<'a>>,
    /// Whether bodies are big-endian.
    pub big_endian: bool,
}

/// Which slots count; `None` is all of them.
pub type Live = Option<Vec<bool>>;

/// Whether a slot counts.
fn is_live(live: &Live, slot: usize) -> bool {
    live.as_ref().is_none_or(|live| live.get(slot).copied().unwrap_or(false))
}

impl Decoder<'_, '_> {
    /// The values of an array that [`super::structure`] found no fault with, one a slot. Slots that are not reached are null.
    pub fn values(&mut self, column: &Column, array: &Array, reached: Live) -> Result<Vec<Value>, Halt> {
        use DataType::*;
        self.budget.values(array.length)?;
        let live = self.live(column, array, reached)?;
        if let Some(encoding) = column.encoding {
            return self.encoded(encoding, array, &live);
        }
        match &column.data_type {
            Null => Ok(vec![Value::Null; array.length]),
            Bool => Ok(self.booleans(array, &live)),
            Binary | LargeBinary | Utf8 | LargeUtf8 => self.variable(&column.data_type, array, &live),
            BinaryView | Utf8View => self.views(&column.data_type, array, &live),
            List | LargeList | Map { .. } => self.lists(column, array, &live),
            ListView | LargeListView => self.list_views(column, array, &live),
            FixedSizeList(items) => self.fixed_size_lists(column, array, *items as usize, &live),
            Struct => self.structs(column, array, live),
            Union { mode, type_ids } => self.unions(column, array, *mode, type_ids, &live),
            RunEndEncoded => self.runs(column, array, &live),
            data_type => self.fixed(data_type, array, &live),
        }
    }

    /// Looks for faults in the values of an array, and keeps none. Numbers cannot be wrong, so that of arrays of such only the nulls are looked at.
    pub fn check(&mut self, column: &Column, array: &Array) -> Result<(), Halt> {
        use DataType::*;
        let any_bytes = match &column.data_type {
            Binary | LargeBinary | Utf8 | LargeUtf8 | BinaryView | Utf8View | Union { .. } | RunEndEncoded => false,
            _ => column.encoding.is_none() && column.children.is_empty(),
        };
        match any_bytes {
            true => self.live(column, array, None).map(|_| ()),
            false => self.values(column, array, None).map(|_| ()),
        }
    }

    /// The slots that are reached and not null.
    fn live(&mut self, column: &Column, array: &Array, reached: Live) -> Result<Live, Halt> {
        let bitmap = array.bytes(Role::Validity);
        if array.null_count == 0 || bitmap.is_empty() {
            return Ok(reached);
        }
        let valid = |slot: usize| bitmap[slot / 8] >> (slot % 8) & 1 == 1;
        let nulls = (0..array.length).filter(|slot| !valid(*slot)).count();
        if array.null_count > 0 && array.null_count != nulls as i64 {
            let at = array.node.start + 8..array.node.end;
            let place = format!("{}.node.null_count", array.path);
            let expected = format!("{nulls}, the cleared bits of the bitmap");
            self.report.add(LAYOUT_NULL_COUNT_MISMATCH, Phase::Validate, at, place, array.null_count, expected);
        }
        if nulls == 0 {
            return Ok(reached);
        }
        if !column.data_type.has_validity() && column.encoding.is_none() {
            self.nulls_of_their_own(column, array, nulls)?;
            return Ok(reached);
        }
        let live: Vec<bool> = (0..array.length).map(|slot| is_live(&reached, slot) && valid(slot)).collect();
        let null = || (0..array.length).find(|slot| is_live(&reached, *slot) && !valid(*slot));
        if !column.nullable
            && let Some(slot) = null()
        {
            let at = array.place(Role::Validity, slot / 8..slot / 8 + 1);
            let place = array.path_of_element(Role::Validity, slot);
            let expected = "a value, for the field is not nullable";
            self.report.add(FIELD_NONNULLABLE_WITH_NULLS, Phase::Validate, at, place, "null", expected);
        }
        Ok(Some(live))
    }

    /// Unions and run-end encoded arrays of V4 have a bitmap; nulls in it have no canonical value.
    fn nulls_of_their_own(&mut self, column: &Column, array: &Array, nulls: usize) -> Result<(), Halt> {
        let runs = column.data_type == DataType::RunEndEncoded;
        let clause = if runs { LAYOUT_REE_NULL_COUNT } else { LAYOUT_UNION_V4_NULLS };
        let (at, place) = (array.place(Role::Validity, 0..array.length.div_ceil(8)), array.path_of(Role::Validity));
        self.report.add(
            clause,
            Phase::Validate,
            at,
            place,
            format!("{nulls} nulls"),
            "none in the bitmap of this type",
        );
        Err(Halt::Broken)
    }

    /// Notes that an element of a buffer is wrong, which ends the array.
    fn wrong<T>(
        &mut self,
        clause: &'static str,
        array: &Array,
        element: (Role, usize, usize),
        found: impl std::fmt::Display,
        expected: impl std::fmt::Display,
    ) -> Result<T, Halt> {
        let (at, place) = array.element(element);
        self.report.add(clause, Phase::Validate, at, place, found, expected);
        Err(Halt::Broken)
    }

    /// A signed integer of 1, 2, 4 or 8 bytes, in the byte order of bodies.
    fn signed(&self, bytes: &[u8], index: usize, width: usize) -> i64 {
        fixed::integer(&bytes[index * width..(index + 1) * width], self.big_endian, true) as i64
    }
}

/// Takes a value out of decoded ones.
fn take(value: &mut Value) -> Value {
    std::mem::replace(value, Value::Null)
}
