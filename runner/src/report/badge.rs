//! A badge for each implementation: how much of what was judged it reads and writes as the cases say. SVG, and the JSON from which
//! shields.io makes one.

use serde::Serialize;

use super::outcome::{Outcome, Standing, names, outcomes};
use super::reader::Report;
use super::share::{percent, thousandths};
use super::xml::Escaped;
use crate::run::producer::SUITE;
use crate::run::result::id_of;

/// A badge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Badge {
    /// The name of its files, without their endings.
    #[serde(skip)]
    pub file: String,
    /// 1, the version of shields.io's format.
    pub schema_version: u8,
    /// The left side.
    pub label: String,
    /// The right side.
    pub message: String,
    /// The colour of the right side.
    pub color: &'static str,
}

/// From which share on a colour is given, in thousandths, and its value.
const COLOURS: &[(u64, &str)] = &[(1000, "#2a7f3f"), (990, "#4c7a1d"), (950, "#8a6a00"), (0, "#b3261e")];

/// Where nothing was judged.
const GREY: &str = "#6a6f76";

/// Where a process dies, whatever its share is.
const RED: &str = "#b3261e";

/// What was judged of an implementation, on one side.
#[derive(Debug, Default)]
struct Side {
    passed: u64,
    judged: u64,
}

impl Side {
    fn share(&self) -> Option<u64> {
        thousandths(self.passed, self.judged)
    }

    fn told(&self, word: &str) -> Option<String> {
        Some(format!("{word} {}", percent(self.share()?)))
    }
}

/// The badges of a report, one for each implementation.
pub fn badges(report: &Report) -> Vec<Badge> {
    let parties = names(&report.header).into_iter().filter(|(party, _)| id_of(party) != SUITE);
    parties.map(|(party, name)| badge(report, party, name)).collect()
}

fn badge(report: &Report, party: &str, name: &str) -> Badge {
    let (mut reads, mut writes, mut dies) = (Side::default(), Side::default(), 0);
    for outcome in outcomes(report).filter(|outcome| outcome.standing.is_judged()) {
        let side = match outcome {
            Outcome { consumer: Some(consumer), .. } if consumer == party => &mut reads,
            Outcome { consumer: None, producer, .. } if producer == party => &mut writes,
            _ => continue,
        };
        side.judged += 1;
        side.passed += u64::from(outcome.standing == Standing::Passed);
        dies += u64::from(outcome.verdict.is_unsafe());
    }
    let parts: Vec<String> = reads.told("reads").into_iter().chain(writes.told("writes")).collect();
    let worst = reads.share().into_iter().chain(writes.share()).min();
    let colour = |share| COLOURS.iter().find(|(from, _)| share >= *from).map_or(GREY, |(_, colour)| *colour);
    let unsafe_told = if dies > 0 { format!(", {dies} unsafe") } else { String::new() };
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    Badge {
        file: name.trim_start_matches('.').replace(|c: char| !safe(c), "_"),
        schema_version: 1,
        label: format!("Arrow IPC: {name}"),
        message: if parts.is_empty() { "not judged".into() } else { parts.join(", ") + &unsafe_told },
        color: if dies > 0 { RED } else { worst.map_or(GREY, colour) },
    }
}

impl Badge {
    /// The badge as a picture of its own.
    pub fn svg(&self) -> String {
        // Widths of letters differ by font; the text is fitted to this one.
        let width = |text: &str| 12 + text.chars().count() * 13 / 2;
        let (left, right) = (width(&self.label), width(&self.message));
        let (label, message) = (Escaped(&self.label), Escaped(&self.message));
        let text = |text: &Escaped, start: usize, width: usize| {
            format!("<text x=\"{}\" y=\"14\" textLength=\"{}\">{text}</text>", start + 6, width - 12)
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total}\" height=\"20\" role=\"img\" aria-label=\"{label}: {message}\">\n\
             <title>{label}: {message}</title>\n\
             <clipPath id=\"r\"><rect width=\"{total}\" height=\"20\" rx=\"3\"/></clipPath>\n\
             <g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"20\" fill=\"#3c4148\"/>\
             <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/></g>\n\
             <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">{first}{second}</g>\n\
             </svg>\n",
            total = left + right,
            colour = self.color,
            first = text(&label, 0, left),
            second = text(&message, left, right),
        )
    }
}
