//! Files, by their footer: dictionaries first, then batches, each where its block says.

use std::ops::Range;

use arrowipc_kit::value::Metadata;

use super::batches::Batches;
use super::clauses::*;
use super::messages::{self, Header};
use super::plan::Plan;
use super::report::{Report, bytes};
use super::schema;
use crate::case::options::{Format, Phase};
use crate::wire::parse::{self, Footer, MAGIC, Message, Problem, Step, step};
use crate::wire::tree::Node;

/// Where the first message may lie: behind the magic and its padding.
const FIRST_MESSAGE: usize = 8;

/// Reads the schema of a file's footer.
pub fn open<'a>(input: &'a [u8], report: &mut Report) -> Option<(Plan, Blocks<'a>)> {
    let phase = Phase::Open;
    let footer = match parse::footer(input) {
        Ok(footer) => Some(footer),
        Err(stop) => {
            let at = stop.at.clone();
            match &stop.problem {
                Problem::TooShort(size) => {
                    let expected = "two magics, a length and a footer";
                    report.add(FILE_TOO_SMALL, phase, at, "footer", bytes(*size as u64), expected);
                }
                Problem::NoMagic { .. } => {
                    let found = format!("{:02x?}", &input[at.clone()]);
                    report.add(FILE_TRAILING_MAGIC, phase, at, "footer.magic", found, "ARROW1");
                }
                Problem::FooterLength(length) => {
                    let expected = format!("1 to {}", at.start.saturating_sub(FIRST_MESSAGE));
                    report.add(FILE_FOOTER_SIZE, phase, at, "footer.prefix", length, expected);
                }
                Problem::Metadata(fault) => {
                    messages::flatbuffer(fault, FOOTER_FLATBUFFER, "footer", phase, report);
                }
                _ => messages::stopped(&stop, "footer", phase, report),
            }
            None
        }
    };
    if !input.starts_with(MAGIC) && input.len() >= MAGIC.len() {
        let at = 0..MAGIC.len();
        let found = format!("{:02x?}", &input[at.clone()]);
        report.add(FILE_LEADING_MAGIC, phase, at, "magic", found, "ARROW1");
    }
    let footer = footer?;
    let too_new = messages::footer_version(&footer.table, report);
    let Some(table) = footer.table.table("schema") else {
        let at = footer.table.place.clone();
        report.add(FOOTER_SCHEMA_MISSING, phase, at, "footer.schema", "none", "a schema");
        return None;
    };
    let plan = schema::read(table, "footer.schema", report).filter(|_| !too_new)?;
    Some((plan, Blocks { input, footer, starts: None, read: None }))
}

/// The messages that the footer lists.
pub struct Blocks<'a> {
    input: &'a [u8],
    footer: Footer,
    /// Where messages start in the stream inside the file; looked for when a block leads to none.
    starts: Option<Vec<usize>>,
    /// How many blocks of record batches have been read, and the ranks of all of them; nothing before the dictionaries.
    read: Option<(usize, Vec<usize>)>,
}

impl Blocks<'_> {
    /// The next record batch and its number; all dictionaries are read in front of the first.
    pub fn next(&mut self, batches: &mut Batches, report: &mut Report) -> Option<(Message, usize)> {
        let (mut next, ranks) = match self.read.take() {
            Some(read) => read,
            None => {
                self.dictionaries(batches, report);
                (0, ranks(self.footer.table.vector("recordBatches")))
            }
        };
        let mut found = None;
        while found.is_none() && next < ranks.len() && !batches.is_too_large() {
            found = self.record_batch(next, ranks[next], batches, report);
            next += 1;
        }
        self.read = Some((next, ranks));
        found
    }

    /// The custom metadata of the footer.
    pub fn metadata(&self) -> Metadata {
        schema::metadata(&self.footer.table)
    }

    fn dictionaries(&mut self, batches: &mut Batches, report: &mut Report) {
        let blocks = self.footer.table.vector("dictionaries").to_vec();
        let ranks = ranks(&blocks);
        for (index, block) in blocks.iter().enumerate() {
            if batches.is_too_large() {
                return;
            }
            let place = format!("footer.dictionaries[{index}]");
            let path = format!("dictionary[{}]", ranks[index]);
            let Some(message) = self.message(block, &place, &path, Phase::Dictionary, batches, report) else {
                // Which dictionary it was is not known; what refers to it finds it missing.
                batches.incomplete();
                continue;
            };
            match messages::header(&message, &format!("{path}.message"), Phase::Dictionary, report) {
                Header::Dictionary(table) => {
                    let id = table.scalar("id");
                    if table.scalar("isDelta") == 0 && batches.has_dictionary(id) {
                        let expected = format!("one dictionary {id} and its deltas");
                        let place = format!("{path}.isDelta");
                        let at = table.place.clone();
                        report.add(FILE_NO_REPLACEMENT, Phase::Dictionary, at, place, "another one", expected);
                        batches.break_dictionary(id);
                        continue;
                    }
                    batches.dictionary(&message, table, ranks[index], report);
                }
                Header::Tensor | Header::Other => batches.incomplete(),
                other => {
                    wrong_message(block, place, other.name(), "a DictionaryBatch", Phase::Dictionary, report);
                    batches.incomplete();
                }
            }
        }
    }

    fn record_batch(
        &mut self,
        index: usize,
        rank: usize,
        batches: &mut Batches,
        report: &mut Report,
    ) -> Option<(Message, usize)> {
        let block = self.footer.table.vector("recordBatches").get(index)?.clone();
        let place = format!("footer.recordBatches[{index}]");
        let path = format!("batch[{rank}]");
        let Some(message) = self.message(&block, &place, &path, Phase::Batch, batches, report) else {
            batches.incomplete();
            return None;
        };
        match messages::header(&message, &format!("{path}.message"), Phase::Batch, report) {
            Header::Batch => return Some((message, rank)),
            Header::Tensor | Header::Other => {}
            other => wrong_message(&block, place, other.name(), "a RecordBatch", Phase::Batch, report),
        }
        batches.incomplete();
        None
    }

    /// The message of a block.
    fn message(
        &mut self,
        block: &Node,
        place: &str,
        path: &str,
        phase: Phase,
        batches: &mut Batches,
        report: &mut Report,
    ) -> Option<Message> {
        let (offset, metadata_length, body_length) = match block.as_struct() {
            Some([offset, metadata, body]) => (*offset, *metadata, *body),
            _ => (0, 0, 0),
        };
        // Nothing but messages lies in front of the footer.
        let limit = self.footer.metadata.start;
        let start = usize::try_from(offset).ok();
        let end = start.zip(u32::try_from(metadata_length).ok()).zip(u64::try_from(body_length).ok());
        let end = end.and_then(|((start, metadata), body)| (start as u64 + u64::from(metadata)).checked_add(body));
        let Some(start) = start.filter(|_| end.is_some_and(|end| end <= limit as u64)) else {
            let found = format!("{metadata_length} and {body_length} bytes at {offset}");
            let expected = format!("bytes in front of the footer at {limit}");
            report.add(FOOTER_BLOCK_OUT_OF_RANGE, phase, block.slot.clone(), place, found, expected);
            return None;
        };
        // Any number of blocks may lead to one large message.
        if batches.charge(metadata_length as usize).is_err() {
            return None;
        }
        let message = match step(self.input, start, limit) {
            Ok(Step::Message(message)) => *message,
            Ok(Step::EndOfStream(_) | Step::EndOfInput) => {
                wrong_message(block, place.to_owned(), "an end of stream", "a message", phase, report);
                return None;
            }
            Err(stop) if self.starts().binary_search(&start).is_ok() => {
                messages::stopped(&stop, &format!("{path}.message"), phase, report);
                return None;
            }
            Err(_) => {
                let (at, place) = (member(block, 0), format!("{place}.offset"));
                report.add(FOOTER_BLOCK_OUT_OF_RANGE, phase, at, place, offset, "where a message starts");
                return None;
            }
        };
        let lengths = [
            (FOOTER_BLOCK_METADATA_LENGTH, "metaDataLength", 8, metadata_length, message.metadata.end - start),
            (FOOTER_BLOCK_BODY_LENGTH, "bodyLength", 16, body_length, message.body.len()),
        ];
        for (clause, name, from, told, found) in lengths {
            if told != found as i64 {
                let at = member(block, from);
                let expected = format!("{found}, as the message has");
                report.add(clause, phase, at, format!("{place}.{name}"), told, expected);
            }
        }
        Some(message)
    }

    fn starts(&mut self) -> &[usize] {
        let input = self.input;
        self.starts.get_or_insert_with(|| {
            let parsed = parse::parse(input, Format::File);
            let starts = parsed.messages.iter().map(|message| message.range.start);
            starts.chain([parsed.end]).collect()
        })
    }
}

fn wrong_message(block: &Node, place: String, found: &str, expected: &str, phase: Phase, report: &mut Report) {
    report.add(FOOTER_BLOCK_WRONG_MESSAGE, phase, block.slot.clone(), place, found, expected);
}

/// Where a member of a block lies; the metadata length is the only one of four bytes.
fn member(block: &Node, from: usize) -> Range<usize> {
    let start = block.slot.start + from;
    start..start + if from == 8 { 4 } else { 8 }
}

/// The position of each block's message among those of all blocks, in the order of the bytes: paths count that way.
fn ranks(blocks: &[Node]) -> Vec<usize> {
    let offset = |index: &usize| blocks[*index].as_struct().and_then(|block| block.first().copied());
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    order.sort_by_key(offset);
    let mut ranks = vec![0; blocks.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = rank;
    }
    ranks
}
