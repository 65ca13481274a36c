//! [`Batches`]: a server's cursor, batch by batch.

use std::collections::VecDeque;

use bson::RawDocumentBuf;
use futures_util::StreamExt;
use mongodb::raw_batch_cursor::{RawBatch, RawBatchCursor, SessionRawBatchCursor};

use super::ambient::Ambient;
use super::session::SessionHandle;
use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;

/// A server's cursor with the documents that arrived and were not read yet. The driver closes the
/// server's side when this is dropped.
pub struct Batches {
    cursor: Cursor,
    arrived: VecDeque<RawDocumentBuf>,
    /// Whether the server has no more.
    drained: bool,
}

enum Cursor {
    Plain(Box<RawBatchCursor>),
    /// With the transaction that it was opened in.
    InSession(Box<SessionRawBatchCursor>, SessionHandle, u32),
}

impl Batches {
    /// A cursor outside of a session; its first batch arrived with the reply.
    ///
    /// # Errors
    /// The server's.
    pub fn plain(host: &Host, cursor: RawBatchCursor) -> Result<Self, Fault> {
        Self::start(host, Cursor::Plain(Box::new(cursor)))
    }

    /// A cursor in a session.
    ///
    /// # Errors
    /// The server's.
    pub fn in_session(
        host: &Host,
        cursor: SessionRawBatchCursor,
        session: SessionHandle,
    ) -> Result<Self, Fault> {
        let transaction = session.replaced();
        Self::start(
            host,
            Cursor::InSession(Box::new(cursor), session, transaction),
        )
    }

    fn start(host: &Host, cursor: Cursor) -> Result<Self, Fault> {
        let mut batches = Self {
            cursor,
            arrived: VecDeque::new(),
            drained: false,
        };
        batches.fetch(host)?;
        Ok(batches)
    }

    /// How many documents arrived and were not read yet.
    #[must_use]
    pub fn arrived(&self) -> usize {
        self.arrived.len()
    }

    /// Whether nothing is left, here or at the server.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.drained && self.arrived.is_empty()
    }

    /// Whether the server has no more.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.drained
    }

    /// The next document; asks the server at most once, so that nothing may mean "not yet" for a
    /// tailable cursor.
    ///
    /// # Errors
    /// The server's.
    pub fn try_next(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault> {
        if self.arrived.is_empty() {
            self.fetch(host)?;
        }
        Ok(self.arrived.pop_front())
    }

    /// The next document, asking the server until there is one; nothing where all is read.
    ///
    /// # Errors
    /// The server's.
    pub fn next(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault> {
        while self.arrived.is_empty() && !self.drained {
            self.fetch(host)?;
        }
        Ok(self.arrived.pop_front())
    }

    /// All that is left.
    ///
    /// # Errors
    /// The server's.
    pub fn rest(&mut self, host: &Host) -> Result<Vec<RawDocumentBuf>, Fault> {
        let mut all = Vec::with_capacity(self.arrived.len());
        while let Some(document) = self.next(host)? {
            all.push(document);
        }
        Ok(all)
    }

    /// Puts a document back in front (a `hasNext` looked at it).
    pub fn put_back(&mut self, document: RawDocumentBuf) {
        self.arrived.push_front(document);
    }

    /// The documents that arrived and were not read yet.
    pub fn waiting(&self) -> impl Iterator<Item = &RawDocumentBuf> {
        self.arrived.iter()
    }

    fn fetch(&mut self, host: &Host) -> Result<(), Fault> {
        if self.drained {
            return Ok(());
        }
        host.slot(Ambient::default).ready(host)?;
        let batch = match &mut self.cursor {
            Cursor::Plain(cursor) => host.wait(cursor.next())?,
            Cursor::InSession(_, session, transaction) if session.replaced() != *transaction => {
                return Err(left_behind().into());
            }
            Cursor::InSession(cursor, session, _) => {
                let next = session.with(|s| {
                    let mut stream = cursor.stream(s);
                    host.wait(stream.next())
                })??;
                let next = next.transpose().map_err(Fault::from);
                let judged = host.slot(Ambient::default).judge(Some(session), next)?;
                judged.map(Ok)
            }
        };
        match batch.transpose()? {
            None => self.drained = true,
            Some(batch) => self.take_in(&batch)?,
        }
        Ok(())
    }

    fn take_in(&mut self, batch: &RawBatch) -> Result<(), Fault> {
        for document in batch.doc_slices()? {
            let document = document?;
            self.arrived
                .extend(document.as_document().map(ToOwned::to_owned));
        }
        let id = batch
            .as_raw_document()
            .get_document("cursor")
            .and_then(|c| c.get_i64("id"));
        self.drained = id.is_ok_and(|id| id == 0);
        Ok(())
    }
}

/// The error for a cursor whose transaction was ended by an error that the script caught.
fn left_behind() -> ScriptError {
    let message = "this cursor was open when an operation failed, and its transaction has ended";
    ScriptError::new("MongoTransactionError", message).hint(
        "read it to its end first, with toArray(), or write delivery: \"at-least-once\" in STREAM",
    )
}
