//! Choosing a plan, and running it.

use std::sync::Arc;

use bson::{Document, doc};

use super::{Hint, Query, Row, Rows, decode};
use crate::embedded::catalog::Collection;
use crate::embedded::engine::View;
use crate::embedded::storage::Direction;
use crate::mql::{Env, Error, Result};

/// How a query will be answered.
#[derive(Debug, Clone)]
pub struct Plan {
    query: Query,
    collection: Option<Arc<Collection>>,
    direction: Direction,
}

impl Plan {
    /// Chooses a plan. A collection that is not there has no rows.
    ///
    /// # Errors
    /// When the hint names no index, or the sort is none.
    pub fn choose(collection: Option<&Arc<Collection>>, query: Query, _env: &Env) -> Result<Self> {
        let natural = query.sort.as_ref().and_then(|sort| sort.get("$natural"));
        let backward = natural.and_then(bson::Bson::as_i32).is_some_and(|n| n < 0)
            || query.hint == Some(Hint::Natural(-1));
        if let (Some(Hint::Name(_) | Hint::Pattern(_)), Some(_)) = (&query.hint, collection) {
            // Replaced by the planner.
            let known = hinted(collection, query.hint.as_ref());
            if !known {
                return Err(Error::bad_value(
                    "error processing query: hint provided does not correspond to an existing index",
                ));
            }
        }
        Ok(Self {
            query,
            collection: collection.cloned(),
            direction: if backward {
                Direction::Backward
            } else {
                Direction::Forward
            },
        })
    }

    /// What the plan is, in the shape of `explain`'s `winningPlan`.
    #[must_use]
    pub fn explain(&self) -> Document {
        match &self.collection {
            None => doc! { "stage": "EOF" },
            Some(_) => doc! { "stage": "COLLSCAN", "direction": "forward" },
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// What reading says.
    pub fn run(self, view: &View, env: &Env) -> Result<Rows> {
        let Some(collection) = &self.collection else {
            return Ok(Rows(Box::new(std::iter::empty())));
        };
        let mut needs = self.query.needs.clone();
        self.query.matcher.deps(&mut needs);
        let interrupt = env.interrupt.clone();
        let matcher = self.query.matcher.clone();
        let records = view.records(collection, self.direction);
        let rows = records.filter_map(move |record| {
            let row = record.and_then(|record| {
                interrupt.check()?;
                let document = decode(record.raw()?, &needs)?;
                let found = matcher.matches_at(&document)?;
                Ok(found.map(|found| Row {
                    record,
                    document,
                    position: found.index,
                    key: None,
                }))
            });
            row.transpose()
        });
        let skip = usize::try_from(self.query.skip).unwrap_or(usize::MAX);
        let limit = self
            .query
            .limit
            .map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
        Ok(Rows(Box::new(rows.skip(skip).take(limit))))
    }
}

fn hinted(collection: Option<&Arc<Collection>>, hint: Option<&Hint>) -> bool {
    let mut indexes = collection.into_iter().flat_map(|c| c.indexes.iter());
    match hint {
        Some(Hint::Name(name)) => indexes.any(|index| index.name == *name),
        Some(Hint::Pattern(pattern)) => indexes.any(|index| {
            index
                .spec
                .get_document("key")
                .is_ok_and(|key| key == pattern)
        }),
        _ => true,
    }
}
