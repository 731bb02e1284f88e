//! Known failures as an exact contract: `docs/adapters.md`, "Known failures".

pub mod additions;
pub mod agreement;
pub mod contract;
pub mod file;
pub mod lint;
pub mod update;
