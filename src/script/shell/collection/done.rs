//! [`Done`]: what a run of writes did, and the error that says what it did not.

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::common::count;
use super::run::{Batch, Kind, Op};
use crate::client::labels_of;
use crate::script::Doc;
use crate::script::convert::{document_from, value_from};
use crate::script::error::{Fault, Outcome, ScriptError};

/// What was done.
pub struct Done {
    /// Whether the server said what it did.
    pub acknowledged: bool,
    ordered: bool,
    ids: Vec<(usize, Bson)>,
    upserted: Vec<(usize, Bson)>,
    inserted: i64,
    matched: i64,
    modified: i64,
    deleted: i64,
    errors: Vec<WriteError>,
    concern_errors: Vec<Document>,
    labels: Vec<String>,
}

/// An operation that failed.
struct WriteError {
    /// Its place in the caller's list.
    place: usize,
    /// The server's words.
    error: Document,
    /// The operation.
    op: Document,
}

impl Done {
    pub(super) fn new(acknowledged: bool, ordered: bool) -> Self {
        Self {
            acknowledged,
            ordered,
            ids: Vec::new(),
            upserted: Vec::new(),
            inserted: 0,
            matched: 0,
            modified: 0,
            deleted: 0,
            errors: Vec::new(),
            concern_errors: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// What inserts do that all succeed.
    pub(super) fn of_inserts(ops: &[Op]) -> Self {
        let mut done = Self::new(true, true);
        done.ids = ops.iter().map(|op| op.id().clone()).enumerate().collect();
        done
    }

    /// Adds what the reply to a batch says.
    pub(super) fn add(&mut self, batch: &Batch, reply: &Document) -> Result<(), Fault> {
        let before = self.errors.len();
        for error in documents(reply, "writeErrors") {
            let (place, op) = &batch.ops[index_of(batch, &error)];
            self.errors.push(WriteError {
                place: *place,
                op: op.document()?,
                error,
            });
        }
        self.add_counts(batch, reply);
        if batch.kind == Kind::Insert {
            self.add_ids(batch, before);
        }
        let concern_error = reply.get_document("writeConcernError");
        self.concern_errors.extend(concern_error.ok().cloned());
        self.labels.extend(labels_of(reply));
        Ok(())
    }

    fn add_counts(&mut self, batch: &Batch, reply: &Document) {
        let n = count(reply, "n");
        match batch.kind {
            Kind::Insert => self.inserted += n,
            Kind::Delete => self.deleted += n,
            Kind::Update => {
                let upserted = documents(reply, "upserted");
                #[allow(clippy::cast_possible_wrap)] // at most the number of statements
                let new = upserted.len() as i64;
                self.matched += n - new;
                self.modified += count(reply, "nModified");
                for entry in upserted {
                    let id = entry.get("_id").cloned().unwrap_or(Bson::Null);
                    self.upserted
                        .push((batch.ops[index_of(batch, &entry)].0, id));
                }
            }
        }
    }

    /// The `_id`s of what got in: not of what failed and, in order, of nothing after it.
    fn add_ids(&mut self, batch: &Batch, errors_before: usize) {
        let failed = &self.errors[errors_before..];
        let stop = failed.first().filter(|_| self.ordered).map(|e| e.place);
        let mut failed = failed.iter().map(|e| e.place).peekable();
        for (place, op) in &batch.ops {
            if stop.is_some_and(|stop| *place >= stop) {
                break;
            }
            // Both lists go by place.
            if failed.next_if_eq(place).is_none() {
                self.ids.push((*place, op.id().clone()));
            }
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        !self.errors.is_empty() || !self.concern_errors.is_empty()
    }

    /// The run's end: an error where one of the operations, or the write concern, failed.
    pub(super) fn finish(self) -> Result<Self, Fault> {
        let first = self.errors.first().map(|e| &e.error);
        let Some(first) = first.or(self.concern_errors.first()) else {
            return Ok(self);
        };
        let message = first.get_str("errmsg").unwrap_or("write operation failed");
        let mut error = ScriptError::new("MongoBulkWriteError", message);
        error.code = i32::try_from(count(first, "code")).ok();
        error.labels = self.labels.clone();
        error.details = Some(self.details());
        Err(error.into())
    }

    /// The error of a run that ended early, with what was done before.
    pub(super) fn stopped_by(self, fault: Fault) -> Fault {
        let Fault::Script(mut error) = fault else {
            return fault;
        };
        if error.name == "MongoServerError" {
            error.name = "MongoBulkWriteError".into();
        }
        let details = error.details.get_or_insert_default();
        details.extend(self.details());
        Fault::Script(error)
    }

    /// The fields of the error, as mongosh's `MongoBulkWriteError` has them.
    fn details(self) -> Document {
        let mut result = Document::new();
        for (name, n) in self.counts() {
            result.insert(name, narrow(n));
        }
        result.insert("upsertedIds", by_place(&self.upserted));
        result.insert("insertedIds", by_place(&self.ids));
        let errors: Vec<Document> = self.errors.into_iter().map(WriteError::shown).collect();
        let mut details = doc! { "writeErrors": errors, "result": result };
        if !self.concern_errors.is_empty() {
            details.insert("writeConcernErrors", self.concern_errors);
        }
        details
    }

    fn counts(&self) -> [(&'static str, i64); 5] {
        #[allow(clippy::cast_possible_wrap)] // a length
        let upserted = self.upserted.len() as i64;
        [
            ("insertedCount", self.inserted),
            ("matchedCount", self.matched),
            ("modifiedCount", self.modified),
            ("deletedCount", self.deleted),
            ("upsertedCount", upserted),
        ]
    }

    /// The inserted `_id`s by place, as `insertMany` gives them.
    pub fn inserted_ids(&self) -> Dynamic {
        Dynamic::from(document_from(by_place(&self.ids)))
    }

    /// mongosh's `InsertManyResult`.
    ///
    /// # Errors
    /// Where an `_id` nests too deep.
    pub fn insert_result(&self) -> Outcome {
        let mut result = Doc::new();
        result.set("acknowledged", self.acknowledged.into())?;
        result.set("insertedIds", self.inserted_ids())?;
        Ok(Dynamic::from(result))
    }

    /// mongosh's `BulkWriteResult`.
    ///
    /// # Errors
    /// Where an `_id` nests too deep.
    pub fn result(&self) -> Outcome {
        let mut result = Doc::new();
        result.set("acknowledged", self.acknowledged.into())?;
        for (name, n) in self.counts() {
            result.set(name, n.into())?;
            if name == "insertedCount" {
                result.set("insertedIds", self.inserted_ids())?;
            }
        }
        result.set("upsertedIds", value_from(by_place(&self.upserted).into()))?;
        Ok(Dynamic::from(result))
    }
}

impl WriteError {
    /// `{ index, code, errmsg, errInfo, op }`: see [`super::bulk_error`] for how scripts see it.
    fn shown(self) -> Document {
        #[allow(clippy::cast_possible_wrap)] // a place in a list
        let index = narrow(self.place as i64);
        let mut shown = doc! { "index": index };
        for name in ["code", "errmsg", "errInfo"] {
            if let Some(value) = self.error.get(name) {
                shown.insert(name, value.clone());
            }
        }
        shown.insert("op", self.op);
        shown
    }
}

/// As a server writes a counter.
fn narrow(n: i64) -> Bson {
    i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32)
}

fn documents(reply: &Document, field: &str) -> Vec<Document> {
    let items = reply
        .get_array(field)
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.as_document().cloned())
        .collect()
}

/// Which operation of the batch an entry of the reply speaks of.
fn index_of(batch: &Batch, entry: &Document) -> usize {
    let index = usize::try_from(count(entry, "index")).unwrap_or(0);
    index.min(batch.ops.len() - 1)
}

fn by_place(ids: &[(usize, Bson)]) -> Document {
    let mut ids: Vec<&(usize, Bson)> = ids.iter().collect();
    ids.sort_by_key(|(place, _)| *place);
    ids.into_iter()
        .map(|(place, id)| (place.to_string(), id.clone()))
        .collect()
}
