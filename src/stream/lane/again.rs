//! Events that were put aside and come again: blocked documents, and letters that a person wants
//! delivered.

use std::collections::HashSet;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use bson::RawDocumentBuf;

use super::batch::CONFLICTS;
use super::blocked::Key;
use super::classify::{Class, class_of};
use super::control::{End, Report};
use super::failures::{client_error, refused, unreadable};
use super::giving_up::{key_text, token_of};
use super::ledger::{Entry, Ledger, Trouble};
use super::run::{Lane, end_of};
use crate::client::ClientError;
use crate::stream::handler::Failure;
use crate::stream::letters::{DeadLetter, LetterError};
use crate::stream::observer::Notice;
use crate::stream::program::Scope;

/// What became of a letter.
enum Tried {
    /// It is handled, and gone.
    Done,
    /// Somebody discarded it meanwhile.
    Gone,
    /// The handler failed.
    Failed(Failure),
}

impl<L: Ledger> Lane<L> {
    /// Tries the first event of a blocked document; the next one at the next step.
    pub(super) fn try_blocked(&mut self, key: &Key) -> Result<(), End> {
        let letter = match self.ledger.first_blocked(key) {
            Ok(Some(letter)) => letter,
            Ok(None) => {
                self.blocked.free(key);
                let key = key_text(&key.document());
                self.shared.tell(&Notice::Unblocked { key });
                return Ok(());
            }
            Err(Trouble::Again(error)) => return self.hindered(&error),
            Err(trouble) => return Err(end_of(trouble)),
        };
        match self.try_letter(&letter)? {
            Tried::Done if letter.attempts > 0 => {
                let attempts = letter.attempts + 1;
                self.shared.tell(&Notice::Recovered { attempts });
            }
            Tried::Done | Tried::Gone => {}
            Tried::Failed(failure) => {
                let retry = self.spec().retry;
                self.blocked
                    .failed(key.clone(), Instant::now(), &retry, &mut *self.chance);
                let news = letter.generation != self.version.generation();
                self.failed_again(&letter, &failure)?;
                // Once for each version: it may go on for long.
                if news || letter.attempts == 0 {
                    self.shared.tell(&Notice::Failed {
                        diagnostic: Box::new(failure.diagnostic),
                        event: token_of(&letter),
                        attempts: letter.attempts + 1,
                        again_in: None,
                    });
                }
            }
        }
        Ok(())
    }

    /// Delivers letters again, each once. Where one fails, those of its document wait for the next
    /// time, so that none overtakes it.
    pub(super) fn redeliver(&mut self, letters: Vec<DeadLetter>) -> Result<(), End> {
        let mut failed = HashSet::new();
        for letter in letters {
            if self.shared.is_ending() {
                return Err(End::Asked);
            }
            self.take_up_edit();
            let key = Key::of_letter(&letter);
            if key.as_ref().is_some_and(|key| failed.contains(key)) {
                continue;
            }
            match self.try_letter(&letter)? {
                Tried::Done => self.shared.tell(&Notice::Redelivered {
                    letter: letter.id.clone(),
                }),
                Tried::Gone => {}
                Tried::Failed(failure) => {
                    failed.extend(key);
                    self.give_up_again(letter, failure)?;
                }
            }
        }
        self.line.queue.finished(1, 0);
        self.report(Report::Redelivered);
        Ok(())
    }

    fn give_up_again(&mut self, mut letter: DeadLetter, failure: Failure) -> Result<(), End> {
        self.failed_again(&letter, &failure)?;
        if let Ok(event) = RawDocumentBuf::try_from(&letter.event) {
            self.on_error(&event, &failure)?;
        }
        letter.attempts += 1;
        self.tell_put_aside(&letter, failure.diagnostic);
        Ok(())
    }

    /// Writes down that a letter failed again.
    fn failed_again(&mut self, letter: &DeadLetter, failure: &Failure) -> Result<(), End> {
        self.count_failure(&failure.diagnostic);
        let error = LetterError::from(&failure.diagnostic);
        let generation = self.version.generation().to_string();
        loop {
            match self.ledger.failed_again(letter, &error, &generation) {
                Ok(()) | Err(Trouble::LetterGone) => return Ok(()),
                Err(Trouble::Again(error)) => self.hindered(&error)?,
                Err(trouble) => return Err(end_of(trouble)),
            }
        }
    }

    /// Handles a letter's event in a transaction of its own, which deletes the letter.
    fn try_letter(&mut self, letter: &DeadLetter) -> Result<Tried, End> {
        let event = match RawDocumentBuf::try_from(&letter.event) {
            Ok(event) => event,
            Err(e) => return Ok(Tried::Failed(unreadable(&e))),
        };
        loop {
            let error = match self.try_once(letter, &event)? {
                Ok(tried) => tried,
                Err(error) => {
                    self.hindered(&error)?;
                    continue;
                }
            };
            self.unhindered();
            return Ok(error);
        }
    }

    /// Inside, what was in the way.
    fn try_once(
        &mut self,
        letter: &DeadLetter,
        event: &RawDocumentBuf,
    ) -> Result<Result<Tried, ClientError>, End> {
        let transaction = match self.ledger.begin() {
            Ok(session) => session,
            Err(Trouble::Again(error)) => return Ok(Err(error)),
            Err(trouble) => return Err(end_of(trouble)),
        };
        self.handler.enter(Scope {
            transaction,
            hold: false,
        });
        let handled = self.handler.handle(event);
        let left = self.handler.leave();
        self.ledger.replaced(left.replaced);
        if let Err(failure) = handled.and(left.result) {
            self.ledger.undo(left.transaction);
            return self.weigh(failure);
        }
        let entry = Entry {
            handled: 1,
            used: left.used,
            done: Some(letter),
            ..Entry::default()
        };
        match self.ledger.commit(left.transaction, &entry) {
            Ok(()) => {
                let generation = self.version.generation();
                self.shared.outcomes.add(generation, 1, 0);
                self.shared.counters.events.fetch_add(1, Relaxed);
                self.shared.counters.progress();
                Ok(Ok(Tried::Done))
            }
            Err(Trouble::Again(error)) => Ok(Err(error)),
            Err(Trouble::LetterGone) => Ok(Ok(Tried::Gone)),
            Err(Trouble::Refused(error)) => Ok(Ok(Tried::Failed(refused(error)))),
            Err(trouble) => Err(end_of(trouble)),
        }
    }

    fn weigh(&self, failure: Failure) -> Result<Result<Tried, ClientError>, End> {
        match class_of(&failure) {
            Class::Stopped if self.shared.is_ending() => Err(End::Asked),
            Class::Server => Ok(Err(client_error(&failure.diagnostic))),
            Class::Conflict if self.hindered < CONFLICTS => {
                Ok(Err(client_error(&failure.diagnostic)))
            }
            _ => Ok(Ok(Tried::Failed(failure))),
        }
    }
}
