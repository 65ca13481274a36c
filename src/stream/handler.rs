//! What a stream asks of a handler.

use bson::RawDocument;

use crate::diag::Diagnostic;

/// Something that handles the events of a stream. It lives on one thread, its worker's.
pub trait Handler {
    /// Handles one event; effects are done when it returns.
    ///
    /// # Errors
    /// [`Failure`] where the event is not handled and must come again.
    fn handle(&mut self, event: &RawDocument) -> Result<(), Failure>;

    /// Takes up an edited version of itself, where there is one. Called between two events only.
    fn refresh(&mut self) -> Refresh;

    /// Which version of its source handles events now: a short hash.
    fn generation(&self) -> String;
}

/// Why an event is not handled.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The failure as a person is shown it.
    pub diagnostic: Diagnostic,
    /// Whether the same call may succeed soon without any change (a failover, a broken
    /// connection).
    pub transient: bool,
}

/// What became of looking for an edit.
#[derive(Debug, Clone)]
pub enum Refresh {
    /// Nothing was edited.
    Unchanged,
    /// The edited version handles the next event.
    Took,
    /// The edited version cannot be used; the old one goes on.
    Refused(Box<Diagnostic>),
}
