//! What the `dec` crate computes.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Range, Rem, Sub};

use dec::Context;

use super::Decimal;
use super::bits::{Parts, finite, infinity};
use super::text::DecimalError;

pub(super) type Quad = dec::Decimal128;
/// Arbitrary precision, for what decimal128 itself has no operation for.
pub(super) type Wide = dec::Decimal<12>;

pub(super) const DIGITS: usize = 34;

impl Decimal {
    /// The number to a power, to 34 digits; NaN where no real number is the result.
    pub fn pow(self, exponent: Decimal) -> Decimal {
        let mut context = wide_context();
        let (base, power) = (
            context.parse(self.to_string()),
            context.parse(exponent.to_string()),
        );
        let (Ok(mut base), Ok(power)) = (base, power) else {
            return Decimal::nan();
        };
        context.pow(&mut base, &power);
        Decimal::of_wide(&base)
    }

    /// Rounded to 34 digits.
    pub(super) fn of_wide(n: &Wide) -> Decimal {
        match Decimal::rounded(&n.to_string()) {
            Err(DecimalError::Overflow) => infinity(n.is_negative()),
            result => result.unwrap_or_else(|_| Decimal::nan()),
        }
    }

    pub(super) fn quad(self) -> Quad {
        match self.parts() {
            Parts::Nan => Quad::NAN,
            Parts::Infinite { negative } => {
                quad_of(if negative { "-Infinity" } else { "Infinity" })
            }
            Parts::Finite {
                negative,
                coefficient,
                exponent,
            } => {
                let sign = if negative { "-" } else { "" };
                quad_of(&format!("{sign}{coefficient}E{exponent}"))
            }
        }
    }

    pub(super) fn from_quad(quad: &Quad) -> Decimal {
        if quad.is_nan() {
            return Decimal::nan();
        }
        let negative = quad.is_signed();
        if quad.is_infinite() {
            return infinity(negative);
        }
        finite(negative, quad.coefficient().unsigned_abs(), quad.exponent())
    }

    fn compute(self, rhs: Decimal, op: fn(&mut Context<Quad>, Quad, Quad) -> Quad) -> Decimal {
        Decimal::from_quad(&op(&mut Context::default(), self.quad(), rhs.quad()))
    }
}

/// Where the functions of arbitrary precision are computed, to 34 digits.
pub(super) fn wide_context() -> Context<Wide> {
    /// Beyond it there is no logarithm and no power.
    const MAX_EXPONENT: isize = 999_999;
    let mut context = Context::<Wide>::default();
    // None of them fails: they are within the limits of the type.
    let _ = context.set_max_exponent(MAX_EXPONENT);
    let _ = context.set_min_exponent(-MAX_EXPONENT);
    let _ = context.set_precision(DIGITS);
    context
}

/// The remainder of a coefficient with a zero behind it for each of the exponents; ten times a divisor fits a u128.
fn shifted_remainder(coefficient: u128, divisor: u128, exponents: Range<i32>) -> u128 {
    exponents
        .into_iter()
        .fold(coefficient % divisor, |rest, _| rest * 10 % divisor)
}

/// A text that is known to be a number.
fn quad_of(text: &str) -> Quad {
    Context::<Quad>::default().parse(text).unwrap_or(Quad::NAN)
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Context::<Quad>::default().partial_cmp(self.quad(), other.quad())
    }
}

impl Neg for Decimal {
    type Output = Decimal;

    /// The sign turned round, zeros and infinities included.
    fn neg(self) -> Decimal {
        if self.is_nan() { self } else { self.negated() }
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl $trait for Decimal {
            type Output = Decimal;

            fn $method(self, rhs: Decimal) -> Decimal {
                self.compute(rhs, Context::<Quad>::$method)
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl Rem for Decimal {
    type Output = Decimal;

    /// The remainder with the dividend's sign, however large the quotient.
    fn rem(self, rhs: Decimal) -> Decimal {
        let result = self.compute(rhs, Context::<Quad>::rem);
        match (self.parts(), rhs.parts()) {
            // IEEE 754 gives up where the quotient has more than 34 digits; the server does not.
            (
                Parts::Finite {
                    negative,
                    coefficient,
                    exponent: from,
                },
                Parts::Finite {
                    coefficient: divisor @ 1..,
                    exponent: to,
                    ..
                },
            ) if result.is_nan() => finite(
                negative,
                shifted_remainder(coefficient, divisor, to..from),
                to,
            ),
            _ => result,
        }
    }
}
