//! What a command gives to everything that is evaluated in it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bson::{Bson, Timestamp};

use super::error::{Error, Result, code};

/// What a command gives to everything that is evaluated in it: its time, its variables, its chance, and
/// the way to stop it. Cheap to clone.
#[derive(Clone)]
pub struct Env {
    /// `$$NOW`, the same for the whole command.
    pub now: bson::DateTime,
    /// `$$CLUSTER_TIME`.
    pub cluster_time: Option<Timestamp>,
    /// The variables of the command's `let`, of a `$lookup`'s `let` and the like, already evaluated.
    /// `None` is a variable that is declared and missing. A later one hides an earlier one of its name.
    pub variables: Vec<(Arc<str>, Option<Bson>)>,
    /// Numbers in `[0, 1)`, for `$rand` and `$sample`; injected so that tests are repeatable.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// The way to stop it.
    pub interrupt: Interrupt,
    /// Whether what needs much memory may go to disk (`allowDiskUse`).
    pub allow_disk_use: bool,
    /// Where it may go.
    pub spill_dir: Option<Arc<std::path::Path>>,
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Env")
            .field("now", &self.now)
            .field("variables", &self.variables)
            .finish_non_exhaustive()
    }
}

impl Env {
    /// An environment without variables, at a time.
    #[must_use]
    pub fn at(now: bson::DateTime) -> Self {
        Self {
            now,
            cluster_time: None,
            variables: Vec::new(),
            random: Arc::new(|| 0.5),
            interrupt: Interrupt::default(),
            allow_disk_use: true,
            spill_dir: None,
        }
    }

    /// The same with one more variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: Option<Bson>) -> Self {
        self.variables.push((name.into(), value));
        self
    }

    /// A variable's value: the outer option says whether it is declared, the inner one whether it has a
    /// value.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Option<Bson>> {
        let found = self.variables.iter().rev().find(|(n, _)| &**n == name);
        found.map(|(_, value)| value)
    }
}

/// The way to stop a command: `killOp`, a client that is gone, `maxTimeMS`. Long loops call
/// [`Interrupt::check`] once per document. Clones are one and the same.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    killed: AtomicBool,
    /// In nanoseconds since [`epoch`]; 0 is none.
    deadline: AtomicU64,
}

/// What deadlines are counted from.
fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

impl Interrupt {
    /// One of its own, with a deadline (`maxTimeMS`).
    #[must_use]
    pub fn with_deadline(deadline: Option<Instant>) -> Self {
        let interrupt = Self::default();
        interrupt.set_deadline(deadline);
        interrupt
    }

    /// The time is up then, from now on: a cursor gets another one with every command that reads it.
    pub fn set_deadline(&self, deadline: Option<Instant>) {
        let nanos = deadline.map_or(0, |deadline| {
            let since = deadline.saturating_duration_since(epoch());
            u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).max(1)
        });
        self.state.deadline.store(nanos, Ordering::Relaxed);
    }

    /// When the time is up.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.state.deadline.load(Ordering::Relaxed) {
            0 => None,
            nanos => epoch().checked_add(Duration::from_nanos(nanos)),
        }
    }

    /// Stops the command at its next check.
    pub fn kill(&self) {
        self.state.killed.store(true, Ordering::Relaxed);
    }

    /// Whether the command may go on.
    ///
    /// # Errors
    /// `Interrupted` (11601) when it was killed, `MaxTimeMSExpired` (50) when its time is up.
    pub fn check(&self) -> Result<()> {
        if self.state.killed.load(Ordering::Relaxed) {
            return Err(Error::new(code::INTERRUPTED, "operation was interrupted"));
        }
        match self.deadline() {
            Some(deadline) if Instant::now() >= deadline => Err(Error::new(
                code::MAX_TIME_MS_EXPIRED,
                "operation exceeded time limit",
            )),
            _ => Ok(()),
        }
    }
}
