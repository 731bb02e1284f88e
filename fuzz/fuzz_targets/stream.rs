//! Streams: an error that blames the input, or arrays that are safe to touch.
#![no_main]

use arrowipc_fuzz::api::{FORMAT, Options, Reader, STREAM, VALIDATION};
use arrowipc_fuzz::bounds;
use arrowipc_fuzz::layout::{Type, View};
use arrowipc_fuzz::values::touch;

/// Reads everything; the number of batches before the end, or before the error.
fn read(bytes: &[u8], validation: i64, touched: bool) -> (usize, bool) {
    let opened = Reader::open(bytes, &Options::new(&[(FORMAT, STREAM), (VALIDATION, validation)]))
        .and_then(|reader| Ok((reader.schema()?, reader)));
    let (schema, mut reader) = match opened {
        Ok(opened) => opened,
        Err(failure) => {
            bounds::expected(&failure);
            return (0, false);
        }
    };
    // SAFETY: the schema was just handed out.
    let ty = unsafe { Type::of(&schema) };
    let mut batches = 0;
    loop {
        match reader.next_batch() {
            Ok(Some(array)) if touched => {
                // SAFETY: schema and array belong together.
                std::hint::black_box(touch(unsafe { View::new(&ty, &array) }));
            }
            Ok(Some(_)) => {}
            Ok(None) => return (batches, true),
            Err(failure) => {
                bounds::expected(&failure);
                return (batches, false);
            }
        }
        batches += 1;
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let full = bounds::within(bytes.len(), || read(bytes, 2, true));
    let layout = bounds::within(bytes.len(), || read(bytes, 1, false));
    assert!(layout >= full, "with fewer checks less was read: {layout:?} and {full:?}");
});
