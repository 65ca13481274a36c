//! Taking a session out and giving it back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Retryable;
use crate::embedded::commands::SessionId;
use crate::embedded::engine::txn::Transaction;
use crate::mql::{Interrupt, Result};

/// How often one who waits for a session looks whether it was interrupted.
const CHECK: Duration = Duration::from_millis(20);

/// A session that has been used.
#[derive(Debug)]
pub(in crate::embedded::engine) struct Session {
    pub id: SessionId,
    /// When its last command came.
    pub last_use: AtomicI64,
    slot: Mutex<Slot>,
    free: Condvar,
}

#[derive(Debug)]
struct Slot {
    /// `None` while a command has it.
    state: Option<Box<SessionState>>,
    /// The way to stop the command that has it.
    user: Option<Interrupt>,
    /// Whether it has ended: its id stands for another session now.
    ended: bool,
    /// How many commands wait for it.
    waiting: usize,
}

/// What a session's transaction number stands for.
#[derive(Debug)]
pub(in crate::embedded::engine) struct SessionState {
    /// The greatest number that has been used; -1 before the first.
    pub number: i64,
    pub using: Use,
}

/// What a transaction number is used for.
#[derive(Debug)]
pub(in crate::embedded::engine) enum Use {
    /// For nothing yet; what the store knows of the session has not been read.
    Unknown,
    /// For nothing.
    Nothing,
    /// For a write that may be retried.
    Retryable(Box<Retryable>),
    /// For a transaction.
    Transaction(Box<Transaction>),
}

impl Session {
    pub fn new(id: SessionId, now: i64) -> Self {
        let state = SessionState {
            number: -1,
            using: Use::Unknown,
        };
        Self {
            id,
            last_use: AtomicI64::new(now),
            slot: Mutex::new(Slot {
                state: Some(Box::new(state)),
                user: None,
                ended: false,
                waiting: 0,
            }),
            free: Condvar::new(),
        }
    }

    pub fn touch(&self, now: i64) {
        self.last_use.store(now, Ordering::Relaxed);
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the session out; waits for the command that has it. None if it has ended.
    pub fn check_out(self: &Arc<Self>, interrupt: &Interrupt) -> Result<Option<Checkout>> {
        let mut slot = self.slot();
        loop {
            if slot.ended {
                return Ok(None);
            }
            if let Some(state) = slot.state.take() {
                slot.user = Some(interrupt.clone());
                return Ok(Some(Checkout {
                    session: self.clone(),
                    state: Some(state),
                }));
            }
            interrupt.check()?;
            slot.waiting += 1;
            let woken = self.free.wait_timeout(slot, CHECK);
            slot = woken.unwrap_or_else(PoisonError::into_inner).0;
            slot.waiting -= 1;
        }
    }

    /// Takes the session out if nobody has it and it has not ended.
    pub fn try_check_out(self: &Arc<Self>) -> Option<Checkout> {
        let mut slot = self.slot();
        if slot.ended {
            return None;
        }
        let state = slot.state.take()?;
        slot.user = None;
        Some(Checkout {
            session: self.clone(),
            state: Some(state),
        })
    }

    /// Stops the command that has it.
    pub fn interrupt(&self) {
        if let Some(user) = &self.slot().user {
            user.kill();
        }
    }
}

/// A session that a command has taken out; it goes back when this is dropped.
#[derive(Debug)]
pub(in crate::embedded::engine) struct Checkout {
    pub session: Arc<Session>,
    state: Option<Box<SessionState>>,
}

impl Checkout {
    pub fn state(&mut self) -> &mut SessionState {
        let fresh = || {
            Box::new(SessionState {
                number: -1,
                using: Use::Unknown,
            })
        };
        self.state.get_or_insert_with(fresh)
    }

    /// The session ends: who waits for it, or has found it before it was forgotten, gets another one.
    pub fn end(self) {
        self.session.slot().ended = true;
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let mut slot = self.session.slot();
        slot.state = self.state.take();
        slot.user = None;
        let (ended, waiting) = (slot.ended, slot.waiting);
        drop(slot);
        // Waking nobody is a call of the system, too.
        match ended {
            _ if waiting == 0 => {}
            true => self.session.free.notify_all(),
            false => self.session.free.notify_one(),
        }
    }
}
