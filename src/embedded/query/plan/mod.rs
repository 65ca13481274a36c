//! Choosing a plan.
//!
//! Without statistics, first by what the indexes are: whole unique keys, then single values in the leading fields,
//! then lists of values, then a range; the more of the filter is answered the better. An index that gives the
//! order of the sort is taken where none helps the filter. Indexes that leave documents out (sparse, partial)
//! are taken only where the filter means none of those. Where several could be taken they are tried
//! ([`Plan::decided`]) before the query runs.

mod access;
mod candidate;
mod choose;
mod hinted;
mod implies;
mod leaves;
mod sorting;
mod trial;

use std::sync::Arc;

use bson::Document;

use super::{Query, Rows, explain, run};
use crate::embedded::catalog::Collection;
use crate::embedded::engine::View;
use crate::mql::{Env, Result};
pub(super) use access::{Access, Branch, IndexScan, ScannedKeys, Sorting};
pub use choose::id_key;
pub(super) use leaves::Conjunction;

/// How a query will be answered.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) query: Query,
    pub(super) collection: Option<Arc<Collection>>,
    pub(super) access: Access,
    pub(super) sorting: Sorting,
    /// What could have been done instead.
    pub(super) rejected: Vec<(Access, Sorting)>,
}

impl Plan {
    /// Chooses a plan. A collection that is not there has no rows.
    ///
    /// # Errors
    /// When the hint names no index, `min` and `max` do not fit it, or the sort is none.
    pub fn choose(collection: Option<&Arc<Collection>>, query: Query, _env: &Env) -> Result<Self> {
        let (mut found, collection) = match collection {
            Some(collection) => (
                choose::choose(collection, &query)?,
                Some(collection.clone()),
            ),
            None => (vec![(Access::Nothing, Sorting::of(&query)?)], None),
        };
        let (access, sorting) = found.remove(0);
        Ok(Self {
            query,
            collection,
            access,
            sorting,
            rejected: found,
        })
    }

    /// What the plan is, in the shape of `explain`'s `winningPlan`.
    #[must_use]
    pub fn explain(&self) -> Document {
        explain::winning(self)
    }

    /// What could have been done instead, in the shape of `explain`'s `rejectedPlans`.
    #[must_use]
    pub fn explain_rejected(&self) -> Vec<Document> {
        explain::rejected(self)
    }

    /// The query's filter, written out.
    #[must_use]
    pub fn parsed_query(&self) -> Document {
        explain::shown(self.query.matcher.predicate())
    }

    /// Runs it.
    ///
    /// # Errors
    /// What reading says.
    pub fn run(self, view: &View, env: &Env) -> Result<Rows> {
        run::rows(self.decided(view, env)?, view, env, &Arc::default())
    }

    /// How many rows there are. Looks at no document where keys, or the collection's counter, say it.
    ///
    /// # Errors
    /// What reading says.
    pub fn count(self, view: &View, env: &Env) -> Result<u64> {
        run::count(self.decided(view, env)?, view, env, &Arc::default())
    }

    /// Runs it to the end. Gives `explain`'s `executionStats`, but for the time that it took.
    ///
    /// # Errors
    /// What reading says.
    pub fn measure(self, view: &View, env: &Env) -> Result<explain::Measured> {
        explain::measure(self.decided(view, env)?, view, env)
    }
}
