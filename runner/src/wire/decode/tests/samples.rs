//! Data that the tests lay out.

use arrowipc_kit::value::{Batch, Data, DataType, Document, Field, IndexType, Metadata, Schema, UnionMode, Value};

/// A batch of these columns.
pub fn document(columns: Vec<(Field, Vec<Value>)>) -> Document {
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    let (fields, columns) = columns.into_iter().map(|(field, values)| (field, values.into())).unzip();
    let schema = Schema { fields, metadata: Metadata::default() };
    Document { schema, data: Data::Batches(vec![Batch { rows, metadata: Metadata::default(), columns }]) }
}

/// A string.
pub fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// A column of about every layout.
pub fn varied() -> Document {
    let int = |value: i128| Value::Int(value);
    let item = || Field::new("item", DataType::Int32);
    let list = |items: &[i128]| Value::List(items.iter().map(|item| Value::Int(*item)).collect());
    let entry = |key: &str, value| Value::Map(vec![[text(key), int(value)]]);
    let entries = Field::new("entries", DataType::Struct)
        .with_nullable(false)
        .with_children([Field::new("key", DataType::Utf8).with_nullable(false), Field::new("value", DataType::Int8)]);
    let run_ends = Field::new("run_ends", DataType::Int16).with_nullable(false);
    let union = |mode| DataType::Union { mode, type_ids: vec![3, 7] };
    let members = || [Field::new("a", DataType::Int64), Field::new("b", DataType::Utf8)];
    let member = |id, value| Value::Union(id, Box::new(value));
    document(vec![
        (Field::new("i", DataType::Int32), vec![int(1), Value::Null, int(-3)]),
        (Field::new("b", DataType::Bool), vec![Value::Bool(true), Value::Null, Value::Bool(false)]),
        (Field::new("s", DataType::Utf8), vec![text("one"), Value::Null, text("three")]),
        (Field::new("v", DataType::Utf8View), vec![text("short"), text("a text that is long"), Value::Null]),
        (Field::new("l", DataType::List).with_children([item()]), vec![list(&[1, 2]), Value::Null, list(&[3])]),
        (Field::new("w", DataType::ListView).with_children([item()]), vec![list(&[1]), Value::Null, list(&[3, 4])]),
        (
            Field::new("f", DataType::FixedSizeList(2)).with_children([item()]),
            vec![list(&[1, 2]), Value::Null, list(&[3, 4])],
        ),
        (
            Field::new("m", DataType::Map { keys_sorted: false }).with_children([entries]),
            vec![entry("k", 1), Value::Null, entry("l", 2)],
        ),
        (
            Field::new("u", union(UnionMode::Dense)).with_children(members()),
            vec![member(3, int(5)), member(7, text("x")), member(3, Value::Null)],
        ),
        (
            Field::new("p", union(UnionMode::Sparse)).with_children(members()),
            vec![member(3, int(5)), member(7, text("x")), member(3, Value::Null)],
        ),
        (
            Field::new("t", DataType::Struct).with_children([Field::new("x", DataType::Int8)]),
            vec![Value::Struct(vec![int(1)]), Value::Null, Value::Struct(vec![Value::Null])],
        ),
        (
            Field::new("r", DataType::RunEndEncoded).with_children([run_ends, Field::new("values", DataType::Utf8)]),
            vec![text("x"), text("x"), Value::Null],
        ),
        (
            Field::new("d", DataType::Utf8).with_dictionary(IndexType::Int8, false),
            vec![text("p"), Value::Null, text("q")],
        ),
    ])
}
