//! Flatbuffers without generated code: bytes ↔ [`Table`](super::tree::Table) by the tables of [`super::format`].

pub mod read;
pub mod write;
