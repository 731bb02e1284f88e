//! What an adapter says of a request beside its result.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value as Json};

use super::Failure;
use crate::value::Metadata;

/// A request that is being answered. Clones are the same call, for streams to hold.
#[derive(Debug, Clone, Default)]
pub struct Call(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    refusal: Option<Failure>,
    facts: Map<String, Json>,
    members: Map<String, Json>,
    metadata: BTreeMap<u64, Metadata>,
    /// Batches that the adapter was given or has given.
    batches: u64,
    rows: u64,
}

impl Call {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says why the callback that is running fails. It is that callback's failure when it fails now; the first one counts.
    pub fn refuse(&self, failure: Failure) {
        self.state().refusal.get_or_insert(failure);
    }

    /// Tells a fact of `docs/protocol.md`.
    pub fn fact(&self, name: &str, value: Json) {
        self.state().facts.insert(name.to_owned(), value);
    }

    /// Sets a member of the answer.
    pub fn answer(&self, name: &str, value: Json) {
        self.state().members.insert(name.to_owned(), value);
    }

    /// Metadata of a record batch that is written.
    pub fn batch_metadata(&self, batch: u64) -> Metadata {
        self.state().metadata.get(&batch).cloned().unwrap_or_default()
    }

    /// Sets the metadata of a record batch that is read, before the stream gives it away.
    pub fn set_batch_metadata(&self, batch: u64, metadata: Metadata) {
        self.state().metadata.insert(batch, metadata);
    }

    /// What was refused, once.
    pub(super) fn take_refusal(&self) -> Option<Failure> {
        self.state().refusal.take()
    }

    /// Counts a batch, and gives its metadata.
    pub(super) fn count(&self, rows: u64) -> Metadata {
        let mut state = self.state();
        let batch = state.batches;
        state.batches += 1;
        state.rows += rows;
        state.metadata.get(&batch).cloned().unwrap_or_default()
    }

    /// Batches and rows so far.
    pub(super) fn counted(&self) -> (u64, u64) {
        let state = self.state();
        (state.batches, state.rows)
    }

    /// Facts and members that were told.
    pub(super) fn told(&self) -> (Map<String, Json>, Map<String, Json>) {
        let mut state = self.state();
        (std::mem::take(&mut state.facts), std::mem::take(&mut state.members))
    }
}
