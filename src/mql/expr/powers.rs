//! `$exp $ln $log $log10 $pow $sqrt`.

use bson::Bson;

use super::arithmetic::number;
use super::number::{Pair, pair};
use super::operator::{Args::Exactly, Call, Operator};
use super::rounding::unary;
use super::scope::Scope;
use super::value::{Value, is_nullish, null, type_name};
use crate::mql::{Error, Result, text};
use crate::value::{Decimal, Number};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$exp", Exactly(1), |c, s| {
        unary(c, s, |n| {
            Ok(match n {
                Number::Decimal(d) => Number::Decimal(d.exp()),
                n => Number::Double(n.to_f64().exp()),
            })
        })
    }),
    Operator::new("$ln", Exactly(1), |c, s| {
        unary(c, s, |n| logarithm(n, 28766, "$ln", Decimal::ln, f64::ln))
    }),
    Operator::new("$log", Exactly(2), log),
    Operator::new("$log10", Exactly(1), |c, s| {
        unary(c, s, |n| {
            logarithm(n, 28761, "$log10", Decimal::log10, f64::log10)
        })
    }),
    Operator::new("$pow", Exactly(2), pow),
    Operator::new("$sqrt", Exactly(1), |c, s| unary(c, s, sqrt)),
];

fn is_positive(n: Number) -> bool {
    n > Number::Int32(0)
}

/// A number in the text of a refusal.
fn shown(n: Number) -> String {
    text::general_to(n.to_f64(), 6)
}

fn logarithm(
    n: Number,
    code: i32,
    name: &str,
    of_decimal: fn(Decimal) -> Decimal,
    of_double: fn(f64) -> f64,
) -> Result<Number> {
    match n {
        // NaN is a double here whatever it was.
        n if n.is_nan() => Ok(Number::Double(f64::NAN)),
        n if !is_positive(n) => Err(Error::new(
            code,
            format!(
                "{name}'s argument must be a positive number, but is {}",
                shown(n)
            ),
        )),
        Number::Decimal(d) => Ok(Number::Decimal(of_decimal(d))),
        n => Ok(Number::Double(of_double(n.to_f64()))),
    }
}

fn sqrt(n: Number) -> Result<Number> {
    if n < Number::Int32(0) {
        return Err(Error::new(
            28714,
            "$sqrt's argument must be greater than or equal to 0",
        ));
    }
    Ok(match n {
        Number::Decimal(d) => Number::Decimal(d.sqrt()),
        n => Number::Double(n.to_f64().sqrt()),
    })
}

/// The numbers of a call of two; `None` where one of them is null.
fn numbers(
    call: &Call,
    scope: Scope<'_>,
    refuse: fn(usize, Option<&Bson>) -> Error,
) -> Result<Option<(Number, Number)>> {
    let (a, b) = (call.arg(0, scope)?, call.arg(1, scope)?);
    let (a, b) = (a.as_deref(), b.as_deref());
    if is_nullish(a) || is_nullish(b) {
        return Ok(None);
    }
    let x = a.and_then(Number::from_bson).ok_or_else(|| refuse(0, a))?;
    let y = b.and_then(Number::from_bson).ok_or_else(|| refuse(1, b))?;
    Ok(Some((x, y)))
}

fn log<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let both = numbers(call, scope, |n, value| {
        let (code, what) = [(28756, "argument"), (28757, "base")][n.min(1)];
        Error::new(
            code,
            format!("$log's {what} must be numeric, not {}", type_name(value)),
        )
    })?;
    let Some((x, base)) = both else {
        return Ok(null());
    };
    if !x.is_nan() && !is_positive(x) {
        return Err(Error::new(
            28758,
            format!(
                "$log's argument must be a positive number, but is {}",
                shown(x)
            ),
        ));
    }
    if !base.is_nan() && (!is_positive(base) || base == Number::Int32(1)) {
        return Err(Error::new(
            28759,
            format!(
                "$log's base must be a positive number not equal to 1, but is {}",
                shown(base)
            ),
        ));
    }
    if x.is_nan() || base.is_nan() {
        return Ok(number(Number::Double(f64::NAN)));
    }
    Ok(number(match pair(x, base) {
        Pair::Decimals(x, base) => Number::Decimal(decimal_log(x, base)),
        _ => Number::Double(x.to_f64().ln() / base.to_f64().ln()),
    }))
}

/// As the server has it: right for the bases 2 and 10; for others it divides by the base itself.
fn decimal_log(x: Decimal, base: Decimal) -> Decimal {
    if base == Decimal::from_i64(10) {
        x.log10()
    } else if base == Decimal::from_i64(2) {
        x.log2()
    } else {
        x.ln() / base
    }
}

fn pow<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let both = numbers(call, scope, |n, value| {
        let (code, what) = [(28762, "base"), (28763, "exponent")][n.min(1)];
        Error::new(
            code,
            format!("$pow's {what} must be numeric, not {}", type_name(value)),
        )
    })?;
    let Some((base, exponent)) = both else {
        return Ok(null());
    };
    if base.is_zero() && exponent < Number::Int32(0) {
        return Err(Error::new(
            28764,
            "$pow cannot take a base of 0 and a negative exponent",
        ));
    }
    Ok(number(match pair(base, exponent) {
        Pair::Decimals(base, exponent) => Number::Decimal(base.full_pow(exponent)),
        Pair::Doubles(base, exponent) => Number::Double(base.powf(exponent)),
        Pair::Ints(base, exponent) => match whole_pow(base.into(), exponent.into()) {
            Number::Int64(n) => Number::from_int(n),
            other => other,
        },
        Pair::Longs(base, exponent) => whole_pow(base, exponent),
    }))
}

/// An integer where it is one within an int64, else a double.
fn whole_pow(base: i64, exponent: i64) -> Number {
    let double = || Number::Double((base as f64).powf(exponent as f64));
    match base {
        1 => Number::Int64(1),
        -1 => Number::Int64(if exponent % 2 == 0 { 1 } else { -1 }),
        0 => Number::Int64(i64::from(exponent == 0)),
        _ => {
            let small = u32::try_from(exponent).ok().filter(|e| *e <= 63);
            let power = small.and_then(|exponent| base.checked_pow(exponent));
            power.map_or_else(double, Number::Int64)
        }
    }
}
