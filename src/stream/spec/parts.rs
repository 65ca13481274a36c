//! The values of a stream's fields.

use std::time::Duration;

use bson::{Bson, Timestamp};

/// A collection, a database, or everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// `*`
    Cluster,
    /// `db`
    Database(String),
    /// `db.coll`
    Collection(String, String),
}

/// `fullDocument`: the document of an update event (manual, "Change Streams").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FullDocument {
    /// None for updates.
    #[default]
    Default,
    /// As it is when it is looked up.
    UpdateLookup,
    /// As it was after the update, where the collection keeps that.
    WhenAvailable,
    /// The same; an error where it does not.
    Required,
}

/// `fullDocumentBeforeChange`: the document in front of an update, a replacement or a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BeforeChange {
    /// None.
    #[default]
    Off,
    /// Where the collection keeps it.
    WhenAvailable,
    /// The same; an error where it does not.
    Required,
}

/// Where a stream begins that has no checkpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum StartAt {
    /// With what happens from now on.
    #[default]
    Now,
    /// With what happened at this cluster time, and later.
    Time(Timestamp),
    /// Behind the event of this resume token.
    After(Bson),
}

/// What is promised about effects on the same cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Delivery {
    /// The effects of a batch and its checkpoint commit in one transaction.
    #[default]
    ExactlyOnce,
    /// No transaction; the checkpoint follows the effects.
    AtLeastOnce,
}

/// How much is done in one transaction, at most; a batch never waits to be full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Events.
    pub events: usize,
    /// Bytes of events.
    pub bytes: usize,
    /// Time that handlers took: a transaction that is long in the making holds others up, and
    /// servers end it after a minute.
    pub time: Duration,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            events: 1000,
            bytes: 4 << 20,
            time: Duration::from_secs(1),
        }
    }
}

/// How failures that may pass are tried again: pauses double from `first` to `longest`, each
/// shortened at random by up to a half, so that many streams do not come back at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How many tries an event gets where its handler throws; 1 is no second try. Failures of the
    /// server (a failover) are tried again for as long as they last, and are not counted.
    pub attempts: u32,
    /// The pause in front of the second try.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            first: Duration::from_millis(100),
            longest: Duration::from_secs(10),
        }
    }
}

/// What is done about an event that cannot be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnFailure {
    /// It is put aside with its error, and the stream goes on.
    #[default]
    DeadLetter,
    /// Its document's later events wait behind it, until the handler is mended; others go on.
    BlockKey,
    /// The stream ends in front of it.
    Stop,
}

/// What is done where history is lost; a gap is recorded in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnLostHistory {
    /// The stream ends; a person decides.
    #[default]
    Stop,
    /// It goes on with what happens from now on.
    RestartNow,
    /// It goes on at this cluster time.
    RestartAt(Timestamp),
}

/// What is done where a new generation fails more often than the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnRegression {
    /// Nothing.
    #[default]
    GoOn,
    /// The old one takes over again, judged after this many events of the new one.
    Rollback {
        /// Events.
        after: u32,
    },
}

/// What a handler looks at, as far as its source tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The operation types that it handles; nothing for all.
    pub operations: Option<Vec<String>>,
    /// Whether it may look at `fullDocument`.
    pub full_document: bool,
    /// Whether it may look at `updateDescription`.
    pub update_description: bool,
}

impl Default for Needs {
    fn default() -> Self {
        Self {
            operations: None,
            full_document: true,
            update_description: true,
        }
    }
}
