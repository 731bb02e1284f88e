//! Schemas in both directions.

mod export;
mod import;

pub use export::export_schema;
pub(super) use export::{SCHEMAS, keep};
pub use import::import_schema;
