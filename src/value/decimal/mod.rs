//! Decimal128 as a number: 34 digits, exponents kept, IEEE 754 results.
//!
//! BSON stores decimals in the binary (BID) encoding, the `dec` crate computes in the densely
//! packed one; the two meet as sign, coefficient and exponent.

mod arithmetic;
mod bits;
mod functions;
mod rounding;
mod text;

use bson::Decimal128;

use bits::{Parts, finite, infinity};
pub use rounding::Rounding;
pub use text::DecimalError;

/// A BSON decimal128 with arithmetic. `==` and `<` are numeric: `1.50 == 1.5`, and NaN equals nothing;
/// compare the inner value (`.0`) for the same bits.
#[derive(Clone, Copy, Debug)]
pub struct Decimal(pub Decimal128);

impl Decimal {
    /// Not a number.
    pub fn nan() -> Decimal {
        bits::nan()
    }

    /// Zero with exponent 0.
    pub fn zero() -> Decimal {
        Decimal::from_i64(0)
    }

    /// The exact decimal of an integer.
    pub fn from_i64(n: i64) -> Decimal {
        finite(n < 0, n.unsigned_abs().into(), 0)
    }

    /// A double as the server converts it (`$toDecimal`, mixed arithmetic): rounded to 15 significant
    /// digits, all of which are kept, so that 0.1 becomes `0.100000000000000`.
    pub fn from_f64(x: f64) -> Decimal {
        if x.is_nan() {
            return Decimal::nan();
        }
        if x.is_infinite() {
            return infinity(x.is_sign_negative());
        }
        if x == 0.0 {
            return finite(x.is_sign_negative(), 0, 0);
        }
        // The text is always digits that `rounded` reads.
        Decimal::rounded(&format!("{x:.14e}")).unwrap_or_else(|_| Decimal::nan())
    }

    /// A double in arithmetic with decimals: as [`Decimal::from_f64`], without zeros at the end, so that
    /// 1.1 + 1 is 2.1.
    pub fn from_f64_short(x: f64) -> Decimal {
        Decimal::from_f64(x).without_decimal_zeros()
    }

    /// A double with all the digits that a decimal has room for, as `$sum` converts what it has summed:
    /// 0.1 becomes `0.1000000000000000055511151231257827`.
    pub fn from_f64_wide(x: f64) -> Decimal {
        if !x.is_finite() || x == 0.0 {
            return Decimal::from_f64_short(x);
        }
        // All digits that a double can have.
        let digits = format!("{x:.767e}");
        let (mantissa, _) = digits.split_once('e').unwrap_or((&digits, ""));
        let exact = mantissa
            .trim_start_matches('-')
            .bytes()
            .skip(35)
            .all(|b| b == b'0');
        match Decimal::rounded(&format!("{x:.33e}")) {
            Ok(d) if exact => d.without_decimal_zeros(),
            Ok(d) => d,
            Err(_) => Decimal::nan(),
        }
    }

    /// Without zeros at the end of its decimals.
    fn without_decimal_zeros(self) -> Decimal {
        let Parts::Finite {
            negative,
            mut coefficient,
            mut exponent,
        } = self.parts()
        else {
            return self;
        };
        while exponent < 0 && coefficient != 0 && coefficient.is_multiple_of(10) {
            (coefficient, exponent) = (coefficient / 10, exponent + 1);
        }
        finite(negative, coefficient, exponent)
    }

    /// Reads a text as `from_str` does, but rounds what has more than 34 digits (half to even).
    pub fn rounded(text: &str) -> Result<Decimal, DecimalError> {
        Ok(text::parse(text)?.0)
    }

    /// Reads a text as `rounded` does, but cuts off what has no room, as the server's `$toDecimal` does.
    pub fn truncated(text: &str) -> Result<Decimal, DecimalError> {
        Ok(text::parse_rounding(text, dec::Rounding::Down)?.0)
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The integer this is, if it is one within an int64.
    pub fn to_i64(self) -> Option<i64> {
        let Parts::Finite {
            negative,
            mut coefficient,
            mut exponent,
        } = self.parts()
        else {
            return None;
        };
        while exponent < 0 && coefficient.is_multiple_of(10) && coefficient != 0 {
            (coefficient, exponent) = (coefficient / 10, exponent + 1);
        }
        if coefficient == 0 {
            return Some(0);
        }
        let scale = 10_i128.checked_pow(u32::try_from(exponent).ok()?)?;
        let n = i128::try_from(coefficient).ok()?.checked_mul(scale)?;
        i64::try_from(if negative { -n } else { n }).ok()
    }

    /// The number without its fraction (towards zero), if that is within an int64.
    pub fn trunc_to_i64(self) -> Option<i64> {
        match self.parts() {
            Parts::Finite {
                negative,
                coefficient,
                exponent,
            } if exponent < 0 => {
                let whole = 10_u128
                    .checked_pow(exponent.unsigned_abs())
                    .map_or(0, |p| coefficient / p);
                finite(negative, whole, 0).to_i64()
            }
            _ => self.to_i64(),
        }
    }

    /// The nearest integer (half to even), if that is within an int64.
    pub fn round_to_i64(self) -> Option<i64> {
        let Parts::Finite {
            negative,
            coefficient,
            exponent,
        } = self.parts()
        else {
            return None;
        };
        if exponent >= 0 {
            return self.to_i64();
        }
        let Some(scale) = 10_u128.checked_pow(exponent.unsigned_abs()) else {
            return Some(0);
        };
        let (whole, rest) = (coefficient / scale, coefficient % scale);
        let up = rest > scale / 2 || (rest == scale / 2 && !whole.is_multiple_of(2));
        finite(negative, whole + u128::from(up), 0).to_i64()
    }

    /// Sign (true of a negative one), coefficient and exponent; none of NaN and the infinities.
    pub fn finite_parts(self) -> Option<(bool, u128, i32)> {
        match self.parts() {
            Parts::Finite {
                negative,
                coefficient,
                exponent,
            } => Some((negative, coefficient, exponent)),
            _ => None,
        }
    }

    /// Whether this is a finite number without a fraction.
    pub fn is_integer(self) -> bool {
        match self.parts() {
            Parts::Finite {
                coefficient,
                exponent,
                ..
            } if exponent < 0 => {
                coefficient == 0
                    || 10_u128
                        .checked_pow(exponent.unsigned_abs())
                        .is_some_and(|p| coefficient.is_multiple_of(p))
            }
            Parts::Finite { .. } => true,
            _ => false,
        }
    }

    /// Whether this is a whole multiple of another number, exactly, whatever their exponents.
    pub fn is_multiple_of(self, other: Decimal) -> bool {
        let (
            Parts::Finite {
                coefficient,
                exponent,
                ..
            },
            Parts::Finite {
                coefficient: of,
                exponent: of_exponent,
                ..
            },
        ) = (self.parts(), other.parts())
        else {
            return false;
        };
        if of == 0 {
            return false;
        }
        let shift = exponent - of_exponent;
        if shift >= 0 {
            // Coefficients have at most 34 digits, so that ten times one is within a u128.
            return (0..shift).fold(coefficient % of, |rest, _| rest * 10 % of) == 0;
        }
        let scale = 10_u128.checked_pow(shift.unsigned_abs());
        let of = scale.and_then(|scale| of.checked_mul(scale));
        coefficient == 0 || of.is_some_and(|of| coefficient.is_multiple_of(of))
    }

    /// Whether this is NaN.
    pub fn is_nan(self) -> bool {
        self.parts() == Parts::Nan
    }

    /// Whether this is neither NaN nor an infinity.
    pub fn is_finite(self) -> bool {
        matches!(self.parts(), Parts::Finite { .. })
    }

    /// Whether this is a zero of either sign and any exponent.
    pub fn is_zero(self) -> bool {
        matches!(self.parts(), Parts::Finite { coefficient: 0, .. })
    }

    /// Whether the sign is set; -0 and -Infinity count, NaN does not.
    pub fn is_negative(self) -> bool {
        match self.parts() {
            Parts::Nan => false,
            Parts::Infinite { negative } | Parts::Finite { negative, .. } => negative,
        }
    }
}

impl From<Decimal128> for Decimal {
    fn from(inner: Decimal128) -> Decimal {
        Decimal(inner)
    }
}

impl From<Decimal> for Decimal128 {
    fn from(n: Decimal) -> Decimal128 {
        n.0
    }
}

impl From<Decimal> for bson::Bson {
    fn from(decimal: Decimal) -> bson::Bson {
        bson::Bson::Decimal128(decimal.0)
    }
}

#[cfg(test)]
mod tests;
