//! The dictionaries of fields whose layout gives none: the distinct values in all batches, in order of first
//! appearance.

use std::collections::HashMap;

use crate::value::{Data, DataType, Document, Field, Layout, Value};

/// The default dictionary of a field, and those of its children.
#[derive(Debug, Default)]
pub(in crate::cdata) struct Dictionaries {
    values: Vec<Value>,
    positions: HashMap<Value, usize>,
    children: Vec<Dictionaries>,
}

impl Dictionaries {
    /// The dictionaries of every field of a document. Generated data have none.
    pub(in crate::cdata) fn of(document: &Document) -> Vec<Dictionaries> {
        let fields = &document.schema.fields;
        let mut all: Vec<Dictionaries> = fields.iter().map(Self::empty).collect();
        let Data::Batches(batches) = &document.data else { return all };
        for (index, (field, dictionaries)) in fields.iter().zip(&mut all).enumerate() {
            if !has_dictionary(field) {
                continue;
            }
            for column in batches.iter().filter_map(|batch| batch.columns.get(index)) {
                column.values.iter().for_each(|value| dictionaries.add(field, value));
                if let Some(layout) = &column.layout {
                    dictionaries.add_given(field, layout);
                }
            }
        }
        all
    }

    /// The values of the default dictionary.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// Where the default dictionary has a value.
    pub(super) fn position(&self, value: &Value) -> Option<usize> {
        self.positions.get(value).copied()
    }

    /// The dictionaries of a child.
    pub(super) fn child(&self, index: usize) -> &Dictionaries {
        static NONE: std::sync::LazyLock<Dictionaries> = std::sync::LazyLock::new(Dictionaries::default);
        self.children.get(index).unwrap_or(&NONE)
    }

    fn empty(field: &Field) -> Self {
        Dictionaries { children: field.children.iter().map(Self::empty).collect(), ..Dictionaries::default() }
    }

    /// Takes in a value of the field.
    fn add(&mut self, field: &Field, value: &Value) {
        if field.dictionary.is_some() {
            if value.is_null() || self.positions.contains_key(value) {
                return;
            }
            self.positions.insert(value.clone(), self.values.len());
            self.values.push(value.clone());
        }
        self.add_children(field, value);
    }

    /// Takes in what a value has for the field's children.
    fn add_children(&mut self, field: &Field, value: &Value) {
        if field.data_type == DataType::RunEndEncoded {
            return self.add_child(field, 1, value);
        }
        match value {
            Value::List(items) => items.iter().for_each(|item| self.add_child(field, 0, item)),
            Value::Struct(members) => {
                members.iter().enumerate().for_each(|(index, member)| self.add_child(field, index, member));
            }
            Value::Map(entries) => {
                let (Some(dictionaries), Some(field)) = (self.children.first_mut(), field.children.first()) else {
                    return;
                };
                for entry in entries {
                    entry.iter().enumerate().for_each(|(index, member)| dictionaries.add_child(field, index, member));
                }
            }
            Value::Union(type_id, value) => {
                let DataType::Union { type_ids, .. } = &field.data_type else { return };
                if let Some(member) = type_ids.iter().position(|id| id == type_id) {
                    self.add_child(field, member, value);
                }
            }
            _ => {}
        }
    }

    fn add_child(&mut self, field: &Field, index: usize, value: &Value) {
        if let (Some(dictionaries), Some(child)) = (self.children.get_mut(index), field.children.get(index)) {
            dictionaries.add(child, value);
        }
    }

    /// Takes in what the dictionaries that layouts give have for the children.
    fn add_given(&mut self, field: &Field, layout: &Layout) {
        for value in layout.dictionary.iter().flatten() {
            self.add_children(field, value);
        }
        let values = layout.values.as_deref().map_or(&[][..], |layout| &layout.children);
        for layouts in [&layout.children[..], values] {
            for (index, layout) in layouts.iter().enumerate() {
                let child = self.children.get_mut(index).zip(field.children.get(index));
                if let (Some(layout), Some((dictionaries, child))) = (layout, child) {
                    dictionaries.add_given(child, layout);
                }
            }
        }
    }
}

fn has_dictionary(field: &Field) -> bool {
    field.dictionary.is_some() || field.children.iter().any(has_dictionary)
}
