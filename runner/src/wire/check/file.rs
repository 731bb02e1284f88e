//! What a file has around its stream: magic, end-of-stream marker, footer, blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Group, Input, Report};
use crate::case::options::{Format, Phase};
use crate::wire::parse::{Footer, MAGIC, Message, Problem, Stop};
use crate::wire::tree::{Node, Table};
use crate::wire::walk::{self, V5};

pub(super) const GROUP: Group = Group {
    clauses: &[
        "file-leading-magic",
        "file-leading-magic-padding",
        "file-trailing-magic",
        "file-embedded-stream",
        "file-embedded-eos",
        "file-footer-size",
        "file-order-consistency",
        "file-alignment-in-host",
        "file-too-small",
        "footer-flatbuffer-verified",
        "footer-version",
        "version-v4-file-footer",
        "footer-schema-present",
        "footer-schema-identical",
        "footer-custom-metadata-identical",
        "footer-dictionaries-listed",
        "footer-batches-listed",
        "footer-block-offset",
        "footer-block-out-of-range",
        "footer-block-wrong-message",
        "footer-block-metadata-length",
        "footer-block-body-length",
        "footer-block-aligned",
    ],
    check,
};

fn check(input: &Input, report: &mut Report) {
    if input.parsed.format != Format::File {
        return;
    }
    front(input, report);
    match &input.parsed.footer {
        Some(Ok(footer)) => {
            stream(input, footer, report);
            metadata(input, footer, report);
            blocks(input, footer, report);
        }
        Some(Err(stop)) => no_footer(stop, report),
        None => {}
    }
}

fn front(input: &Input, report: &mut Report) {
    if !input.bytes.starts_with(MAGIC) {
        let at = 0..input.bytes.len().min(MAGIC.len());
        let found = format!("{:02x?}", &input.bytes[at.clone()]);
        return report.add("file-leading-magic", Phase::Open, at, "magic", found, "ARROW1");
    }
    let start = input.parsed.messages.first().map_or(input.parsed.end, |message| message.range.start);
    let padding = MAGIC.len()..start.min(input.bytes.len());
    if padding.len() < 2 || !start.is_multiple_of(8) {
        let expected = "two zero bytes, so that the stream starts at a multiple of 8";
        let found = format!("{} bytes", padding.len());
        report.add("file-leading-magic-padding", Phase::Open, padding, "magic_padding", found, expected);
    } else if input.parsed.messages.is_empty() && input.bytes[MAGIC.len()..8] != [0; 2] {
        // The stream may start right behind the magic.
        let found = format!("{:02x?}", &input.bytes[MAGIC.len()..8]);
        report.add("file-leading-magic-padding", Phase::Open, MAGIC.len()..8, "magic_padding", found, "zero");
    }
}

fn no_footer(stop: &Stop, report: &mut Report) {
    let (clause, place, expected) = match &stop.problem {
        Problem::TooShort(_) => ("file-too-small", "footer", "magic, footer and magic"),
        Problem::NoMagic { .. } => ("file-trailing-magic", "footer.magic", "ARROW1 as the last bytes"),
        Problem::FooterLength(_) => ("file-footer-size", "footer.prefix", "the length of the footer"),
        _ => ("footer-flatbuffer-verified", "footer", "a flatbuffer of a Footer"),
    };
    report.add(clause, Phase::Open, stop.at.clone(), place, stop.problem.to_string(), expected);
}

fn stream(input: &Input, footer: &Footer, report: &mut Report) {
    let schema = input.parsed.messages.first().is_some_and(|message| walk::header(message, "Schema").is_some());
    if !schema {
        let at = 8..footer.metadata.start.max(8);
        let expected = "a stream, a Schema message first";
        report.add("file-embedded-stream", Phase::Open, at, "message[0]", "no schema behind the magic", expected);
    }
    if input.parsed.end_of_stream.is_none() {
        let at = input.parsed.end..footer.metadata.start.max(input.parsed.end);
        let expected = "ff ff ff ff 00 00 00 00 in front of the footer";
        report.add("file-embedded-eos", Phase::Finish, at, "end_of_stream", "none", expected);
    }
}

fn metadata(input: &Input, footer: &Footer, report: &mut Report) {
    let table = &footer.table;
    let at = |field: &str| table.get(field).map_or(table.place.clone(), |node| node.place.clone());
    let first = input.parsed.messages.first();
    if let Some(first) = first {
        let (version, told) = (first.table.scalar("version"), table.scalar("version"));
        if version != told {
            let clause = if version < V5 { "version-v4-file-footer" } else { "footer-version" };
            let found = format!("V{}", told.saturating_add(1));
            let expected = format!("V{} as in the messages", version.saturating_add(1));
            report.add(clause, Phase::Open, at("version"), "footer.version", found, expected);
        }
        let (own, stream) = (pairs(table), pairs(&first.table));
        if own != stream {
            let found = format!("{} pairs of key and value", own.len());
            let expected = format!("the {} pairs of the first message", stream.len());
            let (clause, place) = ("footer-custom-metadata-identical", "footer.custom_metadata");
            report.add(clause, Phase::Open, at("custom_metadata"), place, found, expected);
        }
    }
    let Some(schema) = table.table("schema") else {
        let at = table.place.clone();
        return report.add("footer-schema-present", Phase::Open, at, "footer.schema", "none", "a copy of the schema");
    };
    let stream = first.and_then(|message| walk::header(message, "Schema"));
    if let Some(difference) = stream.and_then(|stream| differ(schema, stream)) {
        let place = format!("footer.schema{difference}");
        let expected = "the schema of the stream";
        report.add("footer-schema-identical", Phase::Open, at("schema"), place, "another value", expected);
    }
}

type Pair<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

fn pairs(table: &Table) -> Vec<Pair<'_>> {
    let pairs = table.vector("custom_metadata").iter().filter_map(Node::as_table);
    pairs.map(|pair| (pair.text("key"), pair.text("value"))).collect()
}

/// Where two tables differ in what they mean; an absent number is its default, an absent vector an empty one.
fn differ(one: &Table, other: &Table) -> Option<String> {
    use crate::wire::format::Kind;
    if !std::ptr::eq(one.kind, other.kind) {
        return Some(String::new());
    }
    for field in one.kind.fields {
        let name = field.name;
        let same = match &field.kind {
            Kind::Scalar(_) => one.scalar(name) == other.scalar(name),
            Kind::Table(_) | Kind::Union(_) => match (one.table(name), other.table(name)) {
                (Some(one), Some(other)) => match differ(one, other) {
                    Some(below) => return Some(format!(".{name}{below}")),
                    None => true,
                },
                (one, other) => one.is_none() && other.is_none(),
            },
            Kind::Vector(Kind::Table(_)) => {
                let (one, other) = (one.vector(name), other.vector(name));
                for (index, (one, other)) in one.iter().zip(other).enumerate() {
                    if let (Some(one), Some(other)) = (one.as_table(), other.as_table())
                        && let Some(below) = differ(one, other)
                    {
                        return Some(format!(".{name}[{index}]{below}"));
                    }
                }
                one.len() == other.len()
            }
            Kind::Vector(_) => one.vector(name) == other.vector(name),
            Kind::Text | Kind::Struct(_) => one.get(name) == other.get(name),
        };
        if !same {
            return Some(format!(".{name}"));
        }
    }
    None
}

struct Block {
    place: String,
    at: Range<usize>,
    offset: i64,
    metadata: i64,
    body: i64,
}

fn listed(footer: &Footer, list: &str) -> Vec<Block> {
    let blocks = footer.table.vector(list).iter().enumerate();
    blocks
        .filter_map(|(index, node)| match node.as_struct() {
            Some(&[offset, metadata, body]) => {
                Some(Block { place: format!("footer.{list}[{index}]"), at: node.slot.clone(), offset, metadata, body })
            }
            _ => None,
        })
        .collect()
}

fn blocks(input: &Input, footer: &Footer, report: &mut Report) {
    let lists = [
        ("dictionaries", "DictionaryBatch", "footer-dictionaries-listed"),
        ("recordBatches", "RecordBatch", "footer-batches-listed"),
    ];
    let starts: BTreeMap<i64, (usize, &Message)> =
        input.parsed.messages.iter().enumerate().map(|found| (found.1.range.start as i64, found)).collect();
    let shift = shift(footer, &starts);
    if let Some(shift) = shift {
        let blocks = listed(footer, "recordBatches");
        let at = blocks.first().map_or(footer.metadata.clone(), |block| block.at.clone());
        let found = format!("every block {shift} bytes away from its message");
        let expected = "offsets from the start of the file";
        report.add("file-alignment-in-host", Phase::Open, at, "footer.recordBatches", found, expected);
    }
    for (list, kind, unlisted) in lists {
        let blocks = listed(footer, list);
        for pair in blocks.windows(2) {
            if pair[1].offset < pair[0].offset {
                let found = format!("offset {} behind {}", pair[1].offset, pair[0].offset);
                let (at, place) = (pair[1].at.clone(), &pair[1].place);
                report.add("file-order-consistency", Phase::Open, at, place, found, "the order of the stream");
            }
        }
        for block in &blocks {
            let shifted = block.offset.saturating_add(shift.unwrap_or(0));
            one_block(block, starts.get(&shifted).copied(), kind, shift.is_some(), footer, report);
        }
        let shift = shift.unwrap_or(0);
        let told: BTreeSet<i64> = blocks.iter().map(|block| block.offset.saturating_add(shift)).collect();
        for (index, message) in input.parsed.messages.iter().enumerate() {
            if walk::header(message, kind).is_some() && !told.contains(&(message.range.start as i64)) {
                let (at, found) = (message.range.clone(), format!("no block for offset {}", message.range.start));
                let expected = format!("a block in {list}");
                report.add(unlisted, Phase::Open, at, &input.names[index], found, expected);
            }
        }
    }
}

/// What must be added to every offset to lead to a message, if it is not 0 and the same for all.
fn shift(footer: &Footer, starts: &BTreeMap<i64, (usize, &Message)>) -> Option<i64> {
    let offsets: Vec<i64> = ["dictionaries", "recordBatches"]
        .iter()
        .flat_map(|list| listed(footer, list))
        .map(|block| block.offset)
        .collect();
    let (lowest, most) = (offsets.iter().min()?, offsets.len());
    if most < 2 || offsets.iter().any(|offset| starts.contains_key(offset)) {
        return None;
    }
    let batch = |(_, message): &&(usize, &Message)| walk::header(message, "Schema").is_none();
    let first = starts.values().find(batch)?.1.range.start as i64;
    let shift = first.checked_sub(*lowest)?;
    let leads = |offset: &i64| offset.checked_add(shift).is_some_and(|offset| starts.contains_key(&offset));
    offsets.iter().all(leads).then_some(shift)
}

fn one_block(
    block: &Block,
    message: Option<(usize, &Message)>,
    kind: &str,
    shifted: bool,
    footer: &Footer,
    report: &mut Report,
) {
    let mut add = |clause, member: &str, found: String, expected: &str| {
        report.add(clause, Phase::Open, block.at.clone(), format!("{}.{member}", block.place), found, expected);
    };
    for (member, value) in [("offset", block.offset), ("metaDataLength", block.metadata), ("bodyLength", block.body)] {
        if value % 8 != 0 {
            add("footer-block-aligned", member, value.to_string(), "a multiple of 8");
        }
    }
    let end = [block.metadata, block.body].iter().try_fold(block.offset, |end, length| end.checked_add(*length));
    let within = block.offset >= 0
        && block.metadata >= 0
        && block.body >= 0
        && end.is_some_and(|end| end <= footer.metadata.start as i64);
    if !within && !shifted {
        let found = format!("{} + {} + {}", block.offset, block.metadata, block.body);
        let expected = format!("a block within the {} bytes before the footer", footer.metadata.start);
        return add("footer-block-out-of-range", "offset", found, &expected);
    }
    let Some((_, message)) = message else {
        return add("footer-block-offset", "offset", block.offset.to_string(), "the start of a message");
    };
    if walk::header(message, kind).is_none() {
        let found = message.table.table("header").map_or("no known header", |header| header.kind.name);
        add("footer-block-wrong-message", "offset", format!("a message of {found}"), kind);
    }
    let head = message.metadata.end - message.range.start;
    if block.metadata != head as i64 {
        let expected = format!("{head}, prefix and padding included");
        add("footer-block-metadata-length", "metaDataLength", block.metadata.to_string(), &expected);
    }
    if block.body != message.body.len() as i64 {
        let expected = format!("{} as in the message", message.body.len());
        add("footer-block-body-length", "bodyLength", block.body.to_string(), &expected);
    }
}
