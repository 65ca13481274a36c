//! One change of the catalog.

use crate::embedded::catalog::{Catalog, CollectionId, Namespace};
use crate::embedded::engine::Operation;
use crate::embedded::engine::write::Unit;
use crate::mql::Result;

impl Operation {
    /// Makes one change of the catalog, when no open transaction has written into the named collections.
    /// `change` says the catalog as it will be, or that it stays.
    pub(in crate::embedded::engine) fn alter<T>(
        &mut self,
        names: &[&Namespace],
        change: impl FnMut(&mut Unit<'_>, &Catalog) -> Result<(Option<Catalog>, T)>,
    ) -> Result<T> {
        let named = |catalog: &Catalog| -> Vec<CollectionId> {
            let found = names.iter().filter_map(|ns| catalog.get(ns));
            found.map(|collection| collection.id).collect()
        };
        self.alter_of(named, change)
    }

    /// The same for the collections that `of` finds: in each newest catalog again, for others may be made while
    /// it waits.
    pub(super) fn alter_of<T>(
        &mut self,
        of: impl Fn(&Catalog) -> Vec<CollectionId>,
        mut change: impl FnMut(&mut Unit<'_>, &Catalog) -> Result<(Option<Catalog>, T)>,
    ) -> Result<T> {
        let engine = self.engine.clone();
        loop {
            let mut unit = Unit::begin(&engine);
            let catalog = engine.catalog();
            if of(&catalog).into_iter().any(|id| unit.writer.is_used(id)) {
                drop(unit);
                engine.wait_for_release(&self.interrupt)?;
                continue;
            }
            let (next, answer) = change(&mut unit, &catalog)?;
            unit.catalog = next;
            let written = unit.commit()?;
            self.wrote(written, None);
            return Ok(answer);
        }
    }
}
