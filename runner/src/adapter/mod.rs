//! Adapters: how they are described, set up, started and spoken to.

pub mod claims;
pub mod hosted;
pub mod lines;
pub mod manifest;
pub mod message;
pub mod pool;
pub mod process;
pub mod setup;
mod spawn;
