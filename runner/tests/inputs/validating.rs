//! `validate`: the right clause at the right place, and nothing where nothing is wrong.

use std::ops::Range;

use arrowipc_runner::case::file::CaseResult;
use arrowipc_runner::progress::Progress;
use arrowipc_runner::validate::{Finding, Level, validate};
use arrowipc_runner::wire::{map, parse};

use crate::case_files::{CaseFile, of_result};

fn findings(file: &CaseFile) -> Vec<Finding> {
    validate(&file.bytes, file.format, &Progress::silent()).of_level(Level::Must).cloned().collect()
}

/// Whether a fault is named in the part of the input that was changed, the metadata and the body of a message being one.
fn is_there(finding: &Finding, file: &CaseFile, parts: &[Range<usize>]) -> bool {
    let part_of = |at: usize| parts.iter().position(|part| part.contains(&at));
    let last = file.bytes.len().saturating_sub(1);
    let found = part_of(finding.at.start.min(last));
    file.changed.is_empty() || file.changed.iter().any(|changed| part_of(changed.start.min(last)) == found)
}

#[test]
fn faults_of_invalid_cases_are_found_with_their_clause_where_they_are() {
    let (mut all, mut clause, mut place, mut silent) = (0, 0, 0, Vec::new());
    for file in of_result(CaseResult::Invalid) {
        let parsed = parse::parse(&file.bytes, file.format);
        let parts: Vec<Range<usize>> = map::sections(&file.bytes, &parsed).map(|section| section.range).collect();
        let findings = findings(file);
        let of_case = |clause: &String| file.case.clauses.contains(clause);
        let named: Vec<&Finding> = findings.iter().filter(|finding| finding.clauses.iter().any(of_case)).collect();
        all += 1;
        clause += usize::from(!named.is_empty());
        place += usize::from(named.iter().any(|finding| is_there(finding, file, &parts)));
        if findings.is_empty() {
            silent.push(file.name.as_str());
        }
    }
    eprintln!(
        "of {all} invalid case files, {clause} are named with the right clause, {place} of these at the right place"
    );
    eprintln!("at the level must, nothing is said of {}: {}", silent.len(), silent.join(", "));
    assert!(all > 2000 && place * 100 >= all * 95, "{place} of {all}");
}

#[test]
fn nothing_is_wrong_with_valid_cases() {
    let mut wrong = Vec::new();
    let mut all = 0;
    for file in of_result(CaseResult::Valid) {
        all += 1;
        for finding in findings(file) {
            if !finding.clauses.iter().all(|clause| file.case.breaks.contains(clause)) {
                wrong.push(format!("{}: {finding:?}", file.name));
            }
        }
    }
    eprintln!("nothing is said of {} of {all} valid case files", all - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
