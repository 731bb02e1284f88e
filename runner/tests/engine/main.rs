//! The engine, with deliberately faulty adapters.
//!
//! Every fault must cost its own cells only, and be told apart from every other.

mod adapters;
mod append;
mod archery;
mod beginnings;
mod bytes;
mod cases;
mod command_line;
mod comparisons;
mod coverage;
mod echo;
mod emit;
mod expectations;
mod faults;
mod filters;
mod github;
mod json_schema;
mod junit;
mod killing;
mod manual;
mod messages;
mod proof;
mod reports;
mod routes;
mod samples;
mod schemas;
mod seeded_faults;
mod setup;
mod shards;
mod status;
mod tables;
mod tap;
mod transcripts;
