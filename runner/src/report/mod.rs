//! The report of a run: `report.jsonl` for programs, a summary for people.

pub mod human;
pub mod line;
pub mod reader;
pub mod writer;
