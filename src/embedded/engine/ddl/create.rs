//! Making collections and views.

use std::sync::Arc;

use bson::raw::RawDocumentBuf;
use bson::{DateTime, Document, Uuid, doc};

use crate::embedded::catalog::{
    Catalog, Collection, CollectionId, Index, IndexId, IndexLive, IndexState, Live, Namespace,
};
use crate::embedded::engine::Operation;
use crate::embedded::engine::oplog::{EntryBuilder, OpKind};
use crate::embedded::engine::write::Unit;
use crate::embedded::storage::Space;
use crate::mql::{Error, Result, error::code};

/// The specification of every index on `_id`.
pub(in crate::embedded::engine) fn id_index_spec() -> Document {
    doc! { "v": 2, "key": { "_id": 1 }, "name": "_id_" }
}

impl Operation {
    /// The collection of a write: made if it is not there.
    ///
    /// # Errors
    /// A view, a bad name, a database whose name differs in case only.
    pub fn writable(&mut self, ns: &Namespace) -> Result<Arc<Collection>> {
        loop {
            match self.collection(ns)? {
                Some(found) if found.is_view() => return Err(super::super::error::is_view(ns)),
                Some(found) => return Ok(found),
                None => match self.create_collection(ns, Document::new()) {
                    // Somebody else was faster.
                    Err(e) if e.code == code::NAMESPACE_EXISTS => self.interrupt.check()?,
                    Err(e) => return Err(e),
                    Ok(made) => return Ok(made),
                },
            }
        }
    }

    /// Makes a collection with options that have been checked, in their stored form.
    ///
    /// # Errors
    /// `NamespaceExists`, a database whose name differs in case only.
    pub fn create_collection(
        &mut self,
        ns: &Namespace,
        options: Document,
    ) -> Result<Arc<Collection>> {
        if self.in_transaction() {
            return self.create_in_transaction(ns, options);
        }
        self.alter(&[ns], |unit, catalog| {
            check_free(catalog, ns)?;
            let numbers = (unit.writer.next_collection(), unit.writer.next_index());
            let made = Arc::new(new_collection(ns, options.clone(), numbers)?);
            add(unit, &made)?;
            Ok((Some(catalog.with(made.clone())), made))
        })
    }

    fn create_in_transaction(
        &mut self,
        ns: &Namespace,
        options: Document,
    ) -> Result<Arc<Collection>> {
        let engine = self.engine.clone();
        let open = self.open_transaction()?;
        check_free(&open.view.catalog, ns)?;
        let newest = engine.catalog();
        if newest.get(ns).is_some() {
            return Err(super::super::error::snapshot_unavailable(
                open.view.time,
                engine.oplog().last(),
            ));
        }
        let mut writer = engine.writer();
        let numbers = (writer.next_collection(), writer.next_index());
        drop(writer);
        let made = Arc::new(new_collection(ns, options, numbers)?);
        open.view.catalog = Arc::new(open.view.catalog.with(made.clone()));
        open.created.push(ns.clone());
        open.log(&created(&made)?);
        Ok(made)
    }
}

/// Whether a name can be given to a new collection.
pub(in crate::embedded::engine) fn check_free(catalog: &Catalog, ns: &Namespace) -> Result<()> {
    if let Some(found) = catalog.get(ns) {
        let text = match found.is_view() {
            true => format!("A view already exists. NS: {ns}"),
            false => format!("Collection {ns} already exists."),
        };
        return Err(Error::new(code::NAMESPACE_EXISTS, text));
    }
    check_case(catalog, &ns.db)
}

/// Whether another database has the same name in another case.
pub(in crate::embedded::engine) fn check_case(catalog: &Catalog, db: &str) -> Result<()> {
    match catalog.database_of_other_case(db) {
        None => Ok(()),
        Some(other) => Err(Error::new(
            code::DATABASE_DIFFER_CASE,
            format!(
                "db already exists with different case already have: [{other}] trying to create [{db}]"
            ),
        )),
    }
}

/// A collection with its `_id` index, or a view without indexes.
pub(in crate::embedded::engine) fn new_collection(
    ns: &Namespace,
    options: Document,
    (id, index_id): (CollectionId, IndexId),
) -> Result<Collection> {
    let live = Arc::new(IndexLive::new(DateTime::now()));
    let index = Index::new(index_id, id_index_spec(), IndexState::Ready, live);
    let indexes = match options.contains_key("viewOn") {
        true => Vec::new(),
        false => vec![Arc::new(index)],
    };
    Collection::new(
        id,
        ns.clone(),
        Uuid::new(),
        options,
        indexes,
        Arc::new(Live::default()),
    )
}

/// Puts a new collection into a unit: its catalog entry, the oplog's, and the numbers that are used now.
pub(in crate::embedded::engine) fn add(unit: &mut Unit<'_>, made: &Arc<Collection>) -> Result<()> {
    super::store_collection(made, &mut unit.batch)?;
    store_numbers(unit);
    unit.log(&created(made)?, None);
    Ok(())
}

/// Stores the numbers that were given out last, so that they are never used again.
pub(in crate::embedded::engine) fn store_numbers(unit: &mut Unit<'_>) {
    let mut numbers = unit.writer.last_collection.to_be_bytes().to_vec();
    numbers.extend(unit.writer.last_index.to_be_bytes());
    unit.batch.put(Space::Meta, &b"n"[..], numbers);
}

fn created(made: &Collection) -> Result<EntryBuilder> {
    let mut o = doc! { "create": &made.ns.coll };
    o.extend(made.options.clone());
    if let Some(index) = made.id_index() {
        o.insert("idIndex", index.spec.clone());
    }
    command(&made.ns.db, Some(made.uuid), &o)
}

/// An oplog entry of a command on a database.
pub(in crate::embedded::engine) fn command(
    db: &str,
    ui: Option<Uuid>,
    o: &Document,
) -> Result<EntryBuilder> {
    let o = raw(o)?;
    Ok(EntryBuilder::new(
        OpKind::Command,
        format!("{db}.$cmd"),
        ui,
        o,
    ))
}

pub(in crate::embedded::engine) fn raw(document: &Document) -> Result<RawDocumentBuf> {
    RawDocumentBuf::try_from(document).map_err(|e| Error::new(code::INTERNAL_ERROR, e.to_string()))
}
