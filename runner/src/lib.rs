//! The Arrow IPC conformance suite: the engine behind the command `arrowipc`.
//!
//! Data flows one way: cases are loaded and expanded ([`case`]), adapters produce and consume ([`adapter`], [`run`]), the
//! judge compares with the case ([`judge`]), verdicts are held against what is known ([`expect`]), and all of it is
//! reported ([`report`]). Real files are opened ([`input`]) and looked at ([`inspect`], [`validate`], [`cat`],
//! [`diff`]), saved ([`recover`]) and written anew
//! ([`convert`]). [`session`] puts these together, [`cli`] is the command line over it.

pub mod adapter;
pub mod archery;
pub mod beginnings;
pub mod case;
pub mod cat;
pub mod cli;
pub mod command;
pub mod convert;
pub mod corpus;
pub mod coverage;
pub mod diff;
pub mod expect;
pub mod faults;
pub mod filter;
pub mod glob;
pub mod hash;
pub mod input;
pub mod inspect;
pub mod integration_json;
pub mod judge;
pub mod library;
pub mod progress;
pub mod proof;
pub mod recover;
pub mod report;
pub mod run;
pub mod session;
pub mod validate;
pub mod wire;
pub mod workspace;
