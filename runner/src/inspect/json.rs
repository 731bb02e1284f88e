//! For programs: an object a line. The first is about the input, the last about its end, and between them there is one for each part.

use std::io::{self, Write};

use arrowipc_kit::value::Canonical;
use serde_json::{Value, json};

use super::{Detail, Inspection, Request, stop_hint, summary};
use crate::wire::decode;
use crate::wire::walk;

/// Bytes of a range that are shown as hex.
const HEX: usize = 64;

pub(super) fn write(inspection: &Inspection, request: &Request, out: &mut dyn Write) -> io::Result<()> {
    let Inspection { name, bytes, parsed, .. } = inspection;
    let schema = walk::schema(parsed).and_then(decode::schema);
    let schema = schema.and_then(|schema| serde_json::from_str::<Value>(&schema.canonical()).ok());
    let input = json!({"name": name, "format": parsed.format, "bytes": bytes.len(), "schema": schema});
    writeln!(out, "{}", json!({"input": input}))?;
    for section in inspection.sections(request) {
        let mut part = json!({
            "name": section.name,
            "start": section.range.start,
            "end": section.range.end,
            "summary": summary::section(inspection, &section),
        });
        if let Some(index) = section.message {
            part["path"] = json!(inspection.names[index]);
        }
        if request.detail != Detail::Parts {
            let ranges = section.map.entries.iter().map(|entry| {
                let mut range = json!({
                    "start": entry.range.start,
                    "end": entry.range.end,
                    "path": entry.path,
                    "kind": entry.kind,
                    "value": entry.value,
                });
                if request.detail == Detail::Hex {
                    let first = bytes[entry.range.clone()].iter().take(HEX);
                    range["hex"] = first.map(|byte| format!("{byte:02x}")).collect::<String>().into();
                }
                range
            });
            part["ranges"] = ranges.collect();
        }
        writeln!(out, "{}", json!({"part": part}))?;
    }
    let stop = inspection.stop().map(|stop| {
        json!({
            "start": stop.at.start,
            "end": stop.at.end,
            "problem": stop.problem.to_string(),
            "next": stop_hint(stop),
        })
    });
    writeln!(out, "{}", json!({"end": {"stop": stop}}))
}
