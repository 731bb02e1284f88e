//! For people.

use std::io::{self, Write};

use super::{Detail, Inspection, Request, stop_hint, summary};
use crate::wire::map::{RenderOptions, render};

/// Columns of an offset, wide enough for a terabyte.
const WIDTH: usize = 13;

pub(super) fn write(inspection: &Inspection, request: &Request, out: &mut dyn Write) -> io::Result<()> {
    if request.message.is_none() {
        writeln!(out, "{}", summary::input(inspection))?;
        for line in summary::schema(inspection).unwrap_or_default() {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(out, "{:>WIDTH$} {:>WIDTH$}", "offset", "bytes")?;
    for section in inspection.sections(request) {
        let told = summary::section(inspection, &section);
        let separator = if told.is_empty() { "" } else { "  " };
        let (start, size) = (section.range.start, section.range.len());
        writeln!(out, "{start:>WIDTH$} {size:>WIDTH$}  {}{separator}{told}", section.name)?;
        if request.detail != Detail::Parts {
            let options = RenderOptions { hex: request.detail == Detail::Hex, ..RenderOptions::default() };
            for line in render(&section.map, inspection.bytes, &options).lines() {
                writeln!(out, "    {line}")?;
            }
        }
    }
    if let Some(stop) = inspection.stop() {
        writeln!(out, "bytes {}..{}: {}", stop.at.start, stop.at.end, stop.problem)?;
        writeln!(out, "{}", stop_hint(stop))?;
    }
    Ok(())
}
