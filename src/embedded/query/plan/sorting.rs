//! Whether an index gives documents in the order of a sort.

use bson::Document;

use super::candidate::Candidate;
use crate::embedded::index::multikey_bit;
use crate::embedded::storage::Direction;
use crate::value::Number;

/// In which direction a scan gives the order of a sort, if it does.
pub(in crate::embedded::query) fn direction(
    candidate: &Candidate,
    sort: &Document,
) -> Option<Direction> {
    let index = &candidate.index;
    let fields = &candidate.bounds.fields;
    let is_point = |field: usize| fields.get(field).is_some_and(|field| field.is_point());
    let mut field = 0;
    let mut direction = None;
    for (path, way) in sort {
        let ascending = ascending(way)?;
        let place = index.fields.iter().position(|(own, _)| own == path)?;
        if is_point(place) && !is_multikey(candidate, place) {
            // The same in all documents.
            continue;
        }
        while field < place && is_point(field) {
            field += 1;
        }
        if field != place || !keeps_order(candidate, place) {
            return None;
        }
        let (_, index_ascends) = index.fields.get(place)?;
        let own = if *index_ascends == ascending {
            Direction::Forward
        } else {
            Direction::Backward
        };
        if *direction.get_or_insert(own) != own {
            return None;
        }
        field += 1;
    }
    Some(direction.unwrap_or_default())
}

fn ascending(way: &bson::Bson) -> Option<bool> {
    Number::from_bson(way).map(|number| number.to_f64() >= 0.0)
}

fn is_multikey(candidate: &Candidate, field: usize) -> bool {
    let index = &candidate.index;
    let parts = index
        .fields
        .get(field)
        .map_or(0, |(path, _)| path.split('.').count());
    (0..parts).any(|part| index.multikey_fields() & multikey_bit(&index.fields, field, part) != 0)
}

/// A document with several keys is sorted by its least or greatest one, which bounds may leave out.
fn keeps_order(candidate: &Candidate, field: usize) -> bool {
    if !is_multikey(candidate, field) {
        return true;
    }
    let first = |field: usize| {
        candidate
            .index
            .fields
            .get(field)
            .and_then(|(path, _)| path.split('.').next())
    };
    let own = candidate
        .bounds
        .fields
        .get(field)
        .is_some_and(|field| field.is_all());
    let bounded = |(other, intervals): (usize, &crate::embedded::index::bounds::Intervals)| {
        other != field && !intervals.is_all() && first(other) == first(field)
    };
    own && !candidate.bounds.fields.iter().enumerate().any(bounded)
}
