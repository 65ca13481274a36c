//! The numbers that stages take.

use bson::Bson;

use crate::mql::{Error, Result, text};
use crate::value::Number;

/// A count that is not negative: the argument of `$limit` and `$skip`.
pub(super) fn count(stage: &'static str, code: i32, value: &Bson) -> Result<u64> {
    let refuse = |why: &str| {
        let shown = text::field(stage, value);
        Error::new(
            code,
            format!("invalid argument to {stage} stage: {why}{shown}"),
        )
    };
    let n = integer(value).map_err(|why| refuse(why.text()))?;
    u64::try_from(n).map_err(|_| refuse("Expected a non-negative number in: "))
}

/// Why a value is no 64-bit integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotInteger {
    NoNumber,
    Nan,
    TooLarge,
    Fraction,
}

impl NotInteger {
    fn text(self) -> &'static str {
        match self {
            Self::NoNumber => "Expected a number in: ",
            Self::Nan => "Expected an integer, but found NaN in: ",
            Self::TooLarge => "Cannot represent as a 64-bit integer: ",
            Self::Fraction => "Expected an integer: ",
        }
    }
}

/// The 64-bit integer that a value is.
pub(super) fn integer(value: &Bson) -> Result<i64, NotInteger> {
    let number = Number::from_bson(value).ok_or(NotInteger::NoNumber)?;
    if number.is_nan() {
        return Err(NotInteger::Nan);
    }
    match (value, number.to_i64()) {
        (_, Some(n)) => Ok(n),
        (Bson::Double(x), None) if x.abs() < 9.3e18 => Err(NotInteger::Fraction),
        _ => Err(NotInteger::TooLarge),
    }
}
