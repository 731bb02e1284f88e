//! The judge reader: streams and files → canonical values, and every rule of the format that a reader finds broken.
//!
//! It is what the suite goes by where nobody but the suite wrote the bytes: simple rather than fast, and without code of libarrowipc. It
//! goes on behind a violation as long as what follows is clear, so that an input's faults are all found at once.
//!
//! | module | does |
//! |---|---|
//! | `stream`, `file` | the order in which messages are read |
//! | `messages` | framing, versions, headers |
//! | `schema`, `types`, `plan` | Schema table → canonical schema, and what decoding goes by |
//! | `batches`, `dictionaries` | what is known while messages are read |
//! | `reader` | one record batch after the other, for inputs of any size |
//! | `array`, `buffer`, `part` | nodes and buffers → arrays, and some slots of these |
//! | `structure` | lengths of buffers and children |
//! | `values` | arrays → values |
//! | `tensors` | tensor messages, which are no streams |
//! | `clauses`, `report`, `budget` | what is broken, where, and how much is too much |

mod array;
mod batches;
mod budget;
mod buffer;
mod clauses;
mod dictionaries;
mod file;
mod messages;
mod part;
mod plan;
mod reader;
mod report;
mod schema;
mod stream;
mod structure;
mod tensors;
#[cfg(test)]
mod tests;
mod types;
mod values;

use arrowipc_kit::value::{Document, Schema};

use super::tree::Table;
use super::violation::Violation;
use crate::case::options::Format;
pub use batches::RecordBatch;
pub use reader::Reader;
pub use report::Halt;
use report::Report;
pub use tensors::{TensorReading, read as read_tensors};

/// What an input holds.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Schema and batches. None if a batch could not be decoded, or if the input ends where it must not; violations, unless it is too
    /// large, say why. A document may have violations all the same: of rules without which its values are clear.
    pub document: Option<Document>,
    /// Without a document: the schema and the batches in front of the first that could not be decoded. None if there is no schema.
    pub before: Option<Document>,
    /// The rules that the bytes break, in the order in which they were found.
    pub violations: Vec<Violation>,
    /// Whether reading ended because the values are more than the reader is willing to hold, which breaks no rule.
    pub too_large: bool,
}

/// Reads a whole input. Hostile bytes cost no more time and memory than honest ones of the same size, up to a fixed budget.
pub fn read(bytes: &[u8], format: Format) -> Reading {
    match Reader::open(bytes, format) {
        Ok(reader) => reader.read_all(),
        Err(violations) => Reading { violations, ..Reading::default() },
    }
}

/// A Schema table in canonical form; `None` if its batches cannot be decoded.
pub fn schema(table: &Table) -> Option<Schema> {
    schema::read(table, "schema", &mut Report::default()).map(|plan| plan.schema)
}
