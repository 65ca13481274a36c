//! What a stream's task and its lanes share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::depth::Depths;
use super::queue::{Place, Queue};
use crate::diag::Diagnostic;
use crate::stream::handler::Failure;
use crate::stream::host::Counters;
use crate::stream::observer::{Notice, Observer};
use crate::stream::program::Version;

/// What the lanes of one run of a stream have in common.
pub struct Shared {
    /// The stream's name.
    pub stream: String,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
    /// How deep the effects of this process's batches are.
    pub depths: Arc<Depths>,
    /// How each generation does.
    pub outcomes: Outcomes,
    /// Where lanes tell what the stream's task has to know.
    pub reports: UnboundedSender<Report>,
    /// Ends calls to the database that are under way.
    pub cancel: CancellationToken,
    stop: AtomicU8,
}

/// What a lane tells the stream's task.
#[derive(Debug)]
pub enum Report {
    /// Its handler has started.
    Started(u32),
    /// Another version took over in a lane.
    Took(u32, String),
    /// Another version cannot be used.
    Refused(Box<Diagnostic>),
    /// Letters that were to be delivered again are done, one way or the other.
    Redelivered,
    /// Its thread has ended.
    Ended(u32, End),
}

/// Why a lane ended.
#[derive(Debug, Clone)]
pub enum End {
    /// It was asked to.
    Asked,
    /// Another owner runs the stream.
    Fenced(String),
    /// Its handler cannot be made, or did not start.
    Program(Box<Diagnostic>),
    /// An event failed, and the policy is to stop.
    Failed(Box<Failure>),
    /// The server refuses what has to be written.
    Refused(crate::client::ClientError),
    /// Its thread panicked.
    Bug(String),
}

const GO_ON: u8 = 0;
const DRAIN: u8 = 1;
const ABANDON: u8 = 2;

impl Shared {
    /// For a run that begins.
    #[must_use]
    pub fn new(
        counters: Arc<Counters>,
        observer: Arc<dyn Observer>,
        depths: Arc<Depths>,
        reports: UnboundedSender<Report>,
    ) -> Self {
        Self {
            stream: counters.id().to_string(),
            counters,
            observer,
            depths,
            outcomes: Outcomes::default(),
            reports,
            cancel: CancellationToken::new(),
            stop: AtomicU8::new(GO_ON),
        }
    }

    /// Lanes end once the events at hand are done.
    pub fn drain(&self) {
        let _ = self.stop.compare_exchange(GO_ON, DRAIN, SeqCst, SeqCst);
    }

    /// Lanes end now, and commit nothing any more.
    pub fn abandon(&self) {
        self.stop.store(ABANDON, SeqCst);
        self.cancel.cancel();
    }

    /// Whether lanes are to end.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.stop.load(SeqCst) != GO_ON
    }

    /// Whether nothing may be committed any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.stop.load(SeqCst) == ABANDON
    }

    /// Tells what happened.
    pub fn tell(&self, notice: &Notice) {
        self.observer.notice(notice);
    }
}

/// What belongs to one lane, seen from both sides.
#[derive(Default)]
pub struct Line {
    /// Its work.
    pub queue: Queue,
    edited: AtomicBool,
    edit: Mutex<Option<Arc<dyn Version>>>,
    place: Mutex<Option<Place>>,
}

impl Line {
    /// One whose checkpoint is at `place`.
    #[must_use]
    pub fn at(place: Option<Place>) -> Self {
        let line = Self::default();
        *lock(&line.place) = place;
        line
    }

    /// A version that is to take over between two events.
    pub fn hand_over(&self, version: Arc<dyn Version>) {
        *lock(&self.edit) = Some(version);
        self.edited.store(true, SeqCst);
        self.queue.nudge();
    }

    /// Whether one waits.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.edited.load(SeqCst)
    }

    /// The version that waits.
    pub fn take_edit(&self) -> Option<Arc<dyn Version>> {
        self.edited.store(false, SeqCst);
        lock(&self.edit).take()
    }

    /// Where its checkpoint is.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        lock(&self.place).clone()
    }

    /// Its checkpoint is here now.
    pub fn moved(&self, place: Place) {
        *lock(&self.place) = Some(place);
    }
}

/// How often handlers of each generation succeeded and failed.
#[derive(Debug, Default)]
pub struct Outcomes(Mutex<HashMap<String, Outcome>>);

/// How one generation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Events that were handled.
    pub handled: u64,
    /// Tries that failed, for which the handler is to blame.
    pub failed: u64,
}

impl Outcomes {
    /// More of them.
    pub fn add(&self, generation: &str, handled: u64, failed: u64) {
        let mut all = lock(&self.0);
        if !all.contains_key(generation) {
            all.insert(generation.to_string(), Outcome::default());
        }
        if let Some(outcome) = all.get_mut(generation) {
            outcome.handled += handled;
            outcome.failed += failed;
        }
    }

    /// All so far.
    #[must_use]
    pub fn of(&self, generation: &str) -> Outcome {
        lock(&self.0).get(generation).copied().unwrap_or_default()
    }

    /// Counts from nothing again.
    pub fn forget(&self, generation: &str) {
        lock(&self.0).remove(generation);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
