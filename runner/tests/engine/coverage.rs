//! Which clauses have cases: totals, what is missing, the page.

use std::path::Path;
use std::process::Command;

use arrowipc_runner::case::file::{CaseResult, Strength};
use arrowipc_runner::case::suite::Folder;
use arrowipc_runner::coverage::Coverage;
use arrowipc_runner::coverage::clauses::{Count, GROUPS, Totals};
use arrowipc_runner::coverage::{page::page, text::text};

use crate::adapters::Workshop;

/// A catalogue with a clause of each kind.
const CLAUSES: &str = "\
- {id: framing-no-gap, level: writer-must, binds: writer, basis: declarative, feature: f, statement: S., source: s, check: wire}
- {id: framing-uncovered, level: must, binds: both, basis: explicit, feature: f, statement: S., source: s, check: accept}
- {id: framing-derived, level: reader-must, binds: reader, basis: derived, feature: f, statement: S., source: s, check: reject}
- id: type-beyond
  level: must
  binds: both
  basis: explicit
  feature: f
  statement: A | B
  source: s
  check: api
  ambiguity: |
    In two
    lines.
  unchecked: nobody can
";

const TOPIC: &str = "\
topic: traps
matrix: {format: [stream, file]}
data: {columns: [{name: a, type: int32, values: [1]}]}
cases:
  - {id: one, why: w, clauses: [framing-no-gap], result: valid}
  - {id: two, why: w, clauses: [framing-no-gap, framing-derived], result: defined, strength: should, matrix: {format: [file]}}
";

fn coverage(topic: &str) -> Coverage {
    let workshop = Workshop::with(topic);
    // The catalogue first: the cases name its clauses.
    std::fs::write(workshop.cases().join("clauses.yaml"), CLAUSES).unwrap();
    Coverage::of(&workshop.suite())
}

#[test]
fn cases_and_variants_are_counted_by_result_and_strength() {
    let coverage = coverage(TOPIC);
    let clause = coverage.clauses.clauses().find(|clause| clause.id == "framing-no-gap").unwrap();
    let count = |result, strength, variants| Count { result, strength, cases: 1, variants };
    assert_eq!(
        clause.counts,
        [count(CaseResult::Valid, Strength::Must, 2), count(CaseResult::Defined, Strength::Should, 1)]
    );
    assert!(clause.every_output);
    let total = Totals { clauses: 4, covered: 2, must: 2, must_covered: 1, every_output: 1, unchecked: 1 };
    assert_eq!(coverage.clauses.total, total);
    assert_eq!(coverage.clauses.groups.iter().map(|group| group.id.as_str()).collect::<Vec<_>>(), ["framing", "type"]);
}

#[test]
fn what_is_missing_is_a_problem() {
    assert_eq!(
        coverage(TOPIC).problems(),
        ["musts without a case: framing-uncovered", "2 of 4 clauses have a case, 50.0 %; at least 95 % must"]
    );
    let more = TOPIC.replace("[framing-no-gap]", "[framing-no-gap, framing-uncovered, type-beyond]");
    assert_eq!(coverage(&more).problems(), ["said to be beyond checking, and with a case: type-beyond"]);
    // A derived must may do without; here it is one of four, which is too many.
    let underived = more.replace(", framing-derived]", "]").replace(", type-beyond]", "]");
    assert_eq!(coverage(&underived).problems(), ["2 of 4 clauses have a case, 50.0 %; at least 95 % must"]);
}

#[test]
fn the_text_names_cases_and_what_has_none() {
    let told = text(&coverage(TOPIC));
    for part in [
        "Framing of messages: 3 clauses, 2 with a case\n",
        "  framing-no-gap (writer-must, declarative, wire, every output)\n      2 cases (3 variants): 1 valid must, 1 defined should\n      traps/one, traps/two\n",
        "Checkable musts without a case: 1\n  framing-uncovered (must, explicit)\n",
        "Clauses that no case can check: 1\n  type-beyond (must, explicit): nobody can\n",
    ] {
        assert!(told.contains(part), "expected {part}\nfound {told}");
    }
    assert!(told.lines().last().unwrap().starts_with("all  "), "{told}");
}

#[test]
fn the_page_links_cases_and_keeps_its_tables() {
    let page = page(&coverage(TOPIC));
    for part in [
        "2 of 4 are, 50.0 %",
        "| <a id=\"framing-no-gap\"></a>`framing-no-gap` | writer-must, declarative <br> wire, every output | S. <br> *s* | \
         [traps](../cases/traps.yaml): one, two |\n",
        "| `type-beyond` | must, explicit | nobody can |\n",
        "A \\| B",
        "- `type-beyond`: In two lines.\n",
    ] {
        assert!(page.contains(part), "expected {part}\nfound {page}");
    }
}

#[test]
fn exit_code_1_tells_that_clauses_are_missing() {
    let workshop = Workshop::with(TOPIC);
    std::fs::write(workshop.cases().join("clauses.yaml"), CLAUSES).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_arrowipc"))
        .args(["coverage", "--format", "json", "--cases"])
        .arg(workshop.cases())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("musts without a case: framing-uncovered\n"));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["clauses"]["groups"][0]["clauses"][1]["cases"][0]["name"], "traps/one");
}

#[test]
fn the_catalogue_has_the_groups_of_the_page() {
    let coverage = committed();
    let groups: Vec<&str> = coverage.clauses.groups.iter().map(|group| group.id.as_str()).collect();
    assert_eq!(groups, GROUPS.iter().map(|(id, _)| *id).collect::<Vec<_>>());
}

#[test]
fn the_page_is_made_from_catalogue_and_cases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/clauses.md");
    let made = page(&committed());
    if std::env::var_os("ARROWIPC_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).is_ok_and(|page| page == made),
        "docs/clauses.md is not what catalogue and cases say; \
         to make it anew: ARROWIPC_BLESS=1 cargo test -p arrowipc-runner --test engine the_page_is_made"
    );
}

fn committed() -> Coverage {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    Coverage::of(&Folder::new(cases).load(0).unwrap())
}
