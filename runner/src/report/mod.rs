//! The report of a run: `report.jsonl` for programs, a summary and a page for people.

pub mod glossary;
pub mod html;
pub mod human;
pub mod line;
pub mod reader;
pub mod writer;
