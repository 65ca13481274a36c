//! When two values are the same, and which comes first.

use std::cmp::Ordering;

use bson::oid::ObjectId;
use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map};

use super::convert::{number_of, text, to_number};
use crate::script::types::{BsonUndefined, Code, MaxKey, MinKey, Symbol};
use crate::script::{Doc, api::Namespace};
use crate::value::{Date, Number};

/// `==`: numbers by value across their types, documents and arrays deep (fields in order, as
/// MongoDB compares embedded documents), null and undefined equal, other types never.
#[must_use]
pub fn equal(a: &Dynamic, b: &Dynamic) -> bool {
    if a.is_shared() || b.is_shared() {
        return equal(&a.clone().flatten(), &b.clone().flatten());
    }
    if let (Some(a), Some(b)) = (number_of(a), number_of(b)) {
        return a == b;
    }
    if a.is_unit() || b.is_unit() {
        return a.is_unit() && b.is_unit();
    }
    if let (Some(a), Some(b)) = (characters(a), characters(b)) {
        return a == b;
    }
    if let (Ok(a), Ok(b)) = (a.as_bool(), b.as_bool()) {
        return a == b;
    }
    containers(a, b)
        .or_else(|| bson_types(a, b))
        .unwrap_or(false)
}

fn characters(value: &Dynamic) -> Option<ImmutableString> {
    (value.is_string() || value.is_char()).then(|| text(value))
}

fn containers(a: &Dynamic, b: &Dynamic) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        return Some(a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b)));
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Doc>(), b.read_lock::<Doc>()) {
        let mut pairs = a.iter().zip(b.iter());
        return Some(a.len() == b.len() && pairs.all(|(a, b)| a.0 == b.0 && equal(a.1, b.1)));
    }
    match (a.read_lock::<Map>(), b.read_lock::<Map>()) {
        (Some(a), Some(b)) => Some(same_fields(&a, b.len(), |key| b.get(key).cloned())),
        (Some(a), None) => {
            let b = b.read_lock::<Doc>()?;
            Some(same_fields(&a, b.len(), |key| b.get(key).cloned()))
        }
        (None, Some(b)) => {
            let a = a.read_lock::<Doc>()?;
            Some(same_fields(&b, a.len(), |key| a.get(key).cloned()))
        }
        (None, None) => None,
    }
}

/// A map of Rhai's has no order to compare.
fn same_fields(map: &Map, len: usize, get: impl Fn(&str) -> Option<Dynamic>) -> bool {
    map.len() == len
        && map
            .iter()
            .all(|(key, value)| get(key).is_some_and(|other| equal(value, &other)))
}

fn bson_types(a: &Dynamic, b: &Dynamic) -> Option<bool> {
    macro_rules! on {
        ($($t:ty),*) => {$(
            if let (Some(a), Some(b)) = (a.read_lock::<$t>(), b.read_lock::<$t>()) {
                return Some(*a == *b);
            }
        )*};
    }
    on!(ObjectId, Date, bson::Timestamp, bson::Binary, bson::Regex);
    on!(
        MinKey,
        MaxKey,
        BsonUndefined,
        Symbol,
        Code,
        bson::DbPointer,
        Blob,
        Namespace
    );
    let (a, b) = (a.read_lock::<FnPtr>()?, b.read_lock::<FnPtr>()?);
    let curried = a.curry().len() == b.curry().len()
        && a.curry().iter().zip(b.curry()).all(|(a, b)| equal(a, b));
    Some(a.fn_name() == b.fn_name() && curried)
}

/// `<` and its like; `None` where neither comes first (NaN, undefined, types that do not compare).
///
/// Numbers, dates and timestamps compare by value, strings by character, ObjectIds by their
/// bytes; null counts as 0 as in JavaScript. A string and a number do not compare.
#[must_use]
pub fn order(a: &Dynamic, b: &Dynamic) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (characters(a), characters(b)) {
        return Some(a.encode_utf16().cmp(b.encode_utf16()));
    }
    macro_rules! on {
        ($($t:ty),*) => {$(
            if let (Some(a), Some(b)) = (a.read_lock::<$t>(), b.read_lock::<$t>()) {
                return a.partial_cmp(&*b);
            }
        )*};
    }
    on!(ObjectId, bson::Timestamp);
    if characters(a).is_some() || characters(b).is_some() {
        return None;
    }
    let (a, b): (Number, Number) = (to_number(a)?, to_number(b)?);
    a.partial_cmp(&b)
}
