//! A batch: `enter`, events, `leave`, checkpoint, commit; and what is done where it fails.

use std::time::{Duration, Instant};

use mongodb::ClientSession;

use super::blocked::Key;
use super::classify::{Class, class_of};
use super::control::End;
use super::failures::{client_error, is_conflict, outlived, refused, too_deep, unreadable, waits};
use super::ledger::{Entry, Ledger, Trouble};
use super::queue::Place;
use super::run::{Lane, end_of};
use crate::client::ClientError;
use crate::diag::{Diagnostic, Kind};
use crate::stream::handler::Failure;
use crate::stream::letters::{DeadLetter, LetterState};
use crate::stream::observer::Notice;
use crate::stream::program::Scope;
use crate::stream::source::Event;
use crate::stream::spec::Delivery;

/// How often in a row a transaction may meet others before its events are tried in smaller batches.
pub(super) const MEETINGS: u32 = 3;

/// How often a single event's may, before its handler is to blame: it is in its own way.
pub(super) const CONFLICTS: u32 = 20;

/// How long events may have taken for a conflict to be one: servers end a transaction after a minute
/// by default, and a handler that takes that long never comes to a commit.
const LIFETIME: Duration = Duration::from_secs(30);

/// What became of events between `enter` and `leave`.
#[derive(Default)]
struct Ran {
    /// How many are done: handled, or put aside.
    done: usize,
    /// How many were handled.
    handled: u64,
    /// How deep the deepest is.
    depth: u32,
    /// Those that are put aside.
    letters: Vec<DeadLetter>,
    /// How long handlers took.
    took: Duration,
    /// How long each took and what became of it, where somebody wants to know.
    each: Vec<(Duration, &'static str)>,
    /// What the handler failed with, at the event behind those that are done.
    failure: Option<Failure>,
}

impl<L: Ledger> Lane<L> {
    /// Does the next events, as many as one transaction may have.
    pub(super) fn batch(&mut self) -> Result<(), End> {
        self.fill();
        let most = self.spec().batch.events;
        let events = self.suspects.limit(most).min(self.front.len());
        if events == 0 {
            return Ok(());
        }
        let session = match self.ledger.begin() {
            Ok(session) => session,
            Err(Trouble::Again(error)) => return self.hindered(&error),
            Err(trouble) => return Err(end_of(trouble)),
        };
        // A single event gains little by holding writes back, and a failure then has its place.
        let scope = Scope {
            transaction: session,
            hold: events > 1,
        };
        self.handler.enter(scope);
        let mut ran = self.handle(events);
        self.took = ran.took;
        let left = self.handler.leave();
        self.ledger.replaced(left.replaced);
        let sent = left.result.is_ok();
        let failure = match (ran.failure.take(), left.result) {
            (Some(failure), _) => Some((Some(ran.done), failure)),
            (None, Err(failure)) => Some((None, failure)),
            (None, Ok(())) => None,
        };
        match failure {
            None => self.commit(ran, left.transaction, left.used),
            Some((at, failure)) => {
                let undone = self.spec().delivery == Delivery::ExactlyOnce;
                if ran.done > 0 && sent && !undone {
                    // Without a transaction, what is done stays done. The next one comes alone.
                    let rest = (events - ran.done).max(2);
                    self.commit(ran, left.transaction, false)?;
                    return self.failed(rest, Some(0), failure);
                }
                self.ledger.undo(left.transaction);
                self.failed(events, at, failure)
            }
        }
    }

    /// Takes more events where there is room, and leaves out those that an earlier run has done.
    fn fill(&mut self) {
        let most = self.spec().batch;
        if !self.suspects.any() && self.attempts == 0 {
            self.line
                .queue
                .take(&mut self.front, most.events, most.bytes);
        }
        while let (Some(skip), Some(first)) = (&self.skip, self.front.front()) {
            if first.token_hex() > skip.hex() {
                self.skip = None;
            } else if let Some(event) = self.front.pop_front() {
                self.line.queue.finished(1, event.len());
            }
        }
    }

    /// Handles some of the events at the front: all, unless one fails, time is over, or the lane is
    /// wanted for something else.
    fn handle(&mut self, events: usize) -> Ran {
        let mut ran = Ran::default();
        let spec = self.version.spec();
        let generation = self.version.generation();
        let details = self.shared.observer.wants_events();
        let began = Instant::now();
        let mut last = began;
        for event in self.front.iter().take(events) {
            if ran.done > 0 && (self.is_wanted() || began.elapsed() >= spec.batch.time) {
                break;
            }
            let depth = self.shared.depths.of(event.transaction());
            let put_aside = if !self.blocked.is_empty() && is_blocked(&self.blocked, event) {
                Some((waits(), LetterState::Blocked))
            } else if depth > spec.max_depth {
                Some((too_deep(depth), LetterState::Dead))
            } else {
                None
            };
            let result = match &put_aside {
                None => self.handler.handle(event.raw()).map(|()| None),
                Some((error, state)) => {
                    let told = (0, generation);
                    DeadLetter::of(
                        &self.shared.stream,
                        event.raw(),
                        error.clone(),
                        told,
                        *state,
                    )
                    .map(Some)
                    .map_err(|e| unreadable(&e))
                }
            };
            match result {
                Ok(letter) => {
                    ran.done += 1;
                    ran.handled += u64::from(letter.is_none());
                    ran.letters.extend(letter);
                    ran.depth = ran.depth.max(depth);
                }
                Err(failure) => {
                    ran.failure = Some(failure);
                    break;
                }
            }
            if details {
                let now = Instant::now();
                ran.each
                    .push((now - last, outcome_of(put_aside.map(|(_, state)| state))));
                last = now;
            }
        }
        ran.took = began.elapsed();
        ran
    }

    /// Writes down that the events are done, with their effects.
    fn commit(&mut self, ran: Ran, session: Option<ClientSession>, used: bool) -> Result<(), End> {
        let place = ran
            .done
            .checked_sub(1)
            .and_then(|last| self.front.get(last));
        let place = place.and_then(place_of);
        let entry = Entry {
            place: place.as_ref(),
            handled: ran.handled,
            used,
            depth: ran.depth,
            letters: &ran.letters,
            done: None,
        };
        match self.ledger.commit(session, &entry) {
            Ok(()) => {
                self.committed(&ran, place);
                Ok(())
            }
            Err(Trouble::Again(error)) => self.again(ran.done, error),
            Err(Trouble::Refused(error)) if ran.handled > 0 => {
                self.failed(ran.done, None, refused(error))
            }
            Err(trouble) => Err(end_of(trouble)),
        }
    }

    /// Counts what was committed, and lets go of it.
    fn committed(&mut self, ran: &Ran, place: Option<Place>) {
        self.unhindered();
        if self.attempts > 0 && ran.handled > 0 {
            let attempts = self.attempts + 1;
            self.shared.tell(&Notice::Recovered { attempts });
        }
        self.attempts = 0;
        self.suspects.passed(ran.done);
        self.count(ran);
        for (event, (took, outcome)) in self.front.iter().zip(&ran.each) {
            self.tell_event(event, *took, outcome);
        }
        let bytes = self.front.drain(..ran.done).map(|event| event.len()).sum();
        if let Some(place) = place {
            self.line.moved(place);
        }
        self.line.queue.finished(ran.done, bytes);
        for letter in &ran.letters {
            if letter.state == LetterState::Dead {
                self.tell_put_aside(
                    letter,
                    Diagnostic::new(Kind::Script, &*letter.error.message),
                );
            }
        }
    }

    fn count(&self, ran: &Ran) {
        use std::sync::atomic::Ordering::Relaxed;
        let counters = &self.shared.counters;
        let nanos = u64::try_from(ran.took.as_nanos()).unwrap_or(u64::MAX);
        counters.events.fetch_add(ran.handled, Relaxed);
        counters.batches.fetch_add(1, Relaxed);
        counters.handler_nanos.fetch_add(nanos, Relaxed);
        let letters = ran.letters.len() as u64;
        counters.dead_letters.fetch_add(letters, Relaxed);
        counters.progress();
        let generation = self.version.generation();
        self.shared.outcomes.add(generation, ran.handled, 0);
    }

    /// The events at the front were undone; the handler failed `at` one of them, if it did.
    fn failed(&mut self, events: usize, at: Option<usize>, failure: Failure) -> Result<(), End> {
        let class = class_of(&failure);
        if class == Class::Stopped && self.shared.is_ending() {
            let event = self.front.get(at.unwrap_or(0)).map(token_text);
            let event = event.unwrap_or_default();
            self.shared.tell(&Notice::Left { event });
            return Err(End::Asked);
        }
        let error = || client_error(&failure.diagnostic);
        match class {
            Class::Server => self.hindered(&error()),
            Class::Conflict if events > 1 || self.hindered < CONFLICTS => {
                self.again(events, error())
            }
            _ => {
                self.suspects.failed(events, at);
                if events > 1 {
                    self.shared.counters.went_wrong(&failure.diagnostic.message);
                    return Ok(());
                }
                self.hindered = 0;
                self.blame(failure, class)
            }
        }
    }

    /// The events at the front were undone since somebody was in the way; in smaller batches after
    /// some times.
    fn again(&mut self, events: usize, error: ClientError) -> Result<(), End> {
        let outlived_it = self.took >= LIFETIME;
        if is_conflict(&error) && events > 1 && (outlived_it || self.hindered >= MEETINGS) {
            self.suspects.failed(events, None);
        }
        if is_conflict(&error) && events == 1 && outlived_it {
            return self.blame(outlived(), Class::Lasting);
        }
        self.hindered(&error)
    }
}

fn is_blocked(blocked: &super::blocked::Blocked, event: &Event) -> bool {
    Key::of(event).is_some_and(|key| blocked.contains(&key))
}

fn outcome_of(put_aside: Option<LetterState>) -> &'static str {
    match put_aside {
        None => "handled",
        Some(LetterState::Blocked) => "blocked",
        Some(_) => "dead letter",
    }
}

/// The place behind an event.
pub(super) fn place_of(event: &Event) -> Option<Place> {
    event.token().map(Place::at)
}

/// The token of an event, for finding it.
pub(super) fn token_text(event: &Event) -> String {
    event.token_hex().to_string()
}
