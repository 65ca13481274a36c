//! Whether a filter means only documents that a partial index has.

use super::leaves::Conjunction;
use crate::embedded::index::bounds::{Intervals, Tightness, Traits};
use crate::mql::matching::{Predicate, Test};
use bson::Bson;

/// Whether every document of `filter` passes `partial`.
pub(in crate::embedded::query) fn implies(filter: &Conjunction<'_>, partial: &Predicate) -> bool {
    match partial {
        Predicate::And(all) => all.iter().all(|part| implies(filter, part)),
        Predicate::Or(some) => some.iter().any(|part| implies(filter, part)),
        Predicate::Always(true) => true,
        _ => {
            let wanted = Conjunction::of(partial);
            let ([_], [wanted]) = (&wanted.parts[..], &wanted.leaves[..]) else {
                return false;
            };
            let exists = matches!(
                partial,
                Predicate::Field {
                    test: Test::Exists,
                    ..
                }
            );
            let of_path = filter.leaves.iter().filter(|leaf| leaf.path == wanted.path);
            of_path.filter(|leaf| leaf.element.is_none()).any(|leaf| {
                let (Some(own), Some(wanted)) = (
                    leaf.bounds(Traits::default()),
                    wanted.bounds(Traits::default()),
                ) else {
                    return false;
                };
                if exists {
                    return !may_be_missing(&own.intervals) || asks_for_it(filter, leaf.part);
                }
                wanted.tightness == Tightness::Exact && own.intervals.is_within(&wanted.intervals)
            })
        }
    }
}

fn asks_for_it(filter: &Conjunction<'_>, part: usize) -> bool {
    matches!(
        filter.parts.get(part),
        Some(Predicate::Field {
            test: Test::Exists,
            ..
        })
    )
}

fn may_be_missing(intervals: &Intervals) -> bool {
    !intervals
        .intersection(&Intervals::point(Bson::Null))
        .list()
        .is_empty()
}
