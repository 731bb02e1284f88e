//! A map as an annotated hex dump.

use std::fmt::Write;

use super::{Kind, Map};

/// Bytes of a line.
const LINE: usize = 16;

/// How a dump is printed.
#[derive(Debug, Clone)]
pub struct RenderOptions {
    /// A range of more lines than this is shown by its first and last ones.
    pub most_lines: usize,
    /// Whether the bytes are shown, or only where they lie.
    pub hex: bool,
}

impl Default for RenderOptions {
    fn default() -> Self {
        RenderOptions { most_lines: 6, hex: true }
    }
}

/// The dump: offset, at most 16 bytes or how many there are, and what they are.
pub fn render(map: &Map, bytes: &[u8], options: &RenderOptions) -> String {
    let mut text = String::new();
    for entry in &map.entries {
        if !options.hex {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{:08x}  {:>10}  {}", entry.range.start, entry.range.len(), annotation(entry));
            continue;
        }
        let lines = entry.range.len().div_ceil(LINE);
        let shown = options.most_lines.max(2);
        for line in 0..lines {
            if lines > shown && line >= shown / 2 && line < lines - shown.div_ceil(2) {
                if line == shown / 2 {
                    let left_out = lines - shown.div_ceil(2) - line;
                    let _ = writeln!(text, "{:8}  … {} bytes", "", left_out * LINE);
                }
                continue;
            }
            let start = entry.range.start + line * LINE;
            let end = entry.range.end.min(start + LINE);
            let mut hex = String::new();
            for byte in bytes.get(start..end).unwrap_or_default() {
                let _ = write!(hex, "{byte:02x} ");
            }
            let note = if line == 0 { annotation(entry) } else { String::new() };
            let _ = writeln!(text, "{}", format!("{start:08x}  {hex:48} {note}").trim_end());
        }
    }
    text
}

fn annotation(entry: &super::Entry) -> String {
    let path = &entry.path;
    let sort = match entry.kind {
        Kind::Padding if !path.ends_with("padding") => " padding",
        Kind::Unreferenced => " unreferenced",
        Kind::Frame => " frame",
        _ => "",
    };
    match (entry.value.as_str(), entry.kind) {
        ("", _) => format!("{path}{sort}"),
        (value, Kind::Offset) => format!("{path}{sort} {value}"),
        (value, Kind::Vtable | Kind::Frame | Kind::Unparsed) => format!("{path}{sort}: {value}"),
        (value, _) => format!("{path}{sort} = {value}"),
    }
}
