//! Finding the documents that an update or a delete means.

use std::sync::Arc;

use bson::{Bson, Document};

use crate::embedded::catalog::Collection;
use crate::embedded::commands::Shown;
use crate::embedded::engine::{Record, View};
use crate::embedded::query::{Hint, Plan, Query, id_key};
use crate::embedded::storage::Seq;
use crate::mql::matching::Matcher;
use crate::mql::{Env, Result};

/// A document that was found.
#[derive(Debug, Clone)]
pub(in crate::embedded::engine) struct Found {
    pub record: Record,
    pub document: Document,
    /// The place in an array that a positional `$` means.
    pub position: Option<usize>,
    /// The state of the store that it was found in.
    pub seen: Seq,
}

/// What an update or a delete means.
#[derive(Debug, Clone)]
pub struct Target {
    /// As it was given.
    pub filter: Document,
    matcher: Matcher,
    hint: Option<Hint>,
    sort: Option<Document>,
    env: Env,
    /// Whether it is an update's: the server shows such a query with its collation.
    of_update: bool,
}

impl Target {
    /// A filter with its index hint and, for one document of several, an order.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn parse(
        filter: Document,
        hint: Option<Bson>,
        sort: Option<Document>,
        env: &Env,
    ) -> Result<Self> {
        let matcher = Matcher::parse(&filter, env)?.sorted();
        let hint = hint.as_ref().map(Hint::parse).transpose()?.flatten();
        Ok(Self {
            filter,
            matcher,
            hint,
            sort,
            env: env.clone(),
            of_update: false,
        })
    }

    /// The same for an update.
    #[must_use]
    pub fn of_update(self) -> Self {
        Self {
            of_update: true,
            ..self
        }
    }

    /// The fields that an upsert's document begins with.
    pub(super) fn equalities(&self) -> Vec<(String, Bson)> {
        let owned = |(path, value): (&str, &Bson)| (path.to_owned(), value.clone());
        self.matcher.equalities().into_iter().map(owned).collect()
    }

    /// The documents that are meant, as a view has them.
    pub(in crate::embedded::engine) fn search(
        &self,
        view: &View,
        collection: &Arc<Collection>,
    ) -> Result<Box<dyn Iterator<Item = Result<Found>>>> {
        if let Some(found) = self.by_id(view, collection)? {
            return Ok(Box::new(found.map(Ok).into_iter()));
        }
        let mut query = Query::new(self.filter.clone(), self.matcher.clone());
        query.hint.clone_from(&self.hint);
        query.sort.clone_from(&self.sort);
        query.needs.whole_document();
        let planned = Plan::choose(Some(collection), query, &self.env).map_err(|e| {
            let shown = Shown {
                limit: self.sort.as_ref().map(|_| 1),
                filter: Some(&self.filter),
                sort: self.sort.as_ref(),
                collation: self.of_update,
                ..Shown::default()
            };
            shown.planning(e, &collection.ns)
        });
        let rows = planned?.run(view, &self.env)?;
        let seen = view.seq();
        Ok(Box::new(rows.map(move |row| {
            let row = row?;
            Ok(Found {
                record: row.record.clone(),
                position: row.position,
                document: row.into_document(),
                seen,
            })
        })))
    }

    /// The document of one `_id`, where the filter says no more than that.
    fn by_id(&self, view: &View, collection: &Arc<Collection>) -> Result<Option<Option<Found>>> {
        let is_told = self.hint.is_some() || self.sort.is_some();
        let key = id_key(&self.filter).filter(|_| !is_told);
        let (Some(key), Some(index)) = (key, collection.id_index()) else {
            return Ok(None);
        };
        self.env.interrupt.check()?;
        let record = match view.unique(index, &key)? {
            Some(record) => view.record(collection, record)?,
            None => None,
        };
        let found = |record: Record| -> Result<Found> {
            Ok(Found {
                document: record.to_document()?,
                record,
                position: None,
                seen: view.seq(),
            })
        };
        Ok(Some(record.map(found).transpose()?))
    }

    /// Whether a document is meant.
    pub(super) fn look(&self, record: Record, seen: Seq) -> Result<Option<Found>> {
        self.env.interrupt.check()?;
        let document = record.to_document()?;
        let position = self.matcher.matches_at(&document)?;
        Ok(position.map(|position| Found {
            record,
            document,
            position: position.index,
            seen,
        }))
    }

    /// The same document as it is now, if it is meant still.
    pub(super) fn again(
        &self,
        view: &View,
        collection: &Arc<Collection>,
        found: &Found,
    ) -> Result<Option<Found>> {
        match view.record(collection, found.record.id)? {
            Some(record) => self.look(record, view.seq()),
            None => Ok(None),
        }
    }
}
