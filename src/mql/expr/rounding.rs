//! `$abs $ceil $floor $round $trunc`.

use bson::Bson;

use super::arithmetic::number;
use super::number::to_long;
use super::operator::{
    Args::{Between, Exactly},
    Call, Operator,
};
use super::scope::Scope;
use super::value::{Value, is_nullish, null, owned, type_name};
use crate::mql::computed::computed;
use crate::mql::{Error, Result};
use crate::value::{Decimal, Number, Rounding};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$abs", Exactly(1), |c, s| unary(c, s, abs)),
    Operator::new("$ceil", Exactly(1), |c, s| {
        unary(c, s, |n| Ok(whole(n, Rounding::Ceiling)))
    }),
    Operator::new("$floor", Exactly(1), |c, s| {
        unary(c, s, |n| Ok(whole(n, Rounding::Floor)))
    }),
    Operator::new("$round", Between(1, 2), |c, s| {
        to_places(c, s, Rounding::HalfEven)
    }),
    Operator::new("$trunc", Between(1, 2), |c, s| {
        to_places(c, s, Rounding::Down)
    }),
];

/// An operator of one number; null for null.
pub(super) fn unary<'a>(
    call: &'a Call,
    scope: Scope<'a>,
    compute: fn(Number) -> Result<Number>,
) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let value = value.as_deref();
    match value.and_then(Number::from_bson) {
        Some(n) => compute(n).map(number),
        None if is_nullish(value) => Ok(null()),
        None => Err(Error::new(
            28765,
            format!(
                "{} only supports numeric types, not {}",
                call.op.name,
                type_name(value)
            ),
        )),
    }
}

fn abs(n: Number) -> Result<Number> {
    match n {
        Number::Int64(i64::MIN) => Err(Error::new(28680, "can't take $abs of long long min")),
        other => Ok(other.abs()),
    }
}

fn whole(n: Number, rounding: Rounding) -> Number {
    match n {
        Number::Double(x) if rounding == Rounding::Floor => Number::Double(x.floor()),
        Number::Double(x) => Number::Double(x.ceil()),
        // The server's library knows no whole part of infinity.
        Number::Decimal(d) if !d.is_finite() => Number::Decimal(Decimal::nan()),
        Number::Decimal(d) => {
            let whole = d.with_places(0, rounding);
            // Nor of a number of more than 34 digits.
            Number::Decimal(if whole.has_places(0) {
                whole
            } else {
                Decimal::nan()
            })
        }
        integer => integer,
    }
}

fn to_places<'a>(call: &'a Call, scope: Scope<'a>, rounding: Rounding) -> Result<Value<'a>> {
    let value = call.arg(0, scope)?;
    let value = value.as_deref();
    let Some(n) = value.and_then(Number::from_bson) else {
        if is_nullish(value) {
            return Ok(null());
        }
        return Err(Error::new(
            51081,
            format!(
                "{} only supports numeric types, not {}",
                call.op.name,
                type_name(value)
            ),
        ));
    };
    let places = if call.is_given(1) {
        let places = call.arg(1, scope)?;
        match places.as_deref() {
            Some(places) if !is_nullish(Some(places)) => places_of(places, call.op.name)?,
            _ => return Ok(null()),
        }
    } else {
        0
    };
    let rounded = match n {
        Number::Double(x) => Number::Double(round_double(x, places, rounding)),
        Number::Decimal(d) => Number::Decimal(d.with_places(places, rounding)),
        integer if places >= 0 => integer,
        integer => {
            let long = integer.to_decimal().with_places(places, rounding).to_i64();
            let long = long.ok_or_else(|| overflow(call, value, places))?;
            match integer {
                // Only upwards does the server look whether an int32 still holds it.
                Number::Int32(_) if long <= i32::MAX.into() => Number::Int32(long as i32),
                _ => Number::Int64(long),
            }
        }
    };
    Ok(owned(Bson::from(rounded)))
}

fn overflow(call: &Call, value: Option<&Bson>, places: i32) -> Error {
    Error::new(
        51080,
        format!(
            "invalid conversion from Decimal128 result in {} resulting from arguments: [{}, {places}]",
            call.op.name,
            computed(value)
        ),
    )
}

fn places_of(value: &Bson, name: &str) -> Result<i32> {
    let long = to_long(value)?;
    let integer = super::array::int32(value).ok_or_else(|| {
        Error::new(
            51082,
            format!("precision argument to  {name} must be a integral value"),
        )
    })?;
    if (-20..=100).contains(&long) {
        return Ok(integer);
    }
    Err(Error::new(
        51083,
        format!("cannot apply {name} with precision value {long} value must be in [-20, 100]"),
    ))
}

fn round_double(x: f64, places: i32, rounding: Rounding) -> f64 {
    match (places, rounding) {
        _ if !x.is_finite() => x,
        (0, Rounding::HalfEven) => x.round_ties_even(),
        (0, _) => x.trunc(),
        _ => Decimal::from_f64_wide(x)
            .with_places(places, rounding)
            .to_f64(),
    }
}
