//! The report of a run: `report.jsonl` for programs, a summary and a page for people, and what is made of it for others.

pub mod badge;
pub mod claims;
pub mod clip;
pub mod compare;
pub mod csv;
pub mod folder;
pub mod github;
pub mod glossary;
pub mod html;
pub mod human;
pub mod junit;
pub mod line;
pub mod markdown;
pub mod matrix;
pub mod merge;
pub mod outcome;
pub mod reader;
pub mod share;
pub mod status;
pub mod tap;
pub mod writer;
pub mod xml;
