//! The end of the history, for those who wait for more.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bson::Timestamp;

use super::OplogReader;
use crate::embedded::storage::Store;
use crate::mql::{Interrupt, Result};

/// The history: its ends, its readers and those who wait for more.
#[derive(Debug)]
pub struct Oplog {
    store: Store,
    ends: Mutex<Ends>,
    more: Condvar,
}

/// How often a waiter looks whether it was killed. A write wakes it at once.
const KILL_CHECK: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy)]
struct Ends {
    oldest: Timestamp,
    last: Timestamp,
    bytes: u64,
    /// How many wait for more.
    waiting: usize,
}

impl Oplog {
    pub(in crate::embedded::engine) fn new(
        store: Store,
        oldest: Timestamp,
        last: Timestamp,
        bytes: u64,
    ) -> Self {
        let ends = Mutex::new(Ends {
            oldest,
            last,
            bytes,
            waiting: 0,
        });
        Self {
            store,
            ends,
            more: Condvar::new(),
        }
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time of the last entry.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.ends().last
    }

    /// The time from which on the history is whole: nothing at or after it is gone.
    #[must_use]
    pub fn oldest(&self) -> Timestamp {
        self.ends().oldest
    }

    /// How many bytes the entries have.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.ends().bytes
    }

    /// The time of the last entry, and how many bytes there are up to it.
    pub(in crate::embedded::engine) fn size(&self) -> (Timestamp, u64) {
        let ends = self.ends();
        (ends.last, ends.bytes)
    }

    /// What happened after a time, in order, up to now. Owned; entries that are trimmed while it reads are
    /// still there for it.
    #[must_use]
    pub fn read_after(&self, after: Timestamp) -> OplogReader {
        OplogReader::after(&self.store.snapshot(), after)
    }

    /// The same with what happened at that very time.
    #[must_use]
    pub fn read_from(&self, from: Timestamp) -> OplogReader {
        OplogReader::from(&self.store.snapshot(), from)
    }

    /// Waits until there is an entry after a time: true at once when there is, false when the deadline
    /// comes first.
    ///
    /// # Errors
    /// When the waiter is interrupted.
    pub fn wait_beyond(
        &self,
        after: Timestamp,
        deadline: Option<Instant>,
        interrupt: &Interrupt,
    ) -> Result<bool> {
        let mut ends = self.ends();
        loop {
            if ends.last > after {
                return Ok(true);
            }
            interrupt.check()?;
            let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(false);
            }
            let wait = left.map_or(KILL_CHECK, |left| left.min(KILL_CHECK));
            ends.waiting += 1;
            let woken = self.more.wait_timeout(ends, wait);
            ends = woken.unwrap_or_else(PoisonError::into_inner).0;
            ends.waiting -= 1;
        }
    }

    /// Wakes all waiters, so that they look whether they were interrupted.
    pub fn wake(&self) {
        self.more.notify_all();
    }

    /// Entries up to a time are visible now.
    pub(in crate::embedded::engine) fn advance(&self, last: Timestamp, bytes: u64) {
        let mut ends = self.ends();
        ends.last = last;
        ends.bytes += bytes;
        let waiting = ends.waiting;
        drop(ends);
        // Waking nobody is a call of the system, too.
        if waiting > 0 {
            self.more.notify_all();
        }
    }

    /// Entries that were to go are still there: the disk did not take their removal.
    pub(in crate::embedded::engine) fn kept(&self, oldest: Timestamp, bytes: u64) {
        let mut ends = self.ends();
        ends.oldest = oldest;
        ends.bytes = ends.bytes.saturating_add(bytes);
    }

    /// Entries before a time are gone.
    pub(in crate::embedded::engine) fn trimmed(&self, oldest: Timestamp, bytes: u64) {
        let mut ends = self.ends();
        ends.oldest = oldest;
        ends.bytes = ends.bytes.saturating_sub(bytes);
    }
}
