//! Applying one prepared write for an operation, in its transaction or outside of one.

use std::time::{Duration, Instant};

use bson::{Bson, Document, Timestamp};

use super::{Prepared, Unit};
use crate::embedded::catalog::Index;
use crate::embedded::engine::oplog::{OpKind, Origin};
use crate::embedded::engine::session::Done;
use crate::embedded::engine::{Engine, Operation, RecordId};
use crate::embedded::{index, storage};
use crate::mql::{Error, Interrupt, Result};

/// Why a write was not applied.
#[derive(Debug)]
pub(in crate::embedded::engine) enum Refusal {
    /// It was prepared for something that is no longer so.
    Changed,
    /// An open transaction holds what it would write.
    Held,
    /// It is refused for good.
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(e: Error) -> Self {
        Refusal::Error(e)
    }
}

impl From<storage::Error> for Refusal {
    fn from(e: storage::Error) -> Self {
        Refusal::Error(e.into())
    }
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::embedded::engine) enum Outcome {
    /// It is applied.
    Done(RecordId),
    /// It must be prepared again.
    Again,
}

impl Operation {
    /// Applies one write. `done` is what a retry of the statement is to be told, where it may be retried.
    pub(in crate::embedded::engine) fn apply(
        &mut self,
        prepared: &Prepared,
        done: Option<Done>,
    ) -> Result<Outcome> {
        if self.in_transaction() {
            let engine = self.engine.clone();
            let record = self.open_transaction()?.apply(&engine, prepared)?;
            return Ok(Outcome::Done(record));
        }
        match self.apply_alone(prepared, done) {
            Ok(record) => Ok(Outcome::Done(record)),
            Err(Refusal::Changed) => {
                self.interrupt.check()?;
                Ok(Outcome::Again)
            }
            Err(Refusal::Held) => {
                self.engine.wait_for_release(&self.interrupt)?;
                Ok(Outcome::Again)
            }
            Err(Refusal::Error(e)) => Err(e),
        }
    }

    fn apply_alone(
        &mut self,
        prepared: &Prepared,
        done: Option<Done>,
    ) -> Result<RecordId, Refusal> {
        let engine = self.engine.clone();
        let mut unit = Unit::begin(&engine);
        if !unit.is_current(&prepared.collection) {
            return Err(Refusal::Changed);
        }
        let origin = done.as_ref().and_then(|done| self.origin(done.stmt));
        let (record, ts) = unit.add(prepared, origin.as_ref())?;
        let done = done.map(|done| done.at(ts));
        if let (Some(done), Some(retry)) = (&done, self.retry()) {
            retry.store(done, &mut unit.batch);
        }
        let written = unit.commit()?;
        self.wrote(written, done);
        Ok(record)
    }

    /// Who writes, for the oplog entry of a statement that may be retried.
    pub(in crate::embedded::engine) fn origin(&mut self, stmt: i32) -> Option<Origin> {
        let retry = self.retry()?;
        Some(Origin {
            lsid: retry.lsid,
            txn_number: retry.number,
            stmt_id: Some(stmt),
            previous: retry.last,
        })
    }

    /// Remembers what a unit wrote.
    pub(in crate::embedded::engine) fn wrote(
        &mut self,
        written: Option<(storage::Seq, Timestamp)>,
        done: Option<Done>,
    ) {
        if written.is_some() {
            self.written = written;
        }
        if let (Some(done), Some(retry)) = (done, self.retry()) {
            retry.remember(done);
        }
    }
}

/// What a statement did when the command came before.
#[derive(Debug, Clone, PartialEq)]
pub struct DoneBefore {
    /// Whether it inserted (an upsert).
    pub inserted: bool,
    /// The `_id` of the upserted document.
    pub id: Option<Bson>,
    /// What findAndModify answered.
    pub reply: Option<Document>,
    /// When.
    pub ts: Timestamp,
}

impl Operation {
    /// What a statement did, if the command is a retry and the statement was executed before.
    pub fn done_before(&mut self, stmt: i32) -> Option<DoneBefore> {
        let done = self.retry()?.done(stmt)?;
        Some(DoneBefore {
            inserted: done.op == OpKind::Insert,
            id: done.id.clone(),
            reply: done.reply.clone(),
            ts: done.ts,
        })
    }
}

impl Engine {
    /// Waits until some transaction has ended.
    pub(in crate::embedded::engine) fn wait_for_release(
        &self,
        interrupt: &Interrupt,
    ) -> Result<()> {
        // A transaction may have ended since the refusal; the wait is short enough not to matter then.
        const WAIT: Duration = Duration::from_millis(5);
        interrupt.check()?;
        let mut wait = WAIT;
        if let Some(deadline) = interrupt.deadline() {
            wait = wait.min(deadline.saturating_duration_since(Instant::now()));
        }
        let writer = self.writer();
        drop(self.released.wait_timeout(writer, wait));
        interrupt.check()
    }
}

/// The error of a key that another document has.
pub(in crate::embedded::engine) fn duplicate(
    prepared: &Prepared,
    index: &Index,
    key: &[u8],
) -> Error {
    let new = prepared.new.as_deref().unwrap_or_default();
    let document = Document::from_reader(new).unwrap_or_default();
    index::duplicate_key(&prepared.collection.ns, index, &document, key)
}
