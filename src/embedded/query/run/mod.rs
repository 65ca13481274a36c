//! Running a plan on a view.
//!
//! A way to the documents gives records with the keys by which they were found; those that the filter means
//! become rows; the rows are sorted if the way has not their order, and skipped and limited.

mod counters;
mod fetch;
mod key;
mod scan;
mod sort;

use std::sync::Arc;

use super::plan::{Access, Plan, Sorting};
use super::{Row, Rows};
use crate::embedded::engine::View;
use crate::mql::{Env, Result};
pub(super) use counters::{Counters, ScanCounts};
use fetch::Fetch;
pub(super) use scan::Scanner;

/// A stream of rows.
pub(super) type RowIter = Box<dyn Iterator<Item = Result<Row>> + Send>;

/// The rows of a plan.
pub(super) fn rows(plan: Plan, view: &View, env: &Env, counters: &Arc<Counters>) -> Result<Rows> {
    let (skip, limit) = (plan.query.skip, plan.query.limit);
    let fetch = Fetch::new(&plan, view, env, counters.clone());
    let Some(collection) = plan.collection.clone() else {
        return Ok(Rows(Box::new(std::iter::empty())));
    };
    // What needs no look at documents is left out before they are fetched.
    let early = matches!(plan.sorting, Sorting::Given) && fetch.takes_all();
    let skipped = if early { skip } else { 0 };
    let rows = fetch.rows(&plan, view, collection, skipped)?;
    let rows: RowIter = match plan.sorting {
        Sorting::Given => rows,
        Sorting::Sort(spec) => {
            let most = limit.map(|limit| limit.saturating_add(skip));
            sort::sorted(rows, spec, most, &plan.query, env, counters)?
        }
    };
    let rows = rows.skip(as_usize(if early { 0 } else { skip }));
    let rows = rows.take(limit.map_or(usize::MAX, as_usize));
    let counters = counters.clone();
    Ok(Rows(Box::new(
        rows.inspect(move |_| counters.returned.add(1)),
    )))
}

/// How many rows a plan has.
pub(super) fn count(
    mut plan: Plan,
    view: &View,
    env: &Env,
    counters: &Arc<Counters>,
) -> Result<u64> {
    // The order does not matter, and nothing of a row but that it is there.
    plan.sorting = Sorting::Given;
    let (skip, limit) = (plan.query.skip, plan.query.limit.unwrap_or(u64::MAX));
    let bounded = |count: u64| count.saturating_sub(skip).min(limit);
    let all = plan.query.matcher.is_empty();
    match (&plan.access, &plan.collection) {
        (Access::Nothing, _) | (_, None) => Ok(0),
        (Access::Collection(_), Some(collection)) if all => {
            let count = u64::try_from(view.count(collection)?).unwrap_or(0);
            Ok(bounded(count))
        }
        (Access::Index(scan), _) if scan.is_exact() => {
            let keys = scan::Scanner::new(scan, view, counters.scan(), env.interrupt.clone());
            let mut count = 0;
            for key in keys.take(as_usize(skip.saturating_add(limit))) {
                key?;
                count += 1;
            }
            counters.returned.add(bounded(count));
            Ok(bounded(count))
        }
        _ => {
            plan.query.needs = crate::mql::Deps::default();
            let mut count = 0;
            for row in rows(plan, view, env, counters)? {
                row?;
                count += 1;
            }
            Ok(count)
        }
    }
}

fn as_usize(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
