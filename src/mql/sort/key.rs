//! What a document is ordered by.

use std::cmp::Ordering;

use bson::{Bson, Document};

use super::spec::{SortSource, SortSpec};
use crate::mql::keys::{self, Mistake, Part};
use crate::mql::{Env, Error, Result, text};
use crate::value::compare;

/// The values that a document is ordered by, one for each field of the specification.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey(pub Box<[Bson]>);

impl SortSpec {
    /// A document's key. It needs only the fields that [`SortSpec::deps`] names.
    ///
    /// # Errors
    /// `BadValue` where two paths lead through arrays beside each other.
    pub fn key(&self, document: &Document, _env: &Env) -> Result<SortKey> {
        let mut values = Vec::with_capacity(self.fields().len());
        let simple = keys::single_key(&self.paths, document, |part| {
            values.push(part.value().clone());
        });
        if !simple {
            values = self.first_key(document)?;
        }
        if values.len() < self.fields().len() {
            self.fill_random(&mut values);
        }
        Ok(SortKey(values.into()))
    }

    /// The first of the keys that arrays give.
    fn first_key(&self, document: &Document) -> Result<Vec<Bson>> {
        let mut first: Option<Vec<Part<'_>>> = None;
        let found = keys::each_key(&self.paths, document, &mut |parts| {
            let earlier = |first: &Vec<Part<'_>>| self.order_parts(parts, first).is_lt();
            if first.as_ref().is_none_or(earlier) {
                first = Some(parts.to_vec());
            }
        });
        found.map_err(mistake)?;
        let parts = first.unwrap_or_default();
        Ok(parts.iter().map(|part| part.value().clone()).collect())
    }

    fn order_parts(&self, a: &[Part<'_>], b: &[Part<'_>]) -> Ordering {
        let of_paths = |field: &&super::SortField| field.source != SortSource::Random;
        let fields = self.fields().iter().filter(of_paths);
        let orders = a
            .iter()
            .zip(b)
            .zip(fields)
            .map(|((a, b), field)| directed(compare(a.value(), b.value()), field.descending));
        first_difference(orders)
    }

    /// Documents that do not come from a `$sample` have no chance of their own: they are all equal.
    fn fill_random(&self, values: &mut Vec<Bson>) {
        for (i, field) in self.fields().iter().enumerate() {
            if field.source == SortSource::Random && i <= values.len() {
                values.insert(i, Bson::Null);
            }
        }
    }

    /// The order of two keys.
    #[must_use]
    pub fn compare(&self, a: &SortKey, b: &SortKey) -> Ordering {
        let pairs = a.0.iter().zip(&b.0).zip(self.fields());
        first_difference(pairs.map(|((a, b), field)| directed(compare(a, b), field.descending)))
    }
}

fn directed(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn mistake(mistake: Mistake) -> Error {
    match mistake {
        Mistake::Parallel(..) => Error::bad_value("cannot sort with keys that are parallel arrays"),
        Mistake::Ambiguous(field, array) => Error::new(
            16746,
            format!(
                "Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), field: '{field}' for array: {}",
                text::document(&array)
            ),
        ),
    }
}
