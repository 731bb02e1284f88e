//! A validation as text and as JSON.

use std::io::{self, Write};

use serde_json::json;

use super::{Level, Validation, clause};

/// Faults that are shown in full; more of them say little that is new.
const SHOWN: usize = 50;

/// For people: a line about the input, and a few about each fault.
pub fn human(name: &str, validation: &Validation, level: Level, out: &mut dyn Write) -> io::Result<()> {
    let Validation { format, batches, rows, .. } = validation;
    let findings: Vec<_> = validation.of_level(level).collect();
    let verdict = match findings.len() {
        0 => format!("breaks no {}", level.name()),
        1 => "1 fault".to_owned(),
        count => format!("{count} faults"),
    };
    writeln!(out, "{name}: {verdict} ({format}, {batches} record batches, {rows} rows)")?;
    for finding in findings.iter().take(SHOWN) {
        let (start, end) = (finding.at.start, finding.at.end);
        writeln!(out, "  {:<6} bytes {start}..{end}  {}", finding.level.name(), finding.place)?;
        writeln!(out, "         found {}, expected {}", finding.found, finding.expected)?;
        for id in &finding.clauses {
            match clause(id) {
                Some(clause) => {
                    writeln!(out, "         {id}: {} ({})", clause.statement.trim_end(), clause.source.trim_end())?
                }
                None => writeln!(out, "         {id}")?,
            }
        }
    }
    if findings.len() > SHOWN {
        writeln!(out, "  … {} more; --format json lists them all", findings.len() - SHOWN)?;
    }
    for left_out in &validation.left_out {
        writeln!(out, "  not looked at: {left_out}")?;
    }
    if !validation.readable {
        writeln!(out, "  a reader cannot read all of it; `arrowipc recover` saves the whole batches")?;
    }
    Ok(())
}

/// For programs: one object.
pub fn object(name: &str, validation: &Validation, level: Level, out: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<_> = validation.of_level(level).collect();
    let Validation { format, batches, rows, left_out, readable, .. } = validation;
    let object = json!({
        "name": name,
        "format": format,
        "batches": batches,
        "rows": rows,
        "readable": readable,
        "findings": findings,
        "left_out": left_out,
    });
    writeln!(out, "{object}")
}
