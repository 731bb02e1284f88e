//! The status as tables: reStructuredText as on Arrow's page, and Markdown whose entries lead to the results behind them.

use std::fmt::Write;

use super::{Entry, Evidence, MeasuredSection, Status, Support};
use crate::report::clip;
use crate::report::markdown::in_table;
use crate::report::share::{self, thousandths};

/// What the signs mean.
pub const LEGEND: &str = "✓ every result shows it, n % of the results do and others show that it fails, ✗ no result shows it, \
    – not claimed, ? no result is about it. Two signs: for reading / for writing.";

/// The sign of one side.
fn sign(evidence: &Evidence) -> String {
    match evidence.support() {
        Support::Yes => "✓".into(),
        Support::Partly => thousandths(evidence.passed, evidence.judged()).map(share::percent).unwrap_or_default(),
        Support::No => "✗".into(),
        Support::Unclaimed => "–".into(),
        Support::Unknown => "?".into(),
    }
}

impl Entry {
    /// One sign where reading and writing are alike or only one of them is meant, two otherwise; nothing where neither is claimed.
    pub fn signs(&self) -> String {
        if self.sides().all(|side| side.support() == Support::Unclaimed) {
            return String::new();
        }
        let mut signs: Vec<String> = self.sides().map(sign).collect();
        signs.dedup();
        signs.join(" / ")
    }
}

/// As reStructuredText: a grid table for each section.
pub fn rst(status: &Status) -> String {
    let mut out = String::new();
    for section in &status.sections {
        grid(&mut out, section, &status.names);
        out.push('\n');
    }
    let _ = writeln!(out, "{LEGEND}");
    out
}

fn grid(out: &mut String, section: &MeasuredSection, names: &[String]) {
    let heading = std::iter::once(section.title.to_owned()).chain(names.iter().map(|name| clip::line(name)));
    let body = section.rows.iter().map(|row| {
        let signs = row.entries.iter().map(Entry::signs);
        std::iter::once(row.label.to_owned()).chain(signs).collect::<Vec<String>>()
    });
    let lines: Vec<Vec<String>> = std::iter::once(heading.collect()).chain(body).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..=names.len()).map(width).collect();
    let rule = |with: &str| {
        let parts: Vec<String> = widths.iter().map(|width| with.repeat(width + 2)).collect();
        format!("+{}+\n", parts.join("+"))
    };
    out.push_str(&rule("-"));
    for (index, line) in lines.iter().enumerate() {
        for (text, width) in line.iter().zip(&widths) {
            let _ = write!(out, "| {text:width$} ");
        }
        out.push_str("|\n");
        out.push_str(&rule(if index == 0 { "=" } else { "-" }));
    }
}

/// As Markdown; `page` is the HTML report, to whose results the entries lead.
pub fn markdown(status: &Status, page: &str) -> String {
    let mut out = String::new();
    let names: Vec<String> = status.names.iter().map(|name| in_table(name)).collect();
    for section in &status.sections {
        let _ = writeln!(out, "| {} | {} |\n|---|{}", section.title, names.join(" | "), ":-:|".repeat(names.len()));
        for row in &section.rows {
            let linked = row.entries.iter().zip(&status.implementations).map(|(entry, party)| link(entry, party, page));
            let _ = writeln!(out, "| {} | {} |", row.label, linked.collect::<Vec<_>>().join(" | "));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{LEGEND}");
    out
}

/// The signs of an entry, each leading to the results behind it.
fn link(entry: &Entry, party: &str, page: &str) -> String {
    let to = |sign: &str, side: &str| {
        format!("[{sign}]({page}#cases?feature={}&{side}={})", percent(entry.feature), percent(party))
    };
    let signs = entry.signs();
    match signs.split_once(" / ") {
        _ if signs.is_empty() => signs,
        Some((read, write)) => format!("{} / {}", to(read, "to"), to(write, "from")),
        None if entry.read.is_some() => to(&signs, "to"),
        None => to(&signs, "from"),
    }
}

/// A text as a value in an address.
fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~@".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
