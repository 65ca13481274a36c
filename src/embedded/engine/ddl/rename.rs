//! Giving a collection another name.

use std::sync::Arc;

use bson::doc;

use super::create::{check_case, command};
use super::drop::drop_one;
use super::store_collection;
use crate::embedded::catalog::{Catalog, Collection, Namespace};
use crate::embedded::engine::Operation;
use crate::mql::{Error, Result, error::code};

impl Operation {
    /// Gives a collection another name, in its database or another: its documents stay where they are.
    ///
    /// # Errors
    /// A source that is not there or is a view, a target that is there.
    pub fn rename_collection(
        &mut self,
        from: &Namespace,
        to: &Namespace,
        drop_target: bool,
    ) -> Result<()> {
        self.alter(&[from, to], |unit, catalog| {
            let source = source(catalog, from)?;
            let target = target(catalog, from, to, drop_target)?;
            let mut o = doc! {
                "renameCollection": from.to_string(),
                "to": to.to_string(),
                "stayTemp": false,
            };
            let mut next = catalog.without(from);
            if let Some(target) = target {
                o.insert("dropTarget", target.uuid);
                // The server's rename entry stands for the drop too.
                next = drop_one_silently(unit, &next, &target)?;
            }
            let renamed = Arc::new(source.renamed(to.clone()));
            store_collection(&renamed, &mut unit.batch)?;
            unit.log(&command(&from.db, Some(source.uuid), &o)?, None);
            Ok((Some(next.with(renamed)), ()))
        })?;
        self.engine.wake_housekeeper();
        Ok(())
    }
}

fn source(catalog: &Catalog, from: &Namespace) -> Result<Arc<Collection>> {
    match catalog.get(from) {
        None => Err(Error::new(
            code::NAMESPACE_NOT_FOUND,
            format!("Source collection {from} does not exist"),
        )),
        Some(found) if found.is_view() => Err(Error::new(
            code::COMMAND_NOT_SUPPORTED_ON_VIEW,
            format!("cannot rename view: {from}"),
        )),
        Some(found) => Ok(found.clone()),
    }
}

fn target(
    catalog: &Catalog,
    from: &Namespace,
    to: &Namespace,
    drop_target: bool,
) -> Result<Option<Arc<Collection>>> {
    if from.db != to.db {
        check_case(catalog, &to.db)?;
    }
    match catalog.get(to) {
        None => Ok(None),
        Some(found) if found.is_view() => Err(Error::new(
            code::NAMESPACE_EXISTS,
            format!("a view already exists with that name: {to}"),
        )),
        Some(_) if !drop_target => Err(Error::new(
            code::NAMESPACE_EXISTS,
            "target namespace exists",
        )),
        Some(found) => Ok(Some(found.clone())),
    }
}

fn drop_one_silently(
    unit: &mut super::super::write::Unit<'_>,
    catalog: &Catalog,
    target: &Arc<Collection>,
) -> Result<Catalog> {
    unit.silently(|unit| drop_one(unit, catalog, target))
}
