//! `$top`, `$topN`, `$bottom`, `$bottomN`: the documents at one end of an order.
//!
//! The argument is an array: the output, then the value of each sort key.

use std::cmp::Ordering;
use std::sync::Arc;

use bson::{Bson, Document};

use super::memory::{self, Memory};
use super::{Accumulator, Result};
use crate::mql::error::Error;
use crate::mql::text;
use crate::value::compare;

/// One key of a `sortBy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) path: Option<String>,
    pub(super) descending: bool,
}

/// Reads a `sortBy`.
pub(super) fn parse_sort(spec: &Bson) -> Result<Vec<Key>> {
    match spec {
        Bson::Document(doc) => doc.iter().map(|(path, order)| key(path, order)).collect(),
        Bson::Array(items) if items.is_empty() => Ok(Vec::new()),
        Bson::Array(items) => {
            let keys = items.iter().enumerate();
            keys.map(|(i, order)| key(&i.to_string(), order)).collect()
        }
        _ => Err(Error::new(
            10_065,
            "invalid parameter: expected an object (sortBy)",
        )),
    }
}

fn key(path: &str, order: &Bson) -> Result<Key> {
    if let Bson::Document(order) = order {
        return meta_key(order);
    }
    let direction = match order {
        Bson::Int32(n) => i64::from(*n),
        Bson::Int64(n) => *n,
        Bson::Double(x) => *x as i64,
        Bson::Decimal128(d) => crate::value::Decimal(*d).trunc_to_i64().unwrap_or(0),
        _ => {
            let message = format!(
                "Illegal key in $sort specification: {}",
                text::field(path, order)
            );
            return Err(Error::new(15_974, message));
        }
    };
    if direction.abs() != 1 {
        return Err(Error::new(
            15_975,
            "$sort key ordering must be 1 (for ascending) or -1 (for descending)",
        ));
    }
    check_path(path)?;
    Ok(Key {
        path: Some(path.to_owned()),
        descending: direction < 0,
    })
}

/// `{$meta: "randVal"}` is a key without a path; there are no text scores here.
fn meta_key(order: &Document) -> Result<Key> {
    match order.iter().next() {
        Some((name, Bson::String(what))) if name == "$meta" => match what.as_str() {
            "randVal" => Ok(Key {
                path: None,
                descending: false,
            }),
            "textScore" => Err(Error::new(
                40_218,
                "query requires text score metadata, but it is not available",
            )),
            _ => Err(Error::new(
                31_138,
                format!("Illegal $meta sort: $meta: \"{what}\""),
            )),
        },
        _ => Err(Error::new(
            17_312,
            "$meta is the only expression supported by $sort right now",
        )),
    }
}

fn check_path(path: &str) -> Result<()> {
    if path.is_empty() {
        let message = "FieldPath cannot be constructed with empty string";
        return Err(Error::new(40_352, message));
    }
    if path.ends_with('.') {
        return Err(Error::new(40_353, "FieldPath must not end with a '.'."));
    }
    for part in path.split('.') {
        if part.is_empty() {
            let message = "FieldPath field names may not be empty strings.";
            return Err(Error::new(15_998, message));
        }
        if part.starts_with('$') {
            let message = "FieldPath field names may not start with '$'. Consider using $getField or $setField.";
            return Err(Error::new(16_410, message));
        }
        if part.contains('\0') {
            let message = "FieldPath field names may not contain '\\0'.";
            return Err(Error::new(16_411, message));
        }
    }
    Ok(())
}

/// `$top(N)` and `$bottom(N)`.
#[derive(Debug)]
pub(super) struct Top {
    keys: Arc<[Key]>,
    limit: usize,
    bottom: bool,
    single: bool,
    /// In order; those that are kept stand at the wanted end.
    kept: Vec<(Vec<Bson>, Bson)>,
    memory: Memory,
}

impl Top {
    /// `limit` is `None` for `$top` and `$bottom`.
    pub(super) fn new(
        name: &'static str,
        keys: Arc<[Key]>,
        limit: Option<usize>,
        bottom: bool,
    ) -> Self {
        Self {
            keys,
            limit: limit.unwrap_or(1),
            bottom,
            single: limit.is_none(),
            kept: Vec::new(),
            memory: Memory::new(name),
        }
    }

    fn compare(&self, a: &[Bson], b: &[Bson]) -> Ordering {
        let orders = self.keys.iter().zip(a.iter().zip(b));
        let mut orders = orders.map(|(key, (a, b))| {
            let order = compare(a, b);
            if key.descending {
                order.reverse()
            } else {
                order
            }
        });
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Makes room for a document, or says that there is none for it: of equals the first stays.
    fn make_room(&mut self, key: &[Bson]) -> bool {
        if self.kept.len() < self.limit {
            return true;
        }
        let worst = if self.bottom {
            self.kept.first()
        } else {
            self.kept.last()
        };
        let Some((worst, _)) = worst else {
            return false;
        };
        let order = self.compare(key, worst);
        if (self.bottom && order.is_le()) || (!self.bottom && order.is_ge()) {
            return false;
        }
        let at = if self.bottom { 0 } else { self.kept.len() - 1 };
        let (_, output) = self.kept.remove(at);
        self.memory.remove(&output);
        true
    }
}

impl Top {
    /// The result of the values of a window, which are kept there all, so that of equals the last are at the lower end.
    pub(super) fn of_window(mut self, values: &[Option<Bson>]) -> Result<Bson> {
        let wanted = std::mem::replace(&mut self.limit, usize::MAX);
        for value in values {
            self.add(value.clone())?;
        }
        if self.bottom {
            let beyond = self.kept.len().saturating_sub(wanted);
            self.kept.drain(..beyond);
        }
        self.kept.truncate(wanted);
        Ok(self.value().unwrap_or(Bson::Null))
    }
}

impl Accumulator for Top {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        let Some(Bson::Array(mut parts)) = value else {
            return Ok(());
        };
        if parts.is_empty() {
            return Ok(());
        }
        let output = parts.remove(0);
        let key = sort_key(parts)?;
        if !self.make_room(&key) {
            return Ok(());
        }
        self.memory.add(&output)?;
        let at = self
            .kept
            .partition_point(|(other, _)| self.compare(other, &key).is_le());
        self.kept.insert(at, (key, output));
        Ok(())
    }

    fn value(&self) -> Option<Bson> {
        let mut outputs = self.kept.iter().map(|(_, output)| output.clone());
        Some(if self.single {
            outputs.next().unwrap_or(Bson::Null)
        } else {
            Bson::Array(outputs.collect())
        })
    }

    fn size(&self) -> usize {
        let keys = self.kept.iter().flat_map(|(key, _)| key);
        self.memory.used() + keys.map(memory::size).sum::<usize>()
    }
}

/// The keys by which values are compared. Unlike `$sort`, an array is compared as a whole; an empty one is
/// less than null.
fn sort_key(values: Vec<Bson>) -> Result<Vec<Bson>> {
    let arrays = values.iter().filter(|v| matches!(v, Bson::Array(_)));
    if arrays.count() > 1 {
        return Err(Error::bad_value(
            "cannot sort with keys that are parallel arrays",
        ));
    }
    let one = |value| match value {
        Bson::Array(items) if items.is_empty() => Bson::Undefined,
        value => value,
    };
    Ok(values.into_iter().map(one).collect())
}
