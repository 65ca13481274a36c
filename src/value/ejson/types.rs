//! The notations of BSON's types as JSON objects.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bson::oid::ObjectId;
use bson::{Binary, Bson, Document, JavaScriptCodeWithScope, Regex, Timestamp};

use super::MAX_DEPTH;
use super::error::{EjsonError, ErrorKind};
use crate::value::{Date, Decimal, Number, pointer};

/// Replaces what stands for a type, from the inside out.
pub(super) fn deserialize(value: Bson, depth: usize) -> Result<Bson, EjsonError> {
    if depth > MAX_DEPTH {
        return Err(ErrorKind::TooDeep.into());
    }
    match value {
        Bson::Array(items) => {
            let items = items.into_iter().map(|item| deserialize(item, depth + 1));
            Ok(Bson::Array(items.collect::<Result<_, _>>()?))
        }
        Bson::Document(document) => {
            let mut inner = Document::new();
            for (key, value) in document {
                inner.insert(key, deserialize(value, depth + 1)?);
            }
            Ok(value_of(inner)?)
        }
        scalar => Ok(scalar),
    }
}

/// The value that an object stands for. Only one whose keys are exactly those of a notation does; the values
/// in it have been replaced already.
pub(super) fn value_of(document: Document) -> Result<Bson, ErrorKind> {
    if !document
        .keys()
        .next()
        .is_some_and(|key| key.starts_with('$'))
        || document.len() > 2
    {
        return Ok(Bson::Document(document));
    }
    let mut fields = document.iter();
    let first = fields.next().map(|(key, value)| (key.as_str(), value));
    let second = fields.next().map(|(key, value)| (key.as_str(), value));
    let found = match (first, second) {
        (Some((key, value)), None) => one(key, value),
        (Some((a, x)), Some((b, y))) => two(a, x, b, y).or_else(|| two(b, y, a, x)),
        _ => None,
    };
    found.unwrap_or(Ok(Bson::Document(document)))
}

type Found = Option<Result<Bson, ErrorKind>>;

/// A notation with one key.
fn one(key: &str, value: &Bson) -> Found {
    let found = match key {
        "$oid" => need("$oid", "24 hexadecimal digits", oid(value)),
        "$symbol" => need(
            "$symbol",
            "a string",
            text(value).map(|s| Bson::Symbol(s.into())),
        ),
        "$numberInt" => need("$numberInt", "an int32 as a string", int32(value)),
        "$numberLong" => need(
            "$numberLong",
            "an int64 as a string",
            int64(value).map(Bson::Int64),
        ),
        "$numberDouble" => need("$numberDouble", "a number as a string", double(value)),
        "$numberDecimal" => need(
            "$numberDecimal",
            "a decimal number as a string",
            decimal(value),
        ),
        "$binary" => need("$binary", "base64 and subType", binary(value)),
        "$uuid" => need("$uuid", "a UUID as a string", uuid(value)),
        "$code" => need(
            "$code",
            "a string",
            text(value).map(|s| Bson::JavaScriptCode(s.into())),
        ),
        "$timestamp" => need("$timestamp", "t and i as numbers", timestamp(value)),
        "$regularExpression" => need(
            "$regularExpression",
            "pattern and options",
            regular_expression(value),
        ),
        "$dbPointer" => need("$dbPointer", "$ref and $id", db_pointer(value)),
        "$date" => need(
            "$date",
            "a date in ISO 8601 or its milliseconds",
            date(value),
        ),
        "$minKey" => need("$minKey", "1", is_set(value).then_some(Bson::MinKey)),
        "$maxKey" => need("$maxKey", "1", is_set(value).then_some(Bson::MaxKey)),
        "$undefined" => need(
            "$undefined",
            "true",
            is_set(value).then_some(Bson::Undefined),
        ),
        // The operator of queries looks the same; only a string is a regular expression here.
        "$regex" => return regex(text(value)?, "").map(Ok),
        _ => return None,
    };
    Some(found)
}

/// A notation with two keys, in this order.
fn two(a: &str, x: &Bson, b: &str, y: &Bson) -> Found {
    match (a, b) {
        ("$code", "$scope") => {
            let code = text(x).zip(y.as_document()).map(|(code, scope)| {
                let (code, scope) = (code.to_owned(), scope.clone());
                Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope { code, scope })
            });
            Some(need("$code", "a string and a document as $scope", code))
        }
        ("$binary", "$type") => {
            let data = text(x).and_then(|base64| bytes(base64, subtype(y)?));
            Some(need("$binary", "base64 and a subtype as $type", data))
        }
        ("$regex", "$options") => regex(text(x)?, text(y)?).map(Ok),
        _ => None,
    }
}

fn need(key: &'static str, expected: &'static str, value: Option<Bson>) -> Result<Bson, ErrorKind> {
    value.ok_or(ErrorKind::BadType { key, expected })
}

fn text(value: &Bson) -> Option<&str> {
    value.as_str()
}

fn is_set(value: &Bson) -> bool {
    *value == Bson::Boolean(true) || Number::from_bson(value) == Some(Number::Int32(1))
}

fn oid(value: &Bson) -> Option<Bson> {
    ObjectId::parse_str(text(value)?).ok().map(Bson::ObjectId)
}

fn int32(value: &Bson) -> Option<Bson> {
    i32::try_from(int64(value)?).ok().map(Bson::Int32)
}

/// From a string or, as some old tools wrote it, a number.
fn int64(value: &Bson) -> Option<i64> {
    match value {
        Bson::String(text) => text.parse().ok(),
        _ => Number::from_bson(value)?.to_i64(),
    }
}

fn double(value: &Bson) -> Option<Bson> {
    let x = match value {
        Bson::String(text) => match text.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => text.parse().ok().filter(|x: &f64| x.is_finite())?,
        },
        _ => Number::from_bson(value)?.to_f64(),
    };
    Some(Bson::Double(x))
}

fn decimal(value: &Bson) -> Option<Bson> {
    match value {
        Bson::String(text) => text.parse::<Decimal>().ok().map(Bson::from),
        _ => Some(Number::from_bson(value)?.to_decimal().into()),
    }
}

fn binary(value: &Bson) -> Option<Bson> {
    let document = value.as_document().filter(|document| document.len() == 2)?;
    bytes(
        text(document.get("base64")?)?,
        subtype(document.get("subType")?)?,
    )
}

fn bytes(base64: &str, subtype: u8) -> Option<Bson> {
    let bytes = STANDARD.decode(base64).ok()?;
    Some(Bson::Binary(Binary {
        subtype: subtype.into(),
        bytes,
    }))
}

/// Two hexadecimal digits, or a number.
fn subtype(value: &Bson) -> Option<u8> {
    match value {
        Bson::String(text) if text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            u8::from_str_radix(text, 16).ok()
        }
        Bson::String(_) => None,
        _ => u8::try_from(int64(value)?).ok(),
    }
}

/// With dashes in their places, or without any.
fn uuid(value: &Bson) -> Option<Bson> {
    let text = text(value)?;
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let shaped = parts == [32] || parts == [8, 4, 4, 4, 12];
    let bytes = hex::decode(text.replace('-', "")).ok().filter(|_| shaped)?;
    Some(Bson::Binary(Binary {
        subtype: bson::spec::BinarySubtype::Uuid,
        bytes,
    }))
}

fn timestamp(value: &Bson) -> Option<Bson> {
    let document = value.as_document().filter(|document| document.len() == 2)?;
    let part = |key| u32::try_from(int64(document.get(key)?)?).ok();
    Some(Bson::Timestamp(Timestamp {
        time: part("t")?,
        increment: part("i")?,
    }))
}

fn regular_expression(value: &Bson) -> Option<Bson> {
    let document = value.as_document().filter(|document| document.len() == 2)?;
    regex(
        text(document.get("pattern")?)?,
        text(document.get("options")?)?,
    )
}

/// BSON keeps a regular expression's options sorted; neither part can hold a NUL.
fn regex(pattern: &str, options: &str) -> Option<Bson> {
    let mut options: Vec<char> = options.chars().collect();
    options.sort_unstable();
    let options: String = options.into_iter().collect();
    let regex = Regex {
        pattern: pattern.try_into().ok()?,
        options: options.try_into().ok()?,
    };
    Some(Bson::RegularExpression(regex))
}

fn db_pointer(value: &Bson) -> Option<Bson> {
    let document = value.as_document().filter(|document| document.len() == 2)?;
    pointer::make(
        text(document.get("$ref")?)?,
        document.get("$id")?.as_object_id()?,
    )
}

fn date(value: &Bson) -> Option<Bson> {
    let date = match value {
        Bson::String(text) => Date::parse(text, &jiff::tz::TimeZone::UTC)?,
        _ => Date(int64(value)?),
    };
    Some(date.into())
}
