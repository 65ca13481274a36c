//! JavaScript's conversions: what `String(x)`, `Number(x)` and a condition make of a value.

use bson::oid::ObjectId;
use jiff::tz::TimeZone;
use rhai::{Array, Dynamic, FnPtr, ImmutableString};

use crate::script::api::Namespace;
use crate::script::error::{Fault, ScriptError};
use crate::script::number::{self, NULL};
use crate::script::{Doc, inspect, types};
use crate::value::{Date, Decimal, Number, js};

/// What `String(value)`, a template string and `"" + value` make of a value.
///
/// As in JavaScript, except that a document is shown in mongosh's layout on one line:
/// `[object Object]` helps nobody.
#[must_use]
pub fn text(value: &Dynamic) -> ImmutableString {
    if value.is_shared() {
        return text(&value.clone().flatten());
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return text.clone();
    }
    if let Some(text) = scalar_text(value).or_else(|| bson_text(value)) {
        return text.into();
    }
    match value.read_lock::<Array>() {
        Some(items) => joined(&items, ",").into(),
        None => inspect::one_line(value).into(),
    }
}

fn scalar_text(value: &Dynamic) -> Option<String> {
    if let Ok(n) = value.as_int() {
        return Some(n.to_string());
    }
    if let Ok(x) = value.as_float() {
        return Some(js::js_number(x));
    }
    if let Ok(c) = value.as_char() {
        return Some(c.to_string());
    }
    if value.is_unit() {
        return Some(
            if value.tag() == NULL {
                "null"
            } else {
                "undefined"
            }
            .into(),
        );
    }
    value.as_bool().ok().map(|b| b.to_string())
}

fn bson_text(value: &Dynamic) -> Option<String> {
    if let Some(id) = value.read_lock::<ObjectId>() {
        return Some(id.to_hex());
    }
    if let Some(date) = value.read_lock::<Date>() {
        return Some(date.to_js_string(&TimeZone::system()));
    }
    if let Some(n) = value.read_lock::<Decimal>() {
        return Some(n.to_string());
    }
    if let Some(at) = value.read_lock::<bson::Timestamp>() {
        return Some(((u64::from(at.time) << 32) | u64::from(at.increment)).to_string());
    }
    if let Some(bytes) = value.read_lock::<bson::Binary>() {
        return Some(binary_text(&bytes));
    }
    if let Some(symbol) = value.read_lock::<types::Symbol>() {
        return Some(symbol.0.clone());
    }
    if let Some(error) = value.read_lock::<ScriptError>() {
        return Some(format!("{}: {}", error.name, error.message));
    }
    if let Some(namespace) = value.read_lock::<Namespace>() {
        return Some(format!("[object {}]", namespace.0));
    }
    value
        .read_lock::<FnPtr>()
        .map(|f| format!("[Function: {}]", f.fn_name()))
}

/// A UUID in its usual form; other bytes as UTF-8, as js-bson does it.
fn binary_text(bytes: &bson::Binary) -> String {
    match bytes.to_uuid() {
        Ok(id) => id.to_string(),
        Err(_) => String::from_utf8_lossy(&bytes.bytes).into_owned(),
    }
}

/// Bytes of the longest text that is made here.
pub const LONGEST_TEXT: usize = 1 << 28;

/// Stops a text that grows without end: Rhai's own limit would measure arrays at every change.
///
/// # Errors
/// JavaScript's RangeError beyond [`LONGEST_TEXT`].
pub fn check_length(bytes: usize) -> Result<(), Fault> {
    if bytes <= LONGEST_TEXT {
        return Ok(());
    }
    Err(ScriptError::new("RangeError", "Invalid string length").into())
}

/// `array.join(separator)`: null and undefined are nothing. What would be longer than a text may be
/// ends beyond that length.
#[must_use]
pub fn joined(items: &[Dynamic], separator: &str) -> String {
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        if !item.is_unit() {
            out.push_str(&text(item));
        }
        if out.len() > LONGEST_TEXT {
            break;
        }
    }
    out
}

/// The number that a value is, without any conversion of other types.
#[must_use]
pub fn number_of(value: &Dynamic) -> Option<Number> {
    if let Ok(n) = value.as_int() {
        return Some(Number::Int64(n));
    }
    if let Ok(x) = value.as_float() {
        return Some(Number::Double(x));
    }
    value.read_lock::<Decimal>().map(|n| Number::Decimal(*n))
}

/// What `Number(value)` is, for every type that has a meaning as a number.
#[must_use]
pub fn to_number(value: &Dynamic) -> Option<Number> {
    if let Some(n) = number_of(value) {
        return Some(n);
    }
    if value.is_unit() {
        let null = number::tag_of(value) == NULL;
        return Some(Number::Double(if null { 0.0 } else { f64::NAN }));
    }
    if let Ok(b) = value.as_bool() {
        return Some(Number::Double(f64::from(u8::from(b))));
    }
    if let Some(date) = value.read_lock::<Date>() {
        let ms = date.millis();
        return Some(ms.map_or(Number::Double(f64::NAN), Number::Int64));
    }
    (value.is_string() || value.is_char()).then(|| of_text(&text(value)))
}

/// Exact where the text is an integer that int64 holds.
fn of_text(text: &str) -> Number {
    let exact = text.trim().parse::<i64>().ok();
    exact.map_or_else(|| Number::Double(js::to_number(text)), Number::Int64)
}

/// What `Number(value)` is as a double; NaN where the value has no meaning as a number.
#[must_use]
#[allow(clippy::cast_precision_loss)] // as JavaScript has it
pub fn to_f64(value: &Dynamic) -> f64 {
    to_number(value).map_or(f64::NAN, Number::to_f64)
}

/// A number as a script gets it: a whole one within int32 is an integer (so that it can be an
/// index, a `switch` case, a range's end), as it would be written.
pub fn number(n: Number) -> Dynamic {
    match n {
        Number::Int32(n) => i64::from(n).into(),
        Number::Int64(n) => n.into(),
        Number::Double(x) => double(x),
        Number::Decimal(n) => Dynamic::from(n),
    }
}

/// The same for a double.
pub fn double(x: f64) -> Dynamic {
    match number::float_to_bson(x, 0) {
        bson::RawBson::Int32(n) => i64::from(n).into(),
        _ => x.into(),
    }
}

/// What a value is as a condition in JavaScript.
#[must_use]
pub fn truthy(value: &Dynamic) -> bool {
    if let Ok(b) = value.as_bool() {
        return b;
    }
    if value.is_unit() {
        return false;
    }
    if let Ok(s) = value.as_immutable_string_ref() {
        return !s.is_empty();
    }
    if value.is::<Decimal>() {
        return true;
    }
    number_of(value).is_none_or(|n| !n.is_zero() && !n.is_nan())
}

/// Whether a value is a document: an ordered one, or one of Rhai's own maps.
#[must_use]
pub fn is_document(value: &Dynamic) -> bool {
    value.is::<Doc>() || value.is_map()
}
