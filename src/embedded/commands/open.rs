//! Opening a cursor: the first batch, and what is left to `getMore`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bson::{Document, RawDocumentBuf, Timestamp, doc};

use super::context::CommandContext;
use super::request::Request;
use crate::embedded::cursor::{Batch, Cursor, FIRST_BATCH, Owner, Source};
use crate::mql::error::code;
use crate::mql::stage::Namespace;
use crate::mql::{Error, Interrupt, Result};

/// A cursor to be opened.
pub struct Opening {
    /// What the reply calls its namespace.
    pub namespace: Namespace,
    /// Its documents.
    pub source: Box<dyn Source>,
    /// How many documents the first batch has; `None` is the server's choice.
    pub batch_size: Option<u64>,
    /// Whether the first batch is all (`singleBatch`).
    pub single: bool,
    /// Whether it is tailable.
    pub tailable: bool,
    /// Whether a `getMore` waits for documents.
    pub await_data: bool,
    /// Whether it stays however long nobody reads it.
    pub no_timeout: bool,
    /// Whether it is a change stream's.
    pub change_stream: bool,
    /// What an error while reading begins with.
    pub context: &'static str,
}

impl Opening {
    /// A plain cursor.
    pub fn new(namespace: Namespace, source: Box<dyn Source>, context: &'static str) -> Self {
        Self {
            namespace,
            source,
            batch_size: None,
            single: false,
            tailable: false,
            await_data: false,
            no_timeout: false,
            change_stream: false,
            context,
        }
    }

    /// Reads the first batch and registers what is left; the reply.
    ///
    /// # Errors
    /// What reading says.
    pub fn open(
        mut self,
        cx: &mut CommandContext<'_>,
        request: &Request,
    ) -> Result<RawDocumentBuf> {
        let limit = self
            .batch_size
            .map_or(FIRST_BATCH, |n| usize::try_from(n).unwrap_or(usize::MAX));
        let mut batch = Batch::new("firstBatch", limit);
        let filled = fill(&mut *self.source, &mut None, &mut batch, &cx.env.interrupt);
        let Filled { over, held } = filled.map_err(|e| in_context(e, self.context))?;
        let at = cx.operation.snapshot_time();
        let token = self.source.resume_token();
        let over = over && !self.source.may_have_more();
        let id = if over || self.single {
            0
        } else {
            let cursor = Cursor {
                id: 0,
                namespace: self.namespace.clone(),
                owner: owner(cx),
                source: self.source,
                held,
                tailable: self.tailable,
                await_data: self.await_data,
                no_timeout: self.no_timeout,
                interrupt: cx.env.interrupt.clone(),
                time_left: time_left(cx),
                command: Arc::new(request.whole()),
                at_cluster_time: at,
                change_stream: self.change_stream,
            };
            cx.server.cursors.add(cursor)
        };
        reply(batch, token, id, &self.namespace, at)
    }
}

/// What is left of the command's time; the cursor waits for its next reader without it.
fn time_left(cx: &CommandContext<'_>) -> Option<Duration> {
    let interrupt = &cx.env.interrupt;
    let left = interrupt
        .deadline()?
        .saturating_duration_since(Instant::now());
    interrupt.set_deadline(None);
    Some(left)
}

/// What filling a batch came to.
pub struct Filled {
    /// Whether the source is known to have no more.
    pub over: bool,
    /// A document that had no room.
    pub held: Option<bytes::Bytes>,
}

/// Fills a batch from a source.
///
/// # Errors
/// What reading says, or an interruption.
pub fn fill(
    source: &mut dyn Source,
    held: &mut Option<bytes::Bytes>,
    batch: &mut Batch,
    interrupt: &Interrupt,
) -> Result<Filled> {
    if let Some(document) = held.take() {
        batch.push(document);
        source.hold(false);
    }
    while !batch.is_full() {
        interrupt.check()?;
        let Some(document) = source.next()? else {
            return Ok(Filled {
                over: true,
                held: None,
            });
        };
        if let Some(held) = batch.push(document) {
            source.hold(true);
            return Ok(Filled {
                over: false,
                held: Some(held),
            });
        }
    }
    Ok(Filled {
        over: source.is_done(),
        held: None,
    })
}

/// The reply of a batch.
///
/// # Errors
/// Never, since a reply's fields are BSON.
pub fn reply(
    batch: Batch,
    token: Option<Document>,
    id: i64,
    namespace: &Namespace,
    at: Option<Timestamp>,
) -> Result<RawDocumentBuf> {
    let mut fields = Document::new();
    if let Some(token) = token {
        fields.insert("postBatchResumeToken", token);
    }
    fields.extend(doc! { "id": id, "ns": namespace.to_string() });
    if let Some(at) = at {
        fields.insert("atClusterTime", at);
    }
    let fields = RawDocumentBuf::try_from(&fields)
        .map_err(|e| Error::new(code::INTERNAL_ERROR, e.to_string()))?;
    Ok(batch.reply(&fields))
}

/// Whose a cursor is that this command opens.
pub fn owner(cx: &CommandContext<'_>) -> Owner {
    let session = cx.session.as_ref();
    Owner {
        session: session.map(|s| s.lsid),
        transaction: session
            .filter(|s| s.in_transaction)
            .and_then(|s| s.txn_number),
        user: cx
            .connection
            .user
            .as_ref()
            .map(|(name, db)| format!("{db}.{name}")),
    }
}

/// An error while reading, as the command says it. Interruptions and the like stay as they are.
pub fn in_context(error: Error, context: &str) -> Error {
    if context.is_empty() {
        return error;
    }
    error.context(context)
}
