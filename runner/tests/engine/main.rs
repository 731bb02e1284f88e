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
mod coverage;
mod echo;
mod emit;
mod expectations;
mod faults;
mod filters;
mod killing;
mod messages;
mod proof;
mod reports;
mod routes;
mod schemas;
mod seeded_faults;
mod setup;
mod transcripts;
