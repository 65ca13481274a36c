//! `$add $divide $mod $multiply $subtract`.

use bson::Bson;

use super::number::{Pair, decimal_to_long, pair, to_decimal, to_long};
use super::operator::{
    Args::{self, Exactly},
    Call, Fold, Operator,
};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::accumulate::summation::Total;
use crate::mql::error::code;
use crate::mql::{Error, Result};
use crate::value::Number;

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$add", Args::Any, add).folding(Fold::Commutative),
    Operator::new("$divide", Exactly(2), divide),
    Operator::new("$mod", Exactly(2), modulo),
    Operator::new("$multiply", Args::Any, multiply).folding(Fold::Commutative),
    Operator::new("$subtract", Exactly(2), subtract),
];

/// An owned number.
pub(super) fn number<'a>(number: Number) -> Value<'a> {
    owned(Bson::from(number))
}

fn add<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let mut total = Total::default();
    let mut has_date = false;
    for arg in &call.args {
        let value = arg.eval(scope)?;
        let value = value.as_deref();
        if let Some(number) = value.and_then(Number::from_bson) {
            total.add(number);
            continue;
        }
        match value {
            Some(Bson::DateTime(_)) if has_date => {
                return Err(Error::new(
                    16612,
                    "only one date allowed in an $add expression",
                ));
            }
            Some(Bson::DateTime(date)) => {
                has_date = true;
                total.add(Number::Int64(date.timestamp_millis()));
            }
            value if is_nullish(value) => return Ok(null()),
            other => {
                return Err(Error::new(
                    16554,
                    format!(
                        "$add only supports numeric or date types, not {}",
                        type_name(other)
                    ),
                ));
            }
        }
    }
    if has_date {
        return date(&total);
    }
    Ok(number(total.sum()))
}

fn date<'a>(total: &Total) -> Result<Value<'a>> {
    let ms = match total.sum() {
        Number::Decimal(d) => Some(decimal_to_long(d)),
        _ => total.to_i64(),
    };
    let ms = ms.ok_or_else(|| Error::new(code::OVERFLOW, "date overflow in $add"))?;
    Ok(owned(bson::DateTime::from_millis(ms)))
}

fn subtract<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    // The server evaluates the second argument first, which shows where both fail.
    let b = call.arg(1, scope)?;
    let a = call.arg(0, scope)?;
    let (a, b) = (a.as_deref(), b.as_deref());
    if is_nullish(a) || is_nullish(b) {
        return Ok(null());
    }
    if let (Some(x), Some(y)) = (a.and_then(Number::from_bson), b.and_then(Number::from_bson)) {
        return Ok(number(minus(x, y)));
    }
    match (a, b) {
        (Some(Bson::DateTime(a)), Some(Bson::DateTime(b))) => {
            let (a, b) = (a.timestamp_millis(), b.timestamp_millis());
            Ok(owned(a.wrapping_sub(b)))
        }
        (Some(Bson::DateTime(a)), Some(b)) if Number::from_bson(b).is_some() => {
            let ms = to_long(b)?.checked_neg().ok_or_else(|| {
                Error::new(
                    code::DURATION_OVERFLOW,
                    "Cannot negate the minimum duration",
                )
            })?;
            let start = a.timestamp_millis();
            let date = start.checked_add(ms).map(bson::DateTime::from_millis);
            date.map(owned).ok_or_else(|| date_overflow(start, ms))
        }
        // A date has another name on this side.
        _ => Err(Error::type_mismatch(format!(
            "can't $subtract {} from {}",
            type_name(b),
            match a {
                Some(Bson::DateTime(_)) => "Date",
                other => type_name(other),
            }
        ))),
    }
}

/// The server shows the sum, which went round, as the start.
fn date_overflow(start: i64, ms: i64) -> Error {
    let sum = start.wrapping_add(ms);
    Error::new(
        code::DURATION_OVERFLOW,
        format!("Overflow while adding {ms}ms to {sum}ms"),
    )
}

fn minus(x: Number, y: Number) -> Number {
    match pair(x, y) {
        Pair::Ints(a, b) => Number::from_int(i64::from(a) - i64::from(b)),
        Pair::Longs(a, b) => match a.checked_sub(b) {
            Some(n) => Number::Int64(n),
            None => Number::Double(a as f64 - b as f64),
        },
        Pair::Doubles(a, b) => Number::Double(a - b),
        Pair::Decimals(a, b) => Number::Decimal(a - b),
    }
}

fn multiply<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let mut product = Product {
        value: Number::Int32(1),
        double: 1.0,
    };
    for arg in &call.args {
        let value = arg.eval(scope)?;
        let value = value.as_deref();
        match value.and_then(Number::from_bson) {
            Some(number) => product.multiply(number),
            None if is_nullish(value) => return Ok(null()),
            None => {
                return Err(Error::type_mismatch(format!(
                    "$multiply only supports numeric types, not {}",
                    type_name(value)
                )));
            }
        }
    }
    Ok(number(product.value))
}

/// A product that knows what it is as a double, should integers no longer hold it.
struct Product {
    value: Number,
    double: f64,
}

impl Product {
    fn multiply(&mut self, factor: Number) {
        if !matches!(factor, Number::Decimal(_)) {
            self.double *= factor.to_f64();
        }
        self.value = match (self.value, factor) {
            (Number::Decimal(d), _) => Number::Decimal(d * to_decimal(factor)),
            (value, Number::Decimal(d)) => Number::Decimal(to_decimal(value) * d),
            (Number::Double(_), _) | (_, Number::Double(_)) => Number::Double(self.double),
            (Number::Int64(a), b) | (b, Number::Int64(a)) => self.long(a, b),
            (Number::Int32(a), b) => match self.long(a.into(), b) {
                Number::Int64(n) => Number::from_int(n),
                other => other,
            },
        };
    }

    fn long(&self, a: i64, b: Number) -> Number {
        let product = b.to_i64().and_then(|b| a.checked_mul(b));
        product.map_or(Number::Double(self.double), Number::Int64)
    }
}

fn divide<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    // In the server's order, as for `$subtract`.
    let b = call.arg(1, scope)?;
    let a = call.arg(0, scope)?;
    let (a, b) = (a.as_deref(), b.as_deref());
    let (Some(x), Some(y)) = (a.and_then(Number::from_bson), b.and_then(Number::from_bson)) else {
        if is_nullish(a) || is_nullish(b) {
            return Ok(null());
        }
        return Err(Error::type_mismatch(format!(
            "$divide only supports numeric types, not {} and {}",
            type_name(a),
            type_name(b)
        )));
    };
    if y.is_zero() {
        return Err(Error::bad_value("can't $divide by zero"));
    }
    Ok(number(match pair(x, y) {
        Pair::Decimals(a, b) => Number::Decimal(a / b),
        _ => Number::Double(x.to_f64() / y.to_f64()),
    }))
}

fn modulo<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let (a, b) = (call.arg(0, scope)?, call.arg(1, scope)?);
    let (a, b) = (a.as_deref(), b.as_deref());
    let (Some(x), Some(y)) = (a.and_then(Number::from_bson), b.and_then(Number::from_bson)) else {
        if is_nullish(a) || is_nullish(b) {
            return Ok(null());
        }
        return Err(Error::new(
            16611,
            format!(
                "$mod only supports numeric types, not {} and {}",
                type_name(a),
                type_name(b)
            ),
        ));
    };
    rest(x, y).map(number)
}

fn rest(x: Number, y: Number) -> Result<Number> {
    let zero = |code| Error::new(code, "can't $mod by zero");
    if let Pair::Decimals(a, b) = pair(x, y) {
        if b.is_zero() {
            return Err(zero(5_733_415));
        }
        return Ok(Number::Decimal(a % b));
    }
    if y.is_zero() {
        return Err(zero(16610));
    }
    let small = y.to_i64().and_then(|b| i32::try_from(b).ok());
    Ok(match (x, y, small) {
        (Number::Int32(a), Number::Int32(b), _) => Number::Int32(a.wrapping_rem(b)),
        // A double that is an int32 counts as an integer where it divides one.
        (Number::Int32(a), Number::Double(_), Some(b)) => Number::Int32(a.wrapping_rem(b)),
        (Number::Int64(a), Number::Double(_), Some(b)) => Number::Int64(a.wrapping_rem(b.into())),
        (Number::Double(_), ..) | (_, Number::Double(_), _) => {
            Number::Double(x.to_f64() % y.to_f64())
        }
        _ => {
            let (a, b) = (x.to_i64().unwrap_or(0), y.to_i64().unwrap_or(1));
            Number::Int64(a.wrapping_rem(b))
        }
    })
}
