//! Every clause is one of the catalogue.

use super::*;

#[test]
fn every_clause_is_in_the_catalogue() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/clauses.yaml");
    let text = std::fs::read_to_string(path).expect("the catalogue");
    for clause in clauses() {
        assert!(text.contains(&format!("- id: {clause}\n")), "{clause}");
    }
}
