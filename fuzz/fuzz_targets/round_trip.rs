//! What was read can be written in every way, and is equal when it is read again.
#![no_main]

use arrowipc_fuzz::api::{
    ALIGNMENT, COMPRESSION, DICTIONARIES, FILE, FORMAT, Failure, INVALID_ARGUMENT, LEGACY_FRAMING, METADATA_VERSION,
    MINIMUM_SAVING, Options, Reader, STREAM, write,
};
use arrowipc_fuzz::bounds;
use arrowipc_fuzz::layout::{Type, View};
use arrowipc_fuzz::values::values;

/// Options of the writer, one set a run.
const WAYS: &[&[(i32, i64)]] = &[
    &[(FORMAT, STREAM)],
    &[(FORMAT, STREAM), (COMPRESSION, 1), (ALIGNMENT, 64), (DICTIONARIES, 1)],
    &[(FORMAT, STREAM), (METADATA_VERSION, 4), (LEGACY_FRAMING, 1), (DICTIONARIES, 2)],
    &[(FORMAT, FILE), (COMPRESSION, 2), (MINIMUM_SAVING, 5), (DICTIONARIES, 1)],
    &[(FORMAT, FILE), (METADATA_VERSION, 4), (DICTIONARIES, 2), (ALIGNMENT, 16)],
];

type Batches = Vec<Option<Vec<u8>>>;

/// Whether the writer, which compares dictionaries value by value, has little to compare.
fn small_dictionaries(view: View<'_>) -> bool {
    (0..view.ty.children.len()).all(|i| small_dictionaries(view.child(i)))
        && view.dictionary().is_none_or(|values| values.array.length < 1 << 16 && small_dictionaries(values))
}

/// Types and values; `None` when dictionaries are large.
fn read(bytes: &[u8]) -> Result<Option<(Type, Batches)>, Failure> {
    let mut reader = Reader::open(bytes, &Options::new(&[]))?;
    let schema = reader.schema()?;
    // SAFETY: the schema was just handed out.
    let ty = unsafe { Type::of(&schema) };
    let (mut batches, mut small) = (Vec::new(), true);
    while let Some(array) = reader.next_batch()? {
        // SAFETY: schema and array belong together.
        let view = unsafe { View::new(&ty, &array) };
        small &= small_dictionaries(view);
        batches.push(values(view));
    }
    Ok(small.then_some((ty, batches)))
}

fn write_again(bytes: &[u8], way: &[(i32, i64)]) -> Result<Vec<u8>, Failure> {
    let reader = Reader::open(bytes, &Options::new(&[]))?;
    let schema = reader.schema()?;
    write(&schema, reader.into_stream()?, &Options::new(way))
}

/// What a way to write cannot hold.
fn cannot_hold(way: &[(i32, i64)], failure: &Failure) -> bool {
    failure.status == INVALID_ARGUMENT
        && ((way.contains(&(FORMAT, FILE)) && failure.message.contains("a file holds one dictionary a field"))
            || (way.contains(&(DICTIONARIES, 2)) && failure.message.contains("than indices of")))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(Some(before)) = read(bytes) else { return };
    // A footer may list the same batch many times.
    if before.1.len() > 64 {
        return;
    }
    let way = WAYS[bytes.iter().fold(0, |sum, byte| sum + usize::from(*byte)) % WAYS.len()];
    let written = bounds::within(16 * bytes.len(), || write_again(bytes, way));
    let written = match written {
        Ok(written) => written,
        Err(failure) if cannot_hold(way, &failure) => return,
        Err(failure) => panic!("written as {way:?}: {failure:?}"),
    };
    let after = read(&written).unwrap_or_else(|failure| panic!("read again: {failure:?}"));
    let after = after.expect("dictionaries as large as before");
    assert_eq!(before.0, after.0, "the schema written as {way:?}");
    assert!(before.1 == after.1, "the batches written as {way:?}: {before:?} and {after:?}");
});
