//! What bytes are by themselves, whoever reads them: rules that they break, and the data that the judge reader sees.

use std::collections::BTreeMap;
use std::ops::Range;

use arrowipc_kit::value::{Canonical, Document, Tensors};

use super::declared::Declared;
use super::verdict::Verdict;
use super::{Judgement, compare};
use crate::case::file::{CaseResult, Reject};
use crate::case::options::Format;
use crate::case::registry::Clause;
use crate::case::variant::{self, Case};
use crate::hash::Sha;
use crate::wire::violation::Violation;
use crate::wire::{check, decode};

/// What the suite finds in bytes.
#[derive(Debug)]
pub struct Inspection {
    /// The rules that they break.
    pub violations: Vec<Violation>,
    /// What the judge reader makes of them; nothing when it was not asked.
    pub seen: Option<Seen>,
}

/// What the judge reader makes of bytes.
#[derive(Debug)]
pub struct Seen {
    /// The digest of the data, if it came to their end. The data themselves are read again by the few who need them.
    pub digest: Option<String>,
    /// What it stumbled over.
    pub violations: Vec<Violation>,
}

/// A judgement of bytes, with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The judgement.
    pub judgement: Judgement,
    /// Broken rules that do not bind whoever made the bytes.
    pub observations: Vec<Violation>,
    /// The bytes that are wrong.
    pub ranges: Vec<Range<usize>>,
}

/// The rules of the format by id.
pub type Clauses = BTreeMap<String, Clause>;

/// What bytes are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A stream or file.
    Batches(Format),
    /// Tensor messages, one behind the other.
    Tensors,
}

impl Kind {
    /// What a variant's bytes are read as.
    pub fn of(variant: &variant::Variant) -> Self {
        match &variant.input {
            variant::Input::Tensors(_) => Self::Tensors,
            _ => Self::Batches(variant.format),
        }
    }
}

/// Looks at bytes. `check`: whether rules are checked; `read`: whether the judge reader reads them.
pub fn inspect(bytes: &[u8], kind: Kind, check: bool, read: bool) -> Inspection {
    let format = match kind {
        Kind::Batches(format) => format,
        Kind::Tensors => Format::Stream,
    };
    let violations = if check { check::check(bytes, format) } else { Vec::new() };
    let seen = read.then(|| match kind {
        Kind::Batches(format) => {
            let reading = decode::read(bytes, format);
            let digest = reading.document.map(|document| document.digest().to_string());
            Seen { digest, violations: reading.violations }
        }
        Kind::Tensors => {
            let reading = decode::read_tensors(bytes);
            Seen { digest: reading.tensors.as_ref().map(digest_of), violations: reading.violations }
        }
    });
    Inspection { violations, seen }
}

fn digest_of(tensors: &Tensors) -> String {
    let mut hash = Sha::new();
    hash.bytes(tensors.canonical().as_bytes());
    format!("sha256:{}", hash.hex())
}

/// What bytes must hold.
#[derive(Debug, Clone, Copy)]
pub enum Written<'a> {
    /// Batches.
    Document(&'a Document),
    /// Tensors.
    Tensors(&'a Tensors),
    /// Nobody says.
    Unknown,
}

impl<'a> Written<'a> {
    /// What a variant's bytes must hold.
    pub fn of(variant: &'a variant::Variant) -> Self {
        match (&variant.input, &variant.expected) {
            (variant::Input::Document(document), _) => Self::Document(document),
            (_, variant::Expected::Tensors(tensors)) => Self::Tensors(tensors),
            _ => Self::Unknown,
        }
    }
}

/// Bytes that are judged.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// What they are read as.
    pub kind: Kind,
    /// What they must hold.
    pub written: Written<'a>,
    /// The case that they are for.
    pub case: &'a Case,
    /// What they are: as the case says, but for what a producer goes on behind.
    pub result: CaseResult,
}

/// Judges the bytes of an implementation: they keep the rules of writers, and hold the data that were written.
pub fn of_adapter(input: Input, inspection: &Inspection, writer: &Declared, clauses: &Clauses) -> Finding {
    // A rule that the catalogue lacks is not excused by it; what the case asks for is no fault of who does it.
    let binds = |violation: &&Violation| {
        !input.case.breaks.contains(&violation.clause)
            && clauses.get(&violation.clause).is_none_or(Clause::binds_writers)
    };
    let (wrong, observations): (Vec<&Violation>, Vec<&Violation>) = inspection.violations.iter().partition(binds);
    let observations = observations.into_iter().cloned().collect();
    if let [first, others @ ..] = wrong.as_slice() {
        let more = if others.is_empty() { String::new() } else { format!(", and {} more", others.len()) };
        let judgement = Judgement::new(Verdict::WrongBytes, format!("{first}{more}"));
        return Finding { judgement, observations, ranges: ranges(&wrong) };
    }
    let (judgement, ranges) = match &inspection.seen {
        None => (Judgement::pass(), Vec::new()),
        Some(Seen { digest: Some(digest), .. }) => (input.compare(digest, writer), Vec::new()),
        Some(Seen { digest: None, violations }) => unreadable(violations),
    };
    Finding { judgement, observations, ranges }
}

/// Judges the suite's own bytes: of a valid or defined case they hold its data, in an invalid one is the fault that it names. What is
/// wrong here is wrong with the case.
pub fn of_suite(input: Input, inspection: &Inspection, clauses: &Clauses) -> Finding {
    let case = input.case;
    let wrong_case = |message: String| Judgement::new(Verdict::WrongBytes, format!("the case is wrong: {message}"));
    let Some(seen) = &inspection.seen else {
        return Finding { judgement: Judgement::pass(), observations: Vec::new(), ranges: Vec::new() };
    };
    if input.result == CaseResult::Invalid {
        let named: Vec<&Violation> =
            seen.violations.iter().filter(|violation| case.clauses.contains(&violation.clause)).collect();
        let late = |reject: Reject| named.iter().all(|violation| violation.phase > reject.latest);
        let judgement = match (named.first(), seen.violations.first()) {
            (Some(first), _) if case.reject.is_some_and(late) => wrong_case(format!(
                "a reader can find its fault in phase {}, and it must be rejected before: {first}",
                first.phase
            )),
            (Some(_), _) => Judgement::pass(),
            (None, Some(other)) => {
                wrong_case(format!("the judge reader finds another fault than one of its clauses: {other}"))
            }
            (None, None) => wrong_case("it is invalid, and the judge reader finds no fault".into()),
        };
        return Finding { judgement, observations: Vec::new(), ranges: ranges(&named) };
    }
    let binds = |violation: &&Violation| {
        input.result == CaseResult::Valid
            && !case.breaks.contains(&violation.clause)
            && clauses.get(&violation.clause).is_none_or(Clause::binds_everybody)
    };
    let (wrong, observations): (Vec<&Violation>, Vec<&Violation>) = inspection.violations.iter().partition(binds);
    let observations = observations.into_iter().cloned().collect();
    let (judgement, ranges) = match (wrong.first(), &seen.digest) {
        (Some(first), _) => (wrong_case(format!("it is valid, and breaks a rule: {first}")), ranges(&wrong)),
        (None, None) => {
            let (judgement, ranges) = unreadable(&seen.violations);
            (wrong_case(judgement.message), ranges)
        }
        (None, Some(digest)) => {
            let compared = input.compare(digest, &Declared::default());
            let equal = compared.verdict.is_success();
            (if equal { compared } else { wrong_case(compared.message) }, Vec::new())
        }
    };
    Finding { judgement, observations, ranges }
}

impl Input<'_> {
    /// Compares what the judge reader saw with what was written, at the levels of the case.
    fn compare(&self, digest: &str, writer: &Declared) -> Judgement {
        let judgement = match (self.written, self.kind) {
            (Written::Document(written), Kind::Batches(format)) if written.digest().to_string() != digest => {
                let Some(seen) = decode::read(self.bytes, format).document else { return Judgement::pass() };
                compare::documents(written, &seen, self.case.levels(), std::slice::from_ref(writer))
            }
            (Written::Tensors(written), _) if digest_of(written) != digest => {
                let Some(seen) = decode::read_tensors(self.bytes).tensors else { return Judgement::pass() };
                compare::tensors(written, &seen)
            }
            _ => return Judgement::pass(),
        };
        match judgement.verdict {
            Verdict::Pass => judgement,
            _ => Judgement { message: format!("the judge reader sees: {}", judgement.message), ..judgement },
        }
    }
}

fn unreadable(violations: &[Violation]) -> (Judgement, Vec<Range<usize>>) {
    let first = violations.first();
    let why = first.map_or_else(|| "no data".to_owned(), Violation::to_string);
    let ranges = first.map(|violation| violation.at.clone()).into_iter().collect();
    (Judgement::new(Verdict::WrongBytes, format!("the judge reader cannot read it: {why}")), ranges)
}

fn ranges(violations: &[&Violation]) -> Vec<Range<usize>> {
    violations.iter().map(|violation| violation.at.clone()).collect()
}
