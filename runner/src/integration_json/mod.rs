//! The JSON of Arrow's integration tests ↔ canonical values.
//!
//! The format is that of `docs/source/format/Integration.rst` in apache/arrow, as archery writes it; where the two differ, both are
//! read. The JSON describes buffers; here they become the values that they mean, so that the gold files of arrow-testing
//! can be compared with what an implementation reads, and the other way round, so that other projects' tests can take cases.
//!
//! | module | holds |
//! |---|---|
//! | `input` | the JSON as it is written |
//! | `schema` | fields and types |
//! | `values` | buffers → values, dictionaries looked up |
//! | `output` | canonical values → the JSON: schema and types |
//! | `columns` | values → buffers, dictionaries collected |

mod columns;
mod input;
mod output;
mod schema;
mod values;

use std::fmt;

use arrowipc_kit::value::{Batch, Data, Document};

pub use output::{Inexpressible, write};
use schema::Node;
use values::Dictionaries;

/// What is wrong with integration JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    place: String,
    expected: String,
    found: String,
}

impl Error {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { place: String::new(), expected: expected.into(), found: found.into() }
    }

    /// Puts a key before the place.
    fn at_key(self, key: &str) -> Self {
        Self { place: format!(".{key}{}", self.place), ..self }
    }

    /// Puts a position before the place.
    fn at_index(self, index: usize) -> Self {
        Self { place: format!("[{index}]{}", self.place), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}: expected {}, found {}", self.place, self.expected, self.found)
    }
}

impl std::error::Error for Error {}

/// Reads a whole integration JSON file.
pub fn read(json: &[u8]) -> Result<Document, Error> {
    let file: input::File =
        serde_json::from_slice(json).map_err(|error| Error::new("integration JSON", error.to_string()))?;
    let schema = file.schema.canonical()?;
    // From here on a field has as many children as its type needs.
    schema.check().map_err(|error| Error::new("a schema whose fields have their children", error.to_string()))?;
    let nodes =
        file.schema.fields.iter().zip(&schema.fields).map(|(input, field)| Node::new(input, field)).collect::<Vec<_>>();
    let dictionaries = Dictionaries::read(&nodes, &file.dictionaries)?;
    let batches = file
        .batches
        .iter()
        .enumerate()
        .map(|(index, batch)| {
            let columns =
                dictionaries.columns(&nodes, batch).map_err(|error| error.at_index(index).at_key("batches"))?;
            Ok(Batch { rows: batch.count, columns: columns.into_iter().map(Into::into).collect(), ..Batch::default() })
        })
        .collect::<Result<_, Error>>()?;
    let document = Document { schema, data: Data::Batches(batches) };
    document.check().map_err(|error| Error::new("a schema and batches that fit", error.to_string()))?;
    Ok(document)
}

#[cfg(test)]
mod tests;
