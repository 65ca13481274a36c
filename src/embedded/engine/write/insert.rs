//! Inserting documents: many in one batch.

use std::sync::Arc;

use bson::{Document, RawDocument};
use bytes::Bytes;

use super::check::for_insert;
use super::validate::validate;
use super::{Outcome, Prepared, Refusal, Unit};
use crate::embedded::catalog::{Collection, Namespace};
use crate::embedded::engine::Operation;
use crate::embedded::engine::oplog::{OpKind, Origin};
use crate::embedded::engine::session::Done;
use crate::mql::{Error, Result, error::code};

/// How many documents, and how many bytes of them, one batch holds: enough that its fixed costs vanish,
/// few enough that others do not wait long for the mutex.
const BATCH_DOCUMENTS: usize = 1000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How documents are inserted.
#[derive(Debug, Clone, Default)]
pub struct InsertOptions {
    /// Whether the first error ends it.
    pub ordered: bool,
    /// Whether the validator is not asked.
    pub bypass_validation: bool,
}

/// What was inserted.
#[derive(Debug, Clone, Default)]
pub struct Inserted {
    /// How many documents.
    pub n: i64,
    /// What was refused, by place.
    pub errors: Vec<(usize, Error)>,
    /// The numbers of statements that had been executed before.
    pub retried: Vec<i32>,
}

/// A document that waits to be applied.
struct Waiting {
    place: usize,
    prepared: Prepared,
}

impl Operation {
    /// Inserts documents; the collection is made if it is not there.
    ///
    /// # Errors
    /// What ends the whole command: an interruption, a conflict in a transaction. Everything else is in the
    /// answer, by place.
    pub fn insert(
        &mut self,
        ns: &Namespace,
        documents: Vec<Bytes>,
        options: &InsertOptions,
    ) -> Result<Inserted> {
        let mut answer = Inserted::default();
        let mut rest = documents.into_iter().enumerate().peekable();
        while rest.peek().is_some() {
            self.interrupt.check()?;
            let mut chunk = Vec::new();
            let mut bytes = 0;
            while chunk.len() < BATCH_DOCUMENTS && bytes < BATCH_BYTES {
                let Some((place, document)) = rest.next() else {
                    break;
                };
                bytes += document.len();
                chunk.push((place, document));
            }
            if !self.insert_chunk(ns, chunk, options, &mut answer)? {
                break;
            }
        }
        Ok(answer)
    }

    /// Inserts a chunk; says whether to go on.
    fn insert_chunk(
        &mut self,
        ns: &Namespace,
        mut chunk: Vec<(usize, Bytes)>,
        options: &InsertOptions,
        answer: &mut Inserted,
    ) -> Result<bool> {
        self.skip_done(&mut chunk, answer);
        if chunk.is_empty() {
            return Ok(true);
        }
        let mut chunk: Vec<_> = chunk
            .into_iter()
            .map(|(n, d)| (n, self.checked(d)))
            .collect();
        // The refusal that ends an ordered insert; it counts when everything before it is written.
        let mut stop = None;
        while !chunk.is_empty() {
            let collection = match self.writable(ns) {
                Ok(collection) => collection,
                Err(e) => return self.refuse(chunk.iter().map(|(n, _)| *n), &e, options, answer),
            };
            let waiting = match prepare(&collection, &chunk, options, answer) {
                (waiting, None) => waiting,
                (waiting, refused) => {
                    chunk.truncate(waiting.len());
                    stop = refused;
                    waiting
                }
            };
            let (done, fine) = match self.in_transaction() {
                true => self.apply_in_transaction(&waiting, answer)?,
                false => self.apply_batches(&collection, &waiting, options, answer)?,
            };
            if !fine {
                return Ok(false);
            }
            // What is neither applied nor refused must be prepared again.
            chunk.retain(|(n, _)| {
                done.binary_search(n).is_err()
                    && !answer.errors.iter().any(|(refused, _)| refused == n)
            });
        }
        let Some(stop) = stop else { return Ok(true) };
        if self.in_transaction() {
            self.abort_transaction();
        }
        answer.errors.push(stop);
        Ok(false)
    }

    fn checked(&self, document: Bytes) -> Result<Bytes> {
        for_insert(document, || {
            let now = self.engine.now_millis();
            self.engine.writer().tick(now)
        })
    }

    /// Takes out what a former try of the command has inserted.
    fn skip_done(&mut self, chunk: &mut Vec<(usize, Bytes)>, answer: &mut Inserted) {
        let Some(session) = self.session.clone() else {
            return;
        };
        let Some(retry) = self.retry() else { return };
        chunk.retain(|(n, _)| {
            let stmt = session.statement(*n);
            let done = retry.done(stmt).is_some();
            if done {
                answer.n += 1;
                answer.retried.push(stmt);
            }
            !done
        });
    }

    /// The whole chunk is refused for one reason.
    fn refuse(
        &mut self,
        places: impl Iterator<Item = usize>,
        error: &Error,
        options: &InsertOptions,
        answer: &mut Inserted,
    ) -> Result<bool> {
        if ends_command(error, self.in_transaction()) {
            return Err(error.clone());
        }
        let in_transaction = self.in_transaction();
        if in_transaction {
            self.abort_transaction();
        }
        for place in places {
            answer.errors.push((place, error.clone()));
            if options.ordered || in_transaction {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn apply_in_transaction(
        &mut self,
        waiting: &[Waiting],
        answer: &mut Inserted,
    ) -> Result<(Vec<usize>, bool)> {
        let mut done = Vec::new();
        for Waiting { place, prepared } in waiting {
            match self.apply(prepared, None) {
                Ok(Outcome::Done(_)) => {
                    answer.n += 1;
                    done.push(*place);
                }
                Ok(Outcome::Again) => break,
                Err(e) if ends_command(&e, true) => return Err(e),
                Err(e) => {
                    self.abort_transaction();
                    answer.errors.push((*place, e));
                    return Ok((done, false));
                }
            }
        }
        // A document that is refused by itself ends the transaction too.
        if !answer.errors.is_empty() {
            self.abort_transaction();
        }
        Ok((done, answer.errors.is_empty()))
    }

    /// Applies what it can: all in one unit, or in a capped collection, where each makes room for the next, each
    /// in one of its own.
    fn apply_batches(
        &mut self,
        collection: &Arc<Collection>,
        waiting: &[Waiting],
        options: &InsertOptions,
        answer: &mut Inserted,
    ) -> Result<(Vec<usize>, bool)> {
        let size = match collection.capped {
            Some(_) => 1,
            None => waiting.len().max(1),
        };
        let mut all = Vec::new();
        for batch in waiting.chunks(size) {
            let refused = answer.errors.len();
            let (done, go_on) = self.apply_batch(collection, batch, options, answer)?;
            let left = batch.len() - done.len() > answer.errors.len() - refused;
            all.extend(done);
            if left || !go_on {
                return Ok((all, go_on));
            }
        }
        Ok((all, true))
    }

    /// Applies what it can in one unit.
    fn apply_batch(
        &mut self,
        collection: &Arc<Collection>,
        waiting: &[Waiting],
        options: &InsertOptions,
        answer: &mut Inserted,
    ) -> Result<(Vec<usize>, bool)> {
        let engine = self.engine.clone();
        let session = self.session.clone();
        let mut origin = self.origin(0);
        let mut unit = Unit::begin(&engine);
        if !unit.is_current(collection) {
            return Ok((Vec::new(), true));
        }
        let (mut done, mut go_on, mut held) = (Vec::new(), true, false);
        let mut statements: Vec<Done> = Vec::new();
        for Waiting { place, prepared } in waiting {
            let stmt = session.as_ref().map_or(0, |s| s.statement(*place));
            if let Some(origin) = &mut origin {
                origin.stmt_id = Some(stmt);
            }
            match unit.add(prepared, origin.as_ref()) {
                Ok((_, ts)) => {
                    done.push(*place);
                    if let Some(origin) = &mut origin {
                        remember(&mut statements, stmt, ts);
                        *origin = Origin {
                            previous: ts,
                            ..*origin
                        };
                    }
                }
                Err(Refusal::Held) => {
                    held = true;
                    break;
                }
                Err(Refusal::Changed) => break,
                Err(Refusal::Error(e)) => {
                    answer.errors.push((*place, e));
                    if options.ordered {
                        go_on = false;
                        break;
                    }
                }
            }
        }
        if let Some(retry) = self.retry() {
            statements
                .iter()
                .for_each(|done| retry.store(done, &mut unit.batch));
        }
        let written = unit.commit()?;
        self.wrote(written, None);
        statements
            .into_iter()
            .for_each(|done| self.wrote(None, Some(done)));
        answer.n += i64::try_from(done.len()).unwrap_or(i64::MAX);
        if held {
            engine.wait_for_release(&self.interrupt)?;
        }
        Ok((done, go_on))
    }
}

/// Joins statements that follow each other.
fn remember(statements: &mut Vec<Done>, stmt: i32, ts: bson::Timestamp) {
    match statements.last_mut() {
        Some(last) if last.stmt.checked_add(last.count) == Some(stmt) => {
            last.count += 1;
            last.ts = ts;
        }
        _ => statements.push(Done::new(stmt, OpKind::Insert).at(ts)),
    }
}

/// Prepares a chunk. If the order counts, it ends before the first document that is refused, and gives that
/// refusal.
fn prepare(
    collection: &Arc<Collection>,
    chunk: &[(usize, Result<Bytes>)],
    options: &InsertOptions,
    answer: &mut Inserted,
) -> (Vec<Waiting>, Option<(usize, Error)>) {
    let mut waiting = Vec::with_capacity(chunk.len());
    for (place, document) in chunk {
        let prepared = match document {
            Ok(document) => prepare_one(collection, document, options),
            Err(e) => Err(e.clone()),
        };
        match prepared {
            Ok(prepared) => waiting.push(Waiting {
                place: *place,
                prepared,
            }),
            Err(e) if options.ordered => return (waiting, Some((*place, e))),
            Err(e) => answer.errors.push((*place, e)),
        }
    }
    (waiting, None)
}

fn prepare_one(
    collection: &Arc<Collection>,
    document: &Bytes,
    options: &InsertOptions,
) -> Result<Prepared> {
    if collection.validator.is_some() && !options.bypass_validation {
        let decoded = RawDocument::from_bytes(document)
            .and_then(Document::try_from)
            .map_err(|e| Error::new(code::INVALID_BSON, e.to_string()))?;
        validate(collection, &decoded, None)?;
    }
    Prepared::insert(collection, document.clone())
}

/// Whether an error of one document ends the whole command.
#[must_use]
pub fn ends_command(error: &Error, in_transaction: bool) -> bool {
    const SNAPSHOT_UNAVAILABLE: i32 = 246;
    match error.code {
        code::MAX_TIME_MS_EXPIRED
        | code::INTERRUPTED
        | code::INTERRUPTED_AT_SHUTDOWN
        | code::SHUTDOWN_IN_PROGRESS => true,
        code::WRITE_CONFLICT
        | SNAPSHOT_UNAVAILABLE
        | code::LOCK_TIMEOUT
        | code::NO_SUCH_TRANSACTION => in_transaction,
        _ => false,
    }
}
