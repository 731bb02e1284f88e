//! CSV and badges.

use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::badge::badges;
use arrowipc_runner::report::csv::{COLUMNS, csv};
use roxmltree::Document;

use crate::samples::{HOSTILE, Sample, hostile, report_of};

/// Rows of fields, as RFC 4180 says.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => field.extend(chars.next()),
            (true, '"') => quoted = false,
            (true, c) => field.push(c),
            (false, '"') if field.is_empty() => quoted = true,
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\r') if chars.next_if_eq(&'\n').is_some() => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (false, c) => field.push(c),
        }
    }
    assert!(row.is_empty() && field.is_empty() && !quoted, "the last row has an end");
    rows
}

#[test]
fn csv_has_a_row_for_each_result_whatever_its_texts_hold() {
    let report = hostile();
    let rows = rows(&csv(&report));
    assert_eq!(rows[0], COLUMNS);
    assert_eq!(rows.len(), 1 + report.artifacts.len() + report.cells.len());
    assert!(rows.iter().all(|row| row.len() == COLUMNS.len()));
    let wrong = &rows[2];
    assert_eq!((wrong[0].as_str(), wrong[4].as_str(), wrong[5].as_str()), ("artifact", "wrong-bytes", "failed"));
    assert_eq!((wrong[3].as_str(), wrong[9].as_str()), ("", HOSTILE));
}

fn samples(read: u64, wrong: u64) -> Vec<Sample<'static>> {
    let cell = |verdict| ("t/c[x]", "a@1", Some("b@1"), verdict, true, "");
    let passed = (0..read).map(|_| cell(Verdict::Pass));
    passed.chain((0..wrong).map(|_| cell(Verdict::WrongValue))).collect()
}

#[test]
fn a_badge_never_rounds_up_to_everything() {
    let message = |samples: &[Sample]| {
        let report = report_of(samples, &|_| vec![]);
        let badge = badges(&report).into_iter().find(|badge| badge.file == "b").unwrap();
        (badge.message, badge.color)
    };
    assert_eq!(message(&samples(3, 0)), ("reads 100 %".into(), "#2a7f3f"));
    assert_eq!(message(&samples(1999, 1)), ("reads 99.9 %".into(), "#4c7a1d"));
    assert_eq!(message(&samples(19, 1)), ("reads 95 %".into(), "#8a6a00"));
    assert_eq!(message(&samples(1, 1)), ("reads 50 %".into(), "#b3261e"));
    let crash = [samples(1, 0), vec![("t/d[x]", "a@1", Some("b@1"), Verdict::Crash, true, "")]].concat();
    assert_eq!(message(&crash), ("reads 50 %, 1 unsafe".into(), "#b3261e"));
    let unsupported = [("t/d[x]", "a@1", Some("b@1"), Verdict::Unsupported, true, "")];
    assert_eq!(message(&unsupported), ("not judged".into(), "#6a6f76"));
}

#[test]
fn badges_are_pictures_and_what_shields_io_reads() {
    for badge in badges(&hostile()) {
        let svg = badge.svg();
        let document = Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
        let allowed = ["svg", "title", "clipPath", "rect", "g", "text"];
        let elements = document.descendants().filter(|node| node.is_element());
        assert!(elements.map(|node| node.tag_name().name()).all(|name| allowed.contains(&name)), "{svg}");
        let json = serde_json::to_value(&badge).unwrap();
        let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["schemaVersion", "label", "message", "color"]);
        assert_eq!(json["schemaVersion"], 1);
        assert!(!json["message"].as_str().unwrap().is_empty());
        assert!(badge.file.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@".contains(c)), "{}", badge.file);
    }
}
