//! Stages that become one: what follows a `$sort` or a `$lookup` can spare them work. The result is the same.

use std::sync::Arc;

use super::pipeline::{Link, PushDown};
use super::push_down::early_matches;
use super::replace_root::ReplaceRoot;

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
    let mut before = |link: &&mut Link| link.stage.push_down().is_none();
    let Some(link) = links.iter_mut().find(|link| before(link)) else {
        return;
    };
    let marked = link
        .stage
        .as_group()
        .map(|group| group.as_first(&link.spec));
    if let Some(group) = marked {
        link.stage = Arc::new(group);
    }
    let marked = link.stage.as_replace_root().map(ReplaceRoot::as_first);
    if let Some(replace) = marked {
        link.stage = Arc::new(replace);
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
    let (lookup, unwind) = (first.stage.as_lookup()?, second.stage.as_unwind()?);
    let joined = lookup.absorb(&Arc::new(unwind.clone()))?;
    Some(Joined::Instead(Arc::new(joined)))
}
