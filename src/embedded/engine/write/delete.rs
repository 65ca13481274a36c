//! Deleting documents.

use std::sync::Arc;

use bson::Document;

use super::find::{Found, Target};
use super::update::Retry;
use super::{Outcome, Prepared};
use crate::embedded::catalog::{Collection, Namespace};
use crate::embedded::engine::{Operation, error};
use crate::mql::Result;

/// One statement of a delete.
#[derive(Debug, Clone)]
pub struct DeleteStatement {
    /// Which documents.
    pub target: Target,
    /// All of them, or the first one.
    pub multi: bool,
    /// The statement's number, if it may be retried.
    pub retry: Option<Retry>,
}

/// What a delete did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deleted {
    /// How many documents.
    pub n: i64,
    /// The (last) one.
    pub old: Option<Document>,
    /// Where the filter matched it.
    pub position: Option<usize>,
}

impl Operation {
    /// Runs one statement of a delete.
    ///
    /// # Errors
    /// What the server refuses.
    pub fn delete(&mut self, ns: &Namespace, statement: &DeleteStatement) -> Result<Deleted> {
        let mut answer = Deleted::default();
        loop {
            let view = self.view()?;
            let Some(collection) = view.collection(ns).cloned() else {
                return Ok(answer);
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
                if self.delete_one(&collection, statement, found?, &mut answer)? {
                    if !statement.multi {
                        return Ok(answer);
                    }
                } else {
                    vanished = true;
                }
            }
            if statement.multi || !vanished {
                return Ok(answer);
            }
            self.interrupt.check()?;
        }
    }

    /// Deletes one document that was found; whether it was there still.
    fn delete_one(
        &mut self,
        collection: &Arc<Collection>,
        statement: &DeleteStatement,
        mut found: Found,
        answer: &mut Deleted,
    ) -> Result<bool> {
        let mut collection = collection.clone();
        loop {
            let prepared = Prepared::delete(&collection, &found.record)?.seen(found.seen);
            let done = statement.retry.map(|retry| retry.deleted(&found.document));
            if let Outcome::Done(_) = self.apply(&prepared, done)? {
                answer.n += 1;
                answer.old = Some(found.document);
                answer.position = found.position;
                return Ok(true);
            }
            let view = self.view()?;
            match view.collection(&collection.ns) {
                Some(now) if now.id == collection.id => collection = now.clone(),
                _ => return Ok(false),
            }
            match statement.target.again(&view, &collection, &found)? {
                Some(now) => found = now,
                None => return Ok(false),
            }
        }
    }
}
