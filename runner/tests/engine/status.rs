//! The measured status, and tables that people keep.

use std::collections::BTreeSet;
use std::process::Command;

use arrowipc_runner::case::file::CaseResult;
use arrowipc_runner::case::options::Phase;
use arrowipc_runner::case::suite::Folder;
use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::reader::Report;
use arrowipc_runner::report::status::rows::SECTIONS;
use arrowipc_runner::report::status::text::{markdown, rst};
use arrowipc_runner::report::status::{Entry, Status, Support, status};
use arrowipc_runner::workspace::Workspace;

use crate::samples::{Sample, report_of, write};

/// The features of the sample cases, by the word in their names.
fn features(case: &str) -> Vec<&'static str> {
    let mut features = vec!["format.stream"];
    let named = [("utf8", "type.utf8"), ("bool", "type.bool"), ("null", "type.null"), ("map", "type.map")];
    features.extend(named.into_iter().filter(|(word, _)| case.contains(word)).map(|(_, feature)| feature));
    features
}

/// `b` reads strings but fails a map of them, fails booleans, reads one null of two; it writes strings. `a` writes all of it.
fn report() -> Report {
    let cell = |case, verdict| (case, "a@1", Some("b@1"), verdict, true, "");
    let samples: Vec<Sample> = vec![
        ("t/utf8[1]", "a@1", None, Verdict::Pass, true, ""),
        ("t/utf8[1]", "b@1", None, Verdict::Pass, true, ""),
        cell("t/utf8[1]", Verdict::Pass),
        cell("t/utf8[2]", Verdict::Pass),
        cell("t/utf8-map", Verdict::WrongValue),
        cell("t/bool", Verdict::Crash),
        cell("t/null[1]", Verdict::Pass),
        cell("t/null[2]", Verdict::Lenient),
    ];
    report_of(&samples, &features)
}

fn entry<'a>(status: &'a Status, label: &str, name: &str) -> &'a Entry {
    let index = status.names.iter().position(|known| known == name).unwrap();
    let rows = status.sections.iter().flat_map(|section| &section.rows);
    &rows.into_iter().find(|row| row.label == label).unwrap().entries[index]
}

#[test]
fn a_failure_counts_against_the_rarest_feature_of_its_case() {
    let status = status(&report());
    let reads = |label| entry(&status, label, "b").read.as_ref().unwrap().support();
    assert_eq!(reads("Utf8"), Support::Yes, "the map is to blame, of which there is one case");
    assert_eq!(reads("Map"), Support::No);
    assert_eq!(reads("Boolean"), Support::No);
    assert_eq!(reads("Null"), Support::Partly);
    assert_eq!(reads("Struct"), Support::Unknown, "claimed, and no case is about it");
    assert_eq!(reads("Tensors"), Support::Unclaimed);
    let null = entry(&status, "Null", "b").read.as_ref().unwrap();
    assert_eq!((null.passed, null.failed, null.first_failure.as_deref()), (1, 1, Some("t/null[2]")));
    assert_eq!(entry(&status, "Utf8", "b").write.as_ref().unwrap().support(), Support::Yes);
    assert_eq!(entry(&status, "Memory map", "b").write, None, "nobody writes a memory map");
    assert_eq!(
        entry(&status, "Utf8", "a").read.as_ref().unwrap().support(),
        Support::Unknown,
        "nobody asked it to read"
    );
}

#[test]
fn a_row_of_several_features_is_as_good_as_the_worst() {
    let samples: Vec<Sample> = vec![
        ("t/one", "a@1", Some("b@1"), Verdict::Pass, true, ""),
        ("t/two", "a@1", Some("b@1"), Verdict::WrongValue, true, ""),
    ];
    let of = |case: &str| vec![if case == "t/one" { "type.float32" } else { "type.float64" }];
    let status = status(&report_of(&samples, &of));
    let entry = entry(&status, "Float32/64", "b");
    assert_eq!((entry.feature, entry.read.as_ref().unwrap().support()), ("type.float64", Support::No));
}

#[test]
fn only_valid_cases_that_were_judged_are_evidence() {
    let samples: Vec<Sample> = vec![("t/utf8", "a@1", Some("b@1"), Verdict::Lenient, true, "")];
    assert_eq!(
        entry(&status(&report_of(&samples, &features)), "Utf8", "b").read.as_ref().unwrap().support(),
        Support::No
    );
    let mut invalid = report_of(&samples, &features);
    invalid.cases[0].result = CaseResult::Invalid;
    let mut observed = report_of(&samples, &features);
    observed.cells[0].observation = true;
    let bytes = [("t/utf8", "a@1", None, Verdict::WrongBytes, true, ""), samples[0]];
    for report in [invalid, observed, report_of(&bytes, &features)] {
        assert_eq!(entry(&status(&report), "Utf8", "b").read.as_ref().unwrap().support(), Support::Unknown);
    }
}

#[test]
fn what_may_be_rejected_is_shown_by_who_reads_it() {
    let samples: Vec<Sample> = vec![("t/utf8", "a@1", Some("b@1"), Verdict::Pass, true, "")];
    let mut report = report_of(&samples, &features);
    report.cases[0].result = CaseResult::Defined;
    let reads = |report: &Report| entry(&status(report), "Utf8", "b").read.as_ref().unwrap().support();
    assert_eq!(reads(&report), Support::Yes);
    report.cells[0].trace.phase = Some(Phase::Schema);
    assert_eq!(reads(&report), Support::Unknown);
}

#[test]
fn the_table_is_shaped_as_the_one_of_arrow() {
    let text = rst(&status(&report()));
    let nested: Vec<&str> = text.lines().skip_while(|line| !line.contains("(nested)")).take(3).collect();
    assert_eq!(
        nested,
        [
            "| Data type (nested) | a | b     |",
            "+====================+===+=======+",
            "| Fixed Size List    | ? | ?     |",
        ]
    );
    let lines: BTreeSet<usize> =
        text.lines().skip_while(|line| !line.contains("(nested)")).take(18).map(|line| line.chars().count()).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert!(text.contains("| Map                | ? | ✗ / ? |"), "{text}");
}

#[test]
fn entries_lead_to_the_results_behind_them() {
    let text = markdown(&status(&report()), "https://example.org/run/7/index.html");
    let page = "https://example.org/run/7/index.html#cases?feature=type.utf8";
    let utf8 = format!("| Utf8 | [?]({page}&to=a@1) / [✓]({page}&from=a@1) | [✓]({page}&to=b@1) |");
    assert!(text.lines().any(|line| line == utf8), "{text}");
    assert!(text.lines().any(|line| line.starts_with("| Tensors |") && line.ends_with("|  |  |")), "{text}");
}

#[test]
fn rows_are_made_of_features_that_there_are() {
    let folder = Folder::new(Workspace::find().unwrap().cases());
    let known = folder.registry().unwrap().features;
    for section in SECTIONS {
        for row in section.rows {
            assert!(row.features.iter().all(|feature| known.contains_key(*feature)), "{row:?}");
            let others = section.rows.iter().filter(|other| other.label == row.label).count();
            assert_eq!(others, 1, "{}", row.label);
        }
    }
    let types: BTreeSet<&str> = known.keys().map(String::as_str).filter(|id| id.starts_with("type.")).collect();
    let shown = SECTIONS.iter().flat_map(|section| section.rows).flat_map(|row| row.features).copied();
    let shown: BTreeSet<&str> = shown.filter(|id| id.starts_with("type.")).collect();
    assert_eq!(types, shown, "every type has a row");
}

/// A table as Arrow's page has it: `b` is the column "Bee".
const TABLE: &str = "\
Status
======

+-------------+-------+-------+
| Data type   | Bee   | C#    |
| (primitive) |       |       |
+=============+=======+=======+
| Utf8        | ✓     | ✓     |
+-------------+-------+-------+
| Boolean     | ✓ (1) | ✓     |
+-------------+-------+-------+
| Null        | ✓     |       |
+-------------+-------+-------+
| Tensors     |       |       |
+-------------+-------+-------+
| Flight      | ✓     | ✓     |
+-------------+-------+-------+

+-------------+-------+
| Data type   | Bee   |
+=============+=======+
| Struct      | ✓     |
+-------------+-------+
";

#[test]
fn a_table_is_held_against_the_results() {
    let folder = tempfile::tempdir().unwrap();
    write(&report(), folder.path());
    let table = folder.path().join("status.rst");
    std::fs::write(&table, TABLE).unwrap();
    let claims = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_arrowipc"));
        let output = command.args(["report", "claims"]).arg(&table).arg(folder.path()).args(more).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap().replace(&table.display().to_string(), "status.rst");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, told, _) = claims(&["--column", "Bee=b"]);
    assert_eq!(
        told,
        "status.rst:10: Boolean, Bee: CLAIMED, NOT MEASURED\n\
         \x20    b@1: type.bool: reads 0 of 1, not t/bool; writes no result\n\
         status.rst:12: Null, Bee: claimed, measured in part\n\
         \x20    b@1: type.null: reads 1 of 2, not t/null[2]; writes no result\n\
         \x20   1  CLAIMED, NOT MEASURED\n\
         \x20   1  claimed, measured in part\n\
         \x20   1  no result is about it\n\
         \x20   1  claimed, measured\n\
         \x20   1  not claimed, not measured\n"
    );
    assert_eq!(code, Some(1));
    let (code, json, _) = claims(&["--column", "Bee=b", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, json.as_array().unwrap().len()), (Some(1), 5));
    assert_eq!(json[1]["truth"], "false");
    let (code, _, error) = claims(&[]);
    assert_eq!(code, Some(2));
    assert_eq!(
        error,
        "error: status.rst: no column is one of the report's implementations, a, b; say which is which with --column 'NAME=ID'\n"
    );
    let (_, _, error) = claims(&["--column", "Cee=b"]);
    assert_eq!(error, "error: status.rst: 'Cee=b': Cee is none of Bee, C#, Bee\n");
    let (_, _, error) = claims(&["--column", "C#=x"]);
    assert_eq!(error, "error: status.rst: 'C#=x': x is none of a, b\n");
    std::fs::write(&table, "no table\n").unwrap();
    let (code, _, error) = claims(&["--column", "Bee=b"]);
    assert_eq!(code, Some(2));
    assert!(error.starts_with("error: status.rst: no table is in it: "), "{error}");
}

#[test]
fn a_table_that_is_made_holds() {
    let report = report();
    let text = rst(&status(&report));
    let claims = arrowipc_runner::report::claims::claims(&text, &status(&report), &[]).unwrap();
    use arrowipc_runner::report::claims::Truth;
    assert!(claims.iter().all(|claim| claim.truth != Truth::False), "{claims:#?}");
    assert!(claims.iter().any(|claim| claim.truth == Truth::Holds));
}
