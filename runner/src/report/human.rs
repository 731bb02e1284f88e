//! The summary of a run for people.

use std::fmt::Write;

use super::matrix::Tally;
use super::outcome::kinds_of_failure;
use crate::expect::file::ExpectFile;
use crate::judge::verdict::Verdict;
use crate::run::result::Trace;
use crate::session::Findings;

/// How many kinds of failure are shown in full.
const SHOWN: usize = 20;

/// How many further variants of a failure are named.
const VARIANTS_SHOWN: usize = 4;

/// How many lines of a process's last words are shown.
const STDERR_LINES: usize = 12;

/// Colours, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences are written.
    pub colours: bool,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn red(self, text: &str) -> String {
        self.paint("31;1", text)
    }

    fn green(self, text: &str) -> String {
        self.paint("32", text)
    }
}

/// The summary: what failed, who reads whom, and the verdict on the run.
pub fn summary(findings: &Findings, style: Style) -> String {
    let mut out = String::new();
    failures(&mut out, findings, style);
    unstable(&mut out, findings);
    for (adapter, reason) in &findings.header.down {
        let _ = writeln!(out, "{} {adapter} {}\n", style.red("DOWN"), indented(reason));
    }
    for (adapter, reason) in &findings.header.left_out {
        let reason = reason.lines().next().unwrap_or_default();
        let _ = writeln!(out, "{} {adapter} {reason}\n", style.red("LEFT OUT"));
    }
    for breach in &findings.breaches {
        let _ = writeln!(out, "{} {}\n     edit   {}\n", style.red("LIST"), breach.problem, breach.edit);
    }
    matrix(&mut out, findings, style);
    ending(&mut out, findings, style);
    out
}

/// One failure in full: what, where, why, and the command that does it again.
pub fn failure(case: &str, parties: &str, verdict: Verdict, trace: &Trace, style: Style) -> String {
    let mut out = format!("{} {case}  {parties}  {verdict}\n     {}\n", style.red("FAIL"), indented(&trace.message));
    if !trace.stderr.is_empty() {
        let lines: Vec<&str> = trace.stderr.lines().collect();
        let last = &lines[lines.len().saturating_sub(STDERR_LINES)..];
        let _ = writeln!(out, "     stderr {}", last.join("\n            "));
    }
    if !trace.repro.is_empty() {
        let _ = writeln!(out, "     repro  {}", trace.repro);
    }
    out
}

/// The failures, those of one kind in all variants of a case as one.
fn failures(out: &mut String, findings: &Findings, style: Style) {
    let groups = kinds_of_failure(&findings.artifacts, &findings.cells);
    for group in groups.iter().take(SHOWN) {
        let first = &group[0];
        out.push_str(&failure(first.case, &first.parties(), first.verdict, first.trace, style));
        if let [_, others @ ..] = group.as_slice()
            && !others.is_empty()
        {
            let axes = others.iter().map(|failed| failed.axes()).take(VARIANTS_SHOWN).collect::<Vec<_>>().join(" ");
            let rest = if others.len() > VARIANTS_SHOWN { " …" } else { "" };
            let _ = writeln!(out, "     also   {} more variants: {axes}{rest}", others.len());
        }
        out.push('\n');
    }
    if groups.len() > SHOWN {
        let _ = writeln!(out, "and {} more kinds of failure in {}\n", groups.len() - SHOWN, findings.report.display());
    }
    if groups.len() > SHOWN {
        let _ = writeln!(
            out,
            "Those that are known are listed with: arrowipc expect update --report {}\n",
            findings.report.display()
        );
    } else {
        for (adapter, entries) in &findings.additions {
            let _ = writeln!(
                out,
                "Failures that are known, with their reason, go to {}:\n\n{entries}",
                ExpectFile::path_of(adapter).display()
            );
        }
    }
}

fn unstable(out: &mut String, findings: &Findings) {
    let traces = findings.cells.iter().map(|cell| (&cell.case, &cell.consumer, &cell.trace));
    let traces =
        traces.chain(findings.artifacts.iter().map(|artifact| (&artifact.case, &artifact.producer, &artifact.trace)));
    for (case, party, trace) in traces {
        if let Some(first) = &trace.unstable {
            let _ = writeln!(out, "warning: {party} {first} on {case}; alone in a fresh process it answered\n");
        }
    }
}

fn matrix(out: &mut String, findings: &Findings, style: Style) {
    let consumers = &findings.header.consumers;
    let rows = super::matrix::matrix(&findings.header, &findings.cells);
    let text = |tally: &Option<Tally>| tally.as_ref().map_or_else(|| "-".into(), Tally::to_string);
    let first = rows.iter().map(|(name, _)| name.chars().count()).chain(["writes \\ reads".len()]).max().unwrap_or(0);
    let width = |(column, consumer): (usize, &String)| {
        rows.iter()
            .map(|(_, tallies)| text(&tallies[column]).len())
            .chain([consumer.chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = consumers.iter().enumerate().map(width).collect();
    let _ = write!(out, "{:first$}", "writes \\ reads");
    for (consumer, width) in consumers.iter().zip(&widths) {
        let _ = write!(out, "  {consumer:width$}");
    }
    trim_line(out);
    out.push('\n');
    for (producer, tallies) in &rows {
        let _ = write!(out, "{producer:first$}");
        for (tally, width) in tallies.iter().zip(&widths) {
            let cell = format!("{:width$}", text(tally));
            let bad = tally.as_ref().is_some_and(Tally::is_bad);
            let _ = write!(out, "  {}", if bad { style.red(&cell) } else { style.green(&cell) });
        }
        trim_line(out);
        out.push('\n');
    }
    out.push('\n');
}

fn trim_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
}

fn ending(out: &mut String, findings: &Findings, style: Style) {
    let footer = &findings.footer;
    let count = |verdicts: &[Verdict]| verdicts.iter().filter_map(|verdict| footer.counts.get(verdict)).sum::<u64>();
    let grave = findings.cells.iter().filter(|cell| cell.verdict.is_unsafe()).count()
        + findings.artifacts.iter().filter(|artifact| artifact.verdict.is_unsafe()).count();
    let cases: std::collections::BTreeSet<&str> =
        findings.cells.iter().map(|cell| cell.case.split('[').next().unwrap_or_default()).collect();
    let mut parts = vec![
        format!("{} cases", cases.len()),
        format!("{} cells", footer.cells),
        format!("{} passed", count(&[Verdict::Pass, Verdict::Converted])),
        format!("{} unsupported", count(&[Verdict::Unsupported])),
    ];
    if footer.observations > 0 {
        parts.push(format!("{} observations", footer.observations));
    }
    let (blocked, missing) = (count(&[Verdict::Blocked]), count(&[Verdict::NotRun]));
    for (n, word) in [(blocked, "blocked"), (missing, "not run")] {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    if grave > 0 {
        parts.push(format!("{grave} crashes, timeouts or memory overruns"));
    }
    let _ = writeln!(out, "{}", parts.join(" · "));
    let verdict = match (footer.unexpected, footer.breaches.len(), findings.header.down.len()) {
        (0, 0, 0) if missing == 0 => style.green("all as expected"),
        (0, 0, down) => style.red(&format!("incomplete: {missing} cells not run, {down} adapters did not start")),
        (unexpected, breaches, _) => {
            style.red(&format!("{unexpected} unexpected failures, {breaches} breaches of known-failure lists"))
        }
    };
    let _ = writeln!(out, "{verdict} · {} · {}", findings.report.display(), findings.page().display());
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n     ")
}
