//! The `$sort` of a `$push`: of whole elements or by their fields.
//!
//! Unlike a query's sort, an array within an element is compared as a whole.

use std::cmp::Ordering;

use bson::Bson;

use crate::mql::error::{Error, Result};
use crate::mql::update::path::index;
use crate::value::{Number, compare};

#[derive(Debug)]
pub(super) enum Sort {
    Whole { descending: bool },
    Fields(Vec<(Vec<String>, bool)>),
}

impl Sort {
    pub(super) fn parse(sort: &Bson) -> Result<Sort> {
        let invalid = "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields";
        match sort {
            Bson::Document(fields) if fields.is_empty() => Err(Error::bad_value(
                "The sort pattern is empty when it should be a set of fields.",
            )),
            Bson::Document(fields) => {
                let fields = fields
                    .iter()
                    .map(|(path, direction)| field(path, direction));
                Ok(Sort::Fields(fields.collect::<Result<_>>()?))
            }
            other if Number::from_bson(other).is_some() => match is_descending(other) {
                Some(descending) => Ok(Sort::Whole { descending }),
                None => Err(Error::bad_value(
                    "The $sort element value must be either 1 or -1",
                )),
            },
            _ => Err(Error::bad_value(invalid)),
        }
    }

    pub(super) fn sort(&self, items: &mut [Bson]) {
        items.sort_by(|a, b| match self {
            Sort::Whole { descending } => directed(compare(a, b), *descending),
            Sort::Fields(fields) => by_fields(fields, a, b),
        });
    }
}

fn is_descending(direction: &Bson) -> Option<bool> {
    match Number::from_bson(direction)?.to_i64()? {
        1 => Some(false),
        -1 => Some(true),
        _ => None,
    }
}

fn field(path: &str, direction: &Bson) -> Result<(Vec<String>, bool)> {
    let Some(descending) = is_descending(direction) else {
        return Err(Error::bad_value(
            "The sort element value must be either 1 or -1",
        ));
    };
    if path.is_empty() {
        return Err(Error::bad_value("The sort field cannot be empty"));
    }
    let parts: Vec<_> = path.split('.').map(str::to_owned).collect();
    if parts.iter().any(String::is_empty) {
        return Err(Error::bad_value(format!(
            "The sort field is a dotted field but has an empty part: {path}"
        )));
    }
    Ok((parts, descending))
}

fn directed(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

fn by_fields(fields: &[(Vec<String>, bool)], a: &Bson, b: &Bson) -> Ordering {
    let key = |item, path| get(item, path).unwrap_or(&Bson::Null);
    let mut orders = fields
        .iter()
        .map(|(path, descending)| directed(compare(key(a, path), key(b, path)), *descending));
    orders.find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

/// The value at a path of an element; elements that are no documents have no fields.
fn get<'a>(item: &'a Bson, path: &[String]) -> Option<&'a Bson> {
    let Bson::Document(_) = item else { return None };
    path.iter().try_fold(item, |here, name| match here {
        Bson::Document(doc) => doc.get(name),
        Bson::Array(items) => items.get(index(name)?),
        _ => None,
    })
}
