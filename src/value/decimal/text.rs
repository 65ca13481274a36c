//! Decimals as text.

use std::fmt;
use std::str::FromStr;

use dec::Context;

use super::Decimal;
use super::arithmetic::Quad;

/// js-bson refuses longer texts, so that a hostile one cannot cost much.
const MAX_TEXT: usize = 7000;

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

/// The decimal and whether it had to be rounded.
pub(super) fn parse(text: &str) -> Result<(Decimal, bool), DecimalError> {
    parse_rounding(text, dec::Rounding::HalfEven)
}

/// The same with a way of rounding.
pub(super) fn parse_rounding(
    text: &str,
    rounding: dec::Rounding,
) -> Result<(Decimal, bool), DecimalError> {
    if text.len() >= MAX_TEXT || !is_number(text) {
        return Err(DecimalError::Syntax);
    }
    let mut context = Context::<Quad>::default();
    context.set_rounding(rounding);
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
