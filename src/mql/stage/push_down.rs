//! `$match` before the stages that it does not depend on.
//!
//! A filter that reads only fields that a stage leaves as they are can be asked before the stage: the source can
//! then use an index for it, and the stage sees fewer documents. As on the server each condition of a filter
//! moves by itself, and mistakes that a stage would find in documents that are left out are not found.

use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::matching::Match;
use super::pipeline::{Changes, Link};
use crate::mql::Deps;

/// The stages with every `$match` as early as it can be.
pub(super) fn early_matches(mut links: Vec<Link>) -> Vec<Link> {
    let mut at = 1;
    while at < links.len() {
        let moved = match (links.get(at - 1), links.get(at)) {
            (Some(before), Some(link)) => split(before, link),
            _ => None,
        };
        let Some((early, late)) = moved else {
            at += 1;
            continue;
        };
        match late {
            Some(late) => {
                if let Some(place) = links.get_mut(at) {
                    *place = late;
                }
            }
            None => {
                links.remove(at);
            }
        }
        links.insert(at - 1, early);
        // It may go further.
        at = at.saturating_sub(1).max(1);
    }
    links
}

/// What of a `$match` can stand before a stage, and what cannot.
fn split(before: &Link, link: &Link) -> Option<(Link, Option<Link>)> {
    let matching = link.stage.as_match()?;
    let changes = match before.stage.changes() {
        Changes::Unknown => return None,
        changes => changes,
    };
    let (mut early, mut late) = (Vec::new(), Vec::new());
    for condition in conditions(matching.spec()) {
        let stage = matching.part(&condition)?;
        match is_independent(&stage, &changes) {
            true => early.push(condition),
            false => late.push(condition),
        }
    }
    if early.is_empty() {
        return None;
    }
    let part = |conditions: Vec<Document>| {
        let spec = joined(conditions);
        let stage = matching.part(&spec)?;
        Some(Link {
            stage: Arc::new(stage),
            spec: doc! { "$match": spec },
        })
    };
    let late = match late.is_empty() {
        true => None,
        false => Some(part(late)?),
    };
    Some((part(early)?, late))
}

/// The conditions of a filter that must all hold.
fn conditions(filter: &Document) -> Vec<Document> {
    let mut found = Vec::new();
    for (name, value) in filter {
        match (name.as_str(), value) {
            ("$and", Bson::Array(items)) => {
                let items = items.iter().filter_map(Bson::as_document);
                found.extend(items.flat_map(conditions));
            }
            _ => found.push(doc! { name: value }),
        }
    }
    found
}

fn joined(mut conditions: Vec<Document>) -> Document {
    match (conditions.len(), conditions.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            conditions.extend(last);
            doc! { "$and": conditions }
        }
    }
}

fn is_independent(stage: &Match, changes: &Changes<'_>) -> bool {
    let mut deps = Deps::default();
    stage.add_deps(&mut deps);
    let Some(read) = deps.fields() else {
        return matches!(changes, Changes::Nothing);
    };
    // A condition of nothing (`$comment`, chance) stays where it is.
    let all = |ok: &dyn Fn(&String) -> bool| !read.is_empty() && read.iter().all(ok);
    match changes {
        Changes::Unknown => false,
        Changes::Nothing => true,
        Changes::Fields(names) => all(&|name| !names.contains(&name.as_str())),
        Changes::AllBut(names) => all(&|name| names.contains(name.as_str())),
    }
}
