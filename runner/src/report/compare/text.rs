//! A comparison for people: as plain text, and as Markdown for a comment.

use std::fmt::Write;

use super::{By, Change, Class, Comparison};
use crate::report::clip;
use crate::report::markdown::{code, fence, in_table};
use crate::report::outcome::parties;

/// How many changes of a class are shown.
const SHOWN: usize = 20;

/// How much of a message is shown.
const MESSAGE_BYTES: usize = 1024;

/// How large a comment may be: GitHub takes 65,536 characters.
const COMMENT_BYTES: usize = 60_000;

/// As plain text.
pub fn plain(comparison: &Comparison) -> String {
    let mut out = String::new();
    for class in Class::ALL {
        let changes: Vec<&Change> = comparison.changes.iter().filter(|change| change.class == *class).collect();
        for change in changes.iter().take(SHOWN) {
            let by = if change.by == By::Suite { "  (the case changed)" } else { "" };
            let parties = parties(change.producer, change.consumer);
            let _ = writeln!(out, "{} {}  {parties}  {}{by}", class.name(), change.case, verdicts(change));
            if matches!(class, Class::NewUnsafe | Class::Regression) {
                if !change.message.is_empty() {
                    let message = clip::beginning(change.message, MESSAGE_BYTES).replace('\n', "\n     ");
                    let _ = writeln!(out, "     {message}");
                }
                if !change.repro.is_empty() {
                    let _ = writeln!(out, "     repro  {}", change.repro);
                }
            }
        }
        if changes.len() > SHOWN {
            let _ = writeln!(out, "and {} more of {}; --format json has all", changes.len() - SHOWN, class.name());
        }
        if !changes.is_empty() {
            out.push('\n');
        }
    }
    for [before, after] in &comparison.versions {
        let _ = writeln!(out, "{before} is now {after}");
    }
    if comparison.suite[0] != comparison.suite[1] {
        let _ = writeln!(out, "the cases are not the same: {}, now {}", comparison.suite[0], comparison.suite[1]);
    }
    let _ = writeln!(out, "{:14}{:>16}{:>16}", "", "implementations", "changed cases");
    for (class, count) in &comparison.counts {
        let _ = writeln!(out, "{:14}{:>16}{:>16}", class.name(), count.implementation, count.suite);
    }
    let _ = writeln!(out, "{:14}{:>16}", "unchanged", comparison.unchanged);
    out
}

/// As Markdown, small enough for a comment.
pub fn markdown(comparison: &Comparison) -> String {
    let mut out = String::from("### Arrow IPC conformance: what changed\n\n");
    for [before, after] in &comparison.versions {
        let _ = writeln!(out, "{} is now {}.\n", code(before), code(after));
    }
    out.push_str("| | implementations | changed cases |\n|---|---:|---:|\n");
    for (class, count) in &comparison.counts {
        let _ = writeln!(out, "| {} | {} | {} |", class.name(), count.implementation, count.suite);
    }
    let _ = writeln!(out, "| unchanged | {} | |\n", comparison.unchanged);
    for class in Class::ALL {
        let changes: Vec<&Change> = comparison.changes.iter().filter(|change| change.class == *class).collect();
        if changes.is_empty() {
            continue;
        }
        let mut section =
            format!("<details><summary>{}</summary>\n\n| case | parties | |\n|---|---|---|\n", class.name());
        for change in changes.iter().take(SHOWN) {
            let parties = parties(change.producer, change.consumer);
            let by = if change.by == By::Suite { " (the case changed)" } else { "" };
            let _ =
                writeln!(section, "| {} | {} | {}{by} |", in_table(change.case), in_table(&parties), verdicts(change));
        }
        if changes.len() > SHOWN {
            let _ = writeln!(section, "\nand {} more", changes.len() - SHOWN);
        }
        if let Some(first) = changes.first().filter(|_| matches!(class, Class::NewUnsafe | Class::Regression)) {
            let _ =
                write!(section, "\nThe first of them:\n\n{}", fence(&clip::beginning(first.message, MESSAGE_BYTES)));
        }
        section.push_str("\n</details>\n\n");
        if out.len() + section.len() <= COMMENT_BYTES {
            out.push_str(&section);
        }
    }
    out
}

/// `pass -> lenient`, or the one verdict of what was added or removed.
fn verdicts(change: &Change) -> String {
    match (change.before, change.after) {
        (Some(before), Some(after)) => format!("{before} -> {after}"),
        (before, after) => before.or(after).map_or_else(String::new, |verdict| verdict.to_string()),
    }
}
