//! Prefixes, lengths and ends: how messages follow each other.

use super::{Group, Input, Report};
use crate::case::options::{Format, Phase};
use crate::wire::parse::{self, CONTINUATION, Problem, Step, Stop};
use crate::wire::walk;

pub(super) const GROUP: Group = Group {
    clauses: &[
        "framing-continuation-marker",
        "framing-legacy-prefix-write",
        "framing-length-prefix-le",
        "framing-length-le-on-big-endian",
        "framing-length-includes-padding",
        "framing-metadata-padded-8",
        "framing-body-multiple-of-8",
        "framing-message-multiple-of-8",
        "framing-no-gap",
        "framing-schema-first",
        "framing-single-schema",
        "framing-eos-bytes",
        "framing-truncated-prefix",
        "framing-truncated-metadata",
        "framing-truncated-body",
        "framing-negative-metadata-length",
        "message-bodylength-negative",
        "message-root-table",
        "message-flatbuffer-alignment",
    ],
    check,
};

fn check(input: &Input, report: &mut Report) {
    prefixes(input, report);
    order(input, report);
    end(input, report);
}

fn prefixes(input: &Input, report: &mut Report) {
    let mut legacy = false;
    for (index, message) in input.parsed.messages.iter().enumerate() {
        let phase = if index == 0 { Phase::Schema } else { Phase::Batch };
        let place = |part: &str| format!("message[{index}].{part}");
        if message.continuation.is_none() {
            let (at, expected) = (message.length.clone(), "ff ff ff ff before the length");
            report.add("framing-continuation-marker", phase, at.clone(), place("continuation"), "none", expected);
            if !legacy {
                let found = "the framing of before 0.15";
                report.add("framing-legacy-prefix-write", phase, at, place("continuation"), found, expected);
            }
            legacy = true;
        }
        let head = message.metadata.end - message.range.start;
        if head % 8 != 0 {
            let behind = message.range.end + (8 - head % 8);
            let resumes = input.bytes.get(behind..).is_some_and(|rest| rest.starts_with(&CONTINUATION));
            let clause = match resumes {
                true => "framing-length-includes-padding",
                false => "framing-metadata-padded-8",
            };
            let found = message.metadata.len().to_string();
            let expected =
                format!("{}, so that the body starts at a multiple of 8", found_up(head, message.metadata.len()));
            report.add(clause, phase, message.length.clone(), place("prefix"), found, expected);
        }
        if message.body.len() % 8 != 0 {
            let at = message.table.get("bodyLength").map_or(message.body.clone(), |node| node.slot.clone());
            let found = message.body.len().to_string();
            report.add("framing-body-multiple-of-8", phase, at, place("bodyLength"), found, "a multiple of 8");
        }
        if message.range.len() % 8 != 0 {
            let found = format!("{} bytes", message.range.len());
            let at = message.range.clone();
            report.add(
                "framing-message-multiple-of-8",
                phase,
                at,
                format!("message[{index}]"),
                found,
                "a multiple of 8",
            );
        }
    }
}

/// The metadata length that makes the head of a message a multiple of 8.
fn found_up(head: usize, length: usize) -> usize {
    length + head.next_multiple_of(8) - head
}

fn order(input: &Input, report: &mut Report) {
    if input.tensors() {
        return;
    }
    let schema = |index: usize| walk::header(&input.parsed.messages[index], "Schema").is_some();
    match input.parsed.messages.first() {
        Some(_) if schema(0) => {}
        Some(message) => {
            let header = message.table.table("header").map_or("no known header", |header| header.kind.name);
            let at = message.range.start..message.metadata.end;
            report.add("framing-schema-first", Phase::Schema, at, "message[0].header_type", header, "Schema");
        }
        None if input.parsed.stop.is_none() => {
            let at = input.parsed.end..input.parsed.end;
            report.add("framing-schema-first", Phase::Schema, at, "message[0]", "no message", "a Schema message");
        }
        None => {}
    }
    for (index, message) in input.parsed.messages.iter().enumerate().skip(1) {
        if schema(index) {
            let at = message.range.clone();
            let place = format!("message[{index}].header_type");
            report.add("framing-single-schema", Phase::Batch, at, place, "Schema", "one schema, in front");
        }
    }
}

fn end(input: &Input, report: &mut Report) {
    let parsed = input.parsed;
    let limit = match &parsed.footer {
        Some(Ok(footer)) => footer.metadata.start,
        _ => input.bytes.len(),
    };
    if let Some(stop) = &parsed.stop {
        return stopped(input, stop, limit, report);
    }
    let Some(end) = &parsed.end_of_stream else { return };
    let behind = end.end..limit.max(end.end);
    let resumes = next_message(input.bytes, end.start, limit);
    if let (Some(next), false) = (resumes, end.len() == 8) {
        let place = format!("message[{}]", parsed.messages.len());
        let found = format!("{} bytes in front of the next message", next - end.start);
        return report.add("framing-no-gap", Phase::Batch, end.start..next, place, found, "none");
    }
    if end.len() != 8 {
        let expected = "ff ff ff ff 00 00 00 00";
        report.add("framing-eos-bytes", Phase::Finish, end.clone(), "end_of_stream", "00 00 00 00", expected);
    }
    let unknown_footer = parsed.format == Format::File && !matches!(parsed.footer, Some(Ok(_)));
    if !behind.is_empty() && !unknown_footer {
        let found = format!("{} bytes behind the end of the stream", behind.len());
        report.add("framing-no-gap", Phase::Finish, behind, "trailing", found, "none");
    }
}

/// Where a message starts within the next 64 bytes, if none starts right here.
fn next_message(bytes: &[u8], from: usize, limit: usize) -> Option<usize> {
    (from + 1..limit.min(from + 65)).find(|at| {
        bytes[*at..].starts_with(&CONTINUATION) && matches!(parse::step(bytes, *at, limit), Ok(Step::Message(_)))
    })
}

fn stopped(input: &Input, stop: &Stop, limit: usize, report: &mut Report) {
    let parsed = input.parsed;
    let (index, at) = (parsed.messages.len(), parsed.end);
    let phase = if index == 0 { Phase::Schema } else { Phase::Batch };
    let place = |part: &str| format!("message[{index}].{part}");
    if matches!(stop.problem, Problem::NoMagic { .. }) {
        return;
    }
    if let Some(next) = next_message(input.bytes, at, limit) {
        let found = format!("{} bytes in front of the next message", next - at);
        return report.add("framing-no-gap", phase, at..next, format!("message[{index}]"), found, "none");
    }
    if let Some(length) = big_endian_length(input, at, limit) {
        let clause = match input.big() {
            true => "framing-length-le-on-big-endian",
            false => "framing-length-prefix-le",
        };
        let at = at + 4..at + 8;
        return report.add(
            clause,
            phase,
            at,
            place("prefix"),
            "a big-endian length",
            format!("{length}, little-endian"),
        );
    }
    let found = stop.problem.to_string();
    let (clause, place, expected) = match &stop.problem {
        Problem::PrefixCut => ("framing-truncated-prefix", place("prefix"), "8 bytes, or the end of the stream"),
        Problem::NegativeLength(_) => {
            ("framing-negative-metadata-length", place("prefix"), "the length of the metadata")
        }
        Problem::MetadataCut { .. } => ("framing-truncated-metadata", place("prefix"), "metadata of that length"),
        Problem::NegativeBody(_) => ("message-bodylength-negative", place("bodyLength"), "the length of the body"),
        Problem::BodyCut { .. } => ("framing-truncated-body", place("bodyLength"), "a body of that length"),
        Problem::Metadata(fault) if fault.problem.contains("not at a multiple of") => {
            ("message-flatbuffer-alignment", place(&fault.path), "numbers and vectors at multiples of their size")
        }
        Problem::Metadata(fault) => ("message-root-table", place(&fault.path), "a flatbuffer of a Message"),
        Problem::TooShort(_) | Problem::NoMagic { .. } | Problem::FooterLength(_) => return,
    };
    report.add(clause, phase, stop.at.clone(), place.trim_end_matches('.'), found, expected);
}

/// The metadata length that a message has if its prefix is big-endian.
fn big_endian_length(input: &Input, at: usize, limit: usize) -> Option<usize> {
    let word = input.bytes.get(at..at + 8)?.strip_prefix(&CONTINUATION)?;
    let length = u32::from_be_bytes(word.try_into().ok()?);
    let metadata = at + 8..(at + 8).checked_add(usize::try_from(length).ok()?)?;
    let fits = length > 0 && length % 8 == 0 && metadata.end <= limit;
    let root = |range| crate::wire::flatbuffer::read::root(input.bytes, range, &crate::wire::format::MESSAGE);
    (fits && root(metadata.clone()).is_ok()).then_some(metadata.len())
}
