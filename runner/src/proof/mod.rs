//! Adapters put to the proof: that they behave as `docs/protocol.md` says, and that they can do what they claim, no more and no less.

pub mod claims;
pub mod conduct;
mod scene;
mod simple;
