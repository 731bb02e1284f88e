//! Known failures as an exact contract: `docs/adapters.md`, "Known failures".

pub mod additions;
pub mod agreement;
pub mod contract;
pub mod deaths;
pub mod file;
pub mod kinds;
pub mod lint;
pub mod update;
