//! One document by one value of one field: what most programs ask most often, without a plan.
//!
//! Nothing is found that a plan would not find: a filter is taken only if it is for an `_id`, or exactly one index
//! could serve it, and the index's keys answer it alone. (MongoDB 8.0 calls such plans "express".)

use std::sync::Arc;

use bson::{Bson, RawDocument};

use crate::embedded::catalog::{Collection, Index};
use crate::embedded::engine::{Record, RecordId, View};
use crate::embedded::index::encode;
use crate::embedded::storage::{Direction, KeyRange};
use crate::mql::Result;
use crate::value::raw::{self, RawFields};

/// A filter `{field: value}`, the field not a path and the value nothing that holds or means others.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    field: String,
    value: Bson,
}

impl Point {
    /// A filter in bytes, if it is such a one.
    #[must_use]
    pub fn of(filter: &RawDocument) -> Option<Self> {
        let mut fields = RawFields::of(filter);
        let (Some(Ok((name, value))), None) = (fields.next(), fields.next()) else {
            return None;
        };
        let field = raw::text(name).ok()?;
        let is_path = field.is_empty() || field.starts_with('$') || field.contains('.');
        if is_path || !value.is_plain() {
            return None;
        }
        Some(Self {
            field: field.to_owned(),
            value: value.to_bson().ok()?,
        })
    }

    /// Whether it means one document at most.
    #[must_use]
    pub fn is_of_id(&self) -> bool {
        self.field == "_id"
    }

    /// The first document that it means, in the order of the plan that there would be; `None` where that must be
    /// chosen.
    ///
    /// # Errors
    /// What the disk says.
    pub fn first(&self, view: &View, collection: &Collection) -> Result<Option<Option<Record>>> {
        let Some(index) = self.index(collection) else {
            return Ok(None);
        };
        Ok(Some(match self.record(view, index)? {
            Some(record) => view.record(collection, record)?,
            None => None,
        }))
    }

    /// The only index that a plan could take, if its keys are the field's values and nothing else.
    fn index<'c>(&self, collection: &'c Collection) -> Option<&'c Arc<Index>> {
        if self.is_of_id() {
            return collection.id_index();
        }
        let led_by = |index: &&Arc<Index>| {
            let first = index.fields.first().map(|(path, _)| path);
            first == Some(&self.field) && !index.hidden
        };
        let mut candidates = collection.ready_indexes().filter(led_by);
        let (index, None) = (candidates.next()?, candidates.next()) else {
            return None;
        };
        let has_all = !index.sparse && index.partial_filter().is_none();
        (has_all && index.fields.len() == 1 && !index.is_multikey()).then_some(index)
    }

    fn record(&self, view: &View, index: &Index) -> Result<Option<RecordId>> {
        let ascending = index.fields.first().is_none_or(|(_, ascending)| *ascending);
        let mut key = Vec::with_capacity(32);
        encode::put(&mut key, &self.value, ascending);
        // As elsewhere, the use of the index on `_id` is not counted.
        if !index.is_id() {
            index.count_use();
        }
        if index.unique {
            return view.unique(index, &key);
        }
        let mut keys = view.keys(index, &KeyRange::prefix(&key), Direction::Forward);
        Ok(keys.next().transpose()?.map(|(_, record)| record))
    }
}
