//! Making a collection a capped one.

use std::sync::Arc;

use bson::{Document, doc};

use super::create::{command, new_collection, store_numbers};
use super::drop::drop_one;
use super::store_collection;
use crate::embedded::catalog::{Capped, Namespace};
use crate::embedded::engine::write::{Prepared, Refusal};
use crate::embedded::engine::{Operation, View};
use crate::embedded::storage::Direction;
use crate::mql::{Error, Result, error::code};

impl Operation {
    /// Puts a capped collection, with the newest documents that it can hold, in the place of another
    /// (`convertToCapped`), or beside it (`cloneCollectionAsCapped`).
    ///
    /// # Errors
    /// A source that is not there, a target that is.
    pub fn clone_as_capped(&mut self, from: &Namespace, to: &Namespace, size: i64) -> Result<()> {
        let engine = self.engine.clone();
        self.alter(&[from, to], |unit, catalog| {
            let Some(source) = catalog.get(from).filter(|c| !c.is_view()).cloned() else {
                return Err(Error::new(
                    code::NAMESPACE_NOT_FOUND,
                    format!("source collection {from} does not exist"),
                ));
            };
            if from != to && catalog.get(to).is_some() {
                let text = format!(
                    "cloneCollectionAsCapped failed - destination collection {to} already exists. source collection: {from}"
                );
                return Err(Error::new(code::NAMESPACE_EXISTS, text));
            }
            let mut options = doc! { "capped": true, "size": size };
            if from == to {
                options.extend(rest(&source.options));
            }
            let numbers = (unit.writer.next_collection(), unit.writer.next_index());
            let made = Arc::new(new_collection(to, options.clone(), numbers)?);
            store_collection(&made, &mut unit.batch)?;
            store_numbers(unit);
            let view = engine.view();
            for document in newest(&view, &source, Capped { size, max: 0 })? {
                let prepared = Prepared::insert(&made, document)?;
                unit.silently(|unit| unit.add(&prepared, None)).map_err(
                    |refusal| match refusal {
                        Refusal::Error(e) => e,
                        other => Error::new(code::INTERNAL_ERROR, format!("{other:?}")),
                    },
                )?;
            }
            let mut next = catalog.clone();
            let mut o = doc! { "create": &to.coll };
            o.extend(options);
            unit.log(&command(&to.db, Some(made.uuid), &o)?, None);
            if from == to {
                next = drop_one(unit, &next, &source)?;
            }
            Ok((Some(next.with(made)), ()))
        })?;
        engine.wake_housekeeper();
        Ok(())
    }
}

fn rest(options: &Document) -> Document {
    let others = options
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "capped" | "size" | "max"));
    others
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The newest documents that fit, oldest first.
fn newest(
    view: &View,
    source: &crate::embedded::catalog::Collection,
    bounds: Capped,
) -> Result<Vec<bytes::Bytes>> {
    let mut kept = Vec::new();
    let mut size = 0_i64;
    for record in view.records(source, Direction::Backward) {
        let record = record?;
        size += i64::try_from(record.bytes.len()).unwrap_or(i64::MAX);
        if size > bounds.size {
            break;
        }
        kept.push(record.bytes);
    }
    kept.reverse();
    Ok(kept)
}
