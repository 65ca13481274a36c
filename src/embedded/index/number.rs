//! Numbers of all four types as bytes in one order.
//!
//! A number is its sign and its size. The size begins with the greatest double that is not above it; what is
//! above that double (decimals and large integers may lie between two) goes on with all of its decimal digits.
//! So equal numbers have equal bytes whatever their type, and no two different ones do: at most 34 digits tell
//! any two decimals or integers apart. A negative number is its size with every bit flipped.

use std::cmp::Ordering;

use bson::Bson;

use crate::value::{Decimal, Number};

/// NaN, below all others, is a sign too.
const NAN: u8 = 1;
const NEGATIVE: u8 = 2;
const ZERO: u8 = 3;
const POSITIVE: u8 = 4;
/// The size is the double itself, or more.
const EXACT: u8 = 0;
const BEYOND: u8 = 1;
/// Keeps the exponent of a decimal positive.
const EXPONENT_BIAS: i32 = 1 << 14;

/// Appends a number; other values are nothing.
pub(super) fn put(out: &mut Vec<u8>, value: &Bson) {
    match value {
        Bson::Int32(n) => double(out, f64::from(*n)),
        Bson::Int64(n) => integer(out, *n),
        Bson::Double(x) => double(out, *x),
        Bson::Decimal128(d) => decimal(out, (*d).into()),
        _ => {}
    }
}

fn double(out: &mut Vec<u8>, x: f64) {
    if x.is_nan() {
        out.push(NAN);
    } else {
        signed(out, x.total_cmp(&0.0).is_lt() && x != 0.0, x.abs(), None);
    }
}

fn integer(out: &mut Vec<u8>, n: i64) {
    let size = n.unsigned_abs();
    let below = double_not_above(size);
    let beyond = (below as u128 != u128::from(size)).then(|| Decimal::from_i64(n));
    signed(out, n < 0, below, beyond);
}

/// The greatest double that is not above an integer.
fn double_not_above(n: u64) -> f64 {
    let nearest = n as f64;
    if nearest as u128 > u128::from(n) {
        nearest.next_down()
    } else {
        nearest
    }
}

fn decimal(out: &mut Vec<u8>, d: Decimal) {
    if Number::Decimal(d).is_nan() {
        return out.push(NAN);
    }
    let negative = Number::Decimal(d).partial_cmp(&Number::Int32(0)) == Some(Ordering::Less);
    let size = d.abs();
    if size.finite_parts().is_none() {
        return signed(out, negative, f64::INFINITY, None);
    }
    // A decimal beyond the doubles is the greatest of them and more.
    let nearest = size.to_f64().min(f64::MAX);
    let order = Number::Decimal(size).partial_cmp(&Number::Double(nearest));
    match order {
        Some(Ordering::Less) => signed(out, negative, nearest.next_down(), Some(size)),
        Some(Ordering::Equal) => signed(out, negative, nearest, None),
        _ => signed(out, negative, nearest, Some(size)),
    }
}

/// Sign and size: the double below it, and the exact number where it is not that double.
fn signed(out: &mut Vec<u8>, negative: bool, below: f64, beyond: Option<Decimal>) {
    if below == 0.0 && beyond.is_none() {
        return out.push(ZERO);
    }
    out.push(if negative { NEGATIVE } else { POSITIVE });
    let start = out.len();
    // The bits of doubles that are not negative ascend with them.
    out.extend(below.abs().to_bits().to_be_bytes());
    match beyond {
        None => out.push(EXACT),
        Some(exact) => {
            out.push(BEYOND);
            digits(out, exact);
        }
    }
    if negative {
        flip(out, start);
    }
}

/// A positive decimal: its exponent (as of 0.ddd), its digits without zeros at the end, and an end.
fn digits(out: &mut Vec<u8>, d: Decimal) {
    let (_, coefficient, exponent) = d.finite_parts().unwrap_or_default();
    let text = coefficient.to_string();
    let exponent = exponent + i32::try_from(text.len()).unwrap_or(0) + EXPONENT_BIAS;
    out.extend(u16::try_from(exponent).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(text.trim_end_matches('0').bytes());
    out.push(0);
}

/// Turns the order of what was appended since `start` round.
pub(super) fn flip(out: &mut [u8], start: usize) {
    for byte in out.iter_mut().skip(start) {
        *byte = !*byte;
    }
}
