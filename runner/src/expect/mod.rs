//! Known failures as an exact contract: `docs/adapters.md`, "Known failures".

pub mod agreement;
pub mod contract;
pub mod file;
