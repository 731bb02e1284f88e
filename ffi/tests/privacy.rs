//! What a program did not mean to write is not in the output: padding is zero, and so is, when asked, what lies
//! behind nulls.

mod support;

use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, make_array};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Fields, UnionFields, UnionMode};
use std::sync::Arc;
use support::batches::all_batches;
use support::{COMPRESSION, DICTIONARIES, FORMAT, METADATA_VERSION, read_ours, write_ours};

const ALIGNMENT: i32 = 10;
const CLEAR_NULLS: i32 = 17;
const MAX_NESTING_DEPTH: i32 = 33;

/// What must not be found. Eight slots of one byte, four of two, and so on.
const SECRET: [u8; 8] = *b"SECRET!!";

fn holds_secret(bytes: &[u8]) -> bool {
    // Any four bytes of it are too many.
    SECRET.windows(4).any(|part| bytes.windows(4).any(|found| found == part))
}

fn batch(array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("column", array, true)]).unwrap()
}

/// Writes an array with secrets: they are in the output, and not when nulls are cleared, which changes no value.
#[track_caller]
fn cleared(name: &str, array: ArrayRef) {
    let batch = batch(array);
    let schema = batch.schema();
    for (format, version) in [(1, 5), (2, 5), (1, 4)] {
        let options = [(FORMAT, format), (METADATA_VERSION, version)];
        let plain = write_ours(&schema, std::slice::from_ref(&batch), &options).unwrap();
        assert!(holds_secret(&plain), "{name}: the test has no secret");
        let options = [&options[..], &[(CLEAR_NULLS, 1)]].concat();
        let cleared = write_ours(&schema, std::slice::from_ref(&batch), &options).unwrap();
        assert!(!holds_secret(&cleared), "{name} in format {format}, V{version}");
        let (_, found) = read_ours(&cleared, &[]).unwrap();
        assert_eq!(found, std::slice::from_ref(&batch), "{name}");
        // Slices are written alike.
        for (offset, length) in [(1, 5), (7, 3), (3, 0), (0, 9)].into_iter().filter(|(o, l)| o + l <= batch.num_rows())
        {
            let slice = batch.slice(offset, length);
            let bytes = write_ours(&schema, std::slice::from_ref(&slice), &options).unwrap();
            assert!(!holds_secret(&bytes), "{name} from {offset}, {length} rows");
            assert_eq!(read_ours(&bytes, &[]).unwrap().1, [slice], "{name} from {offset}, {length} rows");
        }
    }
}

/// The first half of the slots is null.
fn half_null(slots: usize) -> NullBuffer {
    (0..slots).map(|slot| slot >= slots / 2).collect::<Vec<bool>>().into()
}

/// Sixteen slots: the secret, as often as it takes, behind eight nulls, then ones.
fn secret_values(width: usize) -> Buffer {
    let mut bytes = SECRET.repeat(width);
    bytes.extend((0..8).flat_map(|_| std::iter::once(1).chain(std::iter::repeat_n(0, width - 1))));
    bytes.into()
}

/// An array of these parts. What lies behind nulls may be anything.
fn array(
    data_type: DataType,
    length: usize,
    nulls: Option<NullBuffer>,
    buffers: Vec<Buffer>,
    children: Vec<ArrayData>,
) -> ArrayRef {
    let builder = ArrayData::builder(data_type).len(length).nulls(nulls).buffers(buffers).child_data(children);
    // SAFETY: the tests build what the format allows; only behind nulls are values that a safe array refuses.
    make_array(unsafe { builder.build_unchecked() })
}

fn secret_ints() -> ArrayRef {
    array(DataType::Int64, 16, None, vec![secret_values(8)], Vec::new())
}

/// Texts of one byte, of which the first eight are the secret.
fn secret_texts(nulls: Option<NullBuffer>) -> ArrayRef {
    let offsets: ScalarBuffer<i32> = (0..=16).collect::<Vec<i32>>().into();
    let text = Buffer::from([&SECRET[..], b"abcdefgh"].concat());
    array(DataType::Utf8, 16, nulls, vec![offsets.into_inner(), text], Vec::new())
}

#[test]
fn values_of_fixed_width_behind_nulls_are_cleared() {
    for (data_type, width) in [
        (DataType::Int8, 1),
        (DataType::UInt16, 2),
        (DataType::Float32, 4),
        (DataType::Timestamp(arrow_schema::TimeUnit::Second, None), 8),
        (DataType::Decimal128(38, 0), 16),
        (DataType::Decimal256(76, 0), 32),
        (DataType::FixedSizeBinary(3), 3),
    ] {
        cleared(
            &data_type.to_string(),
            array(data_type.clone(), 16, Some(half_null(16)), vec![secret_values(width)], vec![]),
        );
    }
    let bits = Buffer::from([SECRET, [0xAA; 8]].concat());
    cleared("bool", array(DataType::Boolean, 128, Some(half_null(128)), vec![bits], Vec::new()));
}

#[test]
fn bytes_of_texts_that_are_null_are_left_out() {
    cleared("utf8", secret_texts(Some(half_null(16))));
    let offsets: ScalarBuffer<i64> = (0..=16).collect::<Vec<i64>>().into();
    let bytes = Buffer::from([&SECRET[..], b"abcdefgh"].concat());
    cleared(
        "large_binary",
        array(DataType::LargeBinary, 16, Some(half_null(16)), vec![offsets.into_inner(), bytes], Vec::new()),
    );
}

/// A view of `length` bytes at `offset` of the first data buffer.
fn long_view(data: &[u8], offset: usize, length: usize) -> [u8; 16] {
    let mut view = [0; 16];
    view[..4].copy_from_slice(&(length as u32).to_le_bytes());
    view[4..8].copy_from_slice(&data[offset..offset + 4]);
    view[12..].copy_from_slice(&(offset as u32).to_le_bytes());
    view
}

#[test]
fn views_that_are_null_and_data_without_view_are_cleared() {
    // Seen are bytes 0 to 20 and 10 to 30; a null view and nobody at all see the rest.
    let data =
        [&b"these are thirty visible bytes"[..], &SECRET, b"seen by a null", &SECRET, b"seen by nobody"].concat();
    let mut inline = [0; 16];
    inline[0] = 8;
    inline[4..12].copy_from_slice(&SECRET);
    let views = [long_view(&data, 0, 20), inline, long_view(&data, 30, 22), long_view(&data, 10, 20)].concat();
    let nulls = NullBuffer::from(vec![true, false, false, true]);
    cleared("utf8_view", array(DataType::Utf8View, 4, Some(nulls), vec![views.into(), data.into()], Vec::new()));
}

fn item(data_type: &DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type.clone(), true))
}

#[test]
fn lists_that_are_null_become_empty() {
    let items = secret_ints();
    let offsets: ScalarBuffer<i32> = vec![0, 2, 8, 8, 11, 16].into();
    let nulls = NullBuffer::from(vec![false, false, true, true, true]);
    let list = DataType::List(item(items.data_type()));
    cleared("list", array(list, 5, Some(nulls.clone()), vec![offsets.into_inner()], vec![items.to_data()]));

    let items = secret_texts(None);
    let offsets: ScalarBuffer<i64> = vec![0, 2, 8, 8, 11, 16].into();
    let list = DataType::LargeList(item(items.data_type()));
    cleared("large_list", array(list, 5, Some(nulls), vec![offsets.into_inner()], vec![items.to_data()]));

    let nulls = half_null(8);
    let list = DataType::FixedSizeList(item(items.data_type()), 2);
    cleared("fixed_size_list", array(list, 8, Some(nulls), Vec::new(), vec![items.to_data()]));
}

#[test]
fn items_that_no_list_view_has_are_cleared() {
    let items = secret_ints();
    // The first has a secret and is null, the others share items; item 7 is in no list.
    let offsets: ScalarBuffer<i32> = vec![0, 9, 8, 16, 15].into();
    let sizes: ScalarBuffer<i32> = vec![7, 4, 3, 0, 1].into();
    let nulls = NullBuffer::from(vec![false, true, true, false, true]);
    let list = DataType::ListView(item(items.data_type()));
    let buffers = vec![offsets.into_inner(), sizes.into_inner()];
    cleared("list_view", array(list, 5, Some(nulls), buffers, vec![items.to_data()]));

    // One item each at the front and at the end: what lies between is in no list.
    let values = secret_values(8);
    let items = array(DataType::Int64, 24, None, vec![[&values[64..], &values[..]].concat().into()], Vec::new());
    let (offsets, sizes): (ScalarBuffer<i64>, ScalarBuffer<i64>) = (vec![0, 23].into(), vec![1, 1].into());
    let list = DataType::LargeListView(item(items.data_type()));
    let buffers = vec![offsets.into_inner(), sizes.into_inner()];
    cleared("large_list_view", array(list, 2, None, buffers, vec![items.to_data()]));
}

#[test]
fn everything_in_a_null_struct_is_cleared() {
    let dictionary: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(
        Int32Array::from((0..16).collect::<Vec<i32>>()),
        Arc::new(StringArray::from((0..16).map(|i| format!("w{i}")).collect::<Vec<_>>())),
    ));
    let inner = array(
        DataType::Struct(Fields::from(vec![Field::new("x", DataType::Int64, false)])),
        16,
        None,
        Vec::new(),
        vec![secret_ints().to_data()],
    );
    let offsets: ScalarBuffer<i32> = (0..=16).collect::<Vec<i32>>().into();
    let texts = secret_texts(None);
    let lists =
        array(DataType::List(item(texts.data_type())), 16, None, vec![offsets.into_inner()], vec![texts.to_data()]);
    let fixed =
        array(DataType::FixedSizeList(item(&DataType::Int64), 1), 16, None, vec![], vec![secret_ints().to_data()]);
    let members = [
        ("ints", secret_ints()),
        ("texts", secret_texts(None)),
        ("lists", lists),
        ("fixed", fixed),
        ("inner", inner),
        ("words", dictionary),
    ];
    let fields: Fields =
        members.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), false)).collect();
    let children = members.iter().map(|(_, array)| array.to_data()).collect();
    let whole = array(DataType::Struct(fields), 16, Some(half_null(16)), Vec::new(), children);
    cleared("struct", Arc::clone(&whole));
    // And as items of lists, among them one that is null.
    let offsets: ScalarBuffer<i32> = vec![0, 5, 7, 12, 16].into();
    let nulls = NullBuffer::from(vec![true, false, true, true]);
    let list = DataType::List(item(whole.data_type()));
    cleared("list of struct", array(list, 4, Some(nulls), vec![offsets.into_inner()], vec![whole.to_data()]));
}

#[test]
fn members_that_a_union_does_not_refer_to_are_cleared() {
    let fields = || {
        UnionFields::try_new([3, 4], [Field::new("a", DataType::Int64, true), Field::new("b", DataType::Utf8, true)])
            .unwrap()
    };
    // Sparse: the secrets are in slots of the other member.
    let types: Vec<i8> = (0..16).map(|slot| if slot < 8 { 4 } else { 3 }).collect();
    let visible = StringArray::from((0..16).map(|slot| format!("t{slot}")).collect::<Vec<_>>());
    let children = vec![secret_ints().to_data(), visible.to_data()];
    cleared(
        "sparse_union",
        array(DataType::Union(fields(), UnionMode::Sparse), 16, None, vec![types.into()], children),
    );

    // Dense: between the slots that are referred to.
    let texts = secret_texts(None);
    let ones = Int32Array::from(vec![1; 4]);
    let fields =
        UnionFields::try_new([0, 1], [Field::new("a", DataType::Int32, true), Field::new("b", DataType::Utf8, true)]);
    let (types, offsets): (Vec<i8>, Vec<i32>) = (vec![0, 1, 1, 0, 1], vec![0, 0, 9, 3, 15]);
    let first = secret_first(&texts);
    let buffers = vec![types.into(), ScalarBuffer::<i32>::from(offsets).into_inner()];
    let union = DataType::Union(fields.unwrap(), UnionMode::Dense);
    cleared("dense_union", array(union, 5, None, buffers, vec![ones.to_data(), first.to_data()]));
}

/// Texts that start with a visible one, then the secret, then visible ones.
fn secret_first(texts: &ArrayRef) -> ArrayRef {
    let words: Vec<String> =
        texts.as_any().downcast_ref::<StringArray>().unwrap().iter().flatten().map(str::to_owned).collect();
    let secret = String::from_utf8(SECRET.to_vec()).unwrap();
    let all = [&["x".to_owned(), secret][..], &words[8..], &words[8..]].concat();
    Arc::new(StringArray::from(all))
}

#[test]
fn runs_of_nulls_and_runs_in_null_structs_are_cleared() {
    let run_ends = Int32Array::from((1..=16).collect::<Vec<i32>>());
    let runs = |values: &ArrayRef| {
        let ends = Arc::new(Field::new("run_ends", DataType::Int32, false));
        let data_type = DataType::RunEndEncoded(ends, Arc::new(Field::new("values", values.data_type().clone(), true)));
        array(data_type, 16, None, Vec::new(), vec![run_ends.to_data(), values.to_data()])
    };
    cleared("run_end_encoded", runs(&secret_texts(Some(half_null(16)))));
    let member = runs(&secret_ints());
    let fields = Fields::from(vec![Field::new("r", member.data_type().clone(), false)]);
    let whole = array(DataType::Struct(fields), 16, Some(half_null(16)), Vec::new(), vec![member.to_data()]);
    cleared("struct of run_end_encoded", whole);
}

#[test]
fn dictionaries_have_no_secrets_in_indices_and_values() {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let indices = |behind: &Buffer, valid: [i64; 8]| -> Buffer {
        let bytes = [&behind[..64], &valid.map(i64::to_le_bytes).concat()].concat();
        bytes.into()
    };
    let keys = indices(&secret_values(8), [0, 1, 0, 1, 0, 0, 1, 1]);
    let data_type = DataType::Dictionary(Box::new(DataType::Int64), Box::new(DataType::Utf8));
    let column = array(data_type, 16, Some(half_null(16)), vec![keys], vec![values.to_data()]);
    cleared("dictionary", Arc::clone(&column));

    let values = secret_texts(Some(half_null(16)));
    let column = DictionaryArray::<Int32Type>::new(Int32Array::from((0..16).collect::<Vec<i32>>()), values);
    cleared("values of a dictionary", Arc::new(column));
}

#[test]
fn unified_and_grown_dictionaries_are_cleared() {
    let column = |words: &[&str], first: i64| -> ArrayRef {
        let values = StringArray::from(words.to_vec());
        let bytes = [&SECRET[..], &first.to_le_bytes()].concat();
        let data_type = DataType::Dictionary(Box::new(DataType::Int64), Box::new(DataType::Utf8));
        array(data_type, 2, Some(vec![false, true].into()), vec![bytes.into()], vec![values.to_data()])
    };
    for mode in [1, 2] {
        let second = if mode == 1 { ["a", "b", "c"] } else { ["c", "b", "d"] };
        let batches = [batch(column(&["a", "b"], 1)), batch(column(&second, 2))];
        let options = [(DICTIONARIES, mode), (CLEAR_NULLS, 1)];
        let bytes = write_ours(&batches[0].schema(), &batches, &options).unwrap();
        assert!(!holds_secret(&bytes), "mode {mode}");
        let (_, found) = read_ours(&bytes, &[]).unwrap();
        for (found, expected) in found.iter().zip(&batches) {
            let texts = |batch: &RecordBatch| texts_of(batch.column(0));
            assert_eq!(texts(found), texts(expected), "mode {mode}");
        }
    }
}

/// The values of a dictionary column, null or not.
fn texts_of(column: &ArrayRef) -> Vec<Option<String>> {
    let column = column.as_any().downcast_ref::<DictionaryArray<arrow_array::types::Int64Type>>().unwrap();
    let values = column.values().as_any().downcast_ref::<StringArray>().unwrap();
    (0..column.len()).map(|row| column.key(row).map(|key| values.value(key).to_owned())).collect()
}

#[test]
fn all_layouts_keep_their_values() {
    let (schema, batches) = all_batches();
    for compression in [0, 1, 2] {
        for format in [1, 2] {
            let options = [(CLEAR_NULLS, 1), (COMPRESSION, compression), (FORMAT, format), (DICTIONARIES, 1)];
            let bytes = write_ours(&schema, &batches, &options).unwrap();
            assert_eq!(read_ours(&bytes, &[]).unwrap().1, batches);
        }
    }
}

/// The deepest nesting that the options allow fits the stack: of a small thread as it is shipped, of a usual one in
/// debug builds.
#[test]
fn deepest_nesting_is_cleared() {
    const LEVELS: i64 = 256;
    let megabytes = if cfg!(debug_assertions) { 8 } else { 1 };
    let thread = std::thread::Builder::new().stack_size(megabytes << 20).spawn(|| {
        let deep = (1..LEVELS).fold(secret_ints(), |items, level| {
            let nulls = (level == LEVELS - 1).then(|| half_null(16));
            array(DataType::FixedSizeList(item(items.data_type()), 1), 16, nulls, Vec::new(), vec![items.to_data()])
        });
        let batch = batch(deep);
        let options = [(MAX_NESTING_DEPTH, LEVELS), (CLEAR_NULLS, 1)];
        let bytes = write_ours(&batch.schema(), std::slice::from_ref(&batch), &options).unwrap();
        assert!(!holds_secret(&bytes));
        assert_eq!(read_ours(&bytes, &options).unwrap().1[0].num_rows(), 16);
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn rows_out_of_sight_are_never_written() {
    for clear in [0, 1] {
        let whole = batch(secret_ints()).slice(8, 8);
        let bytes = write_ours(&whole.schema(), &[whole], &[(CLEAR_NULLS, clear)]).unwrap();
        assert!(!holds_secret(&bytes));
        let whole = batch(secret_texts(None)).slice(8, 8);
        let bytes = write_ours(&whole.schema(), &[whole], &[(CLEAR_NULLS, clear)]).unwrap();
        assert!(!holds_secret(&bytes));
    }
}

#[test]
fn padding_is_zero() {
    let (schema, batches) = all_batches();
    for clear in [0, 1] {
        for alignment in [8, 16, 32, 64] {
            let options = [(ALIGNMENT, alignment), (CLEAR_NULLS, clear)];
            let bytes = write_ours(&schema, &batches, &options).unwrap();
            let mut position = 0;
            let mut padding = 0;
            loop {
                let length = u32::from_le_bytes(bytes[position + 4..position + 8].try_into().unwrap()) as usize;
                if length == 0 {
                    break;
                }
                let message = arrow_ipc::root_as_message(&bytes[position + 8..position + 8 + length]).unwrap();
                let body = &bytes[position + 8 + length..][..message.bodyLength() as usize];
                let header = message.header_as_record_batch();
                let header = header.or_else(|| message.header_as_dictionary_batch().and_then(|batch| batch.data()));
                let mut behind = 0;
                for buffer in header.and_then(|batch| batch.buffers()).into_iter().flatten() {
                    let gap = &body[behind..buffer.offset() as usize];
                    assert!(gap.iter().all(|byte| *byte == 0));
                    padding += gap.len();
                    behind = (buffer.offset() + buffer.length()) as usize;
                }
                assert!(body[behind..].iter().all(|byte| *byte == 0));
                position += 8 + length + body.len();
            }
            assert!(padding > 100);
        }
    }
}
