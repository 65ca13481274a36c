//! A single event that fails: tries, and then what the policy says.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::batch::{place_of, token_text};
use super::blocked::Key;
use super::classify::Class;
use super::control::End;
use super::ledger::{Entry, Ledger};
use super::retry::pause;
use super::run::Lane;
use crate::diag::Diagnostic;
use crate::stream::handler::Failure;
use crate::stream::letters::{DeadLetter, LetterError, LetterState, namespace_of};
use crate::stream::observer::{EventDone, Notice};
use crate::stream::source::Event;
use crate::stream::spec::OnFailure;
use crate::value::ejson;

impl<L: Ledger> Lane<L> {
    /// The event at the front failed, alone: it is tried again, or given up.
    pub(super) fn blame(&mut self, failure: Failure, class: Class) -> Result<(), End> {
        self.attempts = self.attempts.saturating_add(1);
        self.count_failure(&failure.diagnostic);
        let retry = self.spec().retry;
        if class == Class::Lasting || self.attempts >= retry.attempts.max(1) {
            return self.give_up(failure);
        }
        let again_in = pause(&retry, self.attempts, &mut *self.chance);
        self.shared.counters.retried.fetch_add(1, Relaxed);
        self.shared.tell(&Notice::Failed {
            diagnostic: Box::new(failure.diagnostic),
            event: self.front.front().map(token_text).unwrap_or_default(),
            attempts: self.attempts,
            again_in: Some(again_in),
        });
        self.pause(again_in, true)
    }

    pub(super) fn count_failure(&self, diagnostic: &Diagnostic) {
        let counters = &self.shared.counters;
        counters.failed.fetch_add(1, Relaxed);
        counters.went_wrong(&diagnostic.message);
        let generation = self.version.generation();
        self.shared.outcomes.add(generation, 0, 1);
    }

    /// Tells the handler, and puts the event aside in the transaction that moves the checkpoint past
    /// it.
    fn give_up(&mut self, failure: Failure) -> Result<(), End> {
        let Some(event) = self.front.front().cloned() else {
            return Ok(());
        };
        self.on_error(event.raw(), &failure)?;
        let key = Key::of(&event);
        let state = match (self.spec().on_failure, &key) {
            (OnFailure::Stop, _) => return Err(End::Failed(Box::new(failure))),
            (OnFailure::BlockKey, Some(_)) => LetterState::Blocked,
            (OnFailure::BlockKey, None) | (OnFailure::DeadLetter, _) => LetterState::Dead,
        };
        let error = LetterError::from(&failure.diagnostic);
        let told = (self.attempts, self.version.generation());
        let letter = DeadLetter::of(&self.shared.stream, event.raw(), error, told, state)
            .map_err(|e| End::Bug(format!("the event cannot be read: {e}")))?;
        let place = place_of(&event);
        self.write_down(&Entry {
            place: place.as_ref(),
            letters: std::slice::from_ref(&letter),
            ..Entry::default()
        })?;
        if let Some(place) = place {
            self.line.moved(place);
        }
        self.put_aside(&event, letter, failure.diagnostic, key);
        Ok(())
    }

    fn put_aside(
        &mut self,
        event: &Event,
        letter: DeadLetter,
        diagnostic: Diagnostic,
        key: Option<Key>,
    ) {
        self.front.pop_front();
        self.line.queue.finished(1, event.len());
        self.suspects.passed(1);
        self.attempts = 0;
        let counters = &self.shared.counters;
        counters.dead_letters.fetch_add(1, Relaxed);
        counters.progress();
        let outcome = match letter.state {
            LetterState::Blocked => "blocked",
            _ => "dead letter",
        };
        if self.shared.observer.wants_events() {
            self.tell_event(event, Duration::ZERO, outcome);
        }
        if let (LetterState::Blocked, Some(key)) = (letter.state, key) {
            let retry = self.spec().retry;
            self.blocked
                .failed(key, Instant::now(), &retry, &mut *self.chance);
        }
        self.tell_put_aside(&letter, diagnostic);
    }

    /// Calls `onError`.
    pub(super) fn on_error(
        &mut self,
        event: &bson::RawDocument,
        failure: &Failure,
    ) -> Result<(), End> {
        match self.handler.failed(event, failure) {
            Ok(()) => Ok(()),
            Err(_) if self.shared.is_abandoned() => Err(End::Asked),
            Err(hook) => {
                self.hook_failed(hook.diagnostic);
                Ok(())
            }
        }
    }

    pub(super) fn tell_put_aside(&self, letter: &DeadLetter, diagnostic: Diagnostic) {
        self.shared.tell(&Notice::PutAside {
            letter: letter.id.clone(),
            diagnostic: Box::new(diagnostic),
            event: token_of(letter),
            attempts: letter.attempts,
            blocks: letter.state == LetterState::Blocked,
        });
    }

    pub(super) fn tell_event(&self, event: &Event, took: Duration, outcome: &str) {
        let key = event.raw().get_document("documentKey").ok();
        let key = key.and_then(|key| bson::Document::try_from(key).ok());
        let key = key.map(|key| key_text(&key)).unwrap_or_default();
        self.shared.observer.event(&EventDone {
            operation: event.operation(),
            namespace: &namespace_of(event.raw()),
            key: &key,
            cluster_time: event.cluster_time(),
            lane: self.number,
            generation: self.version.generation(),
            took,
            outcome,
        });
    }
}

/// A key as relaxed EJSON.
pub(super) fn key_text(key: &bson::Document) -> String {
    let key = bson::Bson::Document(key.clone());
    ejson::stringify(&key, ejson::Mode::Relaxed, "").unwrap_or_default()
}

/// The token of a letter's event, for finding it.
pub(super) fn token_of(letter: &DeadLetter) -> String {
    let token = letter.token.as_document();
    let data = token.and_then(|token| token.get_str("_data").ok());
    data.unwrap_or_default().to_string()
}
