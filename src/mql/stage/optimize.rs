//! Stages that become one: what follows a `$sort` or a `$lookup` can spare them work. The result is the same.

use std::sync::Arc;

use super::pipeline::{Link, PushDown};

/// The stages with those that can take others in.
pub(super) fn fused(links: Vec<Link>) -> Vec<Link> {
    let mut fused: Vec<Link> = Vec::with_capacity(links.len());
    for link in links {
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
    fused
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
