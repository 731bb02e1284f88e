//! What the raw writer makes comes back; faults are found and named; hostile bytes end soon.

mod data;
mod faults;
mod hostile;
mod samples;

use std::path::Path;

use super::clauses;
use crate::case::registry::Registry;

#[test]
fn every_clause_that_the_reader_names_is_in_the_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    let registry = Registry::load(&folder, Path::new("cases")).unwrap();
    let unknown: Vec<&&str> = clauses::ALL.iter().filter(|id| !registry.clauses.contains_key(**id)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
