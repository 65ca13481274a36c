//! Numbers as the server's expressions convert them.

use bson::Bson;

use crate::mql::text::type_name;
use crate::mql::{Error, Result, text};
use crate::value::{Decimal, Number};

/// Two numbers of one type, the wider one of both.
pub(super) enum Pair {
    Ints(i32, i32),
    Longs(i64, i64),
    Doubles(f64, f64),
    Decimals(Decimal, Decimal),
}

/// Both numbers in the wider type of the two.
pub(super) fn pair(a: Number, b: Number) -> Pair {
    use Number::{Int32, Int64};
    match (a, b) {
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => {
            Pair::Decimals(to_decimal(a), to_decimal(b))
        }
        (Int32(a), Int32(b)) => Pair::Ints(a, b),
        (Int32(a), Int64(b)) => Pair::Longs(a.into(), b),
        (Int64(a), Int32(b)) => Pair::Longs(a, b.into()),
        (Int64(a), Int64(b)) => Pair::Longs(a, b),
        _ => Pair::Doubles(a.to_f64(), b.to_f64()),
    }
}

/// A decimal: of a double, the 15 digits that count, zeros included.
pub(super) fn to_decimal(number: Number) -> Decimal {
    match number {
        Number::Double(x) => Decimal::from_f64(x),
        other => other.to_decimal(),
    }
}

/// A value as an integer, cut off where it is a double.
pub(super) fn to_long(value: &Bson) -> Result<i64> {
    match Number::from_bson(value) {
        Some(Number::Int32(n)) => Ok(n.into()),
        Some(Number::Int64(n)) => Ok(n),
        Some(Number::Double(x)) => {
            const LIMIT: f64 = 9_223_372_036_854_775_808.0;
            if (-LIMIT..LIMIT).contains(&x) {
                Ok(x as i64)
            } else {
                Err(out_of_range(&text::general_to(x, 6)))
            }
        }
        Some(Number::Decimal(d)) => Ok(decimal_to_long(d)),
        None => Err(Error::new(
            16004,
            format!("can't convert from BSON type {} to long", type_name(value)),
        )),
    }
}

fn out_of_range(number: &str) -> Error {
    Error::new(
        31109,
        format!("Can't coerce out of range value {number} to long"),
    )
}

/// To the nearest; what is none within an int64 is the least one, as the server's library has it.
pub(super) fn decimal_to_long(d: Decimal) -> i64 {
    let rounded = d.with_places(0, crate::value::Rounding::HalfEven);
    rounded.to_i64().unwrap_or(i64::MIN)
}
