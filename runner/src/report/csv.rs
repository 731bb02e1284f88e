//! One row a result, for spreadsheets and data frames: RFC 4180.

use std::borrow::Cow;

use super::outcome::outcomes;
use super::reader::Report;

/// The columns.
pub const COLUMNS: &[&str] =
    &["kind", "case", "producer", "consumer", "verdict", "standing", "phase", "ms", "attempts", "message", "repro"];

/// The report as CSV: productions, whose consumer is empty, then cells.
pub fn csv(report: &Report) -> String {
    let mut out = COLUMNS.join(",") + "\r\n";
    for outcome in outcomes(report) {
        let trace = outcome.trace;
        let (ms, attempts) = (trace.ms.to_string(), trace.attempts.to_string());
        let fields = [
            if outcome.consumer.is_some() { "cell" } else { "artifact" },
            outcome.case,
            outcome.producer,
            outcome.consumer.unwrap_or_default(),
            outcome.verdict.name(),
            outcome.standing.name(),
            trace.phase.map(|phase| phase.name()).unwrap_or_default(),
            &ms,
            &attempts,
            &trace.message,
            &trace.repro,
        ];
        out.push_str(&fields.map(quoted).join(","));
        out.push_str("\r\n");
    }
    out
}

fn quoted(field: &str) -> Cow<'_, str> {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\"")).into()
    } else {
        field.into()
    }
}
