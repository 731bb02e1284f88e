//! Record batches and dictionary batches: their lengths, nodes and numbers of buffers, then buffers and columns one by one.

use std::collections::BTreeMap;
use std::ops::Range;

use super::compression::{self, Content};
use super::{Group, Input, Report, buffers, layout};
use crate::case::options::{Format, Phase};
use crate::wire::parse::Message;
use crate::wire::tree::{Node, Table};
use crate::wire::walk::{self, Columns, Layout};

pub(super) const GROUP: Group = Group {
    clauses: &[
        // This file.
        "batch-length-nonnegative",
        "batch-length-matches-columns",
        "dictionary-batch-length",
        "batch-nodes-count",
        "layout-buffer-listing",
        "dictionary-batch-single-field",
        "field-nullable-no-layout-effect",
        "layout-validity-slot-always-listed",
        "layout-union-no-validity",
        "layout-ree-no-buffers",
        "layout-null-type-no-buffers",
        "batch-dictionary-node",
        "field-dictionary-absent",
        "field-dictionary-type-is-value",
        "batch-variadic-counts-present",
        "batch-variadic-counts-value",
        "batch-variadic-counts-dictionary",
        "layout-null-count-negative",
        // Buffers.
        "buffer-negative",
        "buffer-in-bounds",
        "buffer-offset-base",
        "buffer-offset-aligned",
        "buffer-padding-between",
        "buffer-length-unpadded",
        "message-bodylength-exact",
        "framing-alignment-64-preferred",
        // Compression.
        "compression-codecs",
        "compression-method-buffer",
        "compression-per-buffer",
        "compression-prefix",
        "compression-prefix-negative",
        "compression-prefix-truncated",
        "compression-lz4-frame",
        "compression-lz4-single-frame",
        "compression-buffer-length",
        "compression-alignment-kept",
        "compression-absent-uncompressed",
        // Layouts.
        "layout-validity-missing-with-nulls",
        "layout-validity-size",
        "layout-validity-bit-meaning",
        "layout-validity-lsb-order",
        "layout-validity-trailing-bits",
        "layout-null-count-exact",
        "layout-null-type-null-count",
        "layout-primitive-size",
        "type-bool-bitpacked",
        "type-date-ms-whole-days",
        "type-time-range",
        "type-decimal-value-in-precision",
        "type-decimal-twos-complement",
        "layout-varbinary-offset-count",
        "layout-varbinary-monotonic",
        "layout-varbinary-negative-offset",
        "layout-varbinary-normalized",
        "layout-varbinary-offset-oob",
        "layout-empty-offsets-one",
        "type-utf8-valid",
        "schema-endianness-declared",
        "layout-view-struct",
        "layout-view-inline",
        "layout-view-inline-padding",
        "layout-view-long-fields",
        "layout-view-prefix",
        "layout-view-buffer-index",
        "layout-view-range",
        "layout-list-child-shorter",
        "type-map-layout-as-list",
        "type-map-keys-sorted-truthful",
        "layout-listview-buffers",
        "layout-listview-bounds",
        "layout-fsl-child-length",
        "layout-struct-child-length",
        "layout-union-type-ids-buffer",
        "layout-union-dense-offsets",
        "layout-union-dense-oob",
        "layout-union-dense-increasing",
        "layout-union-sparse-lengths",
        "layout-union-node-null-count",
        "layout-ree-null-count-zero",
        "layout-ree-no-null-run-ends",
        "layout-ree-strictly-increasing",
        "layout-ree-last-run-end",
        "layout-ree-children-equal-length",
        "layout-dict-index-range",
        "layout-dict-null-from-indices",
        "dictionary-defined-before-use",
    ],
    check,
};

/// A record batch, on its own or within a dictionary batch.
pub(super) struct Batch<'a> {
    pub(super) input: &'a Input<'a>,
    /// Its path.
    pub(super) name: String,
    pub(super) phase: Phase,
    pub(super) message: &'a Message,
    /// The RecordBatch table.
    pub(super) header: &'a Table,
    /// Of dictionary batches: the field whose values it has.
    pub(super) values_of: Option<&'a Table>,
    pub(super) version: i64,
    /// Whether the body is big-endian.
    pub(super) big: bool,
    pub(super) columns: Columns<'a>,
    /// What the buffers hold, by their position in `buffers`, as far as it can be had.
    pub(super) contents: Vec<Option<Content<'a>>>,
}

/// What is known of a dictionary when a batch is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dictionary {
    /// Values.
    pub(super) length: i64,
    /// Whether some of them are null.
    pub(super) nulls: bool,
}

/// The dictionaries that are known, by id.
pub(super) type Dictionaries = BTreeMap<i64, Dictionary>;

fn check(input: &Input, report: &mut Report) {
    let Some(schema) = input.schema else { return };
    let mut dictionaries = Dictionaries::new();
    // A file's footer tells where all dictionaries are before any batch is read.
    let random = input.parsed.format == Format::File && matches!(input.parsed.footer, Some(Ok(_)));
    if random {
        for message in &input.parsed.messages {
            define(&mut dictionaries, message, true);
        }
    }
    let mut alignment = buffers::Alignment::default();
    for (message, name) in input.parsed.messages.iter().zip(&input.names) {
        let version = message.table.scalar("version");
        let Some(header) = message.table.table("header") else { continue };
        let (phase, header, values_of) = match header.kind.name {
            "RecordBatch" => (Phase::Batch, header, None),
            "DictionaryBatch" => {
                let field = input.encoded.get(&header.scalar("id")).and_then(|fields| fields.first());
                let (Some(data), Some(field)) = (header.table("data"), field) else { continue };
                (Phase::Dictionary, data, Some(*field))
            }
            _ => continue,
        };
        let columns = match values_of {
            None => walk::record_batch(schema, header, version, name),
            Some(field) => walk::dictionary_batch(field, header, version, name),
        };
        let (name, big) = (name.clone(), input.big());
        let contents = Vec::new();
        let mut batch = Batch { input, name, phase, message, header, values_of, version, big, columns, contents };
        lengths(&batch, report);
        counts(&batch, schema, report);
        buffers::check(&batch, &mut alignment, report);
        batch.contents = compression::contents(&batch, report);
        for column in &batch.columns.columns {
            column.visit(&mut |column| layout::check(&batch, column, &dictionaries, report));
        }
        if !random {
            define(&mut dictionaries, message, false);
        }
    }
    alignment.report(report);
}

/// Takes note of a dictionary batch; `file`: of one whose deltas may lie in front of it, and that nothing replaces.
fn define(dictionaries: &mut Dictionaries, message: &Message, file: bool) {
    let Some(header) = walk::header(message, "DictionaryBatch") else { return };
    let Some(data) = header.table("data") else { return };
    let nulls = data.vector("nodes").first().and_then(Node::as_struct).is_some_and(|node| node[1] != 0);
    let new = Dictionary { length: data.scalar("length").max(0), nulls };
    let known = dictionaries.entry(header.scalar("id")).or_default();
    *known = match header.scalar("isDelta") {
        0 if !file => new,
        _ => Dictionary { length: known.length.saturating_add(new.length), nulls: known.nulls || nulls },
    };
}

impl Batch<'_> {
    /// The path of the RecordBatch table.
    pub(super) fn header_path(&self) -> String {
        match self.values_of {
            None => self.name.clone(),
            Some(_) => format!("{}.data", self.name),
        }
    }

    /// The inline bytes of a field of the header.
    pub(super) fn slot(&self, field: &str) -> Range<usize> {
        self.header.get(field).map_or(self.header.place.clone(), |node| node.slot.clone())
    }

    fn counts(&self) -> Vec<i64> {
        self.header.vector("variadicBufferCounts").iter().filter_map(Node::as_scalar).collect()
    }
}

fn lengths(batch: &Batch, report: &mut Report) {
    let (path, length) = (batch.header_path(), batch.header.scalar("length"));
    if length < 0 {
        let at = batch.slot("length");
        let place = format!("{path}.length");
        report.add("batch-length-nonnegative", batch.phase, at, place, length.to_string(), "0 or more");
    }
    for (index, node) in batch.header.vector("nodes").iter().enumerate() {
        let Some(&[slots, nulls]) = node.as_struct() else { continue };
        let (at, place) = (node.slot.clone(), format!("{path}.nodes[{index}]"));
        if slots < 0 {
            let place = format!("{place}.length");
            report.add("batch-length-nonnegative", batch.phase, at.clone(), place, slots.to_string(), "0 or more");
        }
        if nulls < 0 {
            let place = format!("{place}.null_count");
            report.add("layout-null-count-negative", batch.phase, at, place, nulls.to_string(), "0 or more");
        }
    }
    let clause = match batch.values_of {
        None => "batch-length-matches-columns",
        Some(_) => "dictionary-batch-length",
    };
    for column in batch.columns.columns.iter().filter(|column| column.node.length != length) {
        let found = format!("{} slots in a batch of {length}", column.node.length);
        let (at, place) = (column.node.at.clone(), format!("{}.node.length", column.path));
        report.add(clause, batch.phase, at, place, found, length.to_string());
    }
}

/// What a writer may take a field to have, other than the format does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Format,
    RequiredWithoutValidity,
    NoNullsNoValidity,
    UnionWithValidity,
    RunEndWithValidity,
    NullWithValidity,
    ChildrenOfValues,
    EncodedAsPlain,
    CountsWithViews,
}

/// Readings that explain a wrong number of nodes and buffers, with the clause that each is against.
const READINGS: &[(Reading, &str)] = &[
    (Reading::RequiredWithoutValidity, "field-nullable-no-layout-effect"),
    (Reading::NoNullsNoValidity, "layout-validity-slot-always-listed"),
    (Reading::UnionWithValidity, "layout-union-no-validity"),
    (Reading::RunEndWithValidity, "layout-ree-no-buffers"),
    (Reading::NullWithValidity, "layout-null-type-no-buffers"),
    (Reading::ChildrenOfValues, "batch-dictionary-node"),
    (Reading::EncodedAsPlain, "field-dictionary-absent"),
    (Reading::CountsWithViews, "batch-variadic-counts-value"),
];

/// The numbers of nodes, buffers and counts that fields take.
struct Tally<'b> {
    batch: &'b Batch<'b>,
    counts: &'b [i64],
    reading: Reading,
    nodes: usize,
    buffers: i64,
    views: usize,
    /// Views among dictionary values, which have their counts in dictionary batches.
    encoded_views: usize,
    unknown: bool,
}

impl Tally<'_> {
    fn field(&mut self, field: &Table, values: bool) {
        let encoding = field.table("dictionary").filter(|_| !values && self.reading != Reading::EncodedAsPlain);
        let Some(layout) = encoding.map_or_else(|| walk::layout(field), walk::index_layout) else {
            self.unknown = true;
            return;
        };
        let nodes = self.batch.header.vector("nodes");
        let nulls = nodes.get(self.nodes).and_then(Node::as_struct).map_or(0, |node| node[1]);
        self.nodes += 1;
        let roles = walk::roles(layout, self.batch.version);
        let validity = roles.first() == Some(&crate::wire::raw::Role::Validity);
        self.buffers = self.buffers.saturating_add(roles.len() as i64);
        self.buffers += match self.reading {
            Reading::RequiredWithoutValidity if validity && field.scalar("nullable") == 0 => -1,
            Reading::NoNullsNoValidity if validity && nulls == 0 => -1,
            Reading::UnionWithValidity if matches!(layout, Layout::Union { .. }) && !validity => 1,
            Reading::RunEndWithValidity if layout == Layout::RunEndEncoded && !validity => 1,
            Reading::NullWithValidity if layout == Layout::Null => 1,
            Reading::CountsWithViews if layout == Layout::View => -2,
            _ => 0,
        };
        if layout == Layout::View {
            let count = self.counts.get(self.views).copied().unwrap_or(0);
            self.buffers = self.buffers.saturating_add(count);
            self.views += 1;
        } else if encoding.is_some() && walk::layout(field) == Some(Layout::View) {
            self.encoded_views += 1;
        }
        if encoding.is_none() || self.reading == Reading::ChildrenOfValues {
            for child in field.vector("children").iter().filter_map(Node::as_table) {
                self.field(child, false);
            }
        }
    }
}

fn tally<'b>(batch: &'b Batch, schema: &Table, counts: &'b [i64], reading: Reading) -> Tally<'b> {
    let mut tally = Tally { batch, counts, reading, nodes: 0, buffers: 0, views: 0, encoded_views: 0, unknown: false };
    match batch.values_of {
        Some(field) => tally.field(field, true),
        None => schema.vector("fields").iter().filter_map(Node::as_table).for_each(|field| tally.field(field, false)),
    }
    tally
}

fn counts(batch: &Batch, schema: &Table, report: &mut Report) {
    let counts = batch.counts();
    let expected = tally(batch, schema, &counts, Reading::Format);
    if expected.unknown {
        return;
    }
    let (path, phase) = (batch.header_path(), batch.phase);
    let (nodes, buffers) = (batch.header.vector("nodes").len(), batch.header.vector("buffers").len());
    if counts.len() != expected.views {
        let clause = match expected.encoded_views {
            encoded if encoded > 0 && counts.len() == expected.views + encoded => "batch-variadic-counts-dictionary",
            _ => "batch-variadic-counts-present",
        };
        let place = format!("{path}.variadicBufferCounts");
        let (at, found) = (batch.slot("variadicBufferCounts"), format!("{} entries", counts.len()));
        return report.add(clause, phase, at, place, found, format!("{}, one for each view field", expected.views));
    }
    if let Some(index) = counts.iter().position(|count| *count < 0) {
        let place = format!("{path}.variadicBufferCounts[{index}]");
        let at = batch.header.vector("variadicBufferCounts")[index].slot.clone();
        let found = counts[index].to_string();
        return report.add("batch-variadic-counts-value", phase, at, place, found, "0 or more");
    }
    if (nodes, buffers as i64) == (expected.nodes, expected.buffers) {
        return;
    }
    let explains = |(reading, _): &&(Reading, &str)| {
        let other = tally(batch, schema, &counts, *reading);
        !other.unknown && (other.nodes, other.buffers) == (nodes, buffers as i64)
    };
    let clause = match (READINGS.iter().find(explains), batch.values_of) {
        (_, Some(field)) if values_are_indices(field) => "field-dictionary-type-is-value",
        (Some((_, clause)), _) => clause,
        (None, Some(_)) if nodes != expected.nodes => "dictionary-batch-single-field",
        (None, _) if nodes != expected.nodes => "batch-nodes-count",
        (None, _) => "layout-buffer-listing",
    };
    let (list, at) = match nodes == expected.nodes {
        true => ("buffers", batch.slot("buffers")),
        false => ("nodes", batch.slot("nodes")),
    };
    let found = format!("{nodes} nodes and {buffers} buffers");
    let expected = format!("{} nodes and {} buffers for this schema", expected.nodes, expected.buffers);
    report.add(clause, phase, at, format!("{path}.{list}"), found, expected);
}

/// Whether a field has the type of its indices where that of its values should be.
fn values_are_indices(field: &Table) -> bool {
    let index = field.table("dictionary").and_then(|encoding| encoding.table("indexType"));
    matches!((field.table("type"), index), (Some(of), Some(index)) if of == index)
}
