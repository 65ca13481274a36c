//! The string family: `$concat` and its like.
//!
//! Strings are UTF-8. Operators with `Bytes` in their name count bytes, those with `CP` code points; upper and lower case
//! are those of ASCII only, as on the server.

mod case;
mod index;
mod join;
mod regex;
mod replace;
mod substring;
mod trim;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bson::Bson;

use super::operator::Operator;
use super::value::type_name;
use crate::mql::computed::iso_date;
use crate::mql::{Error, Result, text};
use crate::value::Decimal;

/// All files of the family.
pub(super) static OPERATORS: &[&[Operator]] = &[
    case::OPERATORS,
    index::OPERATORS,
    join::OPERATORS,
    regex::OPERATORS,
    replace::OPERATORS,
    substring::OPERATORS,
    trim::OPERATORS,
];

/// The text of a value that is one; symbols are.
pub(super) fn as_text(value: Option<&Bson>) -> Option<&str> {
    match value {
        Some(Bson::String(text) | Bson::Symbol(text)) => Some(text),
        _ => None,
    }
}

/// A value as text where the server converts silently (`$toUpper`, `$substrCP`): numbers, dates and code; null
/// is empty.
pub(super) fn coerce(value: Option<&Bson>) -> Result<Cow<'_, str>> {
    Ok(match value {
        None | Some(Bson::Null | Bson::Undefined) => Cow::Borrowed(""),
        Some(Bson::String(text) | Bson::Symbol(text) | Bson::JavaScriptCode(text)) => {
            Cow::Borrowed(text)
        }
        Some(Bson::Int32(n)) => n.to_string().into(),
        Some(Bson::Int64(n)) => n.to_string().into(),
        Some(Bson::Double(x)) => text::general(*x).into(),
        Some(Bson::Decimal128(d)) => Decimal(*d).to_string().into(),
        Some(Bson::DateTime(date)) => iso_date(date.timestamp_millis()).into(),
        Some(Bson::Timestamp(t)) => pretty_timestamp(*t).into(),
        Some(_) => {
            let name = type_name(value);
            let message = format!("can't convert from BSON type {name} to String");
            return Err(Error::new(16_007, message));
        }
    })
}

/// `Jan  1 00:00:01:2`: a C library's time without the year, and the increment.
fn pretty_timestamp(t: bson::Timestamp) -> String {
    let time = jiff::Timestamp::from_second(t.time.into()).unwrap_or_default();
    format!("{}:{}", time.strftime("%b %e %H:%M:%S"), t.increment)
}
