//! What a stream counts: written by its lanes, read by whoever asks.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::stream::lane::queue::Place;
use crate::stream::letters::short;
use crate::stream::program::Version;
use crate::stream::spec::StreamSpec;
use crate::stream::status::{LastError, State, StreamStatus};

/// What a stream counts. Lanes add once a batch.
#[derive(Debug)]
pub struct Counters {
    id: String,
    state: AtomicU8,
    /// Whether this process holds the lease.
    pub(crate) lease: AtomicBool,
    /// The epoch of the lease.
    pub(crate) epoch: AtomicI64,
    /// Whether the source's cursor is open.
    pub(crate) open: AtomicBool,
    /// Events whose effects are committed.
    pub(crate) events: AtomicU64,
    /// Batches that are committed.
    pub(crate) batches: AtomicU64,
    /// Nanoseconds in handlers.
    pub(crate) handler_nanos: AtomicU64,
    /// Failed tries of handlers.
    pub(crate) failed: AtomicU64,
    /// Tries after the first.
    pub(crate) retried: AtomicU64,
    /// Events that were put aside.
    pub(crate) dead_letters: AtomicU64,
    /// Edits that took over.
    pub(crate) reloads: AtomicU64,
    /// Events read and not committed.
    pub(crate) queued: AtomicU64,
    /// Bytes of them.
    pub(crate) queued_bytes: AtomicU64,
    slow: Mutex<Slow>,
}

/// What changes seldom.
#[derive(Debug, Clone)]
struct Slow {
    spec: StreamSpec,
    generation: String,
    lag: Option<Duration>,
    progress: Instant,
    place: Option<Place>,
    last_error: Option<LastError>,
}

impl Counters {
    /// Of a stream that has done nothing yet.
    #[must_use]
    pub fn new(version: &dyn Version) -> Self {
        let slow = Slow {
            spec: version.spec().clone(),
            generation: version.generation().to_string(),
            lag: None,
            progress: Instant::now(),
            place: None,
            last_error: None,
        };
        Self {
            id: slow.spec.id.clone(),
            state: AtomicU8::new(0),
            lease: AtomicBool::new(false),
            epoch: AtomicI64::new(0),
            open: AtomicBool::new(false),
            events: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            handler_nanos: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            retried: AtomicU64::new(0),
            dead_letters: AtomicU64::new(0),
            reloads: AtomicU64::new(0),
            queued: AtomicU64::new(0),
            queued_bytes: AtomicU64::new(0),
            slow: Mutex::new(slow),
        }
    }

    /// The stream's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// All of it, now.
    #[must_use]
    pub fn status(&self) -> StreamStatus {
        let slow = self.slow(|slow| slow.clone());
        StreamStatus {
            id: self.id.clone(),
            state: self.state(),
            watch: slow.spec.watch,
            delivery: slow.spec.delivery,
            lanes: slow.spec.lanes,
            generation: slow.generation,
            lease: self.lease.load(Relaxed),
            epoch: self.epoch.load(Relaxed),
            open: self.open.load(Relaxed),
            events: self.events.load(Relaxed),
            batches: self.batches.load(Relaxed),
            handler_time: Duration::from_nanos(self.handler_nanos.load(Relaxed)),
            failed: self.failed.load(Relaxed),
            retried: self.retried.load(Relaxed),
            dead_letters: self.dead_letters.load(Relaxed),
            reloads: self.reloads.load(Relaxed),
            queued: self.queued.load(Relaxed),
            queued_bytes: self.queued_bytes.load(Relaxed),
            lag: slow.lag,
            progress: slow.progress,
            last_error: slow.last_error,
        }
    }

    /// What the stream does now.
    #[must_use]
    pub fn state(&self) -> State {
        let state = State::ALL.get(usize::from(self.state.load(Relaxed)));
        state.copied().unwrap_or(State::Starting)
    }

    pub(crate) fn set_state(&self, state: State) {
        let at = State::ALL.iter().position(|s| *s == state).unwrap_or(0);
        self.state.store(u8::try_from(at).unwrap_or(0), Relaxed);
    }

    pub(crate) fn set_version(&self, version: &dyn Version) {
        self.slow(|slow| {
            slow.spec = version.spec().clone();
            slow.generation = version.generation().to_string();
        });
    }

    /// What `db` means in its handlers.
    pub(crate) fn database(&self) -> String {
        self.slow(|slow| slow.spec.database.clone())
    }

    /// The place up to which everything is done, as far as it was looked at.
    pub(crate) fn place(&self) -> Option<Place> {
        self.slow(|slow| slow.place.clone())
    }

    pub(crate) fn set_place(&self, place: Place) {
        self.slow(|slow| slow.place = Some(place));
    }

    pub(crate) fn set_lag(&self, lag: Option<Duration>) {
        self.slow(|slow| slow.lag = lag);
    }

    /// Something was committed, or there is nothing to do.
    pub(crate) fn progress(&self) {
        self.slow(|slow| slow.progress = Instant::now());
    }

    pub(crate) fn went_wrong(&self, message: &str) {
        let error = LastError {
            message: short(message),
            at: SystemTime::now(),
        };
        self.slow(|slow| slow.last_error = Some(error));
    }

    fn slow<T>(&self, with: impl FnOnce(&mut Slow) -> T) -> T {
        with(&mut self.slow.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
