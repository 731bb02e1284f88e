//! Threads that help one call with pieces of work that do not depend on each other.
//!
//! Whoever has time takes the next piece. The call takes pieces like its helpers and waits in the end for those that
//! were taken, never for a helper that has not come: on a busy machine that may be long.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// A piece of work: the number of the thread, 0 being the caller's, and that of the piece.
type Work<'w> = &'w (dyn Fn(usize, usize) + Sync);

/// Threads that wait for work. They start with the first call and end when this is dropped.
pub struct Workers {
    threads: usize,
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There is work, or the end.
    called: Condvar,
    /// Nobody works any more.
    done: Condvar,
}

#[derive(Default)]
struct State {
    /// Present while pieces are left to take.
    work: Option<Work<'static>>,
    next: usize,
    count: usize,
    /// Helpers that work on a piece.
    busy: usize,
    panic: Option<Box<dyn Any + Send>>,
    ended: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Pieces run without the lock, so nobody panics with it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on pieces until none is left. The lock is held before, after and between them.
    fn work_off<'s>(&'s self, mut state: MutexGuard<'s, State>, thread: usize) -> MutexGuard<'s, State> {
        while let Some(work) = state.work {
            let piece = state.next;
            state.next += 1;
            if state.next == state.count {
                state.work = None;
            }
            state.busy += 1;
            drop(state);
            let result = catch_unwind(AssertUnwindSafe(|| work(thread, piece)));
            state = self.lock();
            state.busy -= 1;
            if let Err(panic) = result {
                state.work = None;
                state.panic.get_or_insert(panic);
            }
        }
        state
    }

    fn help(&self, thread: usize) {
        let mut state = self.lock();
        while !state.ended {
            state = self.work_off(state, thread);
            if state.busy == 0 {
                self.done.notify_one();
            }
            if !state.ended && state.work.is_none() {
                state = self.called.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Workers {
    /// For calls that use up to so many threads, the caller's included.
    pub fn new(threads: usize) -> Self {
        Workers { threads: threads.max(1), shared: Arc::default(), helpers: Vec::new() }
    }

    /// How many threads work at most: what the first argument of the work is less than.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Does the pieces 0 to `count`, each once, and returns when all are done. A panic of one becomes one of this call,
    /// and pieces that nobody has taken by then stay undone.
    pub fn run(&mut self, count: usize, work: Work<'_>) {
        if self.threads == 1 || count < 2 {
            return (0..count).for_each(|piece| work(0, piece));
        }
        self.start();
        // SAFETY: only the lifetime changes. The reference is gone from the state when no piece is left, and nobody uses a
        // copy of it once `busy` is 0; this call does not end, nor unwind, before both are so.
        let work = unsafe { std::mem::transmute::<Work<'_>, Work<'static>>(work) };
        let mut state = self.shared.lock();
        (state.work, state.next, state.count) = (Some(work), 0, count);
        self.shared.called.notify_all();
        state = self.shared.work_off(state, 0);
        while state.busy > 0 {
            state = self.shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let panic = state.panic.take();
        drop(state);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Starts the helpers unless they run. Where the system gives no thread there are fewer.
    fn start(&mut self) {
        while self.helpers.len() + 1 < self.threads {
            let (shared, thread) = (Arc::clone(&self.shared), self.helpers.len() + 1);
            let helper = std::thread::Builder::new().name("arrowipc".to_owned());
            match helper.spawn(move || shared.help(thread)) {
                Ok(helper) => self.helpers.push(helper),
                Err(_) => self.threads = self.helpers.len() + 1,
            }
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.called.notify_all();
        for helper in self.helpers.drain(..) {
            // Panics of pieces were passed on by the call that they belonged to.
            let _ = helper.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    #[test]
    fn each_piece_is_done_once_whatever_the_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            let mut workers = Workers::new(threads);
            for count in [0, 1, 2, 100] {
                let done: Vec<_> = (0..count).map(|_| AtomicUsize::new(0)).collect();
                workers.run(count, &|thread, piece| {
                    assert!(thread < threads);
                    done[piece].fetch_add(1, Ordering::Relaxed);
                });
                assert!(done.iter().all(|times| times.load(Ordering::Relaxed) == 1), "{threads} {count}");
            }
        }
    }

    #[test]
    fn pieces_are_done_at_the_same_time() {
        // Each piece waits for the other one.
        let (to_first, from_second) = mpsc::sync_channel(1);
        let (to_second, from_first) = mpsc::sync_channel(1);
        let (from_first, from_second) = (Mutex::new(from_first), Mutex::new(from_second));
        Workers::new(2).run(2, &|_, piece| match piece {
            0 => {
                to_second.send(()).unwrap();
                from_second.lock().unwrap().recv().unwrap();
            }
            _ => {
                from_first.lock().unwrap().recv().unwrap();
                to_first.send(()).unwrap();
            }
        });
    }

    #[test]
    fn a_helper_that_has_not_come_is_not_waited_for() {
        let mut workers = Workers::new(2);
        // It looks like a helper that the system lets wait.
        workers.helpers.push(std::thread::spawn(|| {}));
        let done = AtomicUsize::new(0);
        workers.run(5, &|thread, _| {
            assert_eq!(thread, 0);
            done.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(done.load(Ordering::Relaxed), 5);
    }

    #[test]
    fn a_panic_of_a_piece_is_one_of_the_call_and_the_workers_go_on() {
        let mut workers = Workers::new(2);
        for bad in [0, 7] {
            let run = AssertUnwindSafe(|| workers.run(8, &|_, piece| assert_ne!(piece, bad)));
            assert!(catch_unwind(run).is_err());
        }
        let done = AtomicUsize::new(0);
        workers.run(8, &|_, _| {
            done.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(done.load(Ordering::Relaxed), 8);
    }
}
