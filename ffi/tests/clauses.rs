//! The clauses that errors name are those of the project's catalogue.

use std::collections::BTreeSet;
use std::path::Path;

fn sources(folder: &Path, found: &mut String) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match path.extension() {
            None => sources(&path, found),
            Some(extension) if extension == "rs" => found.push_str(&std::fs::read_to_string(&path).unwrap()),
            Some(_) => {}
        }
    }
}

#[test]
fn errors_name_clauses_of_the_catalogue() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let catalogue = std::fs::read_to_string(root.join("../cases/clauses.yaml")).unwrap();
    let known: BTreeSet<&str> = catalogue.lines().filter_map(|line| line.strip_prefix("- id: ")).collect();
    let groups: BTreeSet<&str> = known.iter().filter_map(|id| id.split('-').next()).collect();
    let mut text = String::new();
    sources(&root.join("src"), &mut text);
    // Ids stand alone between quotes: words of the catalogue's groups, joined by hyphens.
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let named: BTreeSet<&str> = text
        .split('"')
        .filter(|quoted| quoted.split('-').count() > 1 && quoted.split('-').all(is_word))
        .filter(|quoted| groups.contains(quoted.split('-').next().unwrap_or_default()))
        .collect();
    assert!(named.len() > 100, "{named:?}");
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "not in cases/clauses.yaml: {unknown:?}");
}
