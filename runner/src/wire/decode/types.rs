//! The type of a field.

use arrowipc_kit::value::{DataType, DecimalWidth, TimeUnit, UnionMode};

use super::clauses::*;
use super::report::field_at;
use super::schema::Reader;
use crate::wire::tree::Table;

/// Codes of the union Type that the format knows: 1 to this.
const LAST_TYPE: i64 = 26;

/// The type of a field with that many children; `None` if there is none that values could be decoded by.
pub fn read(reader: &mut Reader, field: &Table, place: &str, children: usize) -> Option<DataType> {
    let code = field.scalar("type_type");
    let place = format!("{place}.type");
    let at = field_at(field, "type_type");
    if code == 0 {
        reader.add(FIELD_TYPE_PRESENT, at, format!("{place}_type"), "no type", "a type");
        return None;
    }
    if code > LAST_TYPE {
        let expected = format!("a type from 1 to {LAST_TYPE}");
        reader.add(VERSION_UNKNOWN_TYPE, at, format!("{place}_type"), code, expected);
        return None;
    }
    let Some(table) = field.table("type") else {
        reader.add(FIELD_TYPE_PRESENT, at, place, "no table of the type", "one");
        return None;
    };
    let mut of = Type { reader, table, place, children };
    of.read(code)
}

/// The integer type of an Int table.
pub fn integer(reader: &mut Reader, table: &Table, place: &str) -> Option<DataType> {
    let bits = table.scalar("bitWidth");
    Some(match (bits, table.scalar("is_signed") != 0) {
        (8, true) => DataType::Int8,
        (16, true) => DataType::Int16,
        (32, true) => DataType::Int32,
        (64, true) => DataType::Int64,
        (8, false) => DataType::UInt8,
        (16, false) => DataType::UInt16,
        (32, false) => DataType::UInt32,
        (64, false) => DataType::UInt64,
        _ => {
            let at = field_at(table, "bitWidth");
            reader.add(TYPE_INT_BITWIDTH, at, format!("{place}.bitWidth"), bits, "8, 16, 32 or 64");
            return None;
        }
    })
}

struct Type<'a, 'r> {
    reader: &'a mut Reader<'r>,
    table: &'a Table,
    place: String,
    children: usize,
}

impl Type<'_, '_> {
    fn read(&mut self, code: i64) -> Option<DataType> {
        use DataType::*;
        Some(match code {
            1 => Null,
            2 => return integer(self.reader, self.table, &self.place),
            3 => self.choice("precision", &[Float16, Float32, Float64])?,
            4 => Binary,
            5 => Utf8,
            6 => Bool,
            7 => return self.decimal(),
            8 => self.choice("unit", &[Date32, Date64])?,
            9 => return self.time(),
            10 => return self.timestamp(),
            11 => self.choice("unit", &[IntervalYearMonth, IntervalDayTime, IntervalMonthDayNano])?,
            12 => return self.with_children(List, 1, TYPE_LIST_CHILD_COUNT),
            13 => Struct,
            14 => return self.union(),
            15 => FixedSizeBinary(self.size("byteWidth", TYPE_FIXED_SIZE_BINARY_NEGATIVE)?),
            16 => {
                let items = self.size("listSize", TYPE_FIXED_SIZE_LIST_NEGATIVE)?;
                return self.with_children(FixedSizeList(items), 1, TYPE_LIST_CHILD_COUNT);
            }
            17 => {
                let keys_sorted = self.table.scalar("keysSorted") != 0;
                return self.with_children(Map { keys_sorted }, 1, TYPE_MAP_SHAPE);
            }
            18 => Duration(self.unit()?),
            19 => LargeBinary,
            20 => LargeUtf8,
            21 => return self.with_children(LargeList, 1, TYPE_LIST_CHILD_COUNT),
            22 => return self.with_children(RunEndEncoded, 2, TYPE_REE_CHILDREN),
            23 => BinaryView,
            24 => Utf8View,
            25 => return self.with_children(ListView, 1, TYPE_LIST_CHILD_COUNT),
            _ => return self.with_children(LargeListView, 1, TYPE_LIST_CHILD_COUNT),
        })
    }

    fn add(&mut self, clause: &'static str, field: &str, found: impl std::fmt::Display, expected: &str) {
        let place = format!("{}.{field}", self.place);
        self.reader.add(clause, field_at(self.table, field), place, found, expected);
    }

    /// One of the values that an enumeration stands for.
    fn choice<T: Clone>(&mut self, field: &str, values: &[T]) -> Option<T> {
        let code = self.table.scalar(field);
        let value = usize::try_from(code).ok().and_then(|code| values.get(code));
        if value.is_none() {
            self.add(VERSION_UNKNOWN_ENUM, field, code, &format!("a number from 0 to {}", values.len() - 1));
        }
        value.cloned()
    }

    fn unit(&mut self) -> Option<TimeUnit> {
        use TimeUnit::*;
        self.choice("unit", &[Second, Millisecond, Microsecond, Nanosecond])
    }

    fn size(&mut self, field: &str, clause: &'static str) -> Option<u32> {
        let size = self.table.scalar(field);
        let fits = u32::try_from(size).ok();
        if fits.is_none() {
            self.add(clause, field, size, "a number that is not negative");
        }
        fits
    }

    fn with_children(&mut self, data_type: DataType, count: usize, clause: &'static str) -> Option<DataType> {
        if self.children == count {
            return Some(data_type);
        }
        let place = self.place.replace(".type", ".children");
        let expected = format!("{count} for {data_type}");
        self.reader.add(clause, self.table.place.clone(), place, format!("{} children", self.children), expected);
        None
    }

    fn decimal(&mut self) -> Option<DataType> {
        let bits = self.table.scalar("bitWidth");
        let Some(width) = u32::try_from(bits).ok().and_then(DecimalWidth::from_bits) else {
            self.add(TYPE_DECIMAL_BITWIDTH, "bitWidth", bits, "32, 64, 128 or 256");
            return None;
        };
        let most = match width {
            DecimalWidth::Bits32 => 9,
            DecimalWidth::Bits64 => 18,
            DecimalWidth::Bits128 => 38,
            DecimalWidth::Bits256 => 76,
        };
        let (precision, scale) = (self.table.scalar("precision"), self.table.scalar("scale"));
        if !(1..=most).contains(&precision) {
            self.add(TYPE_DECIMAL_PRECISION, "precision", precision, &format!("1 to {most} digits"));
        }
        // Both are stored as 32-bit numbers.
        Some(DataType::Decimal { width, precision: precision as i32, scale: scale as i32 })
    }

    fn time(&mut self) -> Option<DataType> {
        use TimeUnit::*;
        let unit = self.unit()?;
        let bits = self.table.scalar("bitWidth");
        match (unit, bits) {
            (Second | Millisecond, 32) => Some(DataType::Time32(unit)),
            (Microsecond | Nanosecond, 64) => Some(DataType::Time64(unit)),
            _ => {
                let expected = if matches!(unit, Second | Millisecond) { "32" } else { "64" };
                self.add(TYPE_TIME_MISMATCH, "bitWidth", bits, &format!("{expected} for {}", unit.as_str()));
                None
            }
        }
    }

    fn timestamp(&mut self) -> Option<DataType> {
        let unit = self.unit()?;
        let zone = match std::str::from_utf8(self.table.text("timezone").unwrap_or_default()) {
            Ok(zone) => Some(zone.to_owned()).filter(|zone| !zone.is_empty()),
            Err(error) => {
                self.add(TYPE_TIMEZONE, "timezone", error, "UTF-8");
                return None;
            }
        };
        Some(DataType::Timestamp(unit, zone))
    }

    fn union(&mut self) -> Option<DataType> {
        let mode = self.choice("mode", &[UnionMode::Sparse, UnionMode::Dense])?;
        let told: Vec<i64> = match self.table.get("typeIds") {
            None => (0..self.children as i64).collect(),
            Some(_) => self.table.vector("typeIds").iter().filter_map(|id| id.as_scalar()).collect(),
        };
        if told.len() != self.children {
            let expected = format!("{}, one a child", self.children);
            self.add(TYPE_UNION_IDS_LENGTH, "typeIds", format!("{} type ids", told.len()), &expected);
            return None;
        }
        let mut type_ids = Vec::with_capacity(told.len().min(128));
        for id in told {
            let Some(id) = i8::try_from(id).ok().filter(|id| *id >= 0) else {
                self.add(TYPE_UNION_IDS_RANGE, "typeIds", id, "a type id from 0 to 127");
                return None;
            };
            if type_ids.contains(&id) {
                self.add(TYPE_UNION_IDS_DUPLICATE, "typeIds", format!("{id} twice"), "different type ids");
                return None;
            }
            type_ids.push(id);
        }
        Some(DataType::Union { mode, type_ids })
    }
}
