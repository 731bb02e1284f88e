//! Annotations of GitHub Actions: commands on standard output, at the line of the case or of the list.

use std::fmt::Write;

use super::clip;
use super::outcome::{kinds_of_failure, outcomes};
use super::reader::Report;

/// How many annotations of a level GitHub shows for a step.
const SHOWN: usize = 10;

/// How much of a message is shown: an annotation holds 64 KiB, and nobody reads them.
const MESSAGE_BYTES: usize = 4096;

/// How large the summary of a step may be; GitHub drops a larger one.
pub const SUMMARY_BYTES: usize = 1024 * 1024;

/// An annotation.
struct Annotation {
    /// File and line.
    place: Option<(String, usize)>,
    title: String,
    message: String,
}

/// The unlisted failures, breaches and adapters that did not start as errors, what was unstable as warnings; ten of each at most,
/// as GitHub shows no more, the last of which counts those that have no room.
pub fn annotations(report: &Report) -> String {
    let down = report.header.down.iter().map(|(id, reason)| Annotation {
        place: None,
        title: format!("{id} did not start"),
        message: reason.clone(),
    });
    let kinds = kinds_of_failure(&report.artifacts, &report.cells);
    let failures = kinds.iter().filter_map(|kind| {
        let first = kind.first()?;
        let more = if kind.len() > 1 { format!("\nalso in {} more variants", kind.len() - 1) } else { String::new() };
        let repro = if first.trace.repro.is_empty() { String::new() } else { format!("\n{}", first.trace.repro) };
        let case = report.cases.iter().find(|case| case.id == first.case);
        Some(Annotation {
            place: case.and_then(|case| place(&case.place)),
            title: format!("{} {} {}", first.verdict, first.parties(), first.case),
            message: format!("{}{more}{repro}", clip::beginning(&first.trace.message, MESSAGE_BYTES)),
        })
    });
    let breaches = report.footer.breaches.iter().map(|problem| {
        let (at, rest) = problem.split_once(": ").unwrap_or(("", problem));
        let place = place(at);
        let message = if place.is_some() { rest } else { problem };
        Annotation { place, title: "known failures".into(), message: message.to_owned() }
    });
    let unstable = outcomes(report).filter_map(|outcome| {
        let first = outcome.trace.unstable.as_ref()?;
        let title = format!("unstable {} {}", outcome.parties(), outcome.case);
        let message = format!("the first attempt {first}; alone in a fresh process it answered");
        Some(Annotation { place: None, title, message })
    });
    let errors: Vec<Annotation> = down.chain(failures).chain(breaches).collect();
    let warnings: Vec<Annotation> = unstable.collect();
    commands("error", &errors) + &commands("warning", &warnings)
}

fn commands(level: &str, annotations: &[Annotation]) -> String {
    let shown = if annotations.len() > SHOWN { SHOWN - 1 } else { annotations.len() };
    let mut out = String::new();
    for Annotation { place, title, message } in &annotations[..shown] {
        let place = place.as_ref().map(|(file, line)| format!("file={},line={line},", property(file)));
        let _ = writeln!(
            out,
            "::{level} {}title={}::{}",
            place.unwrap_or_default(),
            property(title),
            data(&clip::beginning(message, MESSAGE_BYTES * 2))
        );
    }
    if shown < annotations.len() {
        let _ = writeln!(out, "::{level} title=and {} more::They are in the summary and in report.jsonl", {
            annotations.len() - shown
        });
    }
    out
}

/// `file:line`, as two.
fn place(text: &str) -> Option<(String, usize)> {
    let (file, line) = text.rsplit_once(':')?;
    Some((file.to_owned(), line.parse().ok()?))
}

/// Text behind `::`, as the runner reads it back.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value, as the runner reads it back.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_a_command_or_a_property() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a,b=c::d\n"), "a%2Cb=c%3A%3Ad%0A");
    }

    #[test]
    fn a_place_is_a_file_and_a_line() {
        assert_eq!(place("cases/a.yaml:12"), Some(("cases/a.yaml".into(), 12)));
        assert_eq!(place("no line"), None);
    }
}
