//! What an index could do for a filter.

use std::cmp::Reverse;
use std::sync::Arc;

use super::implies::implies;
use super::leaves::{Conjunction, Leaf};
use crate::embedded::catalog::Index;
use crate::embedded::index::bounds::{Bounds, IndexBounds, Intervals, Tightness, Traits};
use crate::embedded::index::multikey_bit;

/// A scan of an index that finds all documents of a filter, and what is left to test.
#[derive(Debug, Clone)]
pub(in crate::embedded::query) struct Candidate {
    pub index: Arc<Index>,
    pub bounds: IndexBounds,
    /// How well the keys answer each part of the filter; [`Tightness::Inexact`] where they do not.
    pub answers: Vec<Tightness>,
}

impl Candidate {
    /// An index for a filter, if its first field helps.
    pub fn new(index: &Arc<Index>, filter: &Conjunction<'_>) -> Option<Self> {
        let candidate = Self::any(index, filter)?;
        let helps = candidate
            .bounds
            .fields
            .first()
            .is_some_and(|first| !first.is_all());
        // A field that is asked for (`$exists`) helps where all others are left out.
        let path = index.fields.first().map(|(path, _)| path.as_str());
        let asked = || {
            filter.leaves.iter().any(|leaf| {
                Some(leaf.path.as_str()) == path && leaf.bounds(traits(index, 0)).is_some()
            })
        };
        (helps || asked()).then_some(candidate)
    }

    /// An index for a filter, if it has all documents that the filter means.
    pub fn any(index: &Arc<Index>, filter: &Conjunction<'_>) -> Option<Self> {
        let holds_all = match index.partial_filter() {
            Some(partial) => implies(filter, partial?.predicate()),
            None => true,
        };
        holds_all.then(|| Self::forced(index, filter))
    }

    /// An index for a filter, whatever documents it leaves out: a hint is obeyed.
    pub fn forced(index: &Arc<Index>, filter: &Conjunction<'_>) -> Self {
        let mut answers = vec![Tightness::Inexact; filter.parts.len()];
        let mut used: Vec<(usize, &Leaf<'_>)> = Vec::new();
        let mut fields = Vec::with_capacity(index.fields.len());
        for field in 0..index.fields.len() {
            let chosen = choose(index, field, filter, &used);
            let mut intervals = Intervals::all();
            for (leaf, bounds) in chosen {
                intervals = intervals.intersection(&bounds.intervals);
                if let Some(answer) = answers.get_mut(leaf.part) {
                    *answer = bounds.tightness;
                }
                used.push((field, leaf));
            }
            fields.push(intervals);
        }
        Self {
            index: index.clone(),
            bounds: IndexBounds { fields },
            answers,
        }
    }

    /// The same index, all of it.
    pub fn unbounded(mut self) -> Self {
        self.bounds.fields.fill(Intervals::all());
        self.answers.fill(Tightness::Inexact);
        self
    }

    /// How good it is: greater is better.
    pub fn rank(&self) -> impl Ord + use<> {
        let fields = &self.bounds.fields;
        let points = fields.iter().take_while(|field| field.is_point()).count();
        let lists = fields.iter().take_while(|field| field.are_points()).count();
        let whole_key = self.index.unique && points == fields.len();
        let range = fields.get(lists).is_some_and(|field| !field.is_all());
        let bounded = fields.iter().filter(|field| !field.is_all()).count();
        let answered = self
            .answers
            .iter()
            .filter(|answer| **answer != Tightness::Inexact)
            .count();
        (
            whole_key,
            points,
            lists,
            range,
            bounded,
            answered,
            Reverse(fields.len()),
        )
    }
}

fn traits(index: &Index, field: usize) -> Traits {
    Traits {
        sparse: index.sparse,
        compound: index.fields.len() > 1,
        multikey: multikey_part(index, field).is_some(),
    }
}

/// The last part of a field's path that may hold an array.
fn multikey_part(index: &Index, field: usize) -> Option<usize> {
    let (path, _) = index.fields.get(field)?;
    let held =
        |part: &usize| index.multikey_fields() & multikey_bit(&index.fields, field, *part) != 0;
    (0..path.split('.').count()).rev().find(held)
}

/// The leaves whose bounds a field of an index takes.
fn choose<'f, 'p>(
    index: &Index,
    field: usize,
    filter: &'f Conjunction<'p>,
    used: &[(usize, &Leaf<'_>)],
) -> Vec<(&'f Leaf<'p>, Bounds)> {
    let Some((path, _)) = index.fields.get(field) else {
        return Vec::new();
    };
    let traits = traits(index, field);
    let of_path = filter.leaves.iter().filter(|leaf| leaf.path == *path);
    let usable = of_path.filter_map(|leaf| Some((leaf, leaf.bounds(traits)?)));
    let apart = usable.filter(|(leaf, _)| {
        used.iter()
            .all(|(other, used)| may_meet(index, field, leaf, *other, used))
    });
    let all: Vec<(&Leaf<'_>, Bounds)> = apart.collect();
    let Some(part) = multikey_part(index, field) else {
        return all;
    };
    // Different elements may pass different tests, so only one test counts; those of one element count together.
    let best = all.iter().max_by_key(|(_, bounds)| {
        let list = bounds.intervals.list();
        let from_below = list
            .first()
            .is_some_and(|first| first.start.after || !list.is_empty() && opens_upwards(bounds));
        (
            bounds.intervals.are_points(),
            Reverse(list.len()),
            bounds.tightness == Tightness::Exact,
            from_below,
        )
    });
    let Some((best, _)) = best else { return all };
    let together = |leaf: &Leaf<'_>| match &leaf.element {
        Some(element) => leaf.element == best.element && element.path.split('.').count() > part,
        None => false,
    };
    let best: *const Leaf<'_> = *best;
    all.into_iter()
        .filter(|(leaf, _)| std::ptr::eq(*leaf, best) || together(leaf))
        .collect()
}

/// Of two half-open ranges the server prefers the one that goes up.
fn opens_upwards(bounds: &Bounds) -> bool {
    use bson::Bson;
    let first = bounds.intervals.list().first();
    first.is_some_and(
        |first| !matches!(first.start.value, Bson::Double(x) if x == f64::NEG_INFINITY),
    )
}

/// Whether two fields may be bounded together: not if both lead through one array, unless both tests are of one
/// element of it.
fn may_meet(index: &Index, field: usize, leaf: &Leaf<'_>, other: usize, used: &Leaf<'_>) -> bool {
    if field == other {
        return true;
    }
    let path = |field: usize| {
        index
            .fields
            .get(field)
            .map_or("", |(path, _)| path.as_str())
    };
    let shared = path(field)
        .split('.')
        .zip(path(other).split('.'))
        .take_while(|(a, b)| a == b)
        .count();
    let held =
        |part: &usize| index.multikey_fields() & multikey_bit(&index.fields, field, *part) != 0;
    let Some(array) = (0..shared).rev().find(held) else {
        return true;
    };
    match (&leaf.element, &used.element) {
        (Some(a), Some(b)) => a == b && a.path.split('.').count() > array,
        _ => false,
    }
}
