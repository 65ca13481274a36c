//! The choice.

use std::sync::Arc;

use bson::{Bson, Document};

use super::access::{Access, Branch, IndexScan, Sorting};
use super::candidate::Candidate;
use super::hinted;
use super::leaves::Conjunction;
use super::sorting;
use crate::embedded::catalog::{Collection, Index};
use crate::embedded::index::encode;
use crate::embedded::query::{Query, explain};
use crate::embedded::storage::Direction;
use crate::mql::Result;
use crate::mql::matching::Predicate;
use crate::mql::sort::SortSpec;

pub(super) type Choice = (Access, Sorting);

/// The plans for a query, the best one first; there is at least one.
pub(super) fn choose(collection: &Arc<Collection>, query: &Query) -> Result<Vec<Choice>> {
    if let Some(sort) = query.order() {
        SortSpec::parse(sort)?;
    }
    if let Some(key) = id_of(query) {
        return Ok(vec![(Access::Id(key), Sorting::Given)]);
    }
    let filter = Conjunction::of(query.matcher.predicate());
    if let Some(found) = hinted::choose(collection, query, &filter)? {
        return Ok(vec![found]);
    }
    if let Some(natural) = query.natural() {
        return Ok(vec![(Access::Collection(natural), Sorting::Given)]);
    }
    let indexes: Vec<&Arc<Index>> = collection
        .ready_indexes()
        .filter(|index| !index.hidden)
        .collect();
    let mut found = for_filter(&indexes, query, &filter)?;
    if found.is_empty() {
        found.extend(for_alternatives(&indexes, query, &filter)?);
    }
    // Where nothing has the order of the sort, an index that has it is worth a try.
    if !found
        .iter()
        .any(|(_, sorting)| matches!(sorting, Sorting::Given))
    {
        found.extend(for_order(&indexes, query, &filter));
    }
    if found.is_empty() {
        found.push((Access::Collection(Direction::Forward), Sorting::of(query)?));
    }
    Ok(found)
}

/// The key of a query for one `_id` and nothing else.
fn id_of(query: &Query) -> Option<bytes::Bytes> {
    let told = query.hint.is_some()
        || query.min.is_some()
        || query.max.is_some()
        || query.natural().is_some();
    let plain = query.skip == 0 && !query.return_key && !query.record_id && !told;
    plain.then(|| id_key(&query.filter)).flatten()
}

/// The key of a filter for one `_id` and nothing else.
pub fn id_key(filter: &Document) -> Option<bytes::Bytes> {
    match filter.get("_id").filter(|_| filter.len() == 1)? {
        Bson::Document(id) if id.keys().next().is_some_and(|name| name.starts_with('$')) => None,
        Bson::Array(_) | Bson::RegularExpression(_) | Bson::Undefined | Bson::Null => None,
        id => Some(encode::value(id).into()),
    }
}

/// Indexes that the filter has bounds for, the best one first.
fn for_filter(
    indexes: &[&Arc<Index>],
    query: &Query,
    filter: &Conjunction<'_>,
) -> Result<Vec<Choice>> {
    let mut candidates: Vec<Candidate> = indexes
        .iter()
        .filter_map(|index| Candidate::new(index, filter))
        .collect();
    candidates.sort_by_key(|candidate| {
        let ordered = query
            .order()
            .is_none_or(|sort| sorting::direction(candidate, sort).is_some());
        std::cmp::Reverse((candidate.rank(), ordered))
    });
    candidates
        .into_iter()
        .map(|candidate| scan(candidate, query, filter))
        .collect()
}

/// A candidate as a plan, with a sort if it has not the query's order.
pub(super) fn scan(
    candidate: Candidate,
    query: &Query,
    filter: &Conjunction<'_>,
) -> Result<Choice> {
    let direction = match query.order() {
        None => Some(Direction::Forward),
        Some(sort) => sorting::direction(&candidate, sort),
    };
    let sorting = match direction {
        Some(_) => Sorting::Given,
        None => Sorting::of(query)?,
    };
    let scan = IndexScan::new(candidate, direction.unwrap_or_default(), &filter.parts);
    Ok((Access::Index(scan), sorting))
}

/// A scan for each alternative of an `$or`, if every one has an index.
fn for_alternatives(
    indexes: &[&Arc<Index>],
    query: &Query,
    filter: &Conjunction<'_>,
) -> Result<Option<Choice>> {
    let branches = filter.parts.iter().find_map(|part| match part {
        Predicate::Or(some) => {
            let some = explain::ordered(some.iter().collect());
            some.into_iter()
                .map(|alternative| branch(indexes, alternative))
                .collect()
        }
        _ => None,
    });
    let Some(branches): Option<Vec<Branch>> = branches else {
        return Ok(None);
    };
    Ok(Some((Access::Either(branches), Sorting::of(query)?)))
}

fn branch(indexes: &[&Arc<Index>], alternative: &Predicate) -> Option<Branch> {
    let filter = Conjunction::of(alternative);
    let candidates = indexes
        .iter()
        .filter_map(|index| Candidate::new(index, &filter));
    let best = candidates.rev().max_by_key(Candidate::rank)?;
    Some(Branch {
        scan: IndexScan::new(best, Direction::Forward, &filter.parts),
    })
}

/// Whole indexes that have the query's order.
fn for_order(indexes: &[&Arc<Index>], query: &Query, filter: &Conjunction<'_>) -> Vec<Choice> {
    let Some(sort) = query.order() else {
        return Vec::new();
    };
    let whole = indexes.iter().filter(|index| !index.sparse);
    let candidates = whole.filter_map(|index| Candidate::any(index, filter));
    let ordered = candidates.filter_map(|candidate| {
        let candidate = candidate.unbounded();
        let direction = sorting::direction(&candidate, sort)?;
        let scan = IndexScan::new(candidate, direction, &filter.parts);
        Some((Access::Index(scan), Sorting::Given))
    });
    ordered.collect()
}
