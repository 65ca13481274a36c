//! What a lane asks of the database: [`Ledger`].

use mongodb::ClientSession;

use super::queue::Place;
use crate::client::ClientError;
use crate::stream::letters::{DeadLetter, LetterError};

/// What is written down together, with the effects of the batch where there is a transaction.
#[derive(Debug, Default)]
pub struct Entry<'a> {
    /// Where the lane is then; nothing where it stays.
    pub place: Option<&'a Place>,
    /// How many events were handled.
    pub handled: u64,
    /// Whether the handler did anything in the transaction.
    pub used: bool,
    /// How deep the deepest of the events is.
    pub depth: u32,
    /// Events that are put aside.
    pub letters: &'a [DeadLetter],
    /// A letter that is done.
    pub done: Option<&'a DeadLetter>,
}

/// Why nothing was written down.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// The server or another transaction was in the way; the same may do soon.
    Again(ClientError),
    /// The server refuses what was to be written.
    Refused(ClientError),
    /// The letter that was done is not there any more: somebody discarded it.
    LetterGone,
    /// Another owner runs the stream, or may by now: nothing may be committed any more.
    Fenced(String),
    /// The stream is to end at once.
    Cancelled,
}

/// What a lane asks of the database. Calls block.
///
/// A batch is `begin`, then `commit` or `undo` with the session that `begin` gave.
pub trait Ledger {
    /// Starts a transaction, at the client only; nothing where effects are not in one.
    ///
    /// # Errors
    /// [`Trouble`].
    fn begin(&mut self) -> Result<Option<ClientSession>, Trouble>;

    /// Writes the entry down and commits. Where it fails, nothing is written, and the session is
    /// ready for the next `begin`.
    ///
    /// # Errors
    /// [`Trouble`].
    fn commit(&mut self, session: Option<ClientSession>, entry: &Entry<'_>) -> Result<(), Trouble>;

    /// The transaction of the session is this many later ones than the one that `begin` started.
    fn replaced(&mut self, _transactions: u32) {}

    /// Takes back what was done in the session since `begin`.
    fn undo(&mut self, session: Option<ClientSession>);

    /// The first letter of a blocked document.
    ///
    /// # Errors
    /// [`Trouble`].
    fn first_blocked(&mut self, key: &super::blocked::Key) -> Result<Option<DeadLetter>, Trouble>;

    /// A letter failed again. One that was to be delivered again is dead again, and so are those of
    /// its document behind it.
    ///
    /// # Errors
    /// [`Trouble`].
    fn failed_again(
        &mut self,
        letter: &DeadLetter,
        error: &LetterError,
        generation: &str,
    ) -> Result<(), Trouble>;
}
