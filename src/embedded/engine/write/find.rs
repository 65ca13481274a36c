//! Finding the documents that an update or a delete means.

use std::sync::Arc;

use bson::{Bson, Document};

use crate::embedded::catalog::Collection;
use crate::embedded::engine::{Record, View};
use crate::embedded::storage::Direction;
use crate::mql::matching::Matcher;
use crate::mql::{Env, Result};

/// A document that was found.
#[derive(Debug, Clone)]
pub(in crate::embedded::engine) struct Found {
    pub record: Record,
    pub document: Document,
    /// The place in an array that a positional `$` means.
    pub position: Option<usize>,
}

/// What an update or a delete means.
#[derive(Debug, Clone)]
pub struct Target {
    /// As it was given.
    pub filter: Document,
    matcher: Matcher,
    hint: Option<Bson>,
    sort: Option<Document>,
    env: Env,
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
        let matcher = Matcher::parse(&filter, env)?;
        Ok(Self {
            filter,
            matcher,
            hint,
            sort,
            env: env.clone(),
        })
    }

    /// The fields that an upsert's document begins with.
    pub(super) fn equalities(&self) -> Vec<(String, Bson)> {
        let owned = |(path, value): (&str, &Bson)| (path.to_owned(), value.clone());
        self.matcher.equalities().into_iter().map(owned).collect()
    }

    /// The documents that are meant, as a view has them.
    pub(super) fn search(
        &self,
        view: &View,
        collection: &Arc<Collection>,
    ) -> Result<Box<dyn Iterator<Item = Result<Found>>>> {
        let target = self.clone();
        let records = view.records(collection, Direction::Forward);
        let found = records.filter_map(move |record| match record {
            Ok(record) => target.look(record).transpose(),
            Err(e) => Some(Err(e)),
        });
        Ok(Box::new(found))
    }

    /// Whether a document is meant.
    pub(super) fn look(&self, record: Record) -> Result<Option<Found>> {
        self.env.interrupt.check()?;
        let document = record.to_document()?;
        let position = self.matcher.matches_at(&document)?;
        Ok(position.map(|position| Found {
            record,
            document,
            position: position.index,
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
            Some(record) => self.look(record),
            None => Ok(None),
        }
    }
}
