//! The features that follow from a variant by itself; `docs/adapters.md` has the table.

use std::collections::BTreeSet;

use arrowipc_kit::value::{Data, DataType, Document, Field, Tensor, TensorIndex};

use super::bytes::Base;
use super::feature::Needs;
use super::file::Through;
use super::options::{Access, Compression, Dictionaries, Sink, Source, Validate, WriteOptions};
use super::variant::{Expected, Input, Variant};
use crate::wire::lower::options::Endianness;

/// Adds what follows from data, options, access and facts.
pub fn add_needs(variant: &mut Variant) {
    let mut needs = std::mem::take(&mut variant.needs);
    if variant.through != Through::Echo {
        needs.both(format!("format.{}", variant.format));
    }
    match &variant.input {
        Input::Document(document) => add_data(&mut needs, document),
        Input::Frame(_) => needs.write("frame.pandas"),
        Input::Tensors(tensors) => {
            tensors.0.iter().for_each(|tensor| add_tensor(&mut needs, tensor));
            if variant.options != WriteOptions::default() {
                needs.write("tensor.options");
            }
        }
        Input::Nothing => {}
    }
    if matches!(variant.expected, Expected::Frame(_)) {
        needs.read("frame.pandas");
    }
    add_options(&mut needs, &variant.options);
    if let Some(recipe) = &variant.recipe
        && let Base::Data { raw, .. } = &recipe.base
        && raw.endianness == Endianness::Big
    {
        needs.read("endian.big");
    }
    if let Some(append) = &variant.append {
        needs.write("write.append");
        if let Base::Data { options, .. } = &append.recipe.base {
            add_options(&mut needs, options);
        }
    }
    if variant.sink != Sink::default() {
        needs.write(format!("sink.{}", variant.sink));
    }
    if variant.read.source != Source::default() {
        needs.read(format!("source.{}", variant.read.source));
    }
    if variant.read.access != Access::default() {
        needs.read(format!("access.{}", variant.read.access));
    }
    if let Some(columns) = &variant.read.projection {
        needs.read("projection");
        if columns.is_empty() || !columns.is_sorted_by(|left, right| left < right) {
            needs.read("projection.any");
        }
    }
    if variant.read.validate == Some(Validate::Full) {
        needs.read("validate.full");
    }
    for rule in &variant.case.expect {
        needs.named(&format!("fact.{}", rule.name));
    }
    if matches!(variant.through, Through::Suite | Through::Echo) {
        needs.write.clear();
    }
    variant.needs = needs;
}

/// What reading data needs, whatever bytes they are in.
pub fn needs_of(document: &Document) -> BTreeSet<String> {
    let mut needs = Needs::default();
    add_data(&mut needs, document);
    needs.read
}

fn add_data(needs: &mut Needs, document: &Document) {
    if !document.schema.metadata.is_empty() {
        needs.both("meta.schema");
    }
    for field in &document.schema.fields {
        add_field(needs, field, false);
    }
    if let Data::Batches(batches) = &document.data
        && batches.iter().any(|batch| !batch.metadata.is_empty())
    {
        needs.both("meta.batch");
    }
}

fn add_field(needs: &mut Needs, field: &Field, in_dictionary: bool) {
    let data_type = field.data_type.to_string();
    let name = data_type.split(['(', '[']).next().unwrap_or_default();
    needs.both(format!("type.{name}"));
    if !field.metadata.is_empty() {
        needs.both("meta.field");
    }
    if let Some(dictionary) = &field.dictionary {
        needs.both("dict.basic");
        if in_dictionary {
            needs.both("dict.nested");
        }
        if dictionary.ordered {
            needs.both("dict.ordered");
        }
    }
    for child in &field.children {
        add_field(needs, child, in_dictionary || field.dictionary.is_some());
    }
}

fn add_tensor(needs: &mut Needs, tensor: &Tensor) {
    needs.both(match &tensor.index {
        TensorIndex::Dense => "tensor.dense",
        TensorIndex::Coo { .. } => "tensor.coo",
        TensorIndex::Csx { .. } => "tensor.csx",
        TensorIndex::Csf { .. } => "tensor.csf",
    });
    let number = tensor.data_type.is_integer()
        || matches!(tensor.data_type, DataType::Float16 | DataType::Float32 | DataType::Float64);
    if !number {
        needs.both("tensor.types");
    }
    if !tensor.metadata.is_empty() {
        needs.both("tensor.metadata");
    }
}

fn add_options(needs: &mut Needs, options: &WriteOptions) {
    match options.compression {
        None | Some(Compression::None) => {}
        Some(codec) => needs.both(format!("compress.{codec}")),
    }
    if options.compression_level.is_some() {
        needs.write("compress.level");
    }
    if options.alignment.is_some_and(|alignment| alignment != 8) {
        needs.write("alignment");
    }
    if options.metadata_version == Some(4) {
        needs.both("version.v4");
    }
    if options.legacy == Some(true) {
        needs.both("legacy");
    }
    match options.dictionaries {
        Some(Dictionaries::Delta) => needs.both("dict.delta"),
        Some(Dictionaries::Unify) => {
            needs.write("dict.unify");
            // Who writes one batch after the other can only send later what later batches bring.
            needs.read("dict.delta");
        }
        Some(Dictionaries::Replace) | None => {}
    }
    if options.footer_metadata.is_some() {
        needs.both("meta.footer");
    }
}
