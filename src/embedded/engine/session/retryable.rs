//! What the statements of a write did, for its retry.

use std::collections::BTreeMap;

use bson::{Bson, Document, Timestamp, doc};
use bytes::{BufMut, Bytes, BytesMut};

use crate::embedded::commands::SessionId;
use crate::embedded::engine::oplog::OpKind;
use crate::embedded::storage::Direction;
use crate::embedded::storage::{Batch, KeyRange, Snapshot, Space};
use crate::mql::{Error, Result, error::code};

/// The statement number under which the store keeps that a transaction was committed.
const COMMITTED: u32 = u32::MAX;

/// What one statement did, or several that follow each other.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::embedded::engine) struct Done {
    /// The (first) statement's number.
    pub stmt: i32,
    /// How many statements.
    pub count: i32,
    pub op: OpKind,
    /// The `_id` of an upserted document.
    pub id: Option<Bson>,
    /// What findAndModify answered.
    pub reply: Option<Document>,
    /// When it was true.
    pub ts: Timestamp,
}

impl Done {
    pub fn new(stmt: i32, op: OpKind) -> Self {
        let ts = Timestamp {
            time: 0,
            increment: 0,
        };
        Self {
            stmt,
            count: 1,
            op,
            id: None,
            reply: None,
            ts,
        }
    }

    pub fn at(self, ts: Timestamp) -> Self {
        Self { ts, ..self }
    }

    fn covers(&self, stmt: i32) -> bool {
        (self.stmt..self.stmt.saturating_add(self.count)).contains(&stmt)
    }

    fn to_document(&self, number: i64) -> Document {
        let mut document =
            doc! { "n": number, "c": self.count, "op": self.op.letter(), "ts": self.ts };
        if let Some(id) = &self.id {
            document.insert("id", id.clone());
        }
        if let Some(reply) = &self.reply {
            document.insert("reply", reply.clone());
        }
        document
    }

    fn from_document(stmt: i32, document: &Document) -> Option<Self> {
        Some(Self {
            stmt,
            count: document.get_i32("c").ok()?,
            op: OpKind::of(document.get_str("op").ok()?)?,
            id: document.get("id").cloned(),
            reply: document.get_document("reply").ok().cloned(),
            ts: document.get_timestamp("ts").ok()?,
        })
    }
}

/// A write that may be retried: what its statements have done so far.
#[derive(Debug)]
pub(in crate::embedded::engine) struct Retryable {
    pub lsid: SessionId,
    pub number: i64,
    /// When the last statement was true.
    pub last: Timestamp,
    done: BTreeMap<i32, Done>,
}

impl Retryable {
    pub fn new(lsid: SessionId, number: i64) -> Self {
        let last = Timestamp {
            time: 0,
            increment: 0,
        };
        Self {
            lsid,
            number,
            last,
            done: BTreeMap::new(),
        }
    }

    /// What a statement did, if it was there before.
    pub fn done(&self, stmt: i32) -> Option<&Done> {
        let (_, done) = self.done.range(..=stmt).next_back()?;
        done.covers(stmt).then_some(done)
    }

    pub fn remember(&mut self, done: Done) {
        self.last = done.ts;
        self.done.insert(done.stmt, done);
    }

    /// Puts into a batch what a statement did.
    pub fn store(&self, done: &Done, batch: &mut Batch) {
        let key = key(&self.lsid, u32::try_from(done.stmt).unwrap_or(0));
        put(batch, key, &done.to_document(self.number));
    }
}

/// What the store knows of a session.
pub(in crate::embedded::engine) enum Stored {
    Nothing,
    Retryable(Retryable),
    /// A committed transaction of that number.
    Committed(i64),
}

/// Puts into a batch that a transaction is committed.
pub(in crate::embedded::engine) fn store_commit(
    lsid: &SessionId,
    number: i64,
    ts: Timestamp,
    batch: &mut Batch,
) {
    put(batch, key(lsid, COMMITTED), &doc! { "n": number, "ts": ts });
}

/// Reads what the store knows of a session.
pub(in crate::embedded::engine) fn load(lsid: &SessionId, snapshot: &Snapshot) -> Result<Stored> {
    let (mut newest, mut committed) = (-1, None);
    let mut entries = Vec::new();
    for entry in snapshot.scan(
        Space::Sessions,
        KeyRange::prefix(&prefix(lsid)),
        Direction::Forward,
    ) {
        let (key, value) = entry?;
        let Some(stmt) = stmt_of(&key) else { continue };
        let document = Document::from_reader(&value[..])
            .map_err(|e| Error::new(code::INTERNAL_ERROR, e.to_string()))?;
        let number = document.get_i64("n").unwrap_or(-1);
        newest = newest.max(number);
        if stmt == COMMITTED {
            committed = Some(number);
        } else {
            entries.push((number, i32::try_from(stmt).unwrap_or(0), document));
        }
    }
    if let Some(number) = committed.filter(|number| *number == newest) {
        return Ok(Stored::Committed(number));
    }
    if newest < 0 {
        return Ok(Stored::Nothing);
    }
    let mut retryable = Retryable::new(*lsid, newest);
    let mut done: Vec<Done> = entries
        .iter()
        .filter(|(number, ..)| *number == newest)
        .filter_map(|(_, stmt, document)| Done::from_document(*stmt, document))
        .collect();
    done.sort_by_key(|done| done.ts);
    done.into_iter().for_each(|done| retryable.remember(done));
    Ok(Stored::Retryable(retryable))
}

/// Removes what the store knows of a session.
pub(in crate::embedded::engine) fn forget(
    lsid: &SessionId,
    snapshot: &Snapshot,
    batch: &mut Batch,
) -> Result<()> {
    for entry in snapshot.scan(
        Space::Sessions,
        KeyRange::prefix(&prefix(lsid)),
        Direction::Forward,
    ) {
        batch.delete(Space::Sessions, entry?.0);
    }
    Ok(())
}

/// The session of a key of the store.
pub(in crate::embedded::engine) fn lsid_of(key: &[u8]) -> Option<SessionId> {
    Some(SessionId {
        id: key.get(..16)?.try_into().ok()?,
        uid: key.get(16..48)?.try_into().ok()?,
    })
}

fn prefix(lsid: &SessionId) -> BytesMut {
    let mut prefix = BytesMut::with_capacity(52);
    prefix.put_slice(&lsid.id);
    prefix.put_slice(&lsid.uid);
    prefix
}

fn key(lsid: &SessionId, stmt: u32) -> Bytes {
    let mut key = prefix(lsid);
    key.put_u32(stmt);
    key.freeze()
}

fn stmt_of(key: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(key.get(48..52)?.try_into().ok()?))
}

fn put(batch: &mut Batch, key: Bytes, document: &Document) {
    let mut bytes = Vec::new();
    if document.to_writer(&mut bytes).is_ok() {
        batch.put(Space::Sessions, key, bytes);
    }
}
