//! The Test Anything Protocol, version 14.
//!
//! A test point for each production and cell. What is known or only observed is `not ok` with the directive TODO, what could not be
//! asked is `ok` with SKIP: harnesses count neither as a failure.

use std::fmt::Write;

use super::clip;
use super::outcome::{Outcome, Standing, outcomes};
use super::reader::Report;

/// How much of a message, and of what a process said last, is shown.
const TEXT_BYTES: usize = 4096;

/// The report as TAP.
pub fn tap(report: &Report) -> String {
    let of_run: Vec<(String, &String)> = report
        .header
        .down
        .iter()
        .map(|(id, reason)| (format!("{id} starts"), reason))
        .chain(report.footer.breaches.iter().map(|problem| ("known failures are as listed".into(), problem)))
        .collect();
    let total = report.artifacts.len() + report.cells.len() + of_run.len();
    let mut out = format!("TAP version 14\n1..{total}\n");
    let mut number = 0;
    for outcome in outcomes(report) {
        number += 1;
        point(&mut out, number, &outcome);
    }
    for (description, message) in of_run {
        number += 1;
        let _ = writeln!(out, "not ok {number} - {}", escaped(&description));
        block(&mut out, &[("message", message)]);
    }
    out
}

fn point(out: &mut String, number: usize, outcome: &Outcome) {
    let description = escaped(&format!("{} {}", outcome.case, outcome.parties()));
    let (verdict, trace) = (outcome.verdict, outcome.trace);
    let (ok, directive) = match outcome.standing {
        Standing::Passed => ("ok", String::new()),
        Standing::Failed | Standing::NotRun => ("not ok", String::new()),
        Standing::Known => ("not ok", format!(" # TODO known: {verdict}")),
        Standing::Observed => ("not ok", format!(" # TODO observed: {verdict}")),
        Standing::Unsupported | Standing::Blocked => ("ok", format!(" # SKIP {verdict}")),
    };
    let _ = writeln!(out, "{ok} {number} - {description}{directive}");
    if outcome.standing != Standing::Passed {
        let message = clip::beginning(&trace.message, TEXT_BYTES);
        let stderr = clip::end(&trace.stderr, TEXT_BYTES);
        let entries =
            [("verdict", verdict.name()), ("message", &*message), ("stderr", &*stderr), ("repro", &trace.repro)];
        block(out, &entries);
    }
}

/// A block of YAML.
fn block(out: &mut String, entries: &[(&str, &str)]) {
    out.push_str("  ---\n");
    for (key, text) in entries.iter().filter(|(_, text)| !text.is_empty()) {
        let _ = writeln!(out, "  {key}: {}", scalar(text));
    }
    out.push_str("  ...\n");
}

/// A scalar in double quotes: as JSON writes it, but for characters that YAML does not take as they are.
fn scalar(text: &str) -> String {
    let mut out = String::new();
    for c in serde_json::Value::from(text).to_string().chars() {
        match c {
            '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A description in one line that no directive can be read from.
fn escaped(text: &str) -> String {
    clip::line(text).replace('\\', "\\\\").replace('#', "\\#")
}
