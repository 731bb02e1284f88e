//! What the page shows, as blocks: names and cases once each, results in columns, and what is told of failures in parts that the
//! page takes up when they are looked at. What passed needs no more than its place in the columns.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use serde_json::Value as Json;

use super::columns::Columns;
use crate::judge::verdict::Verdict;
use crate::report::glossary::{Term, TermKind};
use crate::report::line::{CaseLine, Footer, Header, Line};
use crate::report::reader::Report;
use crate::run::result::{ArtifactResult, CellResult, Trace};

/// How many failures are told of in one block.
const DETAILS_IN_A_BLOCK: usize = 1000;

/// What the columns have for "nothing"; everything else is an index plus one.
const NOTHING: u32 = 0;

/// Bits of the column of flags.
const UNEXPECTED: u8 = 1;
const OBSERVATION: u8 = 2;
const UNSTABLE: u8 = 4;

/// What columns say by themselves, or the page finds by its place.
const IN_COLUMNS: &[&str] =
    &["case", "producer", "consumer", "verdict", "expected", "observation", "evidence", "message"];

/// A page in the making. It takes the lines of a report in their order.
#[derive(Debug, Default)]
pub struct Page {
    header: Option<Header>,
    footer: Option<Footer>,
    terms: Terms,
    cases: Interned<String>,
    features: Interned<Vec<String>>,
    variants: Variants,
    by_name: HashMap<String, u32>,
    parties: Interned<String>,
    evidence: Interned<&'static str>,
    texts: Interned<String>,
    artifacts: Columns,
    cells: Columns,
    details: Details,
}

/// A line that does not belong where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is a result of '{case}' and no line of that case before it; the report was changed")]
pub struct UnknownCase {
    /// The variant that the result names.
    pub case: String,
}

/// Variants, column by column.
#[derive(Debug, Default, Serialize)]
struct Variants {
    case: Vec<u32>,
    axes: Vec<String>,
    features: Vec<u32>,
}

/// What names mean, by their sort.
type Terms = BTreeMap<TermKind, BTreeMap<String, Term>>;

/// The first block.
#[derive(Serialize)]
struct Index<'a> {
    header: &'a Option<Header>,
    footer: &'a Option<Footer>,
    terms: &'a Terms,
    parties: &'a [String],
    verdicts: Vec<&'static str>,
    evidence: &'a [&'static str],
    features: &'a [Vec<String>],
    variants: &'a Variants,
    artifacts: usize,
    cells: usize,
    details_in_a_block: usize,
}

impl Page {
    /// The page of a whole report.
    pub fn of(report: &Report) -> Result<String, UnknownCase> {
        let mut page = Self::default();
        page.header(&report.header);
        report.terms.iter().for_each(|term| page.term(term));
        // In the order of the lines, so that a report has one page, whoever makes it.
        let (mut artifacts, mut cells) = (report.artifacts.iter().peekable(), report.cells.iter().peekable());
        for case in &report.cases {
            page.case(case);
            while let Some(artifact) = artifacts.next_if(|artifact| artifact.case == case.id) {
                page.artifact(artifact)?;
            }
            while let Some(cell) = cells.next_if(|cell| cell.case == case.id) {
                page.cell(cell)?;
            }
        }
        artifacts.try_for_each(|artifact| page.artifact(artifact))?;
        cells.try_for_each(|cell| page.cell(cell))?;
        page.footer(&report.footer);
        Ok(page.finish())
    }

    /// Takes up a line.
    pub fn add(&mut self, line: &Line) -> Result<(), UnknownCase> {
        match line {
            Line::Header(header) => self.header(header),
            Line::Term(term) => self.term(term),
            Line::Case(case) => self.case(case),
            Line::Artifact(artifact) => return self.artifact(artifact),
            Line::Cell(cell) => return self.cell(cell),
            Line::Footer(footer) => self.footer(footer),
        }
        Ok(())
    }

    /// Takes up what was run.
    pub fn header(&mut self, header: &Header) {
        self.header = Some(header.clone());
    }

    /// Takes up what a name means.
    pub fn term(&mut self, term: &Term) {
        self.terms.entry(term.kind).or_default().insert(term.id.clone(), term.clone());
    }

    /// Takes up a variant.
    pub fn case(&mut self, line: &CaseLine) {
        let (name, axes) = match line.id.split_once('[') {
            Some((name, axes)) => (name, axes.trim_end_matches(']')),
            None => (line.id.as_str(), ""),
        };
        // What is the same in all variants is kept once.
        let mut about = serde_json::to_value(line).unwrap_or_default();
        if let Json::Object(about) = &mut about {
            about.insert("id".into(), name.into());
            about.shift_remove("digest");
            about.shift_remove("features");
        }
        self.by_name.insert(line.id.clone(), self.variants.case.len() as u32);
        self.variants.case.push(self.cases.index(about.to_string()));
        self.variants.axes.push(axes.to_owned());
        self.variants.features.push(self.features.index(line.features.clone()));
    }

    /// Takes up a production.
    pub fn artifact(&mut self, artifact: &ArtifactResult) -> Result<(), UnknownCase> {
        let ArtifactResult { producer, verdict, expected, observation, trace, .. } = artifact;
        let variant = self.variant(&artifact.case)?;
        let tells = !artifact.excerpts.is_empty() || has_more(*verdict, trace);
        let detail = self.detail(tells, artifact);
        let message = self.text(&trace.message);
        let producer = self.party(producer);
        self.artifacts.push(
            &[variant, message, detail],
            &[producer],
            &[verdict_code(*verdict), flags(*expected, *observation, trace)],
        );
        Ok(())
    }

    /// Takes up a cell.
    pub fn cell(&mut self, cell: &CellResult) -> Result<(), UnknownCase> {
        let CellResult { producer, consumer, verdict, expected, observation, evidence, trace, .. } = cell;
        let variant = self.variant(&cell.case)?;
        let detail = self.detail(has_more(*verdict, trace), cell);
        let message = self.text(&trace.message);
        let (producer, consumer) = (self.party(producer), self.party(consumer));
        let evidence = evidence.map_or(0, |via| self.evidence.index(via.name()) as u8 + 1);
        self.cells.push(
            &[variant, message, detail],
            &[producer, consumer],
            &[verdict_code(*verdict), evidence, flags(*expected, *observation, trace)],
        );
        Ok(())
    }

    /// Takes up the end.
    pub fn footer(&mut self, footer: &Footer) {
        self.footer = Some(footer.clone());
    }

    /// The page.
    pub fn finish(self) -> String {
        let index = Index {
            header: &self.header,
            footer: &self.footer,
            terms: &self.terms,
            parties: &self.parties.values,
            verdicts: Verdict::ALL.iter().map(|verdict| verdict.name()).collect(),
            evidence: &self.evidence.values,
            features: &self.features.values,
            variants: &self.variants,
            artifacts: self.artifacts.rows(),
            cells: self.cells.rows(),
            details_in_a_block: DETAILS_IN_A_BLOCK,
        };
        let mut blocks = vec![
            ("index".to_owned(), deflated(&serde_json::to_vec(&index).unwrap_or_default())),
            ("cases".to_owned(), deflated(format!("[{}]", self.cases.values.join(",")).as_bytes())),
            ("artifacts".to_owned(), deflated(&self.artifacts.to_bytes())),
            ("cells".to_owned(), deflated(&self.cells.to_bytes())),
            ("texts".to_owned(), deflated(&serde_json::to_vec(&self.texts.values).unwrap_or_default())),
        ];
        let details = self.details.finish().into_iter().enumerate();
        blocks.extend(details.map(|(number, block)| (format!("details-{number}"), block)));
        super::page(&blocks)
    }

    fn variant(&self, case: &str) -> Result<u32, UnknownCase> {
        self.by_name.get(case).copied().ok_or_else(|| UnknownCase { case: case.to_owned() })
    }

    fn party(&mut self, name: &str) -> u16 {
        // A report has some dozens of them.
        self.parties.index(name.to_owned()) as u16
    }

    fn text(&mut self, text: &str) -> u32 {
        if text.is_empty() { NOTHING } else { self.texts.index(text.to_owned()) + 1 }
    }

    /// What is told of a result beside its columns, if anything is.
    fn detail(&mut self, tells: bool, result: &impl Serialize) -> u32 {
        if !tells {
            return NOTHING;
        }
        let mut detail = serde_json::to_value(result).unwrap_or_default();
        if let Json::Object(detail) = &mut detail {
            detail.retain(|key, _| !IN_COLUMNS.contains(&key.as_str()));
        }
        self.details.push(&detail) + 1
    }
}

/// Whether there is more to tell of a result: it failed, or came out only the second time.
fn has_more(verdict: Verdict, trace: &Trace) -> bool {
    verdict.is_failure() || trace.unstable.is_some()
}

fn verdict_code(verdict: Verdict) -> u8 {
    Verdict::ALL.iter().position(|other| *other == verdict).unwrap_or_default() as u8
}

fn flags(expected: bool, observation: bool, trace: &Trace) -> u8 {
    let set = |flag: u8, on: bool| if on { flag } else { 0 };
    set(UNEXPECTED, !expected) | set(OBSERVATION, observation) | set(UNSTABLE, trace.unstable.is_some())
}

/// Values, each once, with a number.
#[derive(Debug)]
struct Interned<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { values: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    fn index(&mut self, value: T) -> u32 {
        if let Some(&number) = self.numbers.get(&value) {
            return number;
        }
        let number = self.values.len() as u32;
        self.values.push(value.clone());
        self.numbers.insert(value, number);
        number
    }
}

/// What is told of failures, packed as soon as a block is full.
#[derive(Debug, Default)]
struct Details {
    blocks: Vec<Vec<u8>>,
    waiting: Vec<String>,
}

impl Details {
    /// Adds one and gives its number.
    fn push(&mut self, detail: &Json) -> u32 {
        let number = self.blocks.len() * DETAILS_IN_A_BLOCK + self.waiting.len();
        self.waiting.push(detail.to_string());
        if self.waiting.len() == DETAILS_IN_A_BLOCK {
            self.pack();
        }
        number as u32
    }

    fn pack(&mut self) {
        self.blocks.push(deflated(format!("[{}]", self.waiting.join(",")).as_bytes()));
        self.waiting.clear();
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        if !self.waiting.is_empty() {
            self.pack();
        }
        self.blocks
    }
}

/// The zlib format, which browsers call `deflate`.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
