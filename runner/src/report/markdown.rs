//! The summary of a run as GitHub shows Markdown: for the summary of a step and for comments.
//!
//! What comes from cases and implementations stands in code spans and fenced blocks, where it is no link, no mention and no markup.

use std::fmt::Write;

use super::clip;
use super::matrix::matrix;
use super::outcome::{Outcome, Standing, kinds_of_failure, outcomes};
use super::reader::Report;

/// How much of a message is shown.
const MESSAGE_BYTES: usize = 2048;

/// How many further variants of a failure are named.
const VARIANTS_SHOWN: usize = 4;

/// The summary, in at most `most` bytes; failures that have no room are counted.
pub fn summary(report: &Report, most: usize) -> String {
    let mut out = String::new();
    heading(&mut out, report);
    down(&mut out, report);
    table(&mut out, report);
    if out.len() > most {
        return clip::beginning(&heading_alone(report), most).into_owned();
    }
    failures(&mut out, report, most);
    out
}

fn heading_alone(report: &Report) -> String {
    let mut out = String::new();
    heading(&mut out, report);
    out
}

fn heading(out: &mut String, report: &Report) {
    let footer = &report.footer;
    let missing = outcomes(report).filter(|outcome| outcome.standing == Standing::NotRun).count();
    let verdict = match (footer.unexpected, footer.breaches.len(), report.header.down.len()) {
        (0, 0, 0) if missing == 0 => "✅ all as expected".to_owned(),
        (0, 0, down) => format!("❌ incomplete: {missing} results missing, {down} adapters did not start"),
        (unexpected, 0, _) => format!("❌ {unexpected} unexpected failures"),
        (unexpected, breaches, _) => {
            format!("❌ {unexpected} unexpected failures, {breaches} breaches of lists of known failures")
        }
    };
    let shard = if report.header.shard == "1/1" { String::new() } else { format!(", shard {}", report.header.shard) };
    let _ = writeln!(out, "### Arrow IPC conformance: {verdict}\n");
    let _ = writeln!(out, "{} variants, {} cells{shard}; suite {}.\n", report.cases.len(), footer.cells, {
        code(&report.header.suite.version)
    });
}

fn down(out: &mut String, report: &Report) {
    for (id, reason) in &report.header.down {
        let _ = writeln!(out, "- {} did not start:\n\n{}", code(id), fence(&clip::end(reason, MESSAGE_BYTES)));
    }
    for (id, reason) in &report.header.left_out {
        let reason = clip::line(reason.lines().next().unwrap_or_default());
        let _ = writeln!(out, "- {} was left out: {}\n", code(id), code(&clip::beginning(&reason, MESSAGE_BYTES)));
    }
}

fn table(out: &mut String, report: &Report) {
    let consumers: Vec<String> = report.header.consumers.iter().map(|consumer| in_table(consumer)).collect();
    let _ = writeln!(out, "| writes ＼ reads | {} |", consumers.join(" | "));
    let _ = writeln!(out, "|---|{}", "---|".repeat(consumers.len()));
    for (producer, tallies) in matrix(&report.header, &report.cells) {
        let cell = |tally: &Option<super::matrix::Tally>| match tally {
            Some(tally) if tally.is_bad() => format!("**{tally}**"),
            Some(tally) => tally.to_string(),
            None => "–".into(),
        };
        let cells: Vec<String> = tallies.iter().map(cell).collect();
        let _ = writeln!(out, "| {} | {} |", in_table(producer), cells.join(" | "));
    }
    out.push('\n');
}

fn failures(out: &mut String, report: &Report, most: usize) {
    let kinds = kinds_of_failure(&report.artifacts, &report.cells);
    let breaches = report
        .footer
        .breaches
        .iter()
        .map(|problem| format!("- {}\n", code(&clip::beginning(&clip::line(problem), MESSAGE_BYTES))));
    let parts: Vec<String> = kinds.iter().map(|kind| failure(kind)).chain(breaches).collect();
    for (index, part) in parts.iter().enumerate() {
        let rest = format!("\nand {} more; all of them are in `report.jsonl`\n", parts.len() - index);
        if out.len() + part.len() + rest.len() > most {
            if out.len() + rest.len() <= most {
                out.push_str(&rest);
            }
            return;
        }
        out.push_str(part);
    }
}

/// A failure that can be opened: its case, parties and verdict; then message and command.
fn failure(kind: &[Outcome]) -> String {
    let Some((first, others)) = kind.split_first() else { return String::new() };
    // What is folded is HTML, in which a text is code, and no mention, between tags.
    let mut out = format!(
        "<details><summary><code>{}</code> <code>{}</code> <b>{}</b></summary>\n\n{}",
        html(first.case),
        html(&first.parties()),
        first.verdict,
        fence(&clip::beginning(&first.trace.message, MESSAGE_BYTES)),
    );
    if !first.trace.repro.is_empty() {
        out.push_str(&fence(&clip::beginning(&first.trace.repro, MESSAGE_BYTES)));
    }
    if !others.is_empty() {
        let shown: Vec<String> = others.iter().take(VARIANTS_SHOWN).map(|outcome| code(outcome.axes())).collect();
        let rest = if others.len() > VARIANTS_SHOWN { " …" } else { "" };
        let _ = writeln!(out, "{} more variants: {}{rest}\n", others.len(), shown.join(" "));
    }
    out.push_str("</details>\n\n");
    out
}

/// A text as a code span.
pub fn code(text: &str) -> String {
    let text = clip::line(text);
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // The spaces are no part of the span, and keep ticks at its ends from those around it.
    if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// A text as a code span in a table, whose cells end at a bar even in code.
pub fn in_table(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A text as a block.
pub fn fence(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.replace('\r', " "))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

fn html(text: &str) -> String {
    clip::line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('`', "&#96;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_hold_whatever_they_are_given() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a\n@b"), "`a @b`");
        assert_eq!(in_table("a|b"), "`a\\|b`");
    }

    #[test]
    fn blocks_end_where_they_should() {
        assert_eq!(fence("a\n```\nb"), "````text\na\n```\nb\n````\n");
    }
}
