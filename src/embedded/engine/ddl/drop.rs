//! Dropping collections, views and databases.

use std::sync::Arc;

use bson::{Document, doc};
use bytes::Bytes;

use super::create::{command, raw};
use super::views;
use crate::embedded::catalog::{Catalog, Collection, Index, Namespace};
use crate::embedded::engine::write::Unit;
use crate::embedded::engine::{Operation, keys};
use crate::embedded::storage::Space;
use crate::mql::{Error, Result, error::code};

impl Operation {
    /// Drops a collection or a view; how many indexes it had, `None` for a view.
    ///
    /// # Errors
    /// `NamespaceNotFound`.
    pub fn drop_collection(&mut self, ns: &Namespace) -> Result<Option<usize>> {
        let had = self.alter(&[ns], |unit, catalog| {
            let Some(found) = catalog.get(ns).cloned() else {
                return Err(Error::new(code::NAMESPACE_NOT_FOUND, "ns not found"));
            };
            let had = (!found.is_view()).then_some(found.indexes.len());
            let next = drop_one(unit, catalog, &found)?;
            Ok((Some(next), had))
        })?;
        self.engine.wake_housekeeper();
        Ok(had)
    }

    /// Drops all that a database has.
    ///
    /// # Errors
    /// What the disk says.
    pub fn drop_database(&mut self, db: &str) -> Result<()> {
        let ids = |catalog: &Catalog| catalog.of_database(db).map(|c| c.id).collect();
        self.alter_of(ids, |unit, catalog| {
            let all: Vec<Arc<Collection>> = catalog.of_database(db).cloned().collect();
            if all.is_empty() {
                return Ok((None, ()));
            }
            let mut next = catalog.clone();
            // Their documents in `system.views` go with that collection.
            for view in all.iter().filter(|c| c.is_view()) {
                next = next.without(&view.ns);
                forget(unit, view);
            }
            for collection in all.iter().filter(|c| !c.is_view()) {
                next = drop_one(unit, &next, collection)?;
            }
            unit.log(&command(db, None, &doc! { "dropDatabase": 1 })?, None);
            Ok((Some(next), ()))
        })?;
        self.engine.wake_housekeeper();
        Ok(())
    }
}

/// Takes one collection or view out of a catalog.
pub(super) fn drop_one(
    unit: &mut Unit<'_>,
    catalog: &Catalog,
    found: &Arc<Collection>,
) -> Result<Catalog> {
    let mut next = catalog.without(&found.ns);
    forget(unit, found);
    if found.is_view() {
        views::remove(unit, catalog, &found.ns)?;
        return Ok(next);
    }
    if found.ns.coll == views::COLLECTION {
        let all: Vec<_> = next
            .of_database(&found.ns.db)
            .filter(|c| c.is_view())
            .cloned()
            .collect();
        for view in all {
            next = next.without(&view.ns);
            forget(unit, &view);
        }
    }
    let count = found.live.count.load(std::sync::atomic::Ordering::Relaxed);
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let o = doc! { "drop": &found.ns.coll };
    let o2: Document = doc! { "numRecords": count };
    unit.log(
        &command(&found.ns.db, Some(found.uuid), &o)?.o2(raw(&o2)?),
        None,
    );
    Ok(next)
}

/// Takes a collection out of the store's catalog, and leaves a note that its keys are to be removed.
fn forget(unit: &mut Unit<'_>, found: &Collection) {
    unit.batch
        .delete(Space::Catalog, keys::collection(found.id));
    unit.batch.delete(Space::Meta, keys::meta(b'c', found.id.0));
    unit.batch
        .put(Space::Meta, keys::meta(b'd', found.id.0), Bytes::new());
    for index in &found.indexes {
        forget_index(unit, index);
    }
}

/// Leaves a note that an index's keys are to be removed.
pub(super) fn forget_index(unit: &mut Unit<'_>, index: &Index) {
    unit.batch.delete(Space::Meta, keys::meta(b'm', index.id.0));
    unit.batch
        .put(Space::Meta, keys::meta(b'x', index.id.0), Bytes::new());
}
