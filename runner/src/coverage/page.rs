//! Coverage as a page: `docs/clauses.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Coverage;
use super::clauses::{Covered, Group, LEAST_PERCENT};

/// Cases of a topic that are named one by one.
const MOST_NAMES: usize = 8;

/// The page, which lies in `docs/`.
pub fn page(coverage: &Coverage) -> String {
    let clauses = &coverage.clauses;
    let total = &clauses.total;
    let mut page = format!(
        "\
# Clauses

The rules of the format that cases, checks and errors cite, in our words, with the cases that check them. The catalogue is
[`cases/clauses.yaml`](../cases/clauses.yaml), whose head says what level and basis mean; this page is made from it and from the cases by
`arrowipc coverage --format md`.

A clause is covered when a case names it: {} of {} are, {:.1} %. Of the {} musts that the format states and a case can check, {} are.
{} clauses are also held against everything that any producer writes in a run, which the tables call *every output*. That alone does not
make a clause covered. `arrowipc coverage` fails when one of those musts has no case, when fewer than {LEAST_PERCENT} % of all clauses have one, and when
a clause has one that is said to be beyond checking.

| clauses on | all | with a case | musts | with a case | every output |
|---|---|---|---|---|---|
",
        total.covered,
        total.clauses,
        total.percent(),
        total.must,
        total.must_covered,
        total.every_output,
    );
    for group in &clauses.groups {
        let total = &group.total;
        let link = format!("[{}](#{})", group.title, anchor(&group.title));
        line(
            &mut page,
            format_args!(
                "| {link} | {} | {} | {} | {} | {} |",
                total.clauses, total.covered, total.must, total.must_covered, total.every_output
            ),
        );
    }
    let uncovered: Vec<&Covered> = clauses.missing_musts().chain(clauses.missing_others()).collect();
    if !uncovered.is_empty() {
        page.push_str("\n## Without a case\n\n| clause | level, basis | check |\n|---|---|---|\n");
        for clause in uncovered {
            let (level, basis) = (&clause.level, clause.basis.name());
            line(&mut page, format_args!("| `{}` | {level}, {basis} | {} |", clause.id, check(clause)));
        }
    }
    page.push_str("\n## Beyond checking\n\n| clause | level, basis | why no case can check it |\n|---|---|---|\n");
    for clause in clauses.unchecked() {
        let (level, basis) = (&clause.level, clause.basis.name());
        line(&mut page, format_args!("| `{}` | {level}, {basis} | {} |", clause.id, cell(&clause.unchecked)));
    }
    for group in &clauses.groups {
        section(&mut page, group);
    }
    page
}

fn section(page: &mut String, group: &Group) {
    line(page, format_args!("\n## {}\n", group.title));
    page.push_str("| clause | level, basis | statement | cases |\n|---|---|---|---|\n");
    for clause in &group.clauses {
        let (level, basis) = (&clause.level, clause.basis.name());
        let statement = format!("{} <br> *{}*", cell(&clause.statement), cell(&clause.source));
        line(
            page,
            format_args!(
                "| <a id=\"{0}\"></a>`{0}` | {level}, {basis} <br> {1} | {statement} | {2} |",
                clause.id,
                check(clause),
                cases(clause)
            ),
        );
    }
    let open: Vec<&Covered> = group.clauses.iter().filter(|clause| !clause.ambiguity.is_empty()).collect();
    if !open.is_empty() {
        page.push_str("\nWhat the format leaves open:\n\n");
        for clause in open {
            line(page, format_args!("- `{}`: {}", clause.id, words(&clause.ambiguity)));
        }
    }
}

fn check(clause: &Covered) -> String {
    let output = if clause.every_output { ", every output" } else { "" };
    format!("{}{output}", clause.check)
}

/// The topics with their cases, each linked to its file.
fn cases(clause: &Covered) -> String {
    let mut topics: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for case in &clause.cases {
        let id = case.name.rsplit('/').next().unwrap_or_default();
        topics.entry(&case.topic).or_default().push(id);
    }
    let shown = topics.into_iter().map(|(topic, ids)| {
        let named = match ids.len().checked_sub(MOST_NAMES) {
            None | Some(0) => ids.join(", "),
            Some(_) => format!("{} cases", ids.len()),
        };
        format!("[{topic}](../cases/{topic}.yaml): {named}")
    });
    shown.collect::<Vec<_>>().join(" <br> ")
}

/// The anchor that a renderer gives to a title.
fn anchor(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

/// Text in one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    words(text).replace('|', "\\|").replace('<', "&lt;")
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = writeln!(page, "{text}");
}
