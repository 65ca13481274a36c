//! Whole numbers as arguments of operators.

use bson::Bson;

use crate::mql::text;
use crate::mql::{Error, Result};
use crate::value::{Decimal, Number};

/// A whole number of any numeric type.
///
/// # Errors
/// `FailedToParse` with the server's complaint; it names the field and its value.
pub(crate) fn parse(name: &str, value: &Bson) -> Result<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let complain = |what: &str| {
        let element = text::field(name, value);
        Err(Error::failed_to_parse(format!("{what}: {element}")))
    };
    const TOO_LARGE: &str = "Cannot represent as a 64-bit integer";
    match value {
        Bson::Int32(n) => Ok((*n).into()),
        Bson::Int64(n) => Ok(*n),
        Bson::Double(x) if x.is_nan() => complain("Expected an integer, but found NaN in"),
        Bson::Double(x) if !(-LIMIT..LIMIT).contains(x) => complain(TOO_LARGE),
        Bson::Double(x) => match Number::Double(*x).to_i64() {
            Some(n) => Ok(n),
            None => complain("Expected an integer"),
        },
        Bson::Decimal128(d) => match Decimal::from(*d).to_i64() {
            Some(n) => Ok(n),
            None => complain(TOO_LARGE),
        },
        _ => complain("Expected a number in"),
    }
}

/// The same within an int32.
///
/// # Errors
/// See [`parse`].
pub(crate) fn parse_i32(name: &str, value: &Bson) -> Result<i32> {
    i32::try_from(parse(name, value)?).map_err(|_| {
        let element = text::field(name, value);
        Error::failed_to_parse(format!("Cannot represent {element} in an int"))
    })
}

/// The same, not negative.
///
/// # Errors
/// See [`parse`].
pub(crate) fn not_negative<T: Default + PartialOrd>(
    name: &str,
    value: &Bson,
    number: T,
) -> Result<T> {
    if number >= T::default() {
        return Ok(number);
    }
    let element = text::field(name, value);
    Err(Error::failed_to_parse(format!(
        "Expected a non-negative number in: {element}"
    )))
}
