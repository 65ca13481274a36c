//! What a stream tells about itself.

use std::time::Duration;

use bson::{Bson, Timestamp};

use crate::diag::Diagnostic;

/// Something that happened to a stream. No notice per event: only changes of state, and events
/// that went wrong.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Another process holds the lease; this one waits to take over.
    StandingBy {
        /// Who holds it, as far as the lease says: `host, process 123`.
        owner: String,
    },
    /// The stream is open; `resumed` says whether from a checkpoint or from where `startAt` says.
    Attached {
        /// Whether a checkpoint was found.
        resumed: bool,
        /// The handler's generation.
        generation: String,
    },
    /// The lease is gone to another process: nothing more is committed here.
    LeaseLost {
        /// How that was noticed.
        reason: String,
    },
    /// An edited handler took over.
    Reloaded {
        /// The new generation.
        generation: String,
    },
    /// An edited handler cannot be used; the old one goes on.
    Refused(Box<Diagnostic>),
    /// After a refusal, the sources are again what runs.
    Back {
        /// The generation that runs.
        generation: String,
    },
    /// A new generation failed more often than the old one, which took over again.
    RolledBack {
        /// The generation that failed.
        from: String,
        /// The one that runs now.
        to: String,
        /// How often each failed, for people.
        reason: String,
    },
    /// The handler failed on an event, which is tried again.
    Failed {
        /// Why.
        diagnostic: Box<Diagnostic>,
        /// The event's resume token, for finding it.
        event: String,
        /// How many times it was tried.
        attempts: u32,
        /// When it is tried again; nothing where it waits for an edit.
        again_in: Option<Duration>,
    },
    /// An event that had failed is handled.
    Recovered {
        /// How many times it was tried.
        attempts: u32,
    },
    /// An event is given up, and kept in `rhaiver.dead_letters`.
    PutAside {
        /// The dead letter's `_id`.
        letter: Bson,
        /// Why.
        diagnostic: Box<Diagnostic>,
        /// The event's resume token.
        event: String,
        /// How many times it was tried.
        attempts: u32,
        /// Whether later events of its document wait behind it.
        blocks: bool,
    },
    /// A dead letter was delivered again, and is handled.
    Redelivered {
        /// The dead letter's `_id`.
        letter: Bson,
    },
    /// A document's events flow again.
    Unblocked {
        /// The document's key, as relaxed EJSON.
        key: String,
    },
    /// `onStart`, `onStop` or `onError` failed; the stream goes on.
    HookFailed(Box<Diagnostic>),
    /// The handler was stopped, with the stream; the event comes again at the next start.
    Left {
        /// The event's resume token, for finding it.
        event: String,
    },
    /// The stream lost its server and tries again.
    Interrupted {
        /// Why.
        reason: String,
        /// When it tries again.
        again_in: Duration,
    },
    /// The stream is open again.
    Resumed,
    /// History was lost before it was read; it is recorded in `rhaiver.gaps`.
    Gap {
        /// The last place that is known to be done.
        from: Option<Timestamp>,
        /// Where the stream goes on, if it does.
        to: Option<Timestamp>,
        /// What the server said.
        reason: String,
        /// What is done about it: `stop`, `restart-now`, `restart-at`.
        action: String,
    },
    /// Something that a person should look at: history that will be lost soon, a handler that
    /// writes to what it watches.
    Warning(Box<Diagnostic>),
    /// The stream has ended.
    Ended {
        /// How many events were handled since it was attached.
        handled: u64,
        /// Why, where it was not asked to.
        failure: Option<Box<Diagnostic>>,
    },
}

/// One event that is done, for those who want a line for each.
#[derive(Debug, Clone)]
pub struct EventDone<'a> {
    /// `insert`, `update`, …
    pub operation: &'a str,
    /// `db.coll`.
    pub namespace: &'a str,
    /// The document's key, as relaxed EJSON; empty for events without one.
    pub key: &'a str,
    /// When it happened.
    pub cluster_time: Option<Timestamp>,
    /// Which lane handled it.
    pub lane: u32,
    /// Which version handled it.
    pub generation: &'a str,
    /// How long the handler took.
    pub took: Duration,
    /// What became of it: `handled`, `dead letter`, `blocked`, `redelivered`, `skipped`.
    pub outcome: &'a str,
}

/// Who is told.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn notice(&self, notice: &Notice);

    /// Whether [`Observer::event`] is to be called.
    fn wants_events(&self) -> bool {
        false
    }

    /// An event is done and committed.
    fn event(&self, _event: &EventDone<'_>) {}
}
