//! Arrays: elements, pieces, positions.

use std::borrow::Cow;

use bson::Bson;

use super::fold::{fold_whole, is_constant};
use super::node::Node;
use super::operator::{
    Args::{self, Between, Exactly},
    Call, Fold, Operator,
};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::computed::computed;
use crate::mql::{Env, Error, Result, text};
use crate::value::{Number, compare};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$arrayElemAt", Exactly(2), element_at),
    Operator::new("$concatArrays", Args::Any, concat).folding(Fold::Associative),
    Operator::new("$first", Exactly(1), |c, s| end(c, s, false)),
    Operator::new("$in", Exactly(2), is_in),
    Operator::new("$indexOfArray", Between(2, 4), index_of).folding(Fold::With(fold_index_of)),
    Operator::new("$isArray", Exactly(1), |call, scope| {
        Ok(owned(matches!(
            call.arg(0, scope)?.as_deref(),
            Some(Bson::Array(_))
        )))
    }),
    Operator::new("$last", Exactly(1), |c, s| end(c, s, true)),
    Operator::new("$range", Between(2, 3), range),
    Operator::new("$reverseArray", Exactly(1), reverse),
    Operator::new("$size", Exactly(1), size),
    Operator::new("$slice", Between(2, 3), slice),
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
fn place(index: i32, length: usize) -> Option<usize> {
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

fn is_number(value: &Bson) -> bool {
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
fn coerced(number: &Bson) -> String {
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

fn index_of<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let array = call.arg(0, scope)?;
    if is_nullish(array.as_deref()) {
        return Ok(null());
    }
    let Some(Bson::Array(items)) = array.as_deref() else {
        return Err(Error::new(
            40090,
            format!(
                "$indexOfArray requires an array as a first argument, found: {}",
                type_name(array.as_deref())
            ),
        ));
    };
    let start = index(call, 2, "starting", scope)?.unwrap_or(0);
    let end = index(call, 3, "ending", scope)?;
    let wanted = call.arg(1, scope)?;
    let end = end.map_or(items.len(), |end| end.min(items.len()));
    let found = items
        .iter()
        .enumerate()
        .take(end)
        .skip(start)
        .find(|(_, item)| super::comparison::compare_values(Some(item), wanted.as_deref()).is_eq());
    let found = found.and_then(|(n, _)| i32::try_from(n).ok());
    Ok(owned(found.unwrap_or(-1)))
}

/// A constant array is looked at here already, with another code.
fn fold_index_of(call: Call, env: &Env) -> Result<Node> {
    match call.args.first() {
        _ if call.args.iter().all(is_constant) => {}
        Some(Node::Constant(array)) if is_nullish(array.as_ref()) => {
            return Ok(Node::Constant(Some(Bson::Null)));
        }
        Some(Node::Constant(Some(Bson::Array(_)))) => {}
        Some(Node::Constant(other)) => {
            return Err(Error::new(
                50809,
                format!(
                    "First operand of $indexOfArray must be an array. First argument is of type: {}",
                    type_name(other.as_ref())
                ),
            ));
        }
        _ => {}
    }
    fold_whole(call, env)
}

fn index(call: &Call, n: usize, what: &str, scope: Scope<'_>) -> Result<Option<usize>> {
    if !call.is_given(n) {
        return Ok(None);
    }
    let value = call.arg(n, scope)?;
    let value = value.as_deref();
    let name = call.op.name;
    // Without a space after the name, as the server has it.
    let number = value.and_then(int32).ok_or_else(|| {
        Error::new(
            40096,
            format!(
                "{name}requires an integral {what} index, found a value of type: {}, with value: {}",
                type_name(value),
                computed(value)
            ),
        )
    })?;
    let place = usize::try_from(number).map_err(|_| {
        Error::new(
            40097,
            format!("{name} requires a nonnegative {what} index, found: {number}"),
        )
    })?;
    Ok(Some(place))
}

/// What an array of `$range` may need.
const RANGE_MEMORY: i64 = 100 * 1024 * 1024;
/// The server's sizes of a value and of an array's head.
const VALUE_SIZE: i64 = 16;
const LIST_SIZE: i64 = 24;

fn range<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (start, end) = (call.arg(0, scope)?, call.arg(1, scope)?);
    let start = range_argument(
        start.as_deref(),
        (34443, 34444),
        "starting",
        "a starting value",
    )?;
    let end = range_argument(end.as_deref(), (34445, 34446), "ending", "an ending value")?;
    let step = if call.is_given(2) {
        let step = call.arg(2, scope)?;
        range_argument(step.as_deref(), (34447, 34448), "step", "a step value")?
    } else {
        1
    };
    if step == 0 {
        return Err(Error::new(34449, "$range requires a non-zero step value"));
    }
    let (start, end, step) = (i64::from(start), i64::from(end), i64::from(step));
    let bytes = (1 + ((end - start) / step).max(0)) * VALUE_SIZE + LIST_SIZE;
    if bytes > RANGE_MEMORY {
        return Err(Error::new(
            crate::mql::error::code::EXCEEDED_MEMORY_LIMIT,
            format!(
                "$range would use too much memory ({bytes} bytes) and cannot spill to disk. Memory limit: {RANGE_MEMORY} bytes"
            ),
        ));
    }
    let numbers = std::iter::successors(Some(start), |n| Some(n + step));
    let inside = |n: &i64| if step > 0 { *n < end } else { *n > end };
    let numbers = numbers.take_while(inside);
    let numbers = numbers.map(|n| Number::from_int(n).into());
    Ok(owned(numbers.collect::<Vec<Bson>>()))
}

fn range_argument(value: Option<&Bson>, codes: (i32, i32), kind: &str, what: &str) -> Result<i32> {
    let Some(number) = value.filter(|n| is_number(n)) else {
        let space = if kind == "step" { "" } else { " " };
        return Err(Error::new(
            codes.0,
            format!(
                "$range requires a numeric {kind} value, found value of type:{space}{}",
                type_name(value)
            ),
        ));
    };
    int32(number).ok_or_else(|| {
        Error::new(
            codes.1,
            format!(
                "$range requires {what} that can be represented as a 32-bit integer, found value: {}",
                computed(value)
            ),
        )
    })
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

fn slice<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (array, second) = (call.arg(0, scope)?, call.arg(1, scope)?);
    if is_nullish(array.as_deref()) || is_nullish(second.as_deref()) {
        return Ok(null());
    }
    let Some(Bson::Array(all)) = array.as_deref() else {
        return Err(Error::new(
            28724,
            format!(
                "First argument to $slice must be an array, but is of type: {}",
                type_name(array.as_deref())
            ),
        ));
    };
    let length = all.len();
    let second = slice_number(second.as_deref(), "Second", (28725, 28726))?;
    let (start, count) = if call.is_given(2) {
        let third = call.arg(2, scope)?;
        if is_nullish(third.as_deref()) {
            return Ok(null());
        }
        let count = slice_number(third.as_deref(), "Third", (28727, 28728))?;
        let Ok(count @ 1..) = usize::try_from(count) else {
            return Err(Error::new(
                28729,
                format!("Third argument to $slice must be positive: {count}"),
            ));
        };
        (place(second, length).unwrap_or(0), count)
    } else if second < 0 {
        (place(second, length).unwrap_or(0), usize::MAX)
    } else {
        (0, usize::try_from(second).unwrap_or(0))
    };
    if start == 0 && count >= length {
        return Ok(array);
    }
    let piece = match array {
        Some(Cow::Borrowed(Bson::Array(all))) => {
            all.iter().skip(start).take(count).cloned().collect()
        }
        other => items(other)
            .into_iter()
            .skip(start)
            .take(count)
            .collect::<Vec<_>>(),
    };
    Ok(owned(piece))
}

fn slice_number(value: Option<&Bson>, which: &str, codes: (i32, i32)) -> Result<i32> {
    let Some(number) = value.filter(|n| is_number(n)) else {
        let what = if which == "Third" {
            "numeric"
        } else {
            "a numeric value"
        };
        return Err(Error::new(
            codes.0,
            format!(
                "{which} argument to $slice must be {what}, but is of type: {}",
                type_name(value)
            ),
        ));
    };
    int32(number).ok_or_else(|| {
        Error::new(
            codes.1,
            format!(
                "{which} argument to $slice can't be represented as a 32-bit integer: {}",
                coerced(number)
            ),
        )
    })
}
