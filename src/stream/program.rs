//! What a stream asks of whoever writes its handlers: a [`Program`] gives [`Version`]s of itself,
//! a version makes a [`LaneHandler`] for each lane.

use std::sync::Arc;

use bson::RawDocument;
use mongodb::ClientSession;
use mongodb::options::{
    ReadConcern, ReadPreference, SelectionCriteria, TransactionOptions, WriteConcern,
};

use super::handler::Failure;
use super::spec::StreamSpec;
use crate::diag::Diagnostic;

/// The sources of one stream's handlers, in whatever version they are now.
pub trait Program: Send + Sync {
    /// The version that was taken up last.
    fn current(&self) -> Arc<dyn Version>;

    /// Looks for an edit. Blocks (reads files, compiles, runs the version's own tests): called by
    /// one thread of the stream's, again and again.
    fn look(&self) -> Look;
}

/// What became of looking for an edit.
pub enum Look {
    /// Nothing was edited.
    Unchanged,
    /// There is a new version; it compiled, and its tests passed. It is the current one from now on.
    New(Arc<dyn Version>),
    /// The edited version cannot be used; the current one goes on. Told once for each edit.
    Refused(Box<Diagnostic>),
    /// After a refusal, the sources are again what the current version was made of.
    Back,
    /// The sources are gone: the stream is to end.
    Gone,
}

/// One version of a program: sources that were read once and do not change any more.
pub trait Version: Send + Sync {
    /// A short hash of the sources.
    fn generation(&self) -> &str;

    /// What it asks of its stream.
    fn spec(&self) -> &StreamSpec;

    /// What a person should be told when it takes over.
    fn warnings(&self) -> &[Diagnostic] {
        &[]
    }

    /// How many bytes of stack the thread of a lane needs.
    fn stack(&self) -> usize {
        2 << 20
    }

    /// Makes the handler of one lane, on the lane's own thread, where it stays.
    ///
    /// # Errors
    /// What its first run failed with.
    fn handler(&self, lane: u32) -> Result<Box<dyn LaneHandler>, Box<Diagnostic>>;

    /// Stops what handlers of this version are at: their `handle` fails with an interruption.
    fn interrupt(&self);
}

/// A handler of the events of one lane. It lives on one thread, outside of any runtime: it may
/// block.
///
/// Its life: `start`, then for each batch `enter`, `handle` for its events in order, `leave`; at
/// the end `stop`. After a failed `handle` the batch is left at once.
pub trait LaneHandler {
    /// The stream begins, or this version takes it over.
    ///
    /// # Errors
    /// What `onStart` failed with.
    fn start(&mut self) -> Result<(), Failure>;

    /// What it does to the database from here on belongs to `scope`.
    fn enter(&mut self, scope: Scope);

    /// Handles one event.
    ///
    /// # Errors
    /// [`Failure`] where the event is not handled.
    fn handle(&mut self, event: &RawDocument) -> Result<(), Failure>;

    /// Ends the scope: sends what was held back, and gives the session back.
    fn leave(&mut self) -> Left;

    /// Tells of an event that is given up (`onError`): it becomes a dead letter, or blocks its
    /// document, or ends the stream. Called outside of a scope; what it fails with is logged.
    ///
    /// # Errors
    /// What `onError` failed with.
    fn failed(&mut self, event: &RawDocument, failure: &Failure) -> Result<(), Failure>;

    /// The stream ends, or another version takes over (`onStop`).
    ///
    /// # Errors
    /// What `onStop` failed with.
    fn stop(&mut self) -> Result<(), Failure>;
}

/// What a batch's operations belong to.
pub struct Scope {
    /// A session whose transaction has been started at the client, and at no server yet: every
    /// operation of the handler's goes into it. A script that catches an error goes on in another
    /// transaction of the same options ([`Scope::options`]). Nothing for `at-least-once`.
    pub transaction: Option<ClientSession>,
    /// Whether writes whose results nobody looks at may be held back until `leave`, and sent
    /// together. Without it, a write fails where the script called for it.
    pub hold: bool,
}

impl Scope {
    /// The options of a scope's transaction.
    #[must_use]
    pub fn options() -> TransactionOptions {
        TransactionOptions::builder()
            .read_concern(ReadConcern::local())
            .write_concern(WriteConcern::majority())
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .build()
    }
}

/// A scope that has ended.
pub struct Left {
    /// The session of the scope, its transaction still open (where `used`).
    pub transaction: Option<ClientSession>,
    /// Whether anything was sent in the transaction: there is something to commit.
    pub used: bool,
    /// How many transactions took the place of the first one, which errors had ended that the
    /// script caught: each has the next number.
    pub replaced: u32,
    /// What sending the held writes failed with.
    pub result: Result<(), Failure>,
}
