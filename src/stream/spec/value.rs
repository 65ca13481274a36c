//! Single values of fields: numbers, words, durations, times.

use std::time::Duration;

use bson::{Bson, Timestamp};

use super::SpecError;
use crate::diag::nearest;

/// A whole number of at least 1.
pub(super) fn count(field: &str, value: &Bson) -> Result<u32, SpecError> {
    match whole(value) {
        Some(n) if n >= 1 => u32::try_from(n)
            .map_err(|_| SpecError::value(field, format!("`{field}` is too large: {n}"))),
        Some(n) => Err(SpecError::value(
            field,
            format!("`{field}` must be 1 or more, got {n}"),
        )),
        None => Err(wrong(field, "a whole number", value)),
    }
}

pub(super) fn whole(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        #[allow(clippy::cast_possible_truncation)] // whole, and within ±2^53
        Bson::Double(n) if n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0 => {
            Some(*n as i64)
        }
        _ => None,
    }
}

pub(super) fn text<'a>(field: &str, value: &'a Bson) -> Result<&'a str, SpecError> {
    value.as_str().ok_or_else(|| wrong(field, "text", value))
}

/// One of a few words.
pub(super) fn word<T: Copy>(
    field: &str,
    value: &Bson,
    words: &[(&str, T)],
) -> Result<T, SpecError> {
    let list = || {
        let quoted: Vec<String> = words.iter().map(|(w, _)| format!("\"{w}\"")).collect();
        quoted.join(", ")
    };
    let Some(given) = value.as_str() else {
        return Err(wrong(field, &format!("one of {}", list()), value));
    };
    if let Some((_, found)) = words.iter().find(|(w, _)| *w == given) {
        return Ok(*found);
    }
    let error = SpecError::value(field, format!("`{field}` cannot be \"{given}\""));
    Err(match nearest(given, words.iter().map(|(w, _)| *w)) {
        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
        None => error.hint(format!("write one of {}", list())),
    })
}

/// The longest that anything may take.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// `"500ms"`, `"10s"`, `"5m"`, `"1h"`, or a number of milliseconds; more than nothing.
pub(super) fn duration(field: &str, value: &Bson) -> Result<Duration, SpecError> {
    let hint = "write \"500ms\", \"10s\", \"5m\", or a number of milliseconds";
    let wrong = |text: String| SpecError::value(field, text).hint(hint);
    let duration = match value {
        Bson::String(text) => parse_duration(text)
            .ok_or_else(|| wrong(format!("`{field}` is no length of time: \"{text}\"")))?,
        number => whole(number)
            .and_then(|ms| u64::try_from(ms).ok())
            .map(Duration::from_millis)
            .ok_or_else(|| self::wrong(field, "a length of time", value).hint(hint))?,
    };
    match duration {
        Duration::ZERO => Err(wrong(format!("`{field}` must be more than nothing"))),
        long if long > LONGEST => Err(wrong(format!("`{field}` is longer than a year"))),
        duration => Ok(duration),
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n: f64 = digits.trim().parse().ok()?;
    let seconds = match &text[digits.len()..] {
        "ms" => n / 1000.0,
        "s" => n,
        "m" => n * 60.0,
        "h" => n * 3600.0,
        "d" => n * 86_400.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// A cluster time, or a date (also written as text).
pub(super) fn time(value: &Bson) -> Option<Timestamp> {
    let millis = match value {
        Bson::Timestamp(at) => return Some(*at),
        Bson::DateTime(at) => at.timestamp_millis(),
        Bson::String(text) => bson::DateTime::parse_rfc3339_str(text)
            .ok()?
            .timestamp_millis(),
        _ => return None,
    };
    let time = u32::try_from(millis.div_euclid(1000)).ok()?;
    Some(Timestamp { time, increment: 0 })
}

pub(super) fn wrong(field: &str, want: &str, got: &Bson) -> SpecError {
    let got = match got {
        Bson::String(_) => "text",
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => "a number",
        Bson::Boolean(_) => "true or false",
        Bson::Array(_) => "an array",
        Bson::Document(_) => "a document",
        Bson::DateTime(_) => "a date",
        _ => "another value",
    };
    SpecError::value(field, format!("`{field}` must be {want}, got {got}"))
}
