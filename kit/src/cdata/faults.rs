//! What the kit noticed of the other side of the C Data Interface, until somebody asks.
//!
//! The list belongs to the process: release callbacks are called from anywhere, and have nobody to return an error to.

use std::sync::{Mutex, PoisonError};

use super::export::ARRAYS;
use super::schema::SCHEMAS;
use super::stream;

/// More than a person reads; a consumer that goes wrong may do so with every structure.
const MOST: usize = 100;

static NOTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps a fault, each text once. The clause is the one that was not kept.
pub(super) fn note(clause: &str, message: impl std::fmt::Display) {
    note_text(format!("{message} (clause {clause})"));
}

/// Keeps a fault whose text names its clause.
pub(super) fn note_text(text: String) {
    let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    if noted.len() < MOST && !noted.contains(&text) {
        noted.push(text);
    }
}

/// What was noticed since the last call, in order; each names its clause. To be called when everything that the kit
/// handed out should have been released: what has not been is a fault, told once.
pub fn take_faults() -> Vec<String> {
    let forgotten = [("schema", SCHEMAS.forgotten()), ("array", ARRAYS.forgotten()), ("stream", stream::forgotten())];
    for (kind, count) in forgotten.into_iter().filter(|(_, count)| *count > 0) {
        let clause = if kind == "stream" { "cstream-release" } else { "cdata-release-called-once" };
        let plural = if count == 1 { "" } else { "s" };
        note(clause, format_args!("the consumer has not released {count} {kind}{plural}"));
    }
    std::mem::take(&mut *NOTED.lock().unwrap_or_else(PoisonError::into_inner))
}
