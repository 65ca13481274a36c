//! What a stream is at, as a value: [`StreamStatus`], cheap to take at any time and from any thread.

use std::time::{Duration, Instant, SystemTime};

use super::spec::{Delivery, Namespace};

/// What a stream does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is not open yet.
    Starting,
    /// Another process runs the stream of this name; this one takes over when that one is gone.
    StandingBy,
    /// It handles events.
    Running,
    /// It was asked to end, and finishes what it is at.
    Draining,
    /// It has ended as it was asked to.
    Stopped,
    /// It has ended by itself: its handler failed, or history is lost, and the policy is to stop.
    Failed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Starting,
        Self::StandingBy,
        Self::Running,
        Self::Draining,
        Self::Stopped,
        Self::Failed,
    ];

    /// The word that people and machines read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::StandingBy => "standing by",
            Self::Running => "running",
            Self::Draining => "draining",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// What a stream is at, and what it has done since it was attached in this process.
#[derive(Debug, Clone)]
pub struct StreamStatus {
    /// Its name.
    pub id: String,
    /// What it does now.
    pub state: State,
    /// What it watches.
    pub watch: Vec<Namespace>,
    /// What is promised about its effects.
    pub delivery: Delivery,
    /// How many workers it has.
    pub lanes: u32,
    /// Which version of its sources handles events.
    pub generation: String,
    /// Whether this process holds its lease.
    pub lease: bool,
    /// The fencing epoch of the lease that was held last; 0 for none yet.
    pub epoch: i64,
    /// Whether its cursor is open at a server that answers.
    pub open: bool,
    /// Events that were handled, and whose effects are committed.
    pub events: u64,
    /// Batches that were committed.
    pub batches: u64,
    /// The time that handlers took.
    pub handler_time: Duration,
    /// Tries that a handler failed.
    pub failed: u64,
    /// Tries of events that had failed before, or of batches that were undone.
    pub retried: u64,
    /// Events that were put aside as dead letters or behind a blocked document.
    pub dead_letters: u64,
    /// Edits that took over.
    pub reloads: u64,
    /// Events that were read and are not committed yet.
    pub queued: u64,
    /// Bytes of them.
    pub queued_bytes: u64,
    /// How far the last committed place is behind the newest that the server told of; nothing where
    /// it told of none yet.
    pub lag: Option<Duration>,
    /// When an event was committed last, or when there was nothing to do last.
    pub progress: Instant,
    /// What went wrong last.
    pub last_error: Option<LastError>,
}

/// What went wrong last in a stream.
#[derive(Debug, Clone)]
pub struct LastError {
    /// In one line.
    pub message: String,
    /// When.
    pub at: SystemTime,
}
