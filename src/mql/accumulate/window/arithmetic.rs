//! Arithmetic of values as `$add`, `$subtract`, `$multiply` and `$divide` do it: null stays null, dates have differences.

use bson::Bson;

use crate::mql::{Error, Result, text};
use crate::value::{Decimal, Number};

/// Two numbers of one kind: decimals if one is; a double has 15 digits then.
enum Pair {
    Decimals(Decimal, Decimal),
    Others(Number, Number),
}

fn pair(x: Number, y: Number) -> Pair {
    let decimal = |n| match n {
        Number::Double(x) => Decimal::from_f64(x),
        other => other.to_decimal(),
    };
    match (x, y) {
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => Pair::Decimals(decimal(x), decimal(y)),
        _ => Pair::Others(x, y),
    }
}

fn is_null(value: &Bson) -> bool {
    matches!(value, Bson::Null | Bson::Undefined)
}

pub(super) fn subtract(a: &Bson, b: &Bson) -> Result<Bson> {
    if is_null(a) || is_null(b) {
        return Ok(Bson::Null);
    }
    if let (Bson::DateTime(a), Bson::DateTime(b)) = (a, b) {
        let (a, b) = (a.timestamp_millis(), b.timestamp_millis());
        return Ok(Bson::Int64(a.saturating_sub(b)));
    }
    if let (Bson::DateTime(a), Some(ms)) = (a, Number::from_bson(b)) {
        let ms = ms.to_i64().unwrap_or_else(|| ms.to_f64() as i64);
        let earlier = a.timestamp_millis().saturating_sub(ms);
        return Ok(Bson::DateTime(bson::DateTime::from_millis(earlier)));
    }
    match (Number::from_bson(a), Number::from_bson(b)) {
        (Some(x), Some(y)) => Ok(match pair(x, y) {
            Pair::Decimals(x, y) => (x - y).into(),
            Pair::Others(x, y) => (x - y).into(),
        }),
        _ => {
            let from = match a {
                Bson::DateTime(_) => "Date",
                other => text::type_name(other),
            };
            let what = text::type_name(b);
            Err(Error::type_mismatch(format!(
                "can't $subtract {what} from {from}"
            )))
        }
    }
}

pub(super) fn add(a: &Bson, b: &Bson) -> Result<Bson> {
    both("$add", a, b, |x, y| match pair(x, y) {
        Pair::Decimals(x, y) => Number::Decimal(x + y),
        Pair::Others(x, y) => x + y,
    })
}

pub(super) fn multiply(a: &Bson, b: &Bson) -> Result<Bson> {
    both("$multiply", a, b, |x, y| match pair(x, y) {
        Pair::Decimals(x, y) => Number::Decimal(x * y),
        Pair::Others(x, y) => x * y,
    })
}

fn both(name: &str, a: &Bson, b: &Bson, work: fn(Number, Number) -> Number) -> Result<Bson> {
    if is_null(a) || is_null(b) {
        return Ok(Bson::Null);
    }
    match (Number::from_bson(a), Number::from_bson(b)) {
        (Some(x), Some(y)) => Ok(work(x, y).into()),
        (x, _) => {
            let odd = if x.is_none() { a } else { b };
            let message = format!(
                "{name} only supports numeric types, not {}",
                text::type_name(odd)
            );
            Err(Error::type_mismatch(message))
        }
    }
}

/// The quotient, which is never an integer; `None` for a division by zero.
pub(super) fn divide(a: &Bson, b: &Bson) -> Result<Option<Bson>> {
    if is_null(a) || is_null(b) {
        return Ok(Some(Bson::Null));
    }
    match (Number::from_bson(a), Number::from_bson(b)) {
        (Some(_), Some(y)) if y.is_zero() => Ok(None),
        (Some(x), Some(y)) => Ok(Some(match pair(x, y) {
            Pair::Decimals(x, y) => (x / y).into(),
            Pair::Others(x, y) => Bson::Double(x.to_f64() / y.to_f64()),
        })),
        _ => Err(Error::type_mismatch(format!(
            "$divide only supports numeric types, not {} and {}",
            text::type_name(a),
            text::type_name(b)
        ))),
    }
}
