//! What insert, update and delete have in common: the batch's size, its errors by place, its reply.

use bson::raw::cstr;
use bson::{Bson, Document, RawDocumentBuf, Timestamp, doc, oid::ObjectId, rawdoc};
use bytes::Bytes;

use super::{CommandContext, Request};
use crate::embedded::catalog::{Namespace, check_collection_name, check_writable_name};
use crate::embedded::engine::ends_command;
use crate::mql::{Error, Result, error::code};

/// How many statements one command may have.
const MAX_BATCH: usize = 100_000;

/// The term of this node's only election, as `electionId`.
pub(super) fn election_id() -> ObjectId {
    ObjectId::from_bytes([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1])
}

/// The name of the collection that a command means.
pub(super) fn collection_name(request: &Request) -> Result<&str> {
    match request.body().get(&request.name) {
        Some(Bson::String(name)) => {
            check_collection_name(&request.db, name)?;
            Ok(name)
        }
        other => {
            let kind = other.map_or("missing", super::fields::type_name);
            Err(Error::bad_value(format!(
                "collection name has invalid type {kind}"
            )))
        }
    }
}

/// The collection that a write means.
pub(super) fn namespace(request: &Request) -> Result<Namespace> {
    let name = collection_name(request)?;
    check_writable_name(&request.db, name)?;
    Ok(Namespace::new(&request.db, name))
}

/// The statements of a batch.
pub(super) fn statements(request: &Request, field: &str) -> Result<Vec<Bytes>> {
    let Some(statements) = request.documents(field)? else {
        return Err(super::fields::missing(&request.name, field));
    };
    if statements.is_empty() || statements.len() > MAX_BATCH {
        return Err(Error::new(
            code::INVALID_LENGTH,
            format!(
                "Write batch sizes must be between 1 and {MAX_BATCH}. Got {} operations.",
                statements.len()
            ),
        ));
    }
    Ok(statements)
}

/// The reply of a batch, as it grows.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub n: i64,
    pub errors: Vec<(usize, Error)>,
    pub retried: Vec<i32>,
    pub upserted: Vec<Document>,
    pub modified: Option<i64>,
}

impl Reply {
    /// Notes what became of a statement; says whether to go on.
    pub fn note(
        &mut self,
        cx: &mut CommandContext<'_>,
        place: usize,
        ordered: bool,
        outcome: Result<()>,
    ) -> Result<bool> {
        let Err(error) = outcome else { return Ok(true) };
        let in_transaction = cx.operation.in_transaction();
        if ends_command(&error, in_transaction) {
            return Err(error);
        }
        self.errors.push((place, error));
        if in_transaction {
            cx.operation.abort_transaction();
        }
        Ok(!ordered && !in_transaction)
    }

    /// The reply's document.
    ///
    /// # Errors
    /// Never, since a reply's fields are BSON.
    pub fn finish(self, cx: &CommandContext<'_>) -> Result<RawDocumentBuf> {
        let time = cx.operation.time();
        let is_plain =
            self.errors.is_empty() && self.retried.is_empty() && self.upserted.is_empty();
        if let (true, Ok(n)) = (is_plain, i32::try_from(self.n)) {
            let op_time = rawdoc! { "ts": time, "t": 1_i64 };
            let mut reply = rawdoc! { "n": n, "electionId": election_id(), "opTime": op_time };
            match self.modified.map(i32::try_from) {
                None => return Ok(reply),
                Some(Ok(modified)) => {
                    reply.append(cstr!("nModified"), modified);
                    return Ok(reply);
                }
                Some(Err(_)) => {}
            }
        }
        RawDocumentBuf::try_from(&self.into_document(time))
            .map_err(|e| Error::new(code::INTERNAL_ERROR, e.to_string()))
    }

    fn into_document(self, time: Timestamp) -> Document {
        let mut reply = doc! { "n": int(self.n) };
        reply.insert("electionId", election_id());
        reply.insert("opTime", op_time(time));
        if !self.errors.is_empty() {
            let errors = self
                .errors
                .into_iter()
                .map(|(place, e)| write_error(place, e));
            reply.insert(
                "writeErrors",
                errors.map(Bson::Document).collect::<Vec<_>>(),
            );
        }
        if !self.retried.is_empty() {
            reply.insert("retriedStmtIds", self.retried);
        }
        if !self.upserted.is_empty() {
            reply.insert("upserted", self.upserted);
        }
        if let Some(modified) = self.modified {
            reply.insert("nModified", int(modified));
        }
        reply
    }
}

/// `{ts, t}`
pub(super) fn op_time(ts: Timestamp) -> Document {
    doc! { "ts": ts, "t": 1_i64 }
}

/// Counts are ints on the wire.
pub(super) fn int(n: i64) -> Bson {
    i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32)
}

fn write_error(place: usize, error: Error) -> Document {
    let place = i32::try_from(place).unwrap_or(i32::MAX);
    let mut document = doc! { "index": place, "code": error.code, "errmsg": error.message };
    document.extend(*error.extra);
    document
}
