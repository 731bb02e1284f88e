//! Files: as streams, and every batch in any order equal to what comes in order.
#![no_main]

use arrowipc_fuzz::api::{FILE, FORMAT, Failure, Options, Reader, VALIDATION};
use arrowipc_fuzz::bounds;
use arrowipc_fuzz::layout::{Type, View};
use arrowipc_fuzz::values::{touch, values};

/// Batches that are read one by one: a footer may list the same one many times.
const MOST_BATCHES: i64 = 64;

fn read_in_order(bytes: &[u8], validation: i64, touched: bool) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let mut reader = Reader::open(bytes, &Options::new(&[(FORMAT, FILE), (VALIDATION, validation)]))?;
    let schema = reader.schema()?;
    // SAFETY: the schema was just handed out.
    let ty = unsafe { Type::of(&schema) };
    let mut batches = Vec::new();
    while (batches.len() as i64) < MOST_BATCHES
        && let Some(array) = reader.next_batch()?
    {
        if touched {
            // SAFETY: schema and array belong together.
            let view = unsafe { View::new(&ty, &array) };
            std::hint::black_box(touch(view));
            batches.push(values(view));
        } else {
            batches.push(None);
        }
    }
    Ok(batches)
}

/// From the last batch to the first; the rows that their metadata promise are there.
fn read_backwards(bytes: &[u8]) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let reader = Reader::open(bytes, &Options::new(&[(FORMAT, FILE)]))?;
    let schema = reader.schema()?;
    // SAFETY: the schema was just handed out.
    let ty = unsafe { Type::of(&schema) };
    let all = reader.num_batches()?;
    let (mut batches, mut rows) = (Vec::new(), 0i64);
    for index in (0..all.min(MOST_BATCHES)).rev() {
        reader.batch_metadata(index)?;
        let array = reader.read_at(index)?;
        rows = rows.saturating_add(array.length);
        // SAFETY: schema and array belong together.
        batches.push(values(unsafe { View::new(&ty, &array) }));
    }
    if all <= MOST_BATCHES {
        assert_eq!(reader.num_rows()?, rows);
    }
    batches.reverse();
    Ok(batches)
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let full = bounds::within(bytes.len(), || read_in_order(bytes, 2, true));
    let backwards = bounds::within(bytes.len(), || read_backwards(bytes));
    let layout = bounds::within(bytes.len(), || read_in_order(bytes, 1, false));
    for failure in [&full, &backwards, &layout].into_iter().filter_map(|outcome| outcome.as_ref().err()) {
        bounds::expected(failure);
    }
    assert_eq!(full.is_ok(), backwards.is_ok(), "{full:?} in order, {backwards:?} backwards");
    if let Ok(full) = full {
        assert_eq!(full, backwards.unwrap());
        assert_eq!(full.len(), layout.expect("fewer checks read as much").len());
    }
});
