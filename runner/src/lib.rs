//! The Arrow IPC conformance suite: the engine behind the command `arrowipc`.
//!
//! Data flows one way: cases are loaded and expanded ([`case`]), adapters produce and consume ([`adapter`], [`run`]), the
//! judge compares with the case ([`judge`]), verdicts are held against what is known ([`expect`]), and all of it is
//! reported ([`report`]). [`session`] puts these together, [`cli`] is the command line over it.

pub mod adapter;
pub mod archery;
pub mod case;
pub mod cli;
pub mod command;
pub mod corpus;
pub mod coverage;
pub mod expect;
pub mod faults;
pub mod filter;
pub mod glob;
pub mod hash;
pub mod integration_json;
pub mod judge;
pub mod library;
pub mod progress;
pub mod proof;
pub mod report;
pub mod run;
pub mod session;
pub mod template;
pub mod wire;
pub mod workspace;
