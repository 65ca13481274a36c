//! Updating documents.

use std::sync::Arc;

use bson::raw::RawDocumentBuf;
use bson::{Bson, Document, RawDocument, oid::ObjectId};

use super::check::for_insert;
use super::find::{Found, Target};
use super::validate::validate;
use super::{Outcome, Prepared};
use crate::embedded::catalog::{Collection, Namespace};
use crate::embedded::engine::oplog::OpKind;
use crate::embedded::engine::session::Done;
use crate::embedded::engine::{Operation, error};
use crate::mql::update::{Applied, Update};
use crate::mql::{Env, Error, Result, error::code};

/// One statement of an update.
#[derive(Debug, Clone)]
pub struct UpdateStatement {
    /// Which documents.
    pub target: Target,
    /// What becomes of them.
    pub update: Update,
    /// All of them, or the first one.
    pub multi: bool,
    /// Whether one is inserted if there is none.
    pub upsert: bool,
    /// What is inserted then, if not what the update makes.
    pub supplied: Option<Document>,
    /// Whether the validator is not asked.
    pub bypass_validation: bool,
    /// Time and variables.
    pub env: Env,
    /// The statement's number, if it may be retried, and what makes a retry's answer of it.
    pub retry: Option<Retry>,
}

/// A statement that may be retried.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// Its number.
    pub stmt: i32,
    /// Whether its reply is kept (findAndModify), and whether with the new document.
    pub keep: Option<Keep>,
}

/// Which document findAndModify answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The one before.
    Old,
    /// The one after.
    New,
}

/// What an update did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Updated {
    /// How many documents were found.
    pub matched: i64,
    /// How many were changed.
    pub modified: i64,
    /// The `_id` of the inserted document.
    pub upserted: Option<Bson>,
    /// The (last) document before and after, and where it matched.
    pub old: Option<Document>,
    /// The document after it.
    pub new: Option<Document>,
    /// Where the filter matched.
    pub position: Option<usize>,
}

impl Operation {
    /// Runs one statement of an update.
    ///
    /// # Errors
    /// What the server refuses.
    pub fn update(&mut self, ns: &Namespace, statement: &UpdateStatement) -> Result<Updated> {
        let mut answer = Updated::default();
        // Another insert may be faster than an upsert's; each round means that one was.
        for _ in 0..100 {
            self.interrupt.check()?;
            if self.update_found(ns, statement, &mut answer)? {
                return Ok(answer);
            }
            if !statement.upsert {
                return Ok(answer);
            }
            match self.upsert(ns, statement, &mut answer) {
                Err(e) if self.may_try_again(&e, statement) => {}
                Err(e) => return Err(e),
                Ok(true) => return Ok(answer),
                Ok(false) => {}
            }
        }
        Err(error::write_conflict())
    }

    /// Updates what is found; whether anything was.
    fn update_found(
        &mut self,
        ns: &Namespace,
        statement: &UpdateStatement,
        answer: &mut Updated,
    ) -> Result<bool> {
        loop {
            let view = self.view()?;
            let Some(collection) = view.collection(ns).cloned() else {
                return Ok(false);
            };
            if collection.is_view() {
                return Err(error::is_view(ns));
            }
            let mut vanished = false;
            let mut rows = Some(statement.target.search(&view, &collection)?);
            drop(view);
            while let Some(found) = rows.as_mut().and_then(Iterator::next) {
                if !statement.multi {
                    // Nobody looks at the present state any more, so that the write may change it in place.
                    rows = None;
                }
                if self.update_one(&collection, statement, found?, answer)? {
                    if !statement.multi {
                        return Ok(true);
                    }
                } else {
                    vanished = true;
                }
            }
            // The one that was found is gone; another may be there now.
            if statement.multi || !vanished {
                return Ok(answer.matched > 0);
            }
            self.interrupt.check()?;
        }
    }

    /// Updates one document that was found; whether it is there still.
    fn update_one(
        &mut self,
        collection: &Arc<Collection>,
        statement: &UpdateStatement,
        mut found: Found,
        answer: &mut Updated,
    ) -> Result<bool> {
        let mut collection = collection.clone();
        loop {
            let applied =
                statement
                    .update
                    .apply(&found.document, found.position, &statement.env)?;
            if !applied.modified {
                answer.count(found, applied);
                return Ok(true);
            }
            if !statement.bypass_validation {
                validate(&collection, &applied.doc, Some(&found.document))?;
            }
            let raw = raw(&applied.doc)?;
            let prepared = Prepared::update(&collection, &found.record, raw, &applied.change)?;
            let prepared = prepared.seen(found.seen);
            let done = statement
                .retry
                .map(|retry| retry.done(OpKind::Update, &found, &applied));
            if let Outcome::Done(_) = self.apply(&prepared, done)? {
                answer.count(found, applied);
                return Ok(true);
            }
            match self.again(&mut collection, statement, &found)? {
                Some(now) => found = now,
                None => return Ok(false),
            }
        }
    }

    /// The document as it is now, and the collection.
    fn again(
        &mut self,
        collection: &mut Arc<Collection>,
        statement: &UpdateStatement,
        found: &Found,
    ) -> Result<Option<Found>> {
        let view = self.view()?;
        match view.collection(&collection.ns) {
            Some(now) if now.id == collection.id => *collection = now.clone(),
            _ => return Ok(None),
        }
        statement.target.again(&view, collection, found)
    }

    /// Inserts what an upsert makes. False when the collection has changed meanwhile.
    fn upsert(
        &mut self,
        ns: &Namespace,
        statement: &UpdateStatement,
        answer: &mut Updated,
    ) -> Result<bool> {
        let document = match &statement.supplied {
            Some(document) => document.clone(),
            None => statement.update.upsert(
                &statement.target.equalities(),
                || Bson::ObjectId(ObjectId::new()),
                &statement.env,
            )?,
        };
        let collection = self.writable(ns)?;
        if !statement.bypass_validation {
            validate(&collection, &document, None)?;
        }
        let engine = self.engine.clone();
        let raw = for_insert(raw(&document)?.into_bytes().into(), || {
            engine.writer().tick(engine.now_millis())
        })?;
        let stored = RawDocument::from_bytes(&raw).and_then(Document::try_from);
        let stored = stored.map_err(internal)?;
        let prepared = Prepared::insert(&collection, raw)?;
        let id = stored.get("_id").cloned().unwrap_or(Bson::Null);
        let done = statement.retry.map(|retry| retry.upserted(&id, &stored));
        match self.apply(&prepared, done)? {
            Outcome::Again => Ok(false),
            Outcome::Done(_) => {
                answer.upserted = Some(id);
                answer.new = Some(stored);
                Ok(true)
            }
        }
    }

    /// Whether an upsert met a document that its filter means, which is there since it looked.
    fn may_try_again(&self, error: &Error, statement: &UpdateStatement) -> bool {
        if error.code != code::DUPLICATE_KEY || self.in_transaction() {
            return false;
        }
        let Ok(values) = error.extra.get_document("keyValue") else {
            return false;
        };
        let equalities = statement.target.equalities();
        // Only a filter that says nothing but the key means the document that is in the way.
        statement.target.filter.len() == values.len()
            && equalities.len() == values.len()
            && values.iter().all(|(path, value)| {
                equalities.iter().any(|(p, v)| {
                    p == path && crate::value::compare(v, value) == std::cmp::Ordering::Equal
                })
            })
    }
}

impl Updated {
    fn count(&mut self, found: Found, applied: Applied) {
        self.matched += 1;
        self.modified += i64::from(applied.modified);
        self.old = Some(found.document);
        self.new = Some(applied.doc);
        self.position = found.position;
    }
}

impl Retry {
    fn done(self, op: OpKind, found: &Found, applied: &Applied) -> Done {
        let mut done = Done::new(self.stmt, op);
        done.reply = self.keep.map(|keep| {
            let value = match keep {
                Keep::Old => &found.document,
                Keep::New => &applied.doc,
            };
            kept(
                bson::doc! { "n": 1, "updatedExisting": true },
                Some(value),
                found.position,
            )
        });
        done
    }

    fn upserted(self, id: &Bson, document: &Document) -> Done {
        let mut done = Done::new(self.stmt, OpKind::Insert);
        done.id = Some(id.clone());
        done.reply = self.keep.map(|keep| {
            let last = bson::doc! { "n": 1, "updatedExisting": false, "upserted": id.clone() };
            kept(last, (keep == Keep::New).then_some(document), None)
        });
        done
    }

    pub(super) fn deleted(self, document: &Document) -> Done {
        let mut done = Done::new(self.stmt, OpKind::Delete);
        done.reply = self
            .keep
            .map(|_| kept(bson::doc! { "n": 1 }, Some(document), None));
        done
    }
}

/// What a retry of findAndModify is answered from: `value` is not projected yet.
fn kept(last: Document, value: Option<&Document>, position: Option<usize>) -> Document {
    let value = value.cloned().map_or(Bson::Null, Bson::Document);
    let position = position
        .and_then(|p| i64::try_from(p).ok())
        .map_or(Bson::Null, Bson::Int64);
    bson::doc! { "lastErrorObject": last, "value": value, "position": position }
}

fn raw(document: &Document) -> Result<RawDocumentBuf> {
    RawDocumentBuf::try_from(document).map_err(internal)
}

fn internal(e: impl std::fmt::Display) -> Error {
    Error::new(code::INTERNAL_ERROR, e.to_string())
}
