//! Running cells: (variant, producer, consumer).
//!
//! Bytes are produced once per (variant, producer) and named by their SHA-256; a consumer reads the same bytes in the same
//! way once. Every adapter has processes of its own, so that none costs another a cell.

pub mod consume;
pub mod engine;
mod evidence;
pub mod keep;
pub mod limit;
pub mod participant;
pub mod produce;
pub mod producer;
pub mod reading;
pub mod repro;
pub mod result;
mod rewritten;
pub mod select;
