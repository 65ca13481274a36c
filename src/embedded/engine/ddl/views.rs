//! Views: their catalog entries and their documents in `system.views`.

use std::collections::HashSet;
use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::create::{add, check_case, new_collection, raw, store_numbers};
use crate::embedded::catalog::{Catalog, Collection, Namespace};
use crate::embedded::engine::write::{Prepared, Unit};
use crate::embedded::engine::{Operation, Record};
use crate::embedded::index::encode_key;
use crate::embedded::storage::Space;
use crate::mql::update::Change;
use crate::mql::{Error, Result, error::code};

/// Where the views of a database are written.
pub(super) const COLLECTION: &str = "system.views";

/// How many views may stand on each other.
const MAX_DEPTH: usize = 20;

impl Operation {
    /// Makes a view of options that have been checked: `viewOn`, `pipeline`, `collation`.
    ///
    /// # Errors
    /// `NamespaceExists`, views that read each other in a circle.
    pub fn create_view(&mut self, ns: &Namespace, options: Document) -> Result<()> {
        self.alter(&[ns], |unit, catalog| {
            if catalog.get(ns).is_some() {
                return Err(Error::new(
                    code::NAMESPACE_EXISTS,
                    "Namespace already exists",
                ));
            }
            check_case(catalog, &ns.db)?;
            check_cycle(catalog, ns, &options)?;
            let (next, home) = home(unit, catalog, &ns.db)?;
            let numbers = (unit.writer.next_collection(), unit.writer.next_index());
            let view = Arc::new(new_collection(ns, options.clone(), numbers)?);
            super::store_collection(&view, &mut unit.batch)?;
            store_numbers(unit);
            let prepared =
                Prepared::insert(&home, raw(&document(ns, &options))?.into_bytes().into())?;
            write(unit, &prepared)?;
            Ok((Some(next.with(view)), ()))
        })
    }

    /// Gives a view another definition.
    pub(super) fn modify_view(&mut self, ns: &Namespace, options: &Document) -> Result<()> {
        self.alter(&[ns], |unit, catalog| {
            let Some(view) = catalog.get(ns) else {
                return Err(Error::new(code::NAMESPACE_NOT_FOUND, "ns does not exist"));
            };
            check_cycle(catalog, ns, options)?;
            let changed = Arc::new(view.with_options(options.clone())?);
            super::store_collection(&changed, &mut unit.batch)?;
            if let Some((home, record)) = find(unit, catalog, ns)? {
                let new = document(ns, options);
                let change = Change::Replace(new.clone());
                let prepared = Prepared::update(&home, &record, raw(&new)?, &change)?;
                write(unit, &prepared)?;
            }
            Ok((Some(catalog.with(changed)), ()))
        })
    }
}

/// Removes a view's document.
pub(super) fn remove(unit: &mut Unit<'_>, catalog: &Catalog, ns: &Namespace) -> Result<()> {
    if let Some((home, record)) = find(unit, catalog, ns)? {
        write(unit, &Prepared::delete(&home, &record)?)?;
    }
    Ok(())
}

fn document(ns: &Namespace, options: &Document) -> Document {
    let mut document = doc! { "_id": ns.to_string() };
    document.extend(options.clone());
    document
}

fn write(unit: &mut Unit<'_>, prepared: &Prepared) -> Result<()> {
    unit.add(prepared, None)
        .map(|_| ())
        .map_err(|refusal| match refusal {
            crate::embedded::engine::write::Refusal::Error(e) => e,
            other => Error::new(code::INTERNAL_ERROR, format!("system.views: {other:?}")),
        })
}

/// The collection of the views' documents, made if it is not there.
fn home(unit: &mut Unit<'_>, catalog: &Catalog, db: &str) -> Result<(Catalog, Arc<Collection>)> {
    let ns = Namespace::new(db, COLLECTION);
    if let Some(found) = catalog.get(&ns) {
        return Ok((catalog.clone(), found.clone()));
    }
    let numbers = (unit.writer.next_collection(), unit.writer.next_index());
    let made = Arc::new(new_collection(&ns, Document::new(), numbers)?);
    add(unit, &made)?;
    Ok((catalog.with(made.clone()), made))
}

/// A view's document as it is now.
fn find(
    unit: &mut Unit<'_>,
    catalog: &Catalog,
    ns: &Namespace,
) -> Result<Option<(Arc<Collection>, Record)>> {
    let Some(home) = catalog.get(&Namespace::new(&ns.db, COLLECTION)) else {
        return Ok(None);
    };
    let Some(index) = home.id_index() else {
        return Ok(None);
    };
    let id = Bson::String(ns.to_string());
    let key = encode_key(&index.fields, &[&id]);
    let Some(record) = unit.unique(index, &key)? else {
        return Ok(None);
    };
    let bytes = unit.now.get(
        Space::Records,
        &crate::embedded::engine::keys::record(home.id, record),
    )?;
    Ok(bytes.map(|bytes| (home.clone(), Record { id: record, bytes })))
}

/// Whether a view of these options would read itself.
fn check_cycle(catalog: &Catalog, ns: &Namespace, options: &Document) -> Result<()> {
    let mut path = vec![ns.to_string()];
    visit(
        catalog,
        ns,
        &reads(options),
        &ns.db,
        &mut path,
        &mut HashSet::new(),
    )
}

fn visit(
    catalog: &Catalog,
    goal: &Namespace,
    reads: &[String],
    db: &str,
    path: &mut Vec<String>,
    seen: &mut HashSet<String>,
) -> Result<()> {
    if path.len() > MAX_DEPTH {
        let text = format!("View depth limit exceeded; maximum depth is {MAX_DEPTH}");
        return Err(Error::new(code::VIEW_DEPTH_LIMIT_EXCEEDED, text));
    }
    for name in reads {
        let ns = Namespace::new(db, name.as_str());
        path.push(ns.to_string());
        if ns == *goal {
            // The server's path begins with the goal twice.
            let text = format!("View cycle detected: {goal} => {}", path.join(" => "));
            return Err(Error::new(code::GRAPH_CONTAINS_CYCLE, text));
        }
        if seen.insert(name.clone())
            && let Some(view) = catalog.get(&ns).filter(|c| c.is_view())
        {
            visit(catalog, goal, &self::reads(&view.options), db, path, seen)?;
        }
        path.pop();
    }
    Ok(())
}

/// The collections that a view reads: `viewOn`, and those of its pipeline.
fn reads(options: &Document) -> Vec<String> {
    let mut names: Vec<String> = options
        .get_str("viewOn")
        .ok()
        .map(str::to_owned)
        .into_iter()
        .collect();
    for stage in options.get_array("pipeline").into_iter().flatten() {
        involved(stage, 0, &mut names);
    }
    names
}

/// The collections that a stage reads; pipelines in it too.
fn involved(stage: &Bson, depth: usize, names: &mut Vec<String>) {
    let Bson::Document(stage) = stage else { return };
    for (name, spec) in stage {
        let from = match (name.as_str(), spec) {
            ("$lookup" | "$graphLookup", Bson::Document(spec)) => spec.get_str("from").ok(),
            ("$unionWith", Bson::String(coll)) => Some(coll.as_str()),
            ("$unionWith", Bson::Document(spec)) => spec.get_str("coll").ok(),
            _ => None,
        };
        names.extend(from.map(str::to_owned));
        if let Bson::Document(spec) = spec
            && depth < MAX_DEPTH
        {
            let facets = (name == "$facet")
                .then(|| spec.values())
                .into_iter()
                .flatten();
            let pipelines = spec.get("pipeline").into_iter().chain(facets);
            for inner in pipelines.filter_map(Bson::as_array).flatten() {
                involved(inner, depth + 1, names);
            }
        }
    }
}
