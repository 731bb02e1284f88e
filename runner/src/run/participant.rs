//! An adapter that takes part in a run, and what it can do.

use std::collections::BTreeSet;

use crate::adapter::message::{Hello, ReadRequest, Via};
use crate::adapter::pool::{Place, Pool};
use crate::adapter::setup::Adapter;
use crate::case::feature::{Direction, first_missing};
use crate::case::file::Through;
use crate::case::options::{Format, Validate};
use crate::case::variant::{Expected, Input, Variant};
use crate::judge::declared::Declared;

use super::limit::cannot_say;
use super::producer::lays_out;

/// The feature of making and reading DataFrames.
const PANDAS: &str = "frame.pandas";

/// An adapter in a run.
#[derive(Debug)]
pub struct Participant {
    /// The adapter.
    pub adapter: Adapter,
    /// Its processes.
    pub pool: Pool,
    /// What it says of itself, or why it does not start.
    pub hello: Result<Hello, String>,
}

impl Participant {
    /// Starts an adapter.
    pub fn start(adapter: Adapter, place: Place) -> Self {
        let pool = Pool::new(adapter.launch.clone(), place);
        let hello = pool.hello();
        Self { adapter, pool, hello }
    }

    /// `id@version`, as reports name it.
    pub fn party(&self) -> String {
        match &self.hello {
            // One of several versions has its version in its id.
            _ if self.adapter.id.contains('@') => self.adapter.id.clone(),
            Ok(hello) => format!("{}@{}", self.adapter.id, hello.implementation.version),
            Err(_) => self.adapter.id.clone(),
        }
    }

    /// Why it cannot produce this variant; nothing for an adapter that did not start, which is found out by asking it.
    pub fn cannot_produce(&self, variant: &Variant) -> Option<String> {
        let hello = self.hello.as_ref().ok()?;
        cannot_produce(&self.adapter.id, hello, variant)
    }

    /// Why it cannot consume this variant; nothing for an adapter that did not start.
    pub fn cannot_consume(&self, variant: &Variant) -> Option<String> {
        let hello = self.hello.as_ref().ok()?;
        cannot_consume(&self.adapter.id, hello, variant)
    }

    /// Whether it can make the bytes that a producer rewrites; for an adapter that did not start, that is not known.
    pub fn may_make_original(&self, variant: &Variant) -> bool {
        self.hello.as_ref().map_or(true, |hello| makes_original(hello, variant))
    }

    /// The most that it can check.
    pub fn validation(&self) -> Validate {
        let full = self.hello.as_ref().is_ok_and(|hello| hello.validate.contains(&Validate::Full));
        if full { Validate::Full } else { Validate::None }
    }

    /// What it does not keep.
    pub fn declared(&self) -> Declared {
        self.hello.as_ref().map(Declared::by).unwrap_or_default()
    }

    /// How it is asked to read a variant.
    pub fn read_request(&self, variant: &Variant) -> ReadRequest {
        ReadRequest {
            format: variant.format,
            access: variant.read.access,
            source: variant.read.source,
            validate: variant.read.validate.unwrap_or_else(|| self.validation()),
            projection: variant.read.projection.clone(),
            order: variant.read.order.clone(),
        }
    }
}

/// How a variant's reading is proved: batches in the best way that the adapter has.
pub fn evidence(hello: &Hello, variant: &Variant) -> Option<Via> {
    let has = |via| hello.observe.contains(&via).then_some(via);
    match variant.expected {
        Expected::Document(_) => routes(hello, variant).next(),
        Expected::Frame(_) => has(Via::Frame),
        Expected::Tensors(_) => has(Via::Tensors),
        // Every consumer can walk through its input.
        Expected::Nothing => Some(Via::None),
    }
}

/// The ways by which the batches of a variant leave the implementation, the best first.
pub fn routes(hello: &Hello, variant: &Variant) -> impl Iterator<Item = Via> {
    let says = |via: &Via| match &variant.expected {
        Expected::Document(expected) => cannot_say(hello, Some(*via), &expected.document).is_none(),
        _ => true,
    };
    hello.observe.iter().copied().filter(|via| via.tells_batches()).filter(says)
}

/// Whether an adapter that takes no data but as IPC writes what it read: the suite's own plain bytes.
pub fn rewrites(hello: &Hello) -> bool {
    let has = |role: &str| hello.roles.iter().any(|known| known == role);
    !has("produce") && has("transcode")
}

/// Why an adapter with these claims cannot produce a variant.
pub fn cannot_produce(id: &str, hello: &Hello, variant: &Variant) -> Option<String> {
    let rewrites = rewrites(hello);
    let role = match variant.through {
        Through::Transcode => "transcode",
        Through::Write if rewrites => "transcode",
        Through::Write | Through::Suite | Through::Echo => "produce",
    };
    if rewrites && variant.through == Through::Write {
        if !lays_out(variant) {
            return Some(format!("{id} rewrites what the suite writes, and the suite does not write this"));
        }
        if plain_format(hello).is_none() {
            return Some(format!("{id} rewrites what it reads, and claims no format for reading"));
        }
        let needs = needs_to_read_plain(variant);
        if let Some(feature) = first_missing(&needs, &hello.features, Direction::Read) {
            return Some(format!("{id} rewrites what it reads, and does not claim {feature} for reading"));
        }
    }
    if !hello.roles.iter().any(|known| known == role) {
        return Some(format!("{id} does not {role}"));
    }
    if let ("produce", Input::Document(document)) = (role, &variant.input)
        && let Some(reason) = cannot_say(hello, None, document)
    {
        return Some(format!("{id} is given integration JSON: {reason}"));
    }
    let writing = match variant.through {
        Through::Write | Through::Suite | Through::Echo => variant.needs.write.clone(),
        Through::Transcode => needs_to_rewrite(variant),
    };
    if variant.through == Through::Transcode
        && let Some(feature) = first_missing(&needs_to_read_original(variant), &hello.features, Direction::Read)
    {
        return Some(format!("{id} does not claim {feature} for reading"));
    }
    let missing = first_missing(&writing, &hello.features, Direction::Write);
    missing.map(|feature| format!("{id} does not claim {feature} for writing"))
}

/// Whether an adapter with these claims can make the bytes that a producer is to read and rewrite.
pub fn makes_original(hello: &Hello, variant: &Variant) -> bool {
    // The rewriting goes through the sink, and it is about the rewriter that facts are told.
    let needs = needs_without(variant, |feature| feature.starts_with("sink.") || feature.starts_with("fact."));
    hello.roles.iter().any(|role| role == "produce")
        && first_missing(&needs, &hello.features, Direction::Write).is_none()
}

/// Why an adapter with these claims cannot consume a variant.
pub fn cannot_consume(id: &str, hello: &Hello, variant: &Variant) -> Option<String> {
    let role = if variant.through == Through::Echo { "echo" } else { "consume" };
    if !hello.roles.iter().any(|known| known == role) {
        return Some(format!("{id} does not {role}"));
    }
    // What goes in by the C Data Interface comes out by it.
    let via = evidence(hello, variant).filter(|via| role != "echo" || matches!(via, Via::Cdata | Via::None));
    if via.is_none() {
        if let Expected::Document(expected) = &variant.expected
            && let Some(reason) = hello.observe.iter().find_map(|via| cannot_say(hello, Some(*via), &expected.document))
        {
            return Some(format!("{id} cannot be observed: {reason}"));
        }
        let word = match variant.expected {
            Expected::Frame(_) => "frame",
            Expected::Tensors(_) => "tensors",
            Expected::Document(_) | Expected::Nothing => "cdata",
        };
        return Some(format!("{id} cannot be observed through {word}"));
    }
    if let Some(validate) = variant.read.validate.filter(|validate| !hello.validate.contains(validate)) {
        return Some(format!("{id} does not claim validate.{validate}"));
    }
    // Validation is claimed by `start.validate`.
    let needs = variant.needs.read.iter().filter(|feature| !feature.starts_with("validate.")).cloned().collect();
    let missing = first_missing(&needs, &hello.features, Direction::Read);
    missing.map(|feature| format!("{id} does not claim {feature} for reading"))
}

/// What reading the original of a transcoded variant needs: what is in the bytes, not how they came to be.
fn needs_to_read_original(variant: &Variant) -> BTreeSet<String> {
    needs_without(variant, |feature| {
        let of_the_writer = matches!(feature, "compress.level" | "alignment" | "dict.unify" | PANDAS);
        of_the_writer || feature.starts_with("sink.") || feature.starts_with("fact.")
    })
}

/// The format in which the suite hands data to an adapter that rewrites them.
pub fn plain_format(hello: &Hello) -> Option<Format> {
    [Format::Stream, Format::File].into_iter().find(|format| {
        let needs = [format!("format.{}", format.name())].into();
        first_missing(&needs, &hello.features, Direction::Read).is_none()
    })
}

/// What reading the suite's plain bytes of a variant needs: its data, and nothing that a writer chooses.
fn needs_to_read_plain(variant: &Variant) -> BTreeSet<String> {
    needs_without(variant, |feature| {
        let of_the_writer = matches!(
            feature,
            "alignment" | "dict.unify" | "dict.delta" | "legacy" | "version.v4" | "meta.footer" | PANDAS
        );
        let of_a_kind = ["sink.", "fact.", "format.", "compress."];
        of_the_writer || of_a_kind.iter().any(|kind| feature.starts_with(kind))
    })
}

/// What rewriting needs: the bytes of a DataFrame are rewritten without knowing of it.
fn needs_to_rewrite(variant: &Variant) -> BTreeSet<String> {
    needs_without(variant, |feature| feature == PANDAS)
}

fn needs_without(variant: &Variant, left_out: impl Fn(&str) -> bool) -> BTreeSet<String> {
    variant.needs.write.iter().filter(|feature| !left_out(feature)).cloned().collect()
}
