//! Stages that become one: what follows a `$sort` or a `$lookup` can spare them work. The result is the same.

use std::sync::Arc;

use bson::Bson;

use super::lookup::Lookup;
use super::pipeline::{Link, PushDown};
use super::push_down::early_matches;
use super::replace_root::ReplaceRoot;
use crate::value::compare;

/// The stages with those that can take others in. `reads` says whether they read a collection and not what
/// other stages made.
pub(super) fn fused(links: Vec<Link>, reads: bool) -> Vec<Link> {
    let mut fused: Vec<Link> = Vec::with_capacity(links.len());
    for link in early_matches(links) {
        match fused.last().and_then(|last| join(last, &link)) {
            Some(Joined::Instead(stage)) => {
                if let Some(last) = fused.last_mut() {
                    last.stage = stage;
                }
            }
            Some(Joined::Beside(stage)) => {
                if let Some(last) = fused.last_mut() {
                    last.stage = stage;
                }
                fused.push(link);
            }
            None => fused.push(link),
        }
    }
    if reads {
        mark_first(&mut fused);
    }
    fused
}

/// A `$group` or `$replaceRoot` that nothing but what a source does comes before.
fn mark_first(links: &mut [Link]) {
    let mut links = links.iter_mut();
    let mut first = links.find(|link| link.stage.push_down().is_none());
    // Lookups of the other engine may come before a group of it.
    while let Some(link) = first {
        let Some(lookup) = link.stage.as_lookup().map(Lookup::as_first) else {
            return mark(link);
        };
        let more = lookup.is_of_other_engine();
        link.stage = Arc::new(lookup);
        first = links.next().filter(|_| more);
    }
}

fn mark(link: &mut Link) {
    let group = link
        .stage
        .as_group()
        .map(|group| group.as_first(&link.spec));
    let replace = link.stage.as_replace_root().map(ReplaceRoot::as_first);
    match (group, replace) {
        (Some(group), _) => link.stage = Arc::new(group),
        (_, Some(replace)) => link.stage = Arc::new(replace),
        _ => {}
    }
}

enum Joined {
    /// The first stage does the second's work.
    Instead(Arc<dyn super::pipeline::Stage>),
    /// The first stage has less to do, the second stays.
    Beside(Arc<dyn super::pipeline::Stage>),
}

fn join(first: &Link, second: &Link) -> Option<Joined> {
    if let (Some(sort), Some(PushDown::Limit(n))) =
        (first.stage.as_sort(), second.stage.push_down())
    {
        return Some(Joined::Beside(Arc::new(sort.with_limit(n))));
    }
    if let (Some(order), Some(sort)) = (first.stage.keeps_order(), second.stage.as_sort()) {
        let same = |((a, _), (b, way)): ((&String, _), (&String, &Bson))| {
            a == b && compare(way, &Bson::Int32(1)).is_eq()
        };
        let given = sort.given();
        if given.len() <= order.len() && order.iter().zip(given).all(same) {
            return Some(Joined::Instead(first.stage.clone()));
        }
    }
    let (lookup, unwind) = (first.stage.as_lookup()?, second.stage.as_unwind()?);
    let joined = lookup.absorb(&Arc::new(unwind.clone()))?;
    Some(Joined::Instead(Arc::new(joined)))
}
