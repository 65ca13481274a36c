//! Strings as values of other types.

use bson::oid::ObjectId;

use super::failure;
use crate::mql::{Error, Result};
use crate::value::{Decimal, DecimalError};

fn no_number(text: &str, why: &str) -> Error {
    failure(
        format!("Failed to parse number '{text}'"),
        &format!(": {why}"),
    )
}

fn not_hexadecimal(text: &str) -> Result<()> {
    if text.starts_with("0x") {
        return Err(failure("Illegal hexadecimal input", &format!(": {text}")));
    }
    Ok(())
}

/// Digits with a sign.
fn integer(text: &str) -> Result<i128> {
    not_hexadecimal(text)?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() {
        return Err(no_number(text, "No digits"));
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(no_number(text, "Did not consume whole string."));
    }
    text.parse().map_err(|_| no_number(text, "Overflow"))
}

pub(super) fn int32(text: &str) -> Result<i32> {
    i32::try_from(integer(text)?).map_err(|_| no_number(text, "Overflow"))
}

pub(super) fn int64(text: &str) -> Result<i64> {
    i64::try_from(integer(text)?).map_err(|_| no_number(text, "Overflow"))
}

pub(super) fn double(text: &str) -> Result<f64> {
    not_hexadecimal(text)?;
    if text.is_empty() {
        return Err(no_number(text, "Empty string"));
    }
    if text.starts_with(|c: char| c.is_ascii_whitespace() || c == '\x0b') {
        return Err(no_number(text, "Leading whitespace"));
    }
    let length = c_double_length(text);
    if length == 0 {
        return Err(no_number(text, "Did not consume any digits"));
    }
    if length < text.len() {
        return Err(no_number(text, "Did not consume whole string."));
    }
    let x = c_double(text);
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let is_zero_text = !mantissa.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let names_infinity = text.to_ascii_lowercase().contains("inf");
    if x.is_infinite() && !names_infinity || (x == 0.0 || x.is_subnormal()) && !is_zero_text {
        return Err(no_number(text, "Out of range"));
    }
    Ok(x)
}

/// How much of the text C's `strtod` would read.
fn c_double_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let rest = text.get(sign..).unwrap_or_default();
    let lower = rest.to_ascii_lowercase();
    for name in ["infinity", "inf", "nan"] {
        if lower.starts_with(name) {
            return sign + name.len();
        }
    }
    if lower.starts_with("0x") {
        let digits = rest
            .bytes()
            .skip(2)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        return if digits > 0 {
            sign + 2 + digits
        } else {
            sign + 1
        };
    }
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    let mut length = whole;
    let mut any = whole > 0;
    if rest.get(length..).is_some_and(|r| r.starts_with('.')) {
        let decimals = digits(rest.get(length + 1..).unwrap_or_default());
        any |= decimals > 0;
        length += 1 + decimals;
    }
    if !any {
        return 0;
    }
    if let Some(exponent) = rest.get(length..).and_then(|r| r.strip_prefix(['e', 'E'])) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let digits = digits(exponent.get(sign..).unwrap_or_default());
        if digits > 0 {
            length += 1 + sign + digits;
        }
    }
    sign + length
}

/// The double of a text that has been looked at.
fn c_double(text: &str) -> f64 {
    let unsigned = text.trim_start_matches(['+', '-']);
    let hexadecimal = unsigned.strip_prefix("0x").or(unsigned.strip_prefix("0X"));
    let Some(digits) = hexadecimal else {
        return text.parse().unwrap_or(f64::NAN);
    };
    let magnitude = digits.chars().fold(0.0, |sum, c| {
        sum * 16.0 + f64::from(c.to_digit(16).unwrap_or(0))
    });
    if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    }
}

pub(super) fn decimal(text: &str) -> Result<Decimal> {
    not_hexadecimal(text)?;
    if text.is_empty() {
        return Err(no_number(text, "Empty string"));
    }
    Decimal::truncated(text).map_err(|e| match e {
        DecimalError::Overflow => {
            no_number(text, "Conversion from string to decimal would overflow")
        }
        _ => no_number(text, "Failed to parse string to decimal"),
    })
}

pub(super) fn object_id(text: &str) -> Result<ObjectId> {
    let refuse = |why: String| {
        failure(
            format!("Failed to parse objectId '{text}'"),
            &format!(": {why}"),
        )
    };
    if text.len() != 24 {
        return Err(refuse(format!(
            "Invalid string length for parsing to OID, expected 24 but found {}",
            text.len()
        )));
    }
    if let Some(c) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(refuse(format!(
            "Invalid character found in hex string: {c}"
        )));
    }
    ObjectId::parse_str(text).map_err(|e| refuse(e.to_string()))
}

pub(super) fn date(text: &str) -> Result<bson::DateTime> {
    crate::mql::date::parse(text, None).map(bson::DateTime::from_millis)
}
