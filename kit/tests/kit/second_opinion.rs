//! arrow-rs on the other side of the interface: it accepts what the kit builds, and the kit reads what it exports.

use arrow_array::ffi::FFI_ArrowArray;
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_schema::ffi::FFI_ArrowSchema as SchemaStruct;
use arrowipc_kit::cdata::{ArrowArray, ArrowArrayStream, ArrowSchema, Observer, build_stream};
use arrowipc_kit::value::{Canonical, Digest, Document, Layout, Metadata};

use crate::samples::{document, layouts, samples};

fn import(document: &Document) -> Result<Vec<RecordBatch>, arrow_schema::ArrowError> {
    let mut stream: ArrowArrayStream = build_stream(document).unwrap();
    // SAFETY: both are the struct of the C Stream Interface, and the reader moves it.
    let reader = unsafe { RecordBatchStreamReader::from_raw((&raw mut stream).cast::<FFI_ArrowArrayStream>())? };
    reader.collect()
}

fn export(batches: &[RecordBatch], schema: &arrow_schema::Schema) -> Digest {
    let mut exported: SchemaStruct = SchemaStruct::try_from(schema).unwrap();
    // SAFETY: both are the struct of the C Data Interface; taking it marks the source as released.
    let exported = unsafe { ArrowSchema::take((&raw mut exported).cast::<ArrowSchema>()) };
    // SAFETY: arrow-rs made it.
    let mut observer = unsafe { Observer::new(exported, None) }.unwrap();
    for batch in batches {
        let data = StructArray::from(batch.clone()).into_data();
        let mut exported = FFI_ArrowArray::new(&data);
        // SAFETY: as above.
        let exported = unsafe { ArrowArray::take((&raw mut exported).cast::<ArrowArray>()) };
        // SAFETY: arrow-rs made it, of this schema.
        unsafe { observer.batch(exported, &Metadata::default()) }.unwrap();
    }
    observer.finish().unwrap().digest
}

#[test]
fn arrow_rs_validates_what_is_built_and_exports_what_is_observed() {
    let mut valid = 0;
    for sample in samples() {
        for layout in layouts(&sample.field) {
            if any(&layout, |layout| layout.unaligned) {
                continue;
            }
            let document = document(&sample, Some(&layout), &[2]);
            let what = format!("{} {layout:?}", sample.field.data_type);
            let batches = import(&document).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(export(&batches, &batches[0].schema()), document.digest(), "{what}");
            // It validates the bytes of null strings too, so neither junk nor strings that are not UTF-8 pass there.
            let utf8 = !document.canonical().contains(r#"{"hex":"#) && !any(&layout, |layout| layout.junk_behind_nulls);
            for batch in &batches {
                match StructArray::from(batch.clone()).to_data().validate_full() {
                    Ok(()) => valid += 1,
                    Err(error) => {
                        assert!(!utf8 && error.to_string().to_lowercase().contains("utf-8"), "{what}: {error}")
                    }
                }
            }
        }
    }
    assert!(valid > 2000, "{valid} valid batches");
}

/// Whether a layout, or one below it, is such.
///
/// For `unaligned`: arrow-rs 60 reads offsets of unaligned buffers through an aligned pointer, which aborts.
fn any(layout: &Layout, such: fn(&Layout) -> bool) -> bool {
    let mut below = layout.children.iter().flatten().chain(layout.values.as_deref());
    such(layout) || below.any(|layout| any(layout, such))
}
