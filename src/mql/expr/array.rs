//! Arrays and their elements.

use std::borrow::Cow;

use bson::Bson;

use super::operator::{
    Args::{self, Exactly},
    Call, Fold, Operator,
};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::{Error, Result, text};
use crate::value::{Number, compare};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$arrayElemAt", Exactly(2), element_at),
    Operator::new("$concatArrays", Args::Any, concat).folding(Fold::Associative),
    Operator::new("$first", Exactly(1), |c, s| end(c, s, false)),
    Operator::new("$in", Exactly(2), is_in),
    Operator::new("$isArray", Exactly(1), |call, scope| {
        Ok(owned(matches!(
            call.arg(0, scope)?.as_deref(),
            Some(Bson::Array(_))
        )))
    }),
    Operator::new("$last", Exactly(1), |c, s| end(c, s, true)),
    Operator::new("$reverseArray", Exactly(1), reverse),
    Operator::new("$size", Exactly(1), size),
];

/// An array, taken out of the value where that owns it.
pub(super) fn items(array: Value<'_>) -> Vec<Bson> {
    match array {
        Some(Cow::Owned(Bson::Array(items))) => items,
        Some(Cow::Borrowed(Bson::Array(items))) => items.clone(),
        _ => Vec::new(),
    }
}

/// One element of an array, borrowed where the array is.
fn element(array: Value<'_>, index: usize) -> Value<'_> {
    match array {
        Some(Cow::Borrowed(Bson::Array(items))) => items.get(index).map(Cow::Borrowed),
        Some(Cow::Owned(Bson::Array(mut items))) => {
            (index < items.len()).then(|| Cow::Owned(items.swap_remove(index)))
        }
        _ => None,
    }
}

/// The place of an index that counts from the end where it is negative.
pub(super) fn place(index: i32, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = i64::from(index);
    let index = if index < 0 { index + length } else { index };
    usize::try_from(index).ok()
}

/// A number that is one of int32's.
pub(super) fn int32(value: &Bson) -> Option<i32> {
    let number = Number::from_bson(value)?.to_i64()?;
    i32::try_from(number).ok()
}

pub(super) fn is_number(value: &Bson) -> bool {
    Number::from_bson(value).is_some()
}

fn element_at<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (array, index) = (call.arg(0, scope)?, call.arg(1, scope)?);
    if is_nullish(array.as_deref()) || is_nullish(index.as_deref()) {
        return Ok(null());
    }
    let Some(Bson::Array(items)) = array.as_deref() else {
        return Err(Error::new(
            28689,
            format!(
                "$arrayElemAt's first argument must be an array, but is {}",
                type_name(array.as_deref())
            ),
        ));
    };
    let Some(number) = index.as_deref().filter(|n| is_number(n)) else {
        return Err(Error::new(
            28690,
            format!(
                "$arrayElemAt's second argument must be a numeric value, but is {}",
                type_name(index.as_deref())
            ),
        ));
    };
    let number = int32(number).ok_or_else(|| {
        Error::new(
            28691,
            format!(
                "$arrayElemAt's second argument must be representable as a 32-bit integer: {}",
                coerced(number)
            ),
        )
    })?;
    let place = place(number, items.len());
    Ok(place.and_then(|place| element(array, place)))
}

/// A number as the server prints it after making a double of it.
pub(super) fn coerced(number: &Bson) -> String {
    let number = Number::from_bson(number).map_or(f64::NAN, Number::to_f64);
    text::general_to(number, 6)
}

fn end<'a>(call: &'a Call, scope: Scope<'a>, last: bool) -> Result<Value<'a>> {
    let array = call.arg(0, scope)?;
    if is_nullish(array.as_deref()) {
        return Ok(null());
    }
    let Some(Bson::Array(items)) = array.as_deref() else {
        return Err(Error::new(
            28689,
            format!(
                "{}'s argument must be an array, but is {}",
                call.op.name,
                type_name(array.as_deref())
            ),
        ));
    };
    let place = if last {
        items.len().saturating_sub(1)
    } else {
        0
    };
    Ok(element(array, place))
}

fn concat<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let mut all = Vec::new();
    for arg in &call.args {
        let array = arg.eval(scope)?;
        match array.as_deref() {
            value if is_nullish(value) => return Ok(null()),
            Some(Bson::Array(_)) => all.extend(items(array)),
            other => {
                return Err(Error::new(
                    28664,
                    format!(
                        "$concatArrays only supports arrays, not {}",
                        type_name(other)
                    ),
                ));
            }
        }
    }
    Ok(owned(all))
}

fn is_in<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (wanted, array) = (call.arg(0, scope)?, call.arg(1, scope)?);
    let Some(Bson::Array(items)) = array.as_deref() else {
        return Err(Error::new(
            40081,
            format!(
                "$in requires an array as a second argument, found: {}",
                type_name(array.as_deref())
            ),
        ));
    };
    let Some(wanted) = wanted.as_deref() else {
        return Ok(owned(items.iter().any(|i| matches!(i, Bson::Undefined))));
    };
    Ok(owned(
        items.iter().any(|item| compare(item, wanted).is_eq()),
    ))
}

fn reverse<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let array = call.arg(0, scope)?;
    match array.as_deref() {
        value if is_nullish(value) => Ok(null()),
        Some(Bson::Array(_)) => {
            let mut items = items(array);
            items.reverse();
            Ok(owned(items))
        }
        other => Err(Error::new(
            34435,
            format!(
                "The argument to $reverseArray must be an array, but was of type: {}",
                type_name(other)
            ),
        )),
    }
}

fn size<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    match call.arg(0, scope)?.as_deref() {
        Some(Bson::Array(items)) => Ok(owned(i32::try_from(items.len()).unwrap_or(i32::MAX))),
        other => Err(Error::new(
            17124,
            format!(
                "The argument to $size must be an array, but was of type: {}",
                type_name(other)
            ),
        )),
    }
}
