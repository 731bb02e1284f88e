//! What all messages have: framing, version, header.

use super::clauses::*;
use super::report::{Report, bytes, field_at};
use crate::case::options::Phase;
use crate::wire::flatbuffer::read::Fault;
use crate::wire::parse::{Message, Problem, Stop};
use crate::wire::tree::Table;

/// Metadata lengths from here on that an input does not have are called implausible rather than cut.
const IMPLAUSIBLE: usize = 1 << 24;

/// The code of V4 in the enumeration MetadataVersion.
const V4: i64 = 3;
/// The code of V5.
const V5: i64 = 4;

/// The header of a message.
pub enum Header<'m> {
    /// A schema.
    Schema(&'m Table),
    /// A dictionary batch.
    Dictionary(&'m Table),
    /// A record batch.
    Batch,
    /// A tensor, which a reader of streams may pass over.
    Tensor,
    /// None of these, or none.
    Other,
}

impl Header<'_> {
    /// What it is, for messages about it.
    pub fn name(&self) -> &'static str {
        match self {
            Header::Schema(_) => "a Schema",
            Header::Dictionary(_) => "a DictionaryBatch",
            Header::Batch => "a RecordBatch",
            Header::Tensor => "a tensor",
            Header::Other => "another message",
        }
    }
}

/// The header of a message; reports one that no reader of streams knows.
pub fn header<'m>(message: &'m Message, place: &str, phase: Phase, report: &mut Report) -> Header<'m> {
    let code = message.table.scalar("header_type");
    let Some(table) = message.table.table("header") else {
        let at = field_at(&message.table, "header_type");
        match code {
            1..=5 => {
                let expected = "a table of the type that header_type tells";
                report.add(MESSAGE_HEADER_TYPE_CONSISTENT, phase, at, format!("{place}.header"), "none", expected);
            }
            _ => report.add(FRAMING_UNKNOWN_HEADER_TYPE, phase, at, format!("{place}.header_type"), code, KNOWN),
        }
        return Header::Other;
    };
    match code {
        1 => Header::Schema(table),
        2 => Header::Dictionary(table),
        3 => Header::Batch,
        _ => {
            let at = field_at(&message.table, "header_type");
            report.add(FRAMING_UNKNOWN_HEADER_TYPE, phase, at, format!("{place}.header_type"), table.kind.name, KNOWN);
            if matches!(code, 4 | 5) { Header::Tensor } else { Header::Other }
        }
    }
}

const KNOWN: &str = "Schema, DictionaryBatch or RecordBatch";

/// Whether a message is V4; `None` for versions that are laid out otherwise, which are reported.
pub fn is_before_v5(message: &Message, place: &str, phase: Phase, report: &mut Report) -> Option<bool> {
    let version = message.table.scalar("version");
    let clause = match version {
        V4 => return Some(true),
        V5 => return Some(false),
        ..V4 => VERSION_REJECT_PRE_V4,
        _ => VERSION_REJECT_FUTURE,
    };
    let at = field_at(&message.table, "version");
    report.add(clause, phase, at, format!("{place}.version"), version, "3 (V4) or 4 (V5)");
    None
}

/// Whether the version of a footer is too new. What it says beyond that is not held against the messages.
pub fn footer_version(footer: &Table, report: &mut Report) -> bool {
    let version = footer.scalar("version");
    if version > V5 {
        let at = field_at(footer, "version");
        report.add(VERSION_REJECT_FUTURE, Phase::Open, at, "footer.version", version, "at most 4 (V5)");
    }
    version > V5
}

/// Reports why there is no message at a place.
pub fn stopped(stop: &Stop, place: &str, phase: Phase, report: &mut Report) {
    let at = stop.at.clone();
    let prefix = format!("{place}.prefix");
    let body_length = format!("{place}.bodyLength");
    match &stop.problem {
        Problem::PrefixCut => {
            let expected = "a prefix, or an end between messages";
            report.add(FRAMING_TRUNCATED_PREFIX, phase, at.clone(), prefix, bytes(at.len() as u64), expected);
        }
        Problem::NegativeLength(length) => {
            let expected = "a length that is not negative";
            report.add(FRAMING_NEGATIVE_METADATA_LENGTH, phase, at, prefix, length, expected);
        }
        Problem::MetadataCut { told, there } => {
            let clause = if *told >= IMPLAUSIBLE { FRAMING_HUGE_METADATA_LENGTH } else { FRAMING_TRUNCATED_METADATA };
            let expected = format!("at most the {} that follow", bytes(*there as u64));
            report.add(clause, phase, at, prefix, bytes(*told as u64), expected);
        }
        Problem::Metadata(fault) => flatbuffer(fault, SECURITY_FLATBUFFER, place, phase, report),
        Problem::NegativeBody(length) => {
            let expected = "a length that is not negative";
            report.add(MESSAGE_BODYLENGTH_NEGATIVE, phase, at, body_length, length, expected);
        }
        Problem::BodyCut { told, there } => {
            let expected = format!("at most the {} that follow", bytes(*there as u64));
            report.add(FRAMING_TRUNCATED_BODY, phase, at, body_length, bytes(*told), expected);
        }
        Problem::TooShort(_) | Problem::NoMagic { .. } | Problem::FooterLength(_) => {}
    }
}

/// Reports metadata that are no flatbuffer.
pub fn flatbuffer(fault: &Fault, clause: &'static str, place: &str, phase: Phase, report: &mut Report) {
    let of_a_type = fault.path.ends_with("].type") || fault.path.contains("].type.");
    let clause = match () {
        () if fault.excessive => SECURITY_RECURSION,
        () if of_a_type => FIELD_TYPE_TAG_MISMATCH,
        () => clause,
    };
    let separator = if fault.path.is_empty() { "" } else { "." };
    // The path to a fault that lies deep is long, and its end says nothing more.
    let path: String = fault.path.chars().take(200).collect();
    report.add(clause, phase, fault.at.clone(), format!("{place}{separator}{path}"), &fault.problem, "a flatbuffer");
}
