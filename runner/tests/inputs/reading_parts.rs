//! The judge reader a few rows at a time: the same values as all at once.

use arrowipc_kit::value::Data;
use arrowipc_runner::wire::decode::{self, Reader};

use crate::case_files::CASE_FILES;

/// Rows of a part: as few as there can be.
const ROWS: usize = 8;

#[test]
fn parts_of_columns_have_the_values_of_the_whole() {
    let (mut parts, mut columns) = (0, 0);
    for file in CASE_FILES.iter() {
        let Some(document) = decode::read(&file.bytes, file.format).document else { continue };
        let Data::Batches(batches) = &document.data else { panic!("{}: generated", file.name) };
        let mut reader =
            Reader::open(&file.bytes, file.format).unwrap_or_else(|error| panic!("{}: {error:?}", file.name));
        assert_eq!(*reader.schema(), document.schema, "{}", file.name);
        for expected in batches {
            let batch = reader.next_batch().unwrap_or_else(|| panic!("{}: a batch is missing", file.name));
            assert_eq!((batch.rows, &batch.metadata), (expected.rows, &expected.metadata), "{}", file.name);
            // A part at the start, in the middle and at the end say what all of a long batch would.
            let starts: Vec<usize> = (0..expected.rows).step_by(ROWS).collect();
            let few = |index: &usize| *index < 20 || *index + 20 > starts.len() || index.is_multiple_of(97);
            for (column, expected) in expected.columns.iter().enumerate() {
                columns += 1;
                for start in (0..starts.len()).filter(few).map(|index| starts[index]) {
                    let rows = start..batch.rows.min(start + ROWS);
                    let values = reader.values(&batch, column, rows.clone());
                    let values = values.unwrap_or_else(|halt| panic!("{} {rows:?}: {halt:?}", file.name));
                    assert_eq!(values, expected.values[rows.clone()], "{}: column {column}, {rows:?}", file.name);
                    parts += 1;
                }
            }
        }
        assert!(reader.next_batch().is_none(), "{}: more batches", file.name);
    }
    eprintln!("{parts} parts of {columns} columns");
    assert!(parts > 2 * columns, "{parts} parts of {columns} columns");
}
