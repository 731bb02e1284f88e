//! Known failures as an exact contract: `docs/adapters.md`, "Known failures".

pub mod contract;
pub mod file;
