//! The four number types of BSON in one arithmetic.
//!
//! The wider type wins: int32, int64, double, decimal. What overflows an integer type goes on in the next
//! one, as int64 in the server's expressions and beyond it as double, the way JavaScript counts on. Comparison
//! is exact across the types: no value is rounded to the other's type first.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use bson::Bson;

use super::Decimal;
use super::js::js_number;

/// A number of one of BSON's types. `==` and `<` are numeric across them, and NaN equals nothing.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// int32
    Int32(i32),
    /// int64
    Int64(i64),
    /// double
    Double(f64),
    /// decimal128
    Decimal(Decimal),
}

impl Number {
    /// The number a BSON value is; `None` for other types.
    pub fn from_bson(value: &Bson) -> Option<Number> {
        match value {
            Bson::Int32(n) => Some(Number::Int32(*n)),
            Bson::Int64(n) => Some(Number::Int64(*n)),
            Bson::Double(x) => Some(Number::Double(*x)),
            Bson::Decimal128(d) => Some(Number::Decimal((*d).into())),
            _ => None,
        }
    }

    /// An integer in the smaller type that holds it.
    pub fn from_int(n: i64) -> Number {
        i32::try_from(n).map_or(Number::Int64(n), Number::Int32)
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        match self {
            Number::Int32(n) => n.into(),
            Number::Int64(n) => n as f64,
            Number::Double(x) => x,
            Number::Decimal(d) => d.to_f64(),
        }
    }

    /// The decimal: integers are exact, doubles are rounded to the 15 digits that count.
    pub fn to_decimal(self) -> Decimal {
        match self {
            Number::Int32(n) => Decimal::from_i64(n.into()),
            Number::Int64(n) => Decimal::from_i64(n),
            Number::Double(x) => Decimal::from_f64_short(x),
            Number::Decimal(d) => d,
        }
    }

    /// The integer this is, if it is one within an int64.
    pub fn to_i64(self) -> Option<i64> {
        match self {
            Number::Int32(n) => Some(n.into()),
            Number::Int64(n) => Some(n),
            Number::Double(x) if x.trunc() == x && x.abs() < 2_f64.powi(63) => Some(x as i64),
            Number::Double(x) => (x == -(2_f64.powi(63))).then_some(i64::MIN),
            Number::Decimal(d) => d.to_i64(),
        }
    }

    /// Whether this is NaN.
    pub fn is_nan(self) -> bool {
        match self {
            Number::Double(x) => x.is_nan(),
            Number::Decimal(d) => d.is_nan(),
            _ => false,
        }
    }

    /// Whether this is zero, of either sign.
    pub fn is_zero(self) -> bool {
        self == Number::Int32(0)
    }

    /// The number without its sign; the least integers are widened.
    pub fn abs(self) -> Number {
        match self {
            Number::Double(x) => Number::Double(x.abs()),
            Number::Decimal(d) => Number::Decimal(d.abs()),
            _ if self < Number::Int32(0) => -self,
            _ => self,
        }
    }

    /// `self ** exponent`: integers stay integers while the result is one that fits, else double.
    pub fn pow(self, exponent: Number) -> Number {
        match (self.promote(exponent), exponent.to_i64()) {
            (Pair::Ints(base, _, small), Some(power @ 0..)) => {
                let power = u32::try_from(power).ok();
                let result = power.and_then(|power| i128::from(base).checked_pow(power));
                result
                    .and_then(|n| int(n, small))
                    .unwrap_or_else(|| self.pow_f64(exponent))
            }
            (Pair::Decimals(base, power), _) => Number::Decimal(base.pow(power)),
            _ => self.pow_f64(exponent),
        }
    }

    /// As JavaScript, which unlike C has NaN for 1 to an infinite or unknown power.
    fn pow_f64(self, exponent: Number) -> Number {
        let (base, power) = (self.to_f64(), exponent.to_f64());
        let unknown = power.is_nan() || base.abs() == 1.0 && power.is_infinite();
        Number::Double(if unknown { f64::NAN } else { base.powf(power) })
    }

    /// Both numbers in the wider type of the two.
    fn promote(self, other: Number) -> Pair {
        use Number::{Int32, Int64};
        match (self, other) {
            (Number::Decimal(_), _) | (_, Number::Decimal(_)) => {
                Pair::Decimals(self.to_decimal(), other.to_decimal())
            }
            (Int32(a), Int32(b)) => Pair::Ints(a.into(), b.into(), true),
            (Int32(a), Int64(b)) => Pair::Ints(a.into(), b, false),
            (Int64(a), Int32(b)) => Pair::Ints(a, b.into(), false),
            (Int64(a), Int64(b)) => Pair::Ints(a, b, false),
            _ => Pair::Doubles(self.to_f64(), other.to_f64()),
        }
    }
}

/// Two numbers of one type.
enum Pair {
    /// The flag is set when both were int32.
    Ints(i64, i64, bool),
    Doubles(f64, f64),
    Decimals(Decimal, Decimal),
}

/// An integer result: int32 if that is what came in and it fits, else int64; `None` beyond that.
fn int(n: i128, small: bool) -> Option<Number> {
    match i32::try_from(n) {
        Ok(n) if small => Some(Number::Int32(n)),
        _ => i64::try_from(n).ok().map(Number::Int64),
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $checked:ident) => {
        impl $trait for Number {
            type Output = Number;

            fn $method(self, other: Number) -> Number {
                match self.promote(other) {
                    Pair::Decimals(a, b) => Number::Decimal(a.$method(b)),
                    Pair::Doubles(a, b) => Number::Double(a.$method(b)),
                    Pair::Ints(a, b, small) => i128::from(a)
                        .$checked(b.into())
                        .and_then(|n| int(n, small))
                        .unwrap_or_else(|| Number::Double((a as f64).$method(b as f64))),
                }
            }
        }
    };
}

operator!(Add, add, checked_add);
operator!(Sub, sub, checked_sub);
operator!(Mul, mul, checked_mul);
// A zero divisor is not an error, as in JavaScript: the remainder is NaN.
operator!(Rem, rem, checked_rem);

impl Div for Number {
    type Output = Number;

    /// An integer where the quotient of two integers is one, else a double; division by zero is infinite or NaN.
    fn div(self, other: Number) -> Number {
        match self.promote(other) {
            Pair::Decimals(a, b) => Number::Decimal(a / b),
            Pair::Doubles(a, b) => Number::Double(a / b),
            Pair::Ints(a, b, small) => {
                let exact = b != 0 && a.wrapping_rem(b) == 0;
                let quotient = exact.then(|| i128::from(a) / i128::from(b));
                let quotient = quotient.and_then(|n| int(n, small));
                quotient.unwrap_or(Number::Double(a as f64 / b as f64))
            }
        }
    }
}

impl Neg for Number {
    type Output = Number;

    fn neg(self) -> Number {
        match self {
            Number::Int32(n) => n
                .checked_neg()
                .map_or(Number::Int64(-i64::from(n)), Number::Int32),
            Number::Int64(n) => n
                .checked_neg()
                .map_or(Number::Double(-(n as f64)), Number::Int64),
            Number::Double(x) => Number::Double(-x),
            Number::Decimal(d) => Number::Decimal(-d),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        use Number::{Decimal, Double, Int32, Int64};
        match (*self, *other) {
            (Int32(a), b) => Int64(a.into()).partial_cmp(&b),
            (a, Int32(b)) => a.partial_cmp(&Int64(b.into())),
            (Int64(a), Int64(b)) => Some(a.cmp(&b)),
            (Double(a), Double(b)) => a.partial_cmp(&b),
            (Decimal(a), Decimal(b)) => a.partial_cmp(&b),
            (Int64(a), Double(b)) => int_double(a, b),
            (Double(a), Int64(b)) => int_double(b, a).map(Ordering::reverse),
            (Int64(a), Decimal(b)) => super::Decimal::from_i64(a).partial_cmp(&b),
            (Decimal(a), Int64(b)) => a.partial_cmp(&super::Decimal::from_i64(b)),
            (Double(a), Decimal(b)) => double_decimal(a, b),
            (Decimal(a), Double(b)) => double_decimal(b, a).map(Ordering::reverse),
        }
    }
}

fn int_double(a: i64, b: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match b {
        _ if b.is_nan() => None,
        _ if b >= LIMIT => Some(Ordering::Less),
        _ if b < -LIMIT => Some(Ordering::Greater),
        // The whole part is exact as an int64; the fraction decides between equals.
        _ => Some(
            a.cmp(&(b as i64))
                .then_with(|| 0.0_f64.total_cmp(&(b.fract() + 0.0))),
        ),
    }
}

/// The double is rounded to 34 digits, which keeps its order among decimals; where that makes it equal, the
/// digits cut off decide.
fn double_decimal(a: f64, b: Decimal) -> Option<Ordering> {
    let rounded = Decimal::rounded(&format!("{a:.33e}")).ok()?;
    let order = rounded.partial_cmp(&b)?;
    if order != Ordering::Equal || !a.is_finite() {
        return Some(order);
    }
    let mut context = dec::Context::<Wide>::default();
    let exact = context.parse(format!("{a:.800e}")).ok()?;
    let other = context.parse(b.to_string()).ok()?;
    context.partial_cmp(&exact, &other)
}

/// Holds every digit of a double.
type Wide = dec::Decimal<270>;

impl fmt::Display for Number {
    /// As JavaScript's `String()` has it: `5` for the double 5.0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int32(n) => fmt::Display::fmt(n, f),
            Number::Int64(n) => fmt::Display::fmt(n, f),
            Number::Double(x) => f.write_str(&js_number(*x)),
            Number::Decimal(d) => fmt::Display::fmt(d, f),
        }
    }
}

impl From<Number> for Bson {
    fn from(number: Number) -> Bson {
        match number {
            Number::Int32(n) => Bson::Int32(n),
            Number::Int64(n) => Bson::Int64(n),
            Number::Double(x) => Bson::Double(x),
            Number::Decimal(d) => d.into(),
        }
    }
}

#[cfg(test)]
mod tests;
