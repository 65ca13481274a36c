//! Where the documents of cursors come from.

use std::sync::Arc;

use bson::{Bson, Document, Timestamp};
use bytes::Bytes;

use crate::embedded::catalog::Collection;
use crate::embedded::cursor::{Progress, Source};
use crate::embedded::engine::oplog::OplogReader;
use crate::embedded::engine::{Engine, Record, RecordId, Records, View};
use crate::embedded::query::{Row, Rows};
use crate::embedded::storage::Direction;
use crate::mql::error::code;
use crate::mql::matching::Matcher;
use crate::mql::project::Projection;
use crate::mql::stage::{BoxStream, Namespace};
use crate::mql::{Env, Error, Result};

/// How `find` shows a row.
pub struct Shape {
    /// The projection, if there is one.
    pub projection: Option<Projection>,
    /// Whether the index key is shown in the document's place (`returnKey`).
    pub return_key: bool,
    /// Whether the record's number is shown (`showRecordId`).
    pub record_id: bool,
    /// The command's environment.
    pub env: Env,
}

impl Shape {
    fn show(&self, row: Row) -> Result<Bytes> {
        if !self.return_key && !self.record_id && self.projection.is_none() {
            return Ok(row.record.bytes);
        }
        if let (Some(projection), false, false) =
            (&self.projection, self.return_key, self.record_id)
            && projection.is_selection()
        {
            let selected = projection.select(row.record.raw()?);
            return selected.map(Bytes::from);
        }
        let id = row.record.id;
        let mut shown = match (&self.projection, self.return_key) {
            (_, true) => row.key.map(|key| *key).unwrap_or_default(),
            (Some(projection), false) => {
                let document = row.document.unwrap_or_default();
                projection.apply(&document, row.position, &self.env)?
            }
            (None, false) => row.record.to_document()?,
        };
        if self.record_id {
            shown.insert("$recordId", i64::try_from(id.0).unwrap_or(i64::MAX));
        }
        encode(&shown)
    }
}

/// The rows of a plan.
pub struct RowSource {
    pub rows: Rows,
    pub shape: Shape,
    /// How many rows there are at most; known to be over then.
    pub left: Option<u64>,
}

impl Source for RowSource {
    fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(row) = self.rows.next() else {
            return Ok(None);
        };
        self.left = self.left.map(|n| n.saturating_sub(1));
        self.shape.show(row?).map(Some)
    }

    fn is_done(&self) -> bool {
        self.left == Some(0)
    }
}

/// The documents of a pipeline.
pub struct StreamSource {
    pub stream: BoxStream,
}

impl Source for StreamSource {
    fn next(&mut self) -> Result<Option<Bytes>> {
        self.stream
            .next()?
            .map(|document| encode(&document))
            .transpose()
    }
}

/// The events of a change stream: after `None` more may come.
pub struct ChangeSource {
    pub stream: BoxStream,
    /// What the stream has come to.
    pub progress: Arc<dyn Progress>,
}

impl Source for ChangeSource {
    fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(event) = self.stream.next()? else {
            return Ok(None);
        };
        self.progress.check(&event)?;
        encode(&event).map(Some)
    }

    fn hold(&mut self, held: bool) {
        self.progress.hold(held);
    }

    fn may_have_more(&self) -> bool {
        !self.progress.is_over()
    }

    fn seen(&self) -> Option<Timestamp> {
        Some(self.progress.seen())
    }

    fn resume_token(&self) -> Option<Document> {
        Some(self.progress.token())
    }
}

/// A tailable cursor on a capped collection: it reads on after the last record that it saw.
pub struct TailSource {
    pub engine: Arc<Engine>,
    pub namespace: Namespace,
    pub collection: Arc<Collection>,
    pub matcher: Matcher,
    pub shape: Shape,
    pub last: RecordId,
    pub seen: Timestamp,
    pub rows: Option<Records>,
    /// Rows to leave out first.
    pub skip: u64,
    /// Rows that it gives at most; then it is over.
    pub left: Option<u64>,
}

impl TailSource {
    fn row(&mut self) -> Result<Option<Row>> {
        if self.rows.is_none() {
            self.seen = self.engine.oplog().last();
            let view = self.engine.view();
            let same = view
                .collection(&self.namespace)
                .filter(|c| c.id == self.collection.id);
            let Some(collection) = same else {
                return Err(Error::new(
                    code::QUERY_PLAN_KILLED,
                    format!("collection dropped. UUID {}", self.collection.uuid),
                ));
            };
            self.check_place(&view, collection)?;
            self.rows = Some(view.records_after(collection, self.last, Direction::Forward));
        }
        for record in self.rows.iter_mut().flatten() {
            let record = record?;
            self.last = record.id;
            let document = record.to_document()?;
            if let Some(found) = self.matcher.matches_at(&document)? {
                return Ok(Some(Row {
                    record,
                    document: Some(Box::new(document)),
                    position: found.index,
                    key: None,
                }));
            }
        }
        self.rows = None;
        Ok(None)
    }

    /// What it read last must still be there, or something may have been overwritten unseen.
    fn check_place(&self, view: &View, collection: &Collection) -> Result<()> {
        if self.last == RecordId(0) || view.record(collection, self.last)?.is_some() {
            return Ok(());
        }
        Err(Error::new(
            code::CAPPED_POSITION_LOST,
            format!(
                "CollectionScan died due to position in capped collection being deleted. Last seen record id: RecordId({})",
                self.last.0
            ),
        ))
    }
}

impl Source for TailSource {
    fn next(&mut self) -> Result<Option<Bytes>> {
        if self.left == Some(0) {
            return Ok(None);
        }
        while let Some(row) = self.row()? {
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            self.left = self.left.map(|n| n.saturating_sub(1));
            return self.shape.show(row).map(Some);
        }
        Ok(None)
    }

    fn is_done(&self) -> bool {
        self.left == Some(0)
    }

    fn may_have_more(&self) -> bool {
        self.left != Some(0)
    }

    fn seen(&self) -> Option<Timestamp> {
        Some(self.seen)
    }
}

/// A tailable cursor on the history.
pub struct OplogTail {
    pub engine: Arc<Engine>,
    pub matcher: Matcher,
    pub shape: Shape,
    /// The last entry that it saw.
    pub last: Option<Timestamp>,
    pub seen: Timestamp,
    pub entries: Option<OplogReader>,
}

impl Source for OplogTail {
    fn next(&mut self) -> Result<Option<Bytes>> {
        if self.entries.is_none() {
            self.seen = self.engine.oplog().last();
            self.entries = Some(match self.last {
                Some(last) => self.engine.oplog().read_after(last),
                None => self.engine.oplog().read_from(self.engine.oplog().oldest()),
            });
        }
        for entry in self.entries.iter_mut().flatten() {
            let entry = entry?;
            self.last = Some(entry.ts);
            let document = whole(entry.raw()?)?;
            if let Some(found) = self.matcher.matches_at(&document)? {
                let record = Record {
                    id: RecordId(0),
                    bytes: Bytes::copy_from_slice(entry.raw()?.as_bytes()),
                };
                let row = Row {
                    record,
                    document: Some(Box::new(document)),
                    position: found.index,
                    key: None,
                };
                return self.shape.show(row).map(Some);
            }
        }
        self.entries = None;
        Ok(None)
    }

    fn may_have_more(&self) -> bool {
        true
    }

    fn seen(&self) -> Option<Timestamp> {
        Some(self.seen)
    }
}

fn whole(raw: &bson::RawDocument) -> Result<Document> {
    Document::try_from(raw).map_err(|e| Error::new(code::INVALID_BSON, e.to_string()))
}

/// A document in bytes.
///
/// # Errors
/// When it is too large for any reply.
pub fn encode(document: &Document) -> Result<Bytes> {
    let bytes = document
        .to_vec()
        .map_err(|e| Error::new(code::INVALID_BSON, e.to_string()))?;
    if bytes.len() > crate::embedded::wire::MAX_INTERNAL_DOCUMENT {
        return Err(Error::new(
            code::BSON_OBJECT_TOO_LARGE,
            format!(
                "BSONObj size: {} (0x{:X}) is invalid. Size must be between 0 and 16793600(16MB) First element: {}",
                bytes.len(),
                bytes.len(),
                document
                    .iter()
                    .next()
                    .map_or_else(String::new, |(k, v): (&String, &Bson)| {
                        crate::mql::text::field(k, v)
                    })
            ),
        ));
    }
    Ok(bytes.into())
}
