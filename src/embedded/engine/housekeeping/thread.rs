//! The thread that keeps house.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::embedded::engine::Engine;
use crate::mql::{Interrupt, Result};

/// How often it looks whether something is due.
const STEP: Duration = Duration::from_millis(500);

/// How often sessions and history are looked at.
const SLOW_MILLIS: i64 = 10_000;

/// What wakes and stops the thread.
#[derive(Debug, Default)]
pub(in crate::embedded::engine) struct Housekeeper {
    stopping: AtomicBool,
    /// Stops what the engine does by itself.
    pub(in crate::embedded::engine) interrupt: Interrupt,
    /// Whether something was dropped.
    dropped: Mutex<bool>,
    wake: Condvar,
    pub(super) ttl_seconds: AtomicU64,
    pub(super) last_ttl: AtomicI64,
    last_slow: AtomicI64,
    /// How many times the TTL monitor has run, and how many documents it has removed.
    pub ttl_passes: AtomicU64,
    pub ttl_deleted: AtomicU64,
}

impl Engine {
    /// Starts the thread; it ends with the engine.
    pub(in crate::embedded::engine) fn start_housekeeper(self: &Arc<Self>) {
        let engine = Arc::downgrade(self);
        let started = std::thread::Builder::new()
            .name("housekeeper".to_owned())
            .spawn(move || run(&engine));
        if let Err(e) = started {
            tracing::error!(%e, "no thread for expiry");
        }
    }

    /// Something was dropped.
    pub(in crate::embedded::engine) fn wake_housekeeper(&self) {
        self.set_dropped();
        self.housekeeper.wake.notify_all();
    }

    fn set_dropped(&self) {
        *self
            .housekeeper
            .dropped
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Ends the thread soon, and what it does.
    pub fn stop(&self) {
        self.housekeeper.stopping.store(true, Ordering::Release);
        self.housekeeper.interrupt.kill();
        self.housekeeper.wake.notify_all();
    }

    pub(in crate::embedded::engine) fn is_stopping(&self) -> bool {
        self.housekeeper.stopping.load(Ordering::Acquire)
    }

    /// Does what is due.
    ///
    /// # Errors
    /// What the disk says; the rest is done the next time.
    pub fn keep_house(self: &Arc<Self>) -> Result<()> {
        self.abort_expired();
        let dropped = {
            let mut dropped = self
                .housekeeper
                .dropped
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *dropped)
        };
        if dropped && let Err(e) = self.purge() {
            // What is left is removed the next time.
            self.set_dropped();
            return Err(e);
        }
        let now = self.now_millis();
        let due = |last: &AtomicI64, every: i64| {
            let is_due = now - last.load(Ordering::Relaxed) >= every;
            if is_due {
                last.store(now, Ordering::Relaxed);
            }
            is_due
        };
        if due(&self.housekeeper.last_slow, SLOW_MILLIS) {
            self.forget_idle_sessions()?;
            self.trim_oplog()?;
            self.note_oplog_size()?;
        }
        let seconds = self.housekeeper.ttl_seconds.load(Ordering::Relaxed);
        let every = i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000);
        if seconds > 0 && due(&self.housekeeper.last_ttl, every) {
            self.expire_documents()?;
        }
        Ok(())
    }
}

fn run(engine: &Weak<Engine>) {
    loop {
        let Some(engine) = engine.upgrade() else {
            return;
        };
        if engine.is_stopping() {
            return;
        }
        let kept = engine.keep_house();
        if let Err(e) = &kept {
            tracing::warn!(error = %e, "housekeeping");
        }
        let dropped = engine
            .housekeeper
            .dropped
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // What has failed is not tried again at once.
        if (!*dropped || kept.is_err()) && !engine.is_stopping() {
            drop(engine.housekeeper.wake.wait_timeout(dropped, STEP));
        }
    }
}
