//! Which field nodes and buffers a schema gives a batch, in order: clauses of the table "Buffer Listing for Each Layout".

use super::format::{FIELD, TableType};
use super::raw::Role;
use super::tree::{Node, Table};

/// Field nodes and buffers of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The column of each field node: positions of the field and of its children, down to it.
    pub nodes: Vec<Vec<usize>>,
    /// The buffers.
    pub buffers: Vec<Slot>,
    /// Whether a field was met whose type says nothing about buffers; what follows it is not known.
    pub unknown: bool,
}

/// A buffer that a column has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// What it is for its column.
    pub role: Role,
    /// The column.
    pub column: Vec<usize>,
    /// Bytes of an element; 0 for bits.
    pub element: usize,
}

/// What the fields of a schema give a record batch with these variadic counts. `v4`: the rules of metadata version 4 and before, by
/// which unions have a bitmap.
pub fn of_record_batch(schema: &Table, counts: &[i64], v4: bool) -> Columns {
    let mut walk = Walk { columns: Columns::default(), counts, v4 };
    for (index, field) in schema.vector("fields").iter().filter_map(Node::as_table).enumerate() {
        walk.field(field, vec![index], false);
    }
    walk.columns
}

/// What the schema gives a dictionary batch with this id: its values are column 0.
pub fn of_dictionary(schema: &Table, id: i64, counts: &[i64], v4: bool) -> Columns {
    let mut walk = Walk { columns: Columns::default(), counts, v4 };
    match dictionary_field(schema, id) {
        Some(field) => walk.field(field, vec![0], true),
        None => walk.columns.unknown = true,
    }
    walk.columns
}

/// The first field, depth first, whose dictionary has this id.
pub fn dictionary_field(schema: &Table, id: i64) -> Option<&Table> {
    fn find(fields: &[Node], id: i64) -> Option<&Table> {
        fields.iter().filter_map(Node::as_table).find_map(|field| match field.table("dictionary") {
            Some(encoding) if encoding.scalar("id") == id => Some(field),
            _ => find(field.vector("children"), id),
        })
    }
    find(schema.vector("fields"), id)
}

struct Walk<'a> {
    columns: Columns,
    counts: &'a [i64],
    v4: bool,
}

impl Walk<'_> {
    fn field(&mut self, field: &Table, column: Vec<usize>, values: bool) {
        debug_assert!(std::ptr::eq::<TableType>(field.kind, &FIELD));
        if self.columns.unknown {
            return;
        }
        if let Some(encoding) = field.table("dictionary").filter(|_| !values) {
            let width = encoding.table("indexType").map_or(4, |of| bytes_of(of.scalar("bitWidth")));
            self.columns.nodes.push(column.clone());
            self.buffers(&column, &[(Role::Validity, 0), (Role::Data, width)]);
            return;
        }
        let Some(of) = field.table("type") else {
            self.columns.unknown = true;
            return;
        };
        let union_validity: &[_] = if self.v4 { &[(Role::Validity, 0)] } else { &[] };
        let fixed = |width| vec![(Role::Validity, 0), (Role::Data, width)];
        let buffers = match of.kind.name {
            "Null" => vec![],
            "Bool" => fixed(0),
            "Int" | "Decimal" | "Time" => fixed(bytes_of(of.scalar("bitWidth"))),
            "FloatingPoint" => fixed(by_code(of.scalar("precision"), &[2, 4, 8])),
            "Date" => fixed(by_code(of.scalar("unit"), &[4, 8])),
            "Timestamp" | "Duration" => fixed(8),
            "Interval" => fixed(by_code(of.scalar("unit"), &[4, 8, 16])),
            "FixedSizeBinary" => fixed(usize::try_from(of.scalar("byteWidth")).map_or(1, |width| width.max(1))),
            "Binary" | "Utf8" => vec![(Role::Validity, 0), (Role::Offsets, 4), (Role::Data, 1)],
            "LargeBinary" | "LargeUtf8" => vec![(Role::Validity, 0), (Role::Offsets, 8), (Role::Data, 1)],
            "BinaryView" | "Utf8View" => {
                let (count, rest) = self.counts.split_first().unwrap_or((&0, &[]));
                self.counts = rest;
                // A count is a claim; no more buffers are listed than any batch has.
                let count = usize::try_from(*count).unwrap_or(0).min(1 << 16);
                let mut buffers = vec![(Role::Validity, 0), (Role::Views, 16)];
                buffers.extend(std::iter::repeat_n((Role::Data, 1), count));
                buffers
            }
            "List" | "Map" => vec![(Role::Validity, 0), (Role::Offsets, 4)],
            "LargeList" => vec![(Role::Validity, 0), (Role::Offsets, 8)],
            "ListView" => vec![(Role::Validity, 0), (Role::Offsets, 4), (Role::Sizes, 4)],
            "LargeListView" => vec![(Role::Validity, 0), (Role::Offsets, 8), (Role::Sizes, 8)],
            "Struct_" | "FixedSizeList" => vec![(Role::Validity, 0)],
            "Union" => {
                let mut buffers = union_validity.to_vec();
                buffers.push((Role::TypeIds, 1));
                buffers.extend((of.scalar("mode") == 1).then_some((Role::Offsets, 4)));
                buffers
            }
            "RunEndEncoded" => union_validity.to_vec(),
            _ => {
                self.columns.unknown = true;
                return;
            }
        };
        self.columns.nodes.push(column.clone());
        self.buffers(&column, &buffers);
        for (index, child) in field.vector("children").iter().filter_map(Node::as_table).enumerate() {
            let mut column = column.clone();
            column.push(index);
            self.field(child, column, false);
        }
    }

    fn buffers(&mut self, column: &[usize], buffers: &[(Role, usize)]) {
        let slots =
            buffers.iter().map(|(role, element)| Slot { role: *role, column: column.to_vec(), element: *element });
        self.columns.buffers.extend(slots);
    }
}

/// The bytes of a number of this many bits; 1 for widths that are no bytes.
fn bytes_of(bits: i64) -> usize {
    match bits {
        8..=256 if bits % 8 == 0 => bits as usize / 8,
        _ => 1,
    }
}

fn by_code(code: i64, widths: &[usize]) -> usize {
    usize::try_from(code).ok().and_then(|code| widths.get(code)).copied().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::format::SCHEMA;
    use crate::wire::value;

    fn schema(fields: serde_json::Value) -> Table {
        value::table(&json!({ "fields": fields }), &SCHEMA).unwrap()
    }

    fn shown(columns: &Columns) -> String {
        let slots = columns.buffers.iter().map(|slot| format!("{:?}{:?}/{}", slot.role, slot.column, slot.element));
        slots.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_layout_has_its_buffers() {
        let leaf = json!([{"type": {"Int": {"bitWidth": 16}}}]);
        let table = [
            (json!({"type": "Null"}), ""),
            (json!({"type": "Bool"}), "Validity[0]/0 Data[0]/0"),
            (json!({"type": {"Int": {"bitWidth": 64}}}), "Validity[0]/0 Data[0]/8"),
            (json!({"type": {"Decimal": {}}}), "Validity[0]/0 Data[0]/16"),
            (json!({"type": {"FloatingPoint": {"precision": "DOUBLE"}}}), "Validity[0]/0 Data[0]/8"),
            (json!({"type": "Date"}), "Validity[0]/0 Data[0]/8"),
            (json!({"type": {"Interval": {"unit": "MONTH_DAY_NANO"}}}), "Validity[0]/0 Data[0]/16"),
            (json!({"type": {"FixedSizeBinary": {"byteWidth": 5}}}), "Validity[0]/0 Data[0]/5"),
            (json!({"type": "Utf8"}), "Validity[0]/0 Offsets[0]/4 Data[0]/1"),
            (json!({"type": "LargeBinary"}), "Validity[0]/0 Offsets[0]/8 Data[0]/1"),
            (json!({"type": "Utf8View"}), "Validity[0]/0 Views[0]/16 Data[0]/1 Data[0]/1"),
            (
                json!({"type": "ListView", "children": leaf}),
                "Validity[0]/0 Offsets[0]/4 Sizes[0]/4 Validity[0, 0]/0 Data[0, 0]/2",
            ),
            (
                json!({"type": {"FixedSizeList": {"listSize": 2}}, "children": leaf}),
                "Validity[0]/0 Validity[0, 0]/0 Data[0, 0]/2",
            ),
            (json!({"type": "Union", "children": leaf}), "TypeIds[0]/1 Validity[0, 0]/0 Data[0, 0]/2"),
            (json!({"type": {"Union": {"mode": "Dense"}}}), "TypeIds[0]/1 Offsets[0]/4"),
            (json!({"type": "RunEndEncoded", "children": leaf}), "Validity[0, 0]/0 Data[0, 0]/2"),
            (
                json!({"type": "Utf8", "dictionary": {"indexType": {"bitWidth": 8}}, "children": leaf}),
                "Validity[0]/0 Data[0]/1",
            ),
            (json!({"type": "Utf8", "dictionary": {}}), "Validity[0]/0 Data[0]/4"),
        ];
        for (field, expected) in table {
            let columns = of_record_batch(&schema(json!([field])), &[2], false);
            assert_eq!(shown(&columns), expected, "{field}");
            assert!(!columns.unknown);
        }
    }

    #[test]
    fn unions_and_runs_had_a_bitmap_until_version_4() {
        let fields = schema(json!([{"type": "Union"}, {"type": "RunEndEncoded"}]));
        assert_eq!(shown(&of_record_batch(&fields, &[], true)), "Validity[0]/0 TypeIds[0]/1 Validity[1]/0");
    }

    #[test]
    fn a_dictionary_has_its_values_as_column_0() {
        let inner = json!({"type": "Utf8", "dictionary": {"id": 5}});
        let fields = schema(json!([{"type": "Null"}, {"type": "List", "dictionary": {"id": 3}, "children": [inner]}]));
        let columns = of_dictionary(&fields, 3, &[], false);
        assert_eq!(columns.nodes, [vec![0], vec![0, 0]]);
        assert_eq!(shown(&columns), "Validity[0]/0 Offsets[0]/4 Validity[0, 0]/0 Data[0, 0]/4");
        assert_eq!(shown(&of_dictionary(&fields, 5, &[], false)), "Validity[0]/0 Offsets[0]/4 Data[0]/1");
        assert!(of_dictionary(&fields, 4, &[], false).unknown);
    }

    #[test]
    fn nothing_is_known_behind_a_type_that_is_not() {
        let fields = schema(json!([{"type": "Bool"}, {"type_type": 99}, {"type": "Bool"}]));
        let columns = of_record_batch(&fields, &[], false);
        assert_eq!(shown(&columns), "Validity[0]/0 Data[0]/0");
        assert!(columns.unknown);
    }
}
