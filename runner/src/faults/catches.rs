//! All faults on all inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::Serialize;

use super::file::Fault;
use super::subject::Subject;
use super::trial::caught;
use crate::judge::bytes::Clauses;

/// What catches a fault.
#[derive(Debug, Clone, Serialize)]
pub struct Catch {
    /// The fault.
    pub id: String,
    /// What it does wrong.
    pub does: String,
    /// `writer` or `reader`.
    pub side: &'static str,
    /// The cases that catch it.
    pub cases: BTreeSet<String>,
}

/// Tries every fault on every subject.
pub fn all(faults: &[Fault], subjects: &[Subject], clauses: &Clauses) -> Vec<Catch> {
    in_parallel(faults, |fault| catch(fault, subjects.iter().filter(|subject| caught(fault, subject, clauses))))
}

/// For every fault the first case that catches it, at most.
pub fn first(faults: &[Fault], subjects: &[Subject], clauses: &Clauses) -> Vec<Catch> {
    in_parallel(faults, |fault| {
        catch(fault, subjects.iter().find(|subject| caught(fault, subject, clauses)).into_iter())
    })
}

/// Faults of one side that the very same cases catch, and no other: nothing tells them apart. Whether it is a reader or a writer that
/// is wrong shows in any case.
pub fn alike(catches: &[Catch]) -> Vec<Vec<String>> {
    let mut by_cases: BTreeMap<(&str, &BTreeSet<String>), Vec<String>> = BTreeMap::new();
    for catch in catches.iter().filter(|catch| !catch.cases.is_empty()) {
        by_cases.entry((catch.side, &catch.cases)).or_default().push(catch.id.clone());
    }
    by_cases.into_values().filter(|ids| ids.len() > 1).collect()
}

fn catch<'a>(fault: &Fault, subjects: impl Iterator<Item = &'a Subject>) -> Catch {
    Catch {
        id: fault.id.clone(),
        does: fault.does.clone(),
        side: fault.how.side(),
        cases: subjects.map(|subject| subject.case.clone()).collect(),
    }
}

fn in_parallel(faults: &[Fault], make: impl Fn(&Fault) -> Catch + Sync) -> Vec<Catch> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let mut made: Vec<(usize, Catch)> = thread::scope(|scope| {
        let work = || {
            let mut made = Vec::new();
            while let Some((index, fault)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, faults.get(i)?)))
            {
                made.push((index, make(fault)));
            }
            made
        };
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let join =
            |running: thread::ScopedJoinHandle<'_, _>| running.join().unwrap_or_else(|panic| resume_unwind(panic));
        running.into_iter().flat_map(join).collect()
    });
    made.sort_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, catch)| catch).collect()
}
