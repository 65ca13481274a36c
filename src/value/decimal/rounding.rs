//! Rounding to a number of places, roots and logarithms, as the server's expressions have them.

use dec::Context;

use super::Decimal;
use super::arithmetic::{DIGITS, Wide, wide_context};
use super::bits::{Parts, finite};

/// How digits that are cut off change the last one that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, and to the even one between two.
    HalfEven,
    /// Towards zero.
    Down,
    /// Towards negative infinity.
    Floor,
    /// Towards positive infinity.
    Ceiling,
}

/// What the widest number holds.
const MORE_DIGITS: usize = 36;

/// The least exponent of a decimal.
const LEAST_EXPONENT: i32 = -6176;

/// The largest coefficient has 34 digits.
const LIMIT: u128 = 10_u128.pow(34);

impl Decimal {
    /// The number with so many decimals (with zeros before the point for a negative count); where they are
    /// more than fit in 34 digits, as many as fit.
    pub fn with_places(self, places: i32, rounding: Rounding) -> Decimal {
        let Parts::Finite {
            negative,
            coefficient,
            exponent,
        } = self.parts()
        else {
            return self;
        };
        let wanted = -places;
        if wanted <= exponent {
            let (coefficient, exponent) = widened(coefficient, exponent, wanted);
            return finite(negative, coefficient, exponent);
        }
        let cut = cut(
            coefficient,
            wanted.abs_diff(exponent),
            rounding_of(rounding, negative),
        );
        finite(negative, cut, wanted)
    }

    /// Whether it has exactly so many decimals.
    pub fn has_places(self, places: i32) -> bool {
        matches!(self.parts(), Parts::Finite { exponent, .. } if exponent == -places)
    }

    /// The number with 34 digits, as the server's powers are.
    pub fn with_all_digits(self) -> Decimal {
        let Parts::Finite {
            negative,
            coefficient: coefficient @ 1..,
            exponent,
        } = self.parts()
        else {
            return self;
        };
        let (coefficient, exponent) = widened(coefficient, exponent, i32::MIN);
        finite(negative, coefficient, exponent)
    }

    /// `e` to the power of the number.
    pub fn exp(self) -> Decimal {
        self.binary_function(|work, x| work.exp(&x))
    }

    /// The number to a power as the server's `$pow` has it, with 34 digits. The last one or two digits are
    /// right here; the server's library often has others.
    pub fn full_pow(self, exponent: Decimal) -> Decimal {
        if exponent.is_zero() {
            return Decimal::from_i64(1).with_all_digits();
        }
        let power = self.pow(exponent);
        match power.is_zero() {
            true => finite(false, 0, LEAST_EXPONENT),
            false => power.with_all_digits(),
        }
    }

    /// The natural logarithm.
    pub fn ln(self) -> Decimal {
        self.binary_function(|work, x| work.ln(&x))
    }

    /// The logarithm to base 10.
    pub fn log10(self) -> Decimal {
        self.binary_function(|work, x| work.log10(&x))
    }

    /// The logarithm to base 2.
    pub fn log2(self) -> Decimal {
        self.logarithmic(|context, n| {
            let mut two = context.from_i32(2);
            // Some digits more, so that the quotient of two that are rounded is exact where it can be.
            if context.set_precision(MORE_DIGITS).is_ok() {
                context.ln(&mut two);
                context.ln(n);
                context.div(n, &two);
            }
            if context.set_precision(DIGITS).is_ok() {
                context.plus(n);
                context.reduce(n);
            }
        })
    }

    /// The square root.
    pub fn sqrt(self) -> Decimal {
        self.logarithmic(|context, n| context.sqrt(n))
    }

    fn logarithmic(self, compute: impl FnOnce(&mut Context<Wide>, &mut Wide)) -> Decimal {
        let mut context = wide_context();
        let Ok(mut n) = context.parse(self.to_string()) else {
            return Decimal::nan();
        };
        compute(&mut context, &mut n);
        Decimal::of_wide(&n)
    }
}

/// Zeros at the end, down to the wanted exponent or as many as fit.
fn widened(mut coefficient: u128, mut exponent: i32, wanted: i32) -> (u128, i32) {
    if coefficient == 0 {
        return (0, wanted.max(LEAST_EXPONENT));
    }
    while exponent > wanted.max(LEAST_EXPONENT) && coefficient * 10 < LIMIT {
        (coefficient, exponent) = (coefficient * 10, exponent - 1);
    }
    (coefficient, exponent)
}

/// What happens to the coefficient, given the sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    HalfEven,
    Down,
    Up,
}

fn rounding_of(rounding: Rounding, negative: bool) -> Cut {
    match (rounding, negative) {
        (Rounding::HalfEven, _) => Cut::HalfEven,
        (Rounding::Floor, true) | (Rounding::Ceiling, false) => Cut::Up,
        _ => Cut::Down,
    }
}

/// The coefficient without its last digits.
fn cut(coefficient: u128, digits: u32, cut: Cut) -> u128 {
    let (quotient, rest, half) = match 10_u128.checked_pow(digits) {
        Some(power) => (coefficient / power, coefficient % power, power / 2),
        None => (0, coefficient, u128::MAX),
    };
    let up = match cut {
        Cut::Down => false,
        Cut::Up => rest > 0,
        Cut::HalfEven => rest > half || rest == half && !quotient.is_multiple_of(2),
    };
    quotient + u128::from(up)
}
