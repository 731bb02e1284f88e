//! Coverage as text for a terminal.

use super::Coverage;
use super::clauses::{Count, Covered, Group, Totals};

/// Cases of a clause that are named; there may be hundreds.
const MOST_NAMES: usize = 3;

/// Clauses and their cases group by group, then what is missing, then the totals.
pub fn text(coverage: &Coverage) -> String {
    let clauses = &coverage.clauses;
    let mut lines = Vec::new();
    for group in &clauses.groups {
        lines.extend(group_lines(group));
        lines.push(String::new());
    }
    let mut section = |title: &str, entries: Vec<String>| {
        if !entries.is_empty() {
            lines.push(format!("{title}: {}", entries.len()));
            lines.extend(entries.into_iter().map(|entry| format!("  {entry}")));
            lines.push(String::new());
        }
    };
    let name = |clause: &Covered| format!("{} ({}, {})", clause.id, clause.level, clause.basis.name());
    let reason = |clause: &Covered| format!("{}: {}", name(clause), clause.unchecked);
    section("Checkable musts without a case", clauses.missing_musts().map(name).collect());
    section("Other clauses without a case", clauses.missing_others().map(name).collect());
    let only_checks = |clause: &&Covered| clause.every_output && !clause.is_covered();
    section("Checked on every output, and without a case", clauses.clauses().filter(only_checks).map(name).collect());
    section("Clauses that no case can check", clauses.unchecked().map(reason).collect());
    lines.push(format!(
        "{:<24} {:>7}  {:>15}  {:>15}  {:>12}",
        "", "clauses", "with a case", "checkable must", "every output"
    ));
    for group in &clauses.groups {
        lines.push(total_line(&group.title, &group.total));
    }
    lines.push(total_line("all", &clauses.total));
    lines.join("\n") + "\n"
}

fn group_lines(group: &Group) -> Vec<String> {
    let mut lines =
        vec![format!("{}: {} clauses, {} with a case", group.title, group.total.clauses, group.total.covered)];
    for clause in &group.clauses {
        let output = if clause.every_output { ", every output" } else { "" };
        let head = format!("  {} ({}, {}, {}{output})", clause.id, clause.level, clause.basis.name(), clause.check);
        lines.push(head);
        if clause.is_covered() {
            lines.push(format!("      {}", counts(clause)));
            lines.push(format!("      {}", names(clause)));
        }
    }
    lines
}

/// `3 cases (12 variants): 2 valid must, 1 invalid must`.
fn counts(clause: &Covered) -> String {
    let kind = |count: &Count| format!("{} {} {}", count.cases, count.result.name(), count.strength.name());
    let variants: usize = clause.counts.iter().map(|count| count.variants).sum();
    let kinds = clause.counts.iter().map(kind).collect::<Vec<_>>().join(", ");
    format!("{} ({}): {kinds}", number(clause.cases.len(), "case"), number(variants, "variant"))
}

fn number(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn names(clause: &Covered) -> String {
    let names: Vec<&str> = clause.cases.iter().take(MOST_NAMES).map(|case| case.name.as_str()).collect();
    let more = clause.cases.len() - names.len();
    if more > 0 { format!("{} and {more} more", names.join(", ")) } else { names.join(", ") }
}

fn total_line(title: &str, total: &Totals) -> String {
    let of = |part: usize, whole: usize, percent: f64| format!("{part}/{whole} {percent:>5.1} %");
    format!(
        "{title:<24} {:>7}  {:>15}  {:>15}  {:>12}",
        total.clauses,
        of(total.covered, total.clauses, total.percent()),
        of(total.must_covered, total.must, total.must_percent()),
        total.every_output
    )
}
