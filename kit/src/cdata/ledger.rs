//! The schemas and arrays that the kit handed out and that are not released yet, and what consumers do wrong with them.
//!
//! `private_data` holds the number of an entry in place of a pointer: so a structure that is released twice, or used
//! after its release, is told from a live one without touching memory that is gone.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::abi::{ArrowArray, ArrowSchema};
use super::faults;

/// The number of a structure. No two structures of a process have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(usize);

static NEXT: AtomicUsize = AtomicUsize::new(1);

impl Ticket {
    pub(super) const NONE: Ticket = Ticket(0);

    pub(super) fn next() -> Self {
        Ticket(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// As `private_data`, which is never followed.
    pub(super) fn private_data(self) -> *mut c_void {
        ptr::without_provenance_mut(self.0)
    }

    pub(super) fn of(private_data: *mut c_void) -> Self {
        Ticket(private_data.addr())
    }
}

type Release<S> = unsafe extern "C" fn(*mut S);

/// A schema or an array.
pub(super) trait Structure: Sized {
    /// What messages call it.
    const KIND: &'static str;
    fn empty() -> Self;
    fn callback(&mut self) -> &mut Option<Release<Self>>;
    fn ticket(&self) -> Ticket;
}

impl Structure for ArrowSchema {
    const KIND: &'static str = "schema";

    fn empty() -> Self {
        ArrowSchema::released()
    }

    fn callback(&mut self) -> &mut Option<Release<Self>> {
        &mut self.release
    }

    fn ticket(&self) -> Ticket {
        Ticket::of(self.private_data)
    }
}

impl Structure for ArrowArray {
    const KIND: &'static str = "array";

    fn empty() -> Self {
        ArrowArray::released()
    }

    fn callback(&mut self) -> &mut Option<Release<Self>> {
        &mut self.release
    }

    fn ticket(&self) -> Ticket {
        Ticket::of(self.private_data)
    }
}

/// The structures of one kind. With each lies what it owns, which goes when it is released.
pub(super) struct Ledger<S, T>(Mutex<Entries<S, T>>);

struct Entries<S, T> {
    live: BTreeMap<Ticket, Entry<S, T>>,
    /// Tickets below are of structures that were told of as forgotten.
    told: Ticket,
}

struct Entry<S, T> {
    /// Memory that the structure points to.
    memory: T,
    /// Children, and the dictionary.
    owned: Vec<*mut S>,
    parent: Option<Parent<S>>,
}

/// Of a child or a dictionary.
pub(super) struct Parent<S> {
    ticket: Ticket,
    /// The struct that the parent points to, from `Box::into_raw`: a struct elsewhere was moved there.
    home: *mut S,
    /// Whether it is the parent who is releasing the structure.
    releasing: bool,
}

// SAFETY: the pointers are the entry's own, and followed only by the thread that took the entry out.
unsafe impl<S, T: Send> Send for Entry<S, T> {}

impl<S: Structure, T> Ledger<S, T> {
    pub(super) const fn new() -> Self {
        Ledger(Mutex::new(Entries { live: BTreeMap::new(), told: Ticket::NONE }))
    }

    fn lock(&self) -> MutexGuard<'_, Entries<S, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a structure, whose children and dictionary are `owned`, each from [`Ledger::place`].
    pub(super) fn enter(&self, ticket: Ticket, memory: T, owned: Vec<*mut S>, parent: Option<Parent<S>>) {
        self.lock().live.insert(ticket, Entry { memory, owned, parent });
    }

    /// Puts what `export` makes where the structure of `parent` can point to it.
    pub(super) fn place(parent: Ticket, export: impl FnOnce(Parent<S>) -> S) -> *mut S {
        let home = Box::into_raw(Box::new(S::empty()));
        let exported = export(Parent { ticket: parent, home, releasing: false });
        // SAFETY: just made; what lay there is released and needs no drop.
        unsafe { ptr::write(home, exported) };
        home
    }

    /// What `look` makes of the memory of a live structure. It must not use the ledger.
    pub(super) fn with<R>(&self, ticket: Ticket, look: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.lock().live.get_mut(&ticket).map(|entry| look(&mut entry.memory))
    }

    /// The body of a release callback: marks the structure, releases what it owns, and gives its memory back.
    ///
    /// # Safety
    ///
    /// `structure` is of this ledger, possibly moved since. If it was released before, that is noted, and nothing done.
    pub(super) unsafe fn release(&self, structure: &mut S) -> Option<T> {
        *structure.callback() = None;
        let Some(Entry { memory, owned, parent }) = self.lock().live.remove(&structure.ticket()) else {
            let message = format!("the consumer released an already released {}, or two copies of it", S::KIND);
            faults::note("cdata-release-called-once", message);
            return None;
        };
        if let Some(Parent { releasing: false, home, ticket }) = parent {
            if ptr::eq(home, structure) {
                let message = format!("the consumer released the {} of a child or dictionary by itself", S::KIND);
                faults::note("cdata-release-called-once", message);
            } else if self.lock().live.contains_key(&ticket) {
                let message = format!("the consumer moved the {} of a child out and kept its parent", S::KIND);
                faults::note("cdata-move-child", message);
            }
        }
        for child in owned {
            // SAFETY: made by `place`, and freed here alone. A dropped structure that is released does nothing.
            unsafe {
                self.release_for_parent(child);
                drop(Box::from_raw(child));
            }
        }
        Some(memory)
    }

    /// Releases a child or dictionary as its parent does; one that was moved out is left alone.
    ///
    /// # Safety
    ///
    /// `child` points to a structure of this ledger.
    pub(super) unsafe fn release_for_parent(&self, child: *mut S) {
        // SAFETY: by the caller's promise.
        let child = unsafe { &mut *child };
        let Some(release) = *child.callback() else { return };
        if let Some(entry) = self.lock().live.get_mut(&child.ticket()) {
            entry.parent.iter_mut().for_each(|parent| parent.releasing = true);
        }
        // SAFETY: not released yet.
        unsafe { release(child) }
    }

    /// Number of live structures that no live structure owns, of those that were made since the last call.
    pub(super) fn forgotten(&self) -> usize {
        let mut entries = self.lock();
        let Entries { live, told } = &mut *entries;
        let lone = |entry: &Entry<S, T>| entry.parent.as_ref().is_none_or(|parent| !live.contains_key(&parent.ticket));
        let count = live.range(*told..).filter(|(_, entry)| lone(entry)).count();
        *told = Ticket::next();
        count
    }
}
