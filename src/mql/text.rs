//! Values as the server writes them into its messages.
//!
//! The server has two ways. An *element* is a value as it stands in a command (`a: { b: 1.0 }`, dates as
//! `new Date(0)`); a *value* is one that was computed (`{b: 1}`, dates in ISO notation, `MISSING`).

use std::fmt::Write as _;

use bson::{Bson, Document};

use crate::value::Decimal;

/// How deep values are written; deeper ones cannot come from a message.
const MAX_DEPTH: usize = 200;

/// A field of a command: `name: value`.
pub(crate) fn element(name: &str, value: &Bson) -> String {
    format!("{name}: {}", self::value(value))
}

/// A field's value as it stands in a command.
pub(crate) fn value(value: &Bson) -> String {
    let mut out = String::new();
    write_element(&mut out, value, 0);
    out
}

/// A document as it stands in a command: `{ a: 1, b: "x" }`.
pub(crate) fn document(doc: &Document) -> String {
    let mut out = String::new();
    write_fields(&mut out, doc, 0);
    out
}

/// A value that was computed.
pub(crate) fn computed(value: Option<&Bson>) -> String {
    let mut out = String::new();
    match value {
        Some(value) => write_value(&mut out, value, 0),
        None => out.push_str("MISSING"),
    }
    out
}

fn write_element(out: &mut String, value: &Bson, depth: usize) {
    if depth > MAX_DEPTH {
        return out.push_str("...");
    }
    match value {
        Bson::Double(x) => out.push_str(&element_double(*x)),
        Bson::String(s) | Bson::Symbol(s) => write_quoted(out, s),
        Bson::Document(doc) => write_fields(out, doc, depth),
        Bson::Array(items) if items.is_empty() => out.push_str("[]"),
        Bson::Array(items) => {
            out.push_str("[ ");
            separated(out, items, |out, item| write_element(out, item, depth + 1));
            out.push_str(" ]");
        }
        Bson::ObjectId(id) => put(out, format_args!("ObjectId('{id}')")),
        Bson::DateTime(date) => put(out, format_args!("new Date({})", date.timestamp_millis())),
        Bson::Binary(binary) => {
            let bytes = hex::encode_upper(&binary.bytes);
            put(
                out,
                format_args!("BinData({}, {bytes})", u8::from(binary.subtype)),
            );
        }
        Bson::JavaScriptCode(code) => out.push_str(code),
        Bson::JavaScriptCodeWithScope(code) => {
            put(out, format_args!("CodeWScope( {}, ", code.code));
            write_fields(out, &code.scope, depth + 1);
            out.push(')');
        }
        other => write_plain(out, other),
    }
}

fn write_fields(out: &mut String, doc: &Document, depth: usize) {
    if doc.is_empty() {
        return out.push_str("{}");
    }
    out.push_str("{ ");
    separated(out, doc, |out, (name, value)| {
        put(out, format_args!("{name}: "));
        write_element(out, value, depth + 1);
    });
    out.push_str(" }");
}

fn write_value(out: &mut String, value: &Bson, depth: usize) {
    if depth > MAX_DEPTH {
        return out.push_str("...");
    }
    match value {
        Bson::Double(x) => out.push_str(&general(*x, 6)),
        Bson::String(s) => write_quoted(out, s),
        Bson::Symbol(s) => put(out, format_args!("Symbol(\"{s}\")")),
        Bson::Document(doc) => {
            out.push('{');
            separated(out, doc, |out, (name, value)| {
                put(out, format_args!("{name}: "));
                write_value(out, value, depth + 1);
            });
            out.push('}');
        }
        Bson::Array(items) => {
            out.push('[');
            separated(out, items, |out, item| write_value(out, item, depth + 1));
            out.push(']');
        }
        Bson::ObjectId(id) => put(out, format_args!("{id}")),
        Bson::DateTime(date) => out.push_str(&iso_date(date.timestamp_millis())),
        Bson::Binary(binary) => {
            let bytes = hex::encode_upper(&binary.bytes);
            put(
                out,
                format_args!("BinData({}, \"{bytes}\")", u8::from(binary.subtype)),
            );
        }
        Bson::JavaScriptCode(code) => put(out, format_args!("Code(\"{code}\")")),
        Bson::JavaScriptCodeWithScope(code) => {
            put(out, format_args!("CodeWScope(\"{}\", ", code.code));
            write_value(out, &Bson::Document(code.scope.clone()), depth + 1);
            out.push(')');
        }
        other => write_plain(out, other),
    }
}

/// What looks the same in both.
fn write_plain(out: &mut String, value: &Bson) {
    match value {
        Bson::Int32(n) => put(out, format_args!("{n}")),
        Bson::Int64(n) => put(out, format_args!("{n}")),
        Bson::Decimal128(n) => put(out, format_args!("{}", Decimal(*n))),
        Bson::Boolean(b) => put(out, format_args!("{b}")),
        Bson::Null => out.push_str("null"),
        Bson::Undefined => out.push_str("undefined"),
        Bson::MinKey => out.push_str("MinKey"),
        Bson::MaxKey => out.push_str("MaxKey"),
        Bson::Timestamp(t) => put(out, format_args!("Timestamp({}, {})", t.time, t.increment)),
        Bson::RegularExpression(r) => {
            put(
                out,
                format_args!("/{}/{}", r.pattern.as_str(), r.options.as_str()),
            );
        }
        other => put(out, format_args!("{other}")),
    }
}

fn separated<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// Writing to a string does not fail.
fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}

/// A double in an element: 16 digits, and `.0` after what has no point.
fn element_double(x: f64) -> String {
    let text = general(x, 16);
    if text.contains(['.', 'E', 'N']) {
        text
    } else {
        text + ".0"
    }
}

/// C's `%.{digits}g`.
pub(crate) fn general(x: f64, digits: usize) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{:.*e}", digits.saturating_sub(1), x);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let precision = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= precision {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(precision - 1 - exponent).unwrap_or(0);
    without_zeros(&format!("{x:.decimals$}")).to_owned()
}

fn without_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

/// The name of a value's type, as messages and `$type` have it.
pub(crate) fn type_name(value: &Bson) -> &'static str {
    match value {
        Bson::Double(_) => "double",
        Bson::String(_) => "string",
        Bson::Document(_) => "object",
        Bson::Array(_) => "array",
        Bson::Binary(_) => "binData",
        Bson::Undefined => "undefined",
        Bson::ObjectId(_) => "objectId",
        Bson::Boolean(_) => "bool",
        Bson::DateTime(_) => "date",
        Bson::Null => "null",
        Bson::RegularExpression(_) => "regex",
        Bson::DbPointer(_) => "dbPointer",
        Bson::JavaScriptCode(_) => "javascript",
        Bson::Symbol(_) => "symbol",
        Bson::JavaScriptCodeWithScope(_) => "javascriptWithScope",
        Bson::Int32(_) => "int",
        Bson::Timestamp(_) => "timestamp",
        Bson::Int64(_) => "long",
        Bson::Decimal128(_) => "decimal",
        Bson::MinKey => "minKey",
        Bson::MaxKey => "maxKey",
    }
}

/// A date in the server's notation, `1970-01-01T00:00:00.000Z`; beyond the years 0 to 9999 it has none and
/// writes the number.
pub(crate) fn iso_date(ms: i64) -> String {
    const FIRST: i64 = -62_167_219_200_000;
    const LAST: i64 = 253_402_300_799_999;
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) if (FIRST..=LAST).contains(&ms) => {
            time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
        }
        _ => ms.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use bson::bson;

    use super::*;

    #[test]
    fn numbers_as_c_prints_them() {
        for (x, six, sixteen) in [
            (2.5, "2.5", "2.5"),
            (1e30, "1e+30", "1e+30.0"),
            (3.0, "3", "3.0"),
            (1.0 / 3.0, "0.333333", "0.3333333333333333"),
            (1e-7, "1e-07", "1e-07.0"),
            (123_456_789.0, "1.23457e+08", "123456789.0"),
            (f64::NAN, "nan", "nan.0"),
            (-0.0, "-0", "-0.0"),
        ] {
            assert_eq!(general(x, 6), six);
            assert_eq!(element_double(x), sixteen);
        }
    }

    #[test]
    fn elements_and_values() {
        let v =
            bson!({ "a": [1, "x", { "b": 1.0 }], "c": {} , "d": bson::DateTime::from_millis(3) });
        assert_eq!(
            element("q", &v),
            "q: { a: [ 1, \"x\", { b: 1.0 } ], c: {}, d: new Date(3) }"
        );
        assert_eq!(
            computed(Some(&v)),
            "{a: [1, \"x\", {b: 1}], c: {}, d: 1970-01-01T00:00:00.003Z}"
        );
        assert_eq!(computed(None), "MISSING");
    }
}
