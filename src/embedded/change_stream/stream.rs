//! A change stream that is open: the place in the history, and what it gives out next.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bson::{Bson, Document, Timestamp};

use super::super::engine::Engine;
use super::super::engine::oplog::{Entry, OpKind, OplogReader};
use super::event::{self, Event};
use super::images;
use super::operation::{Operation, operations, peek};
use super::scope::Scope;
use super::spec::{Spec, Start};
use super::token::Token;
use crate::embedded::cursor;
use crate::mql::error::{Error, Result, code};
use crate::mql::stage::{BoxStream, DocStream, Namespace};
use crate::mql::text;

/// Opens a change stream.
///
/// # Errors
/// A bad token, or a place in the history that is gone.
pub fn open(
    engine: &Arc<Engine>,
    ns: &Namespace,
    spec: &Document,
) -> Result<(BoxStream, Arc<Progress>)> {
    let spec = Spec::parse(spec)?;
    let scope = Scope::of(ns, spec.cluster);
    let last = engine.oplog().last();
    let (start, resuming) = match &spec.start {
        Start::Now => (Place::after(last), None),
        Start::At(time) => (Place::at(*time), None),
        Start::After(token) if token.is_high_water_mark => (Place::at(token.cluster_time), None),
        Start::After(token) => (Place::at(token.cluster_time), Some(token.clone())),
    };
    if start.next < engine.oplog().oldest() && !matches!(spec.start, Start::Now) {
        return Err(history_lost());
    }
    let token = match &spec.start {
        Start::After(token) => token.clone(),
        _ => Token::high_water_mark(start.next),
    };
    let progress = Arc::new(Progress::new(token, start.seen));
    let stream = ChangeStream {
        engine: engine.clone(),
        scope,
        spec,
        reader: None,
        next: start.next,
        resuming,
        pending: VecDeque::new(),
        progress: progress.clone(),
        ended: false,
    };
    Ok((Box::new(stream), progress))
}

/// Where a stream begins to read.
struct Place {
    /// The first time that it reads.
    next: Timestamp,
    /// The time up to which it has seen everything.
    seen: Timestamp,
}

impl Place {
    fn after(time: Timestamp) -> Place {
        Place {
            next: following(time),
            seen: time,
        }
    }

    fn at(time: Timestamp) -> Place {
        Place {
            next: time,
            seen: before(time),
        }
    }
}

fn following(time: Timestamp) -> Timestamp {
    match time.increment.checked_add(1) {
        Some(increment) => Timestamp { increment, ..time },
        None => Timestamp {
            time: time.time.saturating_add(1),
            increment: 0,
        },
    }
}

fn before(time: Timestamp) -> Timestamp {
    match time.increment.checked_sub(1) {
        Some(increment) => Timestamp { increment, ..time },
        None => Timestamp {
            time: time.time.saturating_sub(1),
            increment: u32::MAX,
        },
    }
}

fn history_lost() -> Error {
    Error::new(
        code::CHANGE_STREAM_HISTORY_LOST,
        "Resume of change stream was not possible, as the resume point may no longer be in the oplog.",
    )
}

struct ChangeStream {
    engine: Arc<Engine>,
    scope: Scope,
    spec: Spec,
    /// Entries that were there when it began to read.
    reader: Option<(OplogReader, Timestamp)>,
    /// The first time that has not been read.
    next: Timestamp,
    /// The token whose event is to be found before others are given out.
    resuming: Option<Token>,
    /// Events that are made and not given out.
    pending: VecDeque<(Token, Document)>,
    progress: Arc<Progress>,
    /// Whether nothing comes any more.
    ended: bool,
}

impl DocStream for ChangeStream {
    fn next(&mut self) -> Result<Option<Document>> {
        loop {
            if let Some((token, event)) = self.pending.pop_front() {
                let invalidate = token.from_invalidate;
                self.progress.made(token);
                if invalidate {
                    self.ended = true;
                    self.progress.end();
                }
                return Ok(Some(event));
            }
            if self.ended {
                self.progress.passed();
                return Ok(None);
            }
            let Some(entry) = self.entry()? else {
                return Ok(None);
            };
            self.take(&entry)?;
        }
    }
}

impl ChangeStream {
    /// The next entry, if there is one now.
    fn entry(&mut self) -> Result<Option<Entry>> {
        let oplog = self.engine.oplog();
        if self.reader.is_none() {
            let last = oplog.last();
            if last < self.next {
                return Ok(None);
            }
            // The reader first: what is trimmed after it was made it still has.
            let reader = oplog.read_from(self.next);
            let begins_now = matches!(self.spec.start, Start::Now) && !self.progress.has_read();
            if self.next < oplog.oldest() && !begins_now {
                return Err(history_lost());
            }
            self.reader = Some((reader, last));
        }
        let Some((reader, last)) = &mut self.reader else {
            return Ok(None);
        };
        if let Some(entry) = reader.next() {
            let entry = entry?;
            self.next = following(entry.ts);
            return Ok(Some(entry));
        }
        let last = *last;
        self.reader = None;
        self.next = self.next.max(following(last));
        self.progress.saw(last);
        Ok(None)
    }

    /// Makes the events of an entry.
    fn take(&mut self, entry: &Entry) -> Result<()> {
        if let Some((_, ns)) = peek(entry)? {
            let (db, coll) = ns.split_once('.').unwrap_or((ns, ""));
            if !self.scope.watches(db, coll, self.spec.expanded) {
                return Ok(());
            }
        } else if entry.kind()? == OpKind::Note {
            return Ok(());
        }
        for operation in operations(entry)? {
            self.take_operation(&operation)?;
        }
        Ok(())
    }

    fn take_operation(&mut self, operation: &Operation) -> Result<()> {
        let watched = match operation.kind {
            OpKind::Command => self.scope.watches_command(operation),
            _ => {
                let ns = &operation.ns;
                self.scope.watches(&ns.db, &ns.coll, self.spec.expanded)
            }
        };
        if !watched {
            return Ok(());
        }
        let Some(mut event) = Event::of(operation, self.spec.expanded) else {
            return Ok(());
        };
        let ends = self.scope.is_ended_by(operation);
        if self.is_new(&event.token)? {
            images::add(&mut event, operation, &self.spec, &self.engine)?;
            let token = event.token.clone();
            let event = event.into_document(operation, self.spec.expanded);
            self.pending.push_back((token, event));
        }
        if ends {
            let (token, event) = event::invalidate(operation);
            if self.is_new(&token)? {
                self.pending.push_back((token, event));
            }
        }
        Ok(())
    }

    /// Whether an event is after the place where the stream goes on.
    fn is_new(&mut self, token: &Token) -> Result<bool> {
        let Some(resuming) = &self.resuming else {
            return Ok(true);
        };
        match token.order(resuming) {
            Ordering::Less => Ok(false),
            Ordering::Equal => {
                self.resuming = None;
                Ok(false)
            }
            Ordering::Greater => Err(Error::new(
                code::CHANGE_STREAM_FATAL_ERROR,
                format!(
                    "cannot resume stream; the resume token was not found. {}",
                    text::compact(&Bson::Document(token.to_document()))
                ),
            )),
        }
    }
}

/// How far a change stream has come. The stream says what it has made and seen, its cursor what came out of the
/// user's stages.
#[derive(Debug)]
pub struct Progress {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The token to go on from.
    token: Token,
    /// The token before the event that was given out last.
    before: Token,
    /// The event that is on its way through the user's stages.
    made: Option<Token>,
    seen: Timestamp,
    read: bool,
    over: bool,
}

impl Progress {
    fn new(token: Token, seen: Timestamp) -> Self {
        Self {
            state: Mutex::new(State {
                before: token.clone(),
                token,
                made: None,
                seen,
                read: false,
                over: false,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event goes into the stages.
    fn made(&self, token: Token) {
        let mut state = self.state();
        state.read = true;
        state.made = Some(token);
    }

    fn end(&self) {
        self.state().over = true;
    }

    /// The event that ends the stream has gone into the stages. Where they keep it back, the stream
    /// is over all the same, and goes on behind it.
    fn passed(&self) {
        let mut state = self.state();
        if let Some(made) = state.made.take() {
            state.before = std::mem::replace(&mut state.token, made);
        }
    }

    fn has_read(&self) -> bool {
        self.state().read
    }

    /// All up to a time has been read.
    fn saw(&self, time: Timestamp) {
        let mut state = self.state();
        state.read = true;
        state.seen = state.seen.max(time);
        if time > state.token.cluster_time {
            state.token = Token::high_water_mark(time);
        }
    }
}

impl cursor::Progress for Progress {
    fn token(&self) -> Document {
        self.state().token.to_document()
    }

    fn seen(&self) -> Timestamp {
        self.state().seen
    }

    fn is_over(&self) -> bool {
        self.state().over
    }

    fn check(&self, event: &Document) -> Result<()> {
        let mut state = self.state();
        let Some(made) = state.made.take() else {
            return Ok(());
        };
        let expected = made.to_document();
        match event.get("_id") {
            Some(Bson::Document(id)) if *id == expected => {}
            found => return Err(id_changed(expected, found)),
        }
        state.before = std::mem::replace(&mut state.token, made);
        Ok(())
    }

    fn hold(&self, held: bool) {
        let mut state = self.state();
        let State { token, before, .. } = &mut *state;
        if held || token.order(before).is_lt() {
            std::mem::swap(token, before);
        }
    }
}

fn id_changed(expected: Document, found: Option<&Bson>) -> Error {
    let mut event = Document::new();
    if let Some(found) = found {
        event.insert("_id", found.clone());
    }
    Error::new(
        code::CHANGE_STREAM_FATAL_ERROR,
        format!(
            "Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying the _id field of an event makes it impossible to resume the stream from that point. Only transformations that retain the unmodified _id field are allowed. Expected: {} but found: {}",
            text::document(&bson::doc! { "_id": expected }),
            text::document(&event)
        ),
    )
}
