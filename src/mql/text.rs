//! Values in the texts of errors, in the server's own notation.
//!
//! Recorded from mongod 6.0.5: a string of 160 bytes or more is cut after 150, code of 80 or more after 70,
//! binary data of more than 80 bytes after 70.

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document};

use crate::value::{Decimal, pointer};

/// The name of a value's type as errors and `$type` have it.
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

/// `{ a: 1, b: "x" }`
pub(crate) fn document(document: &Document) -> String {
    let fields = document
        .iter()
        .map(|(name, v)| format!("{name}: {}", value(v)));
    let fields: Vec<_> = fields.collect();
    if fields.is_empty() {
        return "{}".to_owned();
    }
    format!("{{ {} }}", fields.join(", "))
}

/// A value within such a text.
pub(crate) fn value(value: &Bson) -> String {
    match value {
        Bson::Document(d) => document(d),
        Bson::Array(items) if items.is_empty() => "[]".to_owned(),
        Bson::Array(items) => {
            let items: Vec<_> = items.iter().map(self::value).collect();
            format!("[ {} ]", items.join(", "))
        }
        Bson::String(text) | Bson::Symbol(text) => format!("\"{}\"", cut(text, 160, 150)),
        Bson::Double(x) => double(*x),
        Bson::DateTime(date) => format!("new Date({})", date.timestamp_millis()),
        Bson::ObjectId(id) => format!("ObjectId('{id}')"),
        Bson::Binary(data) => binary(data),
        Bson::Timestamp(t) => format!("Timestamp({}, {})", t.time, t.increment),
        Bson::RegularExpression(r) => format!("/{}/{}", r.pattern.as_str(), r.options.as_str()),
        Bson::JavaScriptCode(code) => cut(code, 80, 70),
        Bson::JavaScriptCodeWithScope(code) => {
            format!("CodeWScope( {}, {})", code.code, document(&code.scope))
        }
        Bson::DbPointer(_) => pointer::parts(value).map_or_else(
            || value.to_string(),
            |(name, id)| format!("DBRef('{name}',{id})"),
        ),
        Bson::MinKey => "MinKey".to_owned(),
        Bson::MaxKey => "MaxKey".to_owned(),
        Bson::Null => "null".to_owned(),
        Bson::Undefined => "undefined".to_owned(),
        Bson::Boolean(b) => b.to_string(),
        Bson::Int32(n) => n.to_string(),
        Bson::Int64(n) => n.to_string(),
        Bson::Decimal128(d) => Decimal::from(*d).to_string(),
    }
}

/// What has `limit` bytes or more is cut, at a whole character.
fn cut(text: &str, limit: usize, keep: usize) -> String {
    if text.len() < limit {
        return text.to_owned();
    }
    let end = (0..=keep).rev().find(|&end| text.is_char_boundary(end));
    format!("{}...", text.get(..end.unwrap_or(0)).unwrap_or_default())
}

fn binary(data: &Binary) -> String {
    match (data.subtype, <[u8; 16]>::try_from(&data.bytes[..])) {
        (BinarySubtype::Uuid, Ok(bytes)) => format!("UUID(\"{}\")", uuid::Uuid::from_bytes(bytes)),
        (subtype, _) => {
            let bytes = match data.bytes.get(..70) {
                Some(first) if data.bytes.len() > 80 => format!("{}...", hex::encode_upper(first)),
                _ => hex::encode_upper(&data.bytes),
            };
            format!("BinData({}, {bytes})", u8::from(subtype))
        }
    }
}

/// A value in the notation of the aggregation's values: `{a: 1, b: [1, 2]}`, nothing cut.
pub(crate) fn compact(value: &Bson) -> String {
    match value {
        Bson::Document(d) => {
            let fields = d.iter().map(|(name, v)| format!("{name}: {}", compact(v)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Bson::Array(items) => {
            let items = items.iter().map(compact);
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Bson::String(text) | Bson::Symbol(text) => format!("\"{text}\""),
        Bson::Double(x) => general(*x),
        other => self::value(other),
    }
}

/// A field with its value.
pub(crate) fn field(name: &str, value: &Bson) -> String {
    format!("{name}: {}", self::value(value))
}

/// A double within such a text: always with a point.
fn double(x: f64) -> String {
    let mut text = general(x);
    if !text.contains('.') {
        text.push_str(".0");
    }
    text
}

/// A double as C's `%.16g` has it: `1e+20`, `0.1`, `nan`.
pub(crate) fn general(x: f64) -> String {
    general_to(x, 16)
}

/// A double as C's `%.{digits}g` has it.
pub(crate) fn general_to(x: f64, digits: u8) -> String {
    if !x.is_finite() {
        return x.to_string().to_lowercase();
    }
    let last = i32::from(digits) - 1;
    let scientific = format!("{x:.*e}", usize::from(digits.saturating_sub(1)));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..=last).contains(&exponent) {
        let places = usize::try_from(last - exponent).unwrap_or(0);
        return trimmed(&format!("{x:.places$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

fn trimmed(digits: &str) -> &str {
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    }
}
