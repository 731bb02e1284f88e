//! Whether two schemas are one, but for the ids of dictionaries.

use super::{Field, Metadata, Schema};
use crate::error::{Error, Result};

impl Schema {
    /// The schema with the dictionary ids of one that no writer has seen: 0.
    #[must_use]
    pub fn without_ids(mut self) -> Self {
        fn clear(field: &mut Field) {
            if let Some(dictionary) = &mut field.dictionary {
                dictionary.id = 0;
            }
            field.children.iter_mut().for_each(clear);
        }
        self.fields.iter_mut().for_each(clear);
        self
    }

    /// Checks that this schema, which the caller gave, is the one that an input has. Dictionary ids do not matter.
    pub fn check_same(&self, found: &Schema) -> Result<()> {
        same_metadata(&self.metadata, &found.metadata)?;
        same_children(&self.fields, &found.fields)
    }
}

fn differs(what: &str, given: impl std::fmt::Display, found: impl std::fmt::Display) -> Error {
    Error::argument(format!("the schema given has {what} {given}, that of the input {found}"))
}

fn same_metadata(given: &Metadata, found: &Metadata) -> Result<()> {
    match given == found {
        true => Ok(()),
        false => Err(Error::argument("the schema given has other metadata than that of the input")),
    }
}

fn same_children(given: &[Field], found: &[Field]) -> Result<()> {
    if given.len() != found.len() {
        return Err(differs("a number of fields of", given.len(), found.len()));
    }
    given.iter().zip(found).try_for_each(|(given, found)| same(given, found).map_err(|e| e.in_field(&found.name)))
}

fn same(given: &Field, found: &Field) -> Result<()> {
    if given.name != found.name {
        let [given, found] = [given, found].map(|field| format!("\"{}\"", String::from_utf8_lossy(&field.name)));
        return Err(differs("a field named", given, found));
    }
    if given.data_type != found.data_type {
        return Err(differs("the type", &given.data_type, &found.data_type));
    }
    if given.nullable != found.nullable {
        let [given, found] = [given, found].map(|field| if field.nullable { "nullable" } else { "not nullable" });
        return Err(differs("a field that is", given, found));
    }
    let [mine, theirs] = [given, found].map(|field| field.dictionary.as_ref().map(|d| (d.index, d.ordered)));
    if mine != theirs {
        let [mine, theirs] = [mine, theirs].map(|dictionary| match dictionary {
            None => "none".to_owned(),
            Some((index, ordered)) => {
                let sign = if index.signed { "" } else { "u" };
                format!("{}{sign}int{}", if ordered { "ordered " } else { "" }, index.bits)
            }
        });
        return Err(differs("the dictionary indices", mine, theirs));
    }
    same_metadata(&given.metadata, &found.metadata)?;
    same_children(&given.children, &found.children)
}
