//! `topologyVersion`, and the hellos that wait for it to change.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bson::{Document, doc, oid::ObjectId};

use crate::mql::{Interrupt, Result};

/// The server's view of its one-member set: it changes only when the server stops.
#[derive(Debug)]
pub struct Topology {
    process: ObjectId,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    counter: i64,
    stopping: bool,
}

/// How often a waiting hello looks whether its client is gone.
const KILL_CHECK: Duration = Duration::from_millis(500);

impl Default for Topology {
    fn default() -> Self {
        Self {
            process: ObjectId::new(),
            state: Mutex::new(State {
                counter: 6,
                stopping: false,
            }),
            changed: Condvar::new(),
        }
    }
}

impl Topology {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of this run of the server.
    #[must_use]
    pub fn process(&self) -> ObjectId {
        self.process
    }

    /// The number of changes.
    #[must_use]
    pub fn counter(&self) -> i64 {
        self.state().counter
    }

    /// `{processId, counter}`
    #[must_use]
    pub fn version(&self) -> Document {
        doc! { "processId": self.process, "counter": self.counter() }
    }

    /// Whether the server stops.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.state().stopping
    }

    /// The server stops: all waiting hellos answer.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        state.counter += 1;
        self.changed.notify_all();
    }

    /// Waits until there is another version than this, or until the time is up.
    ///
    /// # Errors
    /// When the waiter is interrupted.
    pub fn wait(&self, known: i64, at_most: Duration, interrupt: &Interrupt) -> Result<()> {
        let until = Instant::now() + at_most;
        let mut state = self.state();
        while state.counter == known {
            interrupt.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let woken = self.changed.wait_timeout(state, left.min(KILL_CHECK));
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }
}
