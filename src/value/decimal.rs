//! Decimal128 as a number: 34 digits, exponents kept, IEEE 754 results.
//!
//! BSON stores decimals in the binary (BID) encoding, the `dec` crate computes in the densely
//! packed one; the two meet as sign, coefficient and exponent.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::str::FromStr;

use bson::Decimal128;
use dec::Context;

type Quad = dec::Decimal128;
/// Arbitrary precision, for what decimal128 itself has no operation for.
type Wide = dec::Decimal<12>;

const DIGITS: usize = 34;

const SIGN: u128 = 1 << 127;
const SPECIAL: u128 = 0b11 << 125;
const INFINITY: u128 = 0b11110 << 122;
const NAN: u128 = 0b11111 << 122;
const EXPONENT_SHIFT: u32 = 113;
const EXPONENT_MASK: u128 = 0x3fff;
const BIAS: i32 = 6176;
const MAX_COEFFICIENT: u128 = 10_u128.pow(34) - 1;
/// js-bson refuses longer texts, so that a hostile one cannot cost much.
const MAX_TEXT: usize = 7000;

/// A BSON decimal128 with arithmetic. `==` and `<` are numeric: `1.50 == 1.5`, and NaN equals nothing;
/// compare the inner value (`.0`) for the same bits.
#[derive(Clone, Copy, Debug)]
pub struct Decimal(pub Decimal128);

/// Why a text is not a decimal128; the wording is js-bson's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a number in decimal notation.
    #[error("not a valid Decimal128 string")]
    Syntax,
    /// More than 34 significant digits, or an exponent too small for them.
    #[error("not a valid Decimal128 string - inexact rounding")]
    Inexact,
    /// The exponent is beyond 6144.
    #[error("not a valid Decimal128 string - overflow")]
    Overflow,
}

impl DecimalError {
    /// js-bson's message about a text.
    pub fn message(self, text: &str) -> String {
        match self {
            DecimalError::Syntax => format!("{text} {self}"),
            _ => format!("\"{text}\" is {self}"),
        }
    }
}

/// A decimal taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parts {
    Nan,
    Infinite {
        negative: bool,
    },
    Finite {
        negative: bool,
        coefficient: u128,
        exponent: i32,
    },
}

impl Decimal {
    /// Not a number.
    pub fn nan() -> Decimal {
        Decimal::from_bits(NAN)
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
        let sign = if x.is_sign_negative() { SIGN } else { 0 };
        if x.is_infinite() {
            return Decimal::from_bits(sign | INFINITY);
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
        let decimal = Decimal::from_f64(x);
        let Parts::Finite {
            negative,
            mut coefficient,
            mut exponent,
        } = decimal.parts()
        else {
            return decimal;
        };
        while exponent < 0 && coefficient != 0 && coefficient.is_multiple_of(10) {
            (coefficient, exponent) = (coefficient / 10, exponent + 1);
        }
        finite(negative, coefficient, exponent)
    }

    /// Reads a text as `from_str` does, but rounds what has more than 34 digits (half to even).
    pub fn rounded(text: &str) -> Result<Decimal, DecimalError> {
        Ok(parse(text)?.0)
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

    /// The number without its sign.
    pub fn abs(self) -> Decimal {
        Decimal::from_bits(self.bits() & !SIGN)
    }

    /// The number to a power, to 34 digits; NaN where no real number is the result.
    pub fn pow(self, exponent: Decimal) -> Decimal {
        let mut context = Context::<Wide>::default();
        let (base, power) = (
            context.parse(self.to_string()),
            context.parse(exponent.to_string()),
        );
        let (Ok(mut base), Ok(power)) = (base, power) else {
            return Decimal::nan();
        };
        if context.set_precision(DIGITS).is_err() {
            return Decimal::nan();
        }
        context.pow(&mut base, &power);
        match Decimal::rounded(&base.to_string()) {
            Err(DecimalError::Overflow) => {
                let sign = if base.is_negative() { SIGN } else { 0 };
                Decimal::from_bits(sign | INFINITY)
            }
            result => result.unwrap_or_else(|_| Decimal::nan()),
        }
    }

    fn from_bits(bits: u128) -> Decimal {
        Decimal(Decimal128::from_bytes(bits.to_le_bytes()))
    }

    fn bits(self) -> u128 {
        u128::from_le_bytes(self.0.bytes())
    }

    fn parts(self) -> Parts {
        let bits = self.bits();
        let negative = bits & SIGN != 0;
        if bits & NAN == NAN {
            return Parts::Nan;
        }
        if bits & NAN == INFINITY {
            return Parts::Infinite { negative };
        }
        // The second form holds only coefficients beyond 34 digits, which IEEE 754 reads as zero.
        let wide = bits & SPECIAL == SPECIAL;
        let shift = if wide {
            EXPONENT_SHIFT - 2
        } else {
            EXPONENT_SHIFT
        };
        let exponent = ((bits >> shift) & EXPONENT_MASK) as i32 - BIAS;
        let coefficient = bits & ((1 << EXPONENT_SHIFT) - 1);
        let coefficient = if wide || coefficient > MAX_COEFFICIENT {
            0
        } else {
            coefficient
        };
        Parts::Finite {
            negative,
            coefficient,
            exponent,
        }
    }

    fn quad(self) -> Quad {
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

    fn from_quad(quad: &Quad) -> Decimal {
        if quad.is_nan() {
            return Decimal::nan();
        }
        let negative = quad.is_signed();
        if quad.is_infinite() {
            return Decimal::from_bits(if negative { SIGN } else { 0 } | INFINITY);
        }
        finite(negative, quad.coefficient().unsigned_abs(), quad.exponent())
    }

    fn compute(self, rhs: Decimal, op: fn(&mut Context<Quad>, Quad, Quad) -> Quad) -> Decimal {
        Decimal::from_quad(&op(&mut Context::default(), self.quad(), rhs.quad()))
    }
}

/// The remainder of a coefficient with `zeros` zeros behind it; ten times a divisor fits a u128.
fn shifted_remainder(coefficient: u128, divisor: u128, zeros: i32) -> u128 {
    (0..zeros).fold(coefficient % divisor, |rest, _| rest * 10 % divisor)
}

/// A finite decimal; the coefficient has at most 34 digits and the exponent is in range.
fn finite(negative: bool, coefficient: u128, exponent: i32) -> Decimal {
    let exponent = ((exponent + BIAS) as u128 & EXPONENT_MASK) << EXPONENT_SHIFT;
    Decimal::from_bits(if negative { SIGN } else { 0 } | exponent | coefficient)
}

/// A text that is known to be a number.
fn quad_of(text: &str) -> Quad {
    Context::<Quad>::default().parse(text).unwrap_or(Quad::NAN)
}

/// The decimal and whether it had to be rounded.
fn parse(text: &str) -> Result<(Decimal, bool), DecimalError> {
    if text.len() >= MAX_TEXT || !is_number(text) {
        return Err(DecimalError::Syntax);
    }
    let mut context = Context::<Quad>::default();
    let quad = context.parse(text).map_err(|_| DecimalError::Syntax)?;
    let status = context.status();
    if status.overflow() {
        return Err(DecimalError::Overflow);
    }
    Ok((Decimal::from_quad(&quad), status.inexact()))
}

/// js-bson's notation. `dec` itself also reads signalling NaNs and NaN payloads, which BSON has no text for.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    if ["nan", "inf", "infinity"]
        .iter()
        .any(|name| text.eq_ignore_ascii_case(name))
    {
        return true;
    }
    let (base, exponent) = match text.split_once(['e', 'E']) {
        Some((base, exponent)) => (base, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (whole, fraction) = base.split_once('.').unwrap_or((base, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let has_digits = whole.len() + fraction.len() > 0 && !exponent.is_empty();
    has_digits && digits(whole) && digits(fraction) && digits(exponent)
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Decimal, DecimalError> {
        match parse(text)? {
            (_, true) => Err(DecimalError::Inexact),
            (decimal, false) => Ok(decimal),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
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
        if self.is_nan() {
            self
        } else {
            Decimal::from_bits(self.bits() ^ SIGN)
        }
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
                shifted_remainder(coefficient, divisor, from - to),
                to,
            ),
            _ => result,
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
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn text_round_trips() {
        for (text, shown) in [
            ("1.50", "1.50"),
            ("1E3", "1E+3"),
            ("nan", "NaN"),
            ("-NaN", "NaN"),
            ("inf", "Infinity"),
            ("-Infinity", "-Infinity"),
            ("-0", "-0"),
            ("0E-7", "0E-7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+12.340", "12.340"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1E-7"),
            (
                "9999999999999999999999999999999999",
                "9999999999999999999999999999999999",
            ),
            ("1E6144", "1.000000000000000000000000000000000E+6144"),
            ("0E+99999", "0E+6111"),
        ] {
            assert_eq!(dec(text).to_string(), shown, "{text}");
            assert_eq!(bits_through_quad(dec(text)), dec(text).0, "{text}");
        }
    }

    fn bits_through_quad(d: Decimal) -> Decimal128 {
        Decimal::from_quad(&d.quad()).0
    }

    #[test]
    fn garbage_is_refused() {
        for text in [
            "", ".", "1e", "e5", "1.2.3", "abc", " 1", "1 ", "0x10", "sNaN", "NaN12", "1_000",
            "1e1.5",
        ] {
            assert_eq!(
                text.parse::<Decimal>().unwrap_err(),
                DecimalError::Syntax,
                "{text:?}"
            );
        }
        assert_eq!(
            "1E6145".parse::<Decimal>().unwrap_err(),
            DecimalError::Overflow
        );
        let long = "12345678901234567890123456789012345";
        assert_eq!(long.parse::<Decimal>().unwrap_err(), DecimalError::Inexact);
        assert_eq!(
            Decimal::rounded(long).unwrap().to_string(),
            "1.234567890123456789012345678901234E+34"
        );
    }

    #[test]
    fn arithmetic() {
        for (left, op, right, result) in [
            ("1.50", '+', "1", "2.50"),
            ("0.1", '+', "0.2", "0.3"),
            ("1", '-', "1.00", "0.00"),
            ("2.5", '*', "4", "10.0"),
            ("1", '/', "3", "0.3333333333333333333333333333333333"),
            ("10", '/', "4", "2.5"),
            ("1", '/', "0", "Infinity"),
            ("-1", '/', "0", "-Infinity"),
            ("0", '/', "0", "NaN"),
            ("7.5", '%', "2", "1.5"),
            ("-7", '%', "3", "-1"),
            ("1E30", '%', "7", "1"),
            ("1E40", '%', "7", "4"),
            ("-1E6000", '%', "0.3", "-0.1"),
            ("5", '%', "0", "NaN"),
            ("5", '%', "Infinity", "5"),
            ("Infinity", '-', "Infinity", "NaN"),
            ("9E6144", '*', "10", "Infinity"),
        ] {
            let (a, b) = (dec(left), dec(right));
            let found = match op {
                '+' => a + b,
                '-' => a - b,
                '*' => a * b,
                '/' => a / b,
                _ => a % b,
            };
            assert_eq!(found.to_string(), result, "{left} {op} {right}");
        }
        assert_eq!((-dec("0")).to_string(), "-0");
        assert_eq!(dec("-1.20").abs().to_string(), "1.20");
    }

    #[test]
    fn comparison_is_numeric() {
        assert_eq!(dec("1.50"), dec("1.5"));
        assert_eq!(dec("-0"), dec("0E+3"));
        assert!(dec("-Infinity") < dec("-9E6144"));
        assert!(dec("1.0000000000000000000000000000000001".get(..34).unwrap()) == dec("1"));
        assert_eq!(dec("NaN").partial_cmp(&dec("NaN")), None);
    }

    #[test]
    fn conversions() {
        for (x, shown) in [
            (0.1, "0.100000000000000"),
            (5.0, "5.00000000000000"),
            (-0.0, "-0"),
            (1.0 / 3.0, "0.333333333333333"),
            (1e300, "1.00000000000000E+300"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(Decimal::from_f64(x).to_string(), shown);
        }
        for (text, int, trunc) in [
            ("5.00", Some(5), Some(5)),
            ("1E+3", Some(1000), Some(1000)),
            ("-2.5", None, Some(-2)),
            ("0E+6000", Some(0), Some(0)),
            ("1E+19", None, None),
            ("-9223372036854775808", Some(i64::MIN), Some(i64::MIN)),
            ("1E-6000", None, Some(0)),
            ("NaN", None, None),
        ] {
            assert_eq!(dec(text).to_i64(), int, "{text}");
            assert_eq!(dec(text).trunc_to_i64(), trunc, "{text}");
            assert_eq!(
                dec(text).is_integer(),
                int.is_some() || text == "1E+19",
                "{text}"
            );
        }
        assert_eq!(
            Decimal::from_i64(i64::MIN).to_string(),
            i64::MIN.to_string()
        );
        assert_eq!(dec("1.5E-3").to_f64(), 0.0015);
        assert_eq!(dec("-Infinity").to_f64(), f64::NEG_INFINITY);
    }
}
