//! Computed values in the texts of errors: `{b: 1}`, dates in ISO notation, `MISSING`.
//!
//! The server writes a value that stands in a command in one way ([`super::text`]), and one that was computed in
//! another, which is this.

use std::fmt::Write as _;

use bson::Bson;

use super::text;
use crate::value::Decimal;

/// How deep values are written; deeper ones cannot come from a message.
const MAX_DEPTH: usize = 200;

/// A value that was computed; `None` is missing.
pub(crate) fn computed(value: Option<&Bson>) -> String {
    let mut out = String::new();
    match value {
        Some(value) => write_value(&mut out, value, 0),
        None => out.push_str("MISSING"),
    }
    out
}

fn write_value(out: &mut String, value: &Bson, depth: usize) {
    if depth > MAX_DEPTH {
        return out.push_str("...");
    }
    match value {
        Bson::Double(x) => out.push_str(&text::general_to(*x, 6)),
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

/// What is neither text nor nested.
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

/// A date in the server's notation, `1970-01-01T00:00:00.000Z`; beyond the years 0 to 9999 it has none and
/// writes the number.
pub(crate) fn iso_date(ms: i64) -> String {
    const FIRST: i64 = -62_167_219_200_000;
    const LAST: i64 = 253_402_300_799_999;
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) if (FIRST..=LAST).contains(&ms) => {
            time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
        }
        _ => "illegal date".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bson::bson;

    use super::*;

    #[test]
    fn values() {
        let v =
            bson!({ "a": [1, "x", { "b": 1.0 }], "c": {} , "d": bson::DateTime::from_millis(3) });
        assert_eq!(
            computed(Some(&v)),
            "{a: [1, \"x\", {b: 1}], c: {}, d: 1970-01-01T00:00:00.003Z}"
        );
        assert_eq!(computed(None), "MISSING");
    }
}
