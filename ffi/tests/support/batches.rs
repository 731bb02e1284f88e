//! Batches that hold every kind of layout.

use arrow_array::builder::*;
use arrow_array::types::*;
use arrow_array::*;
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, UnionFields};
use std::sync::Arc;

pub fn dictionary(values: &[&str], indices: &[Option<i8>]) -> ArrayRef {
    let values = Arc::new(StringArray::from(values.to_vec()));
    Arc::new(DictionaryArray::<Int8Type>::new(Int8Array::from(indices.to_vec()), values))
}

/// One column of each kind of layout, five rows.
pub fn columns() -> Vec<(Field, ArrayRef)> {
    let ints = Int32Array::from(vec![Some(1), None, Some(-3), Some(i32::MAX), Some(i32::MIN)]);
    let strings = vec![Some("a"), None, Some("a string of more than twelve bytes"), Some(""), Some("żółć")];
    let mut lists = ListBuilder::new(StringBuilder::new());
    let mut views = ListViewBuilder::new(Int64Builder::new());
    let mut fixed = FixedSizeListBuilder::new(Int16Builder::new(), 2);
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for row in 0..5usize {
        for item in 0..row {
            lists.values().append_option((item != 1).then(|| format!("{row}.{item}")));
            views.values().append_value((row * 10 + item) as i64);
            maps.keys().append_value(format!("k{item}"));
            maps.values().append_value(item as i32);
        }
        lists.append(row != 2);
        views.append(row != 3);
        maps.append(row != 1).unwrap();
        fixed.values().append_value(row as i16);
        fixed.values().append_null();
        fixed.append(row != 4);
    }
    let mut bytes = FixedSizeBinaryBuilder::new(3);
    ["abc", "def", "ghi", "jkl", "mno"].iter().for_each(|value| bytes.append_value(value).unwrap());
    let mut runs = StringRunBuilder::<Int16Type>::new();
    ["x", "x", "y", "y", "y"].iter().for_each(|value| runs.append_value(value));
    let members: UnionFields =
        UnionFields::try_new([5, 7], [Field::new("i", DataType::Int32, true), Field::new("s", DataType::Utf8, true)])
            .unwrap();
    let sparse = UnionArray::try_new(
        members.clone(),
        vec![5, 7, 5, 7, 7].into(),
        None,
        vec![Arc::new(ints.clone()), Arc::new(StringArray::from(strings.clone()))],
    );
    let dense = UnionArray::try_new(
        members,
        vec![5, 7, 5, 7, 7].into(),
        Some(vec![0, 0, 1, 1, 2].into()),
        vec![Arc::new(Int32Array::from(vec![8, 9])), Arc::new(StringArray::from(vec!["p", "q", "r"]))],
    );
    let fields = Fields::from(vec![Field::new("a", DataType::Int32, true), Field::new("b", DataType::Utf8View, true)]);
    let members: Vec<ArrayRef> = vec![Arc::new(ints.clone()), Arc::new(StringViewArray::from(strings.clone()))];
    let validity = vec![true, true, false, true, false];
    let nested = Arc::new(StructArray::new(fields, members, Some(validity.into())));
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("null", Arc::new(NullArray::new(5))),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true), Some(true)]))),
        ("int32", Arc::new(ints)),
        ("uint64", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1, 2, 3]))),
        ("float16", Arc::new(Float16Array::from_iter_values([0.5f32, -1.0, 2.0, 0.0, 8.0].map(half_of)))),
        ("float64", Arc::new(Float64Array::from(vec![1.5, -0.0, f64::INFINITY, f64::MIN_POSITIVE, 3.0]))),
        ("decimal128", Arc::new(Decimal128Array::from(vec![Some(i128::MAX / 10), None, Some(-5), Some(0), Some(7)]))),
        ("timestamp", Arc::new(TimestampMicrosecondArray::from(vec![1, 2, 3, 4, 5]).with_timezone("Europe/Paris"))),
        (
            "interval",
            Arc::new(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNanoType::make_value(1, -2, 3); 5])),
        ),
        ("utf8", Arc::new(StringArray::from(strings.clone()))),
        ("large_utf8", Arc::new(LargeStringArray::from(strings.clone()))),
        ("utf8_view", Arc::new(StringViewArray::from(strings))),
        ("fixed_size_binary", Arc::new(bytes.finish())),
        ("list", Arc::new(lists.finish())),
        ("list_view", Arc::new(views.finish())),
        ("fixed_size_list", Arc::new(fixed.finish())),
        ("map", Arc::new(maps.finish())),
        ("struct", nested),
        ("run_end_encoded", Arc::new(runs.finish())),
        ("sparse_union", Arc::new(sparse.unwrap())),
        ("dense_union", Arc::new(dense.unwrap())),
        ("dictionary", dictionary(&["p", "q"], &[Some(0), None, Some(1), Some(1), Some(0)])),
    ];
    arrays.into_iter().map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array)).collect()
}

fn half_of(value: f32) -> <Float16Type as ArrowPrimitiveType>::Native {
    <Float16Type as ArrowPrimitiveType>::Native::from_f32(value)
}

/// The columns as batches: all rows, a slice, no row, another slice.
pub fn all_batches() -> (SchemaRef, Vec<RecordBatch>) {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns().into_iter().unzip();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let batches = vec![batch.clone(), batch.slice(1, 3), batch.slice(2, 0), batch.slice(3, 2)];
    (schema, batches)
}
