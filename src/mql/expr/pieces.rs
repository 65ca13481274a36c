//! Positions in arrays and pieces of them: `$indexOfArray $range $slice`.

use std::borrow::Cow;

use bson::Bson;

use super::array::{coerced, int32, is_number, items, place};
use super::fold::{fold_whole, is_constant};
use super::node::Node;
use super::operator::{Args::Between, Call, Fold, Operator};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::computed::computed;
use crate::mql::{Env, Error, Result};
use crate::value::Number;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$indexOfArray", Between(2, 4), index_of).folding(Fold::With(fold_index_of)),
    Operator::new("$range", Between(2, 3), range),
    Operator::new("$slice", Between(2, 3), slice),
];

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
