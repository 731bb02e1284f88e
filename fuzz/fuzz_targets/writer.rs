//! Arrays of every type, sliced, nested and null as it comes, are equal when they are read again.
#![no_main]

use arbitrary::Unstructured;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrowipc_fuzz::api::{
    ALIGNMENT, COMPRESSION, DICTIONARIES, FORMAT, Failure, INVALID_ARGUMENT, LEGACY_FRAMING, METADATA_VERSION, Options,
    Owned, Reader, write,
};
use arrowipc_fuzz::generate::{Batches, generate};
use arrowipc_fuzz::layout::{Type, View};
use arrowipc_fuzz::values::values;

fn read(bytes: &[u8]) -> Result<(Type, Vec<Option<Vec<u8>>>), Failure> {
    let mut reader = Reader::open(bytes, &Options::new(&[]))?;
    let schema = reader.schema()?;
    // SAFETY: the schema was just handed out.
    let ty = unsafe { Type::of(&schema) };
    let mut batches = Vec::new();
    while let Some(array) = reader.next_batch()? {
        // SAFETY: schema and array belong together.
        batches.push(values(unsafe { View::new(&ty, &array) }));
    }
    Ok((ty, batches))
}

fn run(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let format = u.int_in_range(1..=2)?;
    let options = [
        (FORMAT, format),
        (COMPRESSION, u.int_in_range(0..=2)?),
        (ALIGNMENT, 8 << u.int_in_range(0..=3)?),
        (METADATA_VERSION, u.int_in_range(4..=5)?),
        (LEGACY_FRAMING, u.int_in_range(0..=1)?),
        (DICTIONARIES, u.int_in_range(0..=2)?),
    ];
    let (schema, batches) = generate(u)?;
    let c_schema = FFI_ArrowSchema::try_from(schema.as_ref()).expect("a schema that C can hold");
    // SAFETY: both are the same structure; the original lives as long as the view of it.
    let c_schema = unsafe { &*(&raw const c_schema).cast::<arrowipc::abi::c_data::ArrowSchema>() };
    // SAFETY: made by arrow-rs.
    let ty = unsafe { Type::of(c_schema) };
    let before: Vec<_> = batches.iter().map(|batch| batch_values(&ty, batch)).collect();

    let stream = FFI_ArrowArrayStream::new(Box::new(Batches::new(schema, batches)));
    // SAFETY: both are the same structure, which moves to its new owner.
    let stream = unsafe {
        let mut stream = std::mem::ManuallyDrop::new(stream);
        Owned::new((&raw mut *stream).cast::<arrowipc::abi::c_data::ArrowArrayStream>().read())
    };
    let written = match write(c_schema, stream, &Options::new(&options)) {
        Ok(written) => written,
        Err(failure) => {
            let changed = format == 2 && failure.message.contains("a file holds one dictionary a field");
            let narrow = failure.message.contains("than indices of");
            assert!(failure.status == INVALID_ARGUMENT && (changed || narrow), "{failure:?}");
            return Ok(());
        }
    };
    let (read_type, after) = read(&written).unwrap_or_else(|failure| panic!("read again: {failure:?}"));
    assert_eq!(ty, read_type);
    assert!(before == after, "{ty:?}: {before:?} and {after:?}");
    Ok(())
}

fn batch_values(ty: &Type, batch: &arrow_array::RecordBatch) -> Option<Vec<u8>> {
    let data = arrow_data::ArrayData::from(arrow_array::StructArray::from(batch.clone()));
    let array = arrow_data::ffi::FFI_ArrowArray::new(&data);
    // SAFETY: both are the same structure; the original lives as long as the view of it.
    values(unsafe { View::new(ty, &*(&raw const array).cast()) })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Where the bytes run out there is nothing to write.
    let _ = run(&mut Unstructured::new(bytes));
});
