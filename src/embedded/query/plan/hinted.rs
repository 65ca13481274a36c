//! Plans that a command asks for: `hint`, `min` and `max`.

use std::ops::Bound;
use std::sync::Arc;

use bson::{Bson, Document};
use bytes::Bytes;

use super::access::{Access, ScannedKeys, Sorting};
use super::candidate::Candidate;
use super::choose::{Choice, scan};
use super::leaves::Conjunction;
use crate::embedded::catalog::{Collection, Index};
use crate::embedded::index::encode_key;
use crate::embedded::query::{Hint, Query};
use crate::embedded::storage::{Direction, KeyRange};
use crate::mql::{Error, Result, error::code};

/// The plan of a query with a hint.
pub(super) fn choose(
    collection: &Arc<Collection>,
    query: &Query,
    filter: &Conjunction<'_>,
) -> Result<Option<Choice>> {
    let index = match &query.hint {
        Some(Hint::Natural(way)) => {
            let direction = if *way < 0 {
                Direction::Backward
            } else {
                Direction::Forward
            };
            no_range(
                query,
                51174,
                "The index chosen is not compatible with min/max",
            )?;
            return Ok(Some((Access::Collection(direction), Sorting::of(query)?)));
        }
        Some(hint) => find(collection, hint)?,
        None => {
            no_range(
                query,
                51173,
                "When using min()/max() a hint of which index to use must be provided",
            )?;
            return Ok(None);
        }
    };
    let candidate = Candidate::forced(index, filter);
    let range = range(index, query)?;
    let mut candidate = candidate;
    if range.is_some() {
        // The keys are given, so they answer nothing of the filter.
        candidate = Candidate::forced(index, &Conjunction::default());
        candidate.answers =
            vec![crate::embedded::index::bounds::Tightness::Inexact; filter.parts.len()];
    }
    let mut chosen = scan(candidate, query, filter)?;
    if let (Some(range), (Access::Index(scan), _)) = (range, &mut chosen) {
        scan.keys = ScannedKeys::Range(range);
    }
    Ok(Some(chosen))
}

/// The range is not empty and there is nothing that it could be of.
fn no_range(query: &Query, code: i32, text: &str) -> Result<()> {
    if query.min.is_some() || query.max.is_some() {
        return Err(planner(code, text));
    }
    Ok(())
}

fn planner(code: i32, text: &str) -> Error {
    Error::new(code, text).context("planner returned error")
}

fn find<'c>(collection: &'c Collection, hint: &Hint) -> Result<&'c Arc<Index>> {
    let meant = |index: &&Arc<Index>| match hint {
        Hint::Name(name) => index.name == *name,
        Hint::Pattern(pattern) => index
            .spec
            .get_document("key")
            .is_ok_and(|key| same_pattern(key, pattern)),
        Hint::Natural(_) => false,
    };
    let mut visible = collection.ready_indexes().filter(|index| !index.hidden);
    visible.find(meant).ok_or_else(|| {
        planner(
            code::BAD_VALUE,
            "hint provided does not correspond to an existing index",
        )
    })
}

/// `{a: 1}` and `{a: 1.0}` are one pattern.
fn same_pattern(a: &Document, b: &Document) -> bool {
    crate::value::compare::compare_documents(a, b).is_eq()
}

/// The keys from `min` up to `max`.
fn range(index: &Index, query: &Query) -> Result<Option<KeyRange>> {
    let bound = |given: &Option<Document>| match given {
        Some(values) => key(index, values).map(Some),
        None => Ok(None),
    };
    let (min, max) = (bound(&query.min)?, bound(&query.max)?);
    if let (Some(min), Some(max)) = (&min, &max)
        && min >= max
    {
        let text = "The value provided for min() does not come before the value provided for max() in the hinted index";
        return Err(planner(51175, text));
    }
    if min.is_none() && max.is_none() {
        return Ok(None);
    }
    Ok(Some(KeyRange {
        start: min.map_or(Bound::Unbounded, Bound::Included),
        end: max.map_or(Bound::Unbounded, Bound::Excluded),
    }))
}

/// The key of an index with these values, which must be all of its fields in their order.
fn key(index: &Index, values: &Document) -> Result<Bytes> {
    let fits = values.len() == index.fields.len()
        && values
            .keys()
            .zip(&index.fields)
            .all(|(name, (path, _))| name == path);
    if !fits {
        return Err(planner(
            51174,
            "The index chosen is not compatible with min/max",
        ));
    }
    let values: Vec<&Bson> = values.values().collect();
    Ok(encode_key(&index.fields, &values).into())
}
