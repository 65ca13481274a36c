//! Script values to BSON.

use bson::raw::{CString as BsonCString, RawJavaScriptCodeWithScope};
use bson::{Bson, Document, RawArrayBuf, RawBson, RawDocumentBuf};
use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map};

use crate::script::Doc;
use crate::script::inspect::fields_of;
use crate::script::number;
use crate::script::types::{BsonUndefined, Code, MaxKey, MinKey, Symbol};
use crate::value::{Date, Decimal};

/// A script's value that BSON cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be stored in MongoDB{}", at(.path))]
pub struct ToBsonError {
    /// What it is, in words.
    pub what: String,
    /// Where it is, as a dotted path; empty for the value itself.
    pub path: String,
}

fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" (at `{path}`)")
    }
}

impl ToBsonError {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            path: String::new(),
        }
    }

    fn under(mut self, key: &str) -> Self {
        self.path = match self.path.is_empty() {
            true => key.to_string(),
            false => format!("{key}.{}", self.path),
        };
        self
    }
}

/// The BSON bytes of a script's document.
///
/// # Errors
/// [`ToBsonError`] names the field whose value (a function, a cursor, …) or name (one with a NUL)
/// BSON cannot hold.
pub fn document_to_raw(doc: &Doc) -> Result<RawDocumentBuf, ToBsonError> {
    let mut raw = RawDocumentBuf::new();
    for (key, value) in doc.iter() {
        append(&mut raw, key, value)?;
    }
    Ok(raw)
}

fn append(raw: &mut RawDocumentBuf, key: &str, value: &Dynamic) -> Result<(), ToBsonError> {
    raw.append(cstring(key)?, to_raw(value).map_err(|e| e.under(key))?);
    Ok(())
}

fn cstring(text: &str) -> Result<BsonCString, ToBsonError> {
    BsonCString::try_from(text.to_string())
        .map_err(|_| ToBsonError::new(format!("a name or pattern with a NUL byte ({text:?})")))
}

/// The BSON of any script value.
///
/// # Errors
/// As [`document_to_raw`].
pub fn to_raw(value: &Dynamic) -> Result<RawBson, ToBsonError> {
    if value.is_shared() {
        return to_raw(&value.clone().flatten());
    }
    if let Some(scalar) = native_scalar(value) {
        return Ok(scalar);
    }
    if let Some(array) = value.read_lock::<Array>() {
        return array_to_raw(&array);
    }
    if let Some(doc) = value.read_lock::<Doc>() {
        return Ok(RawBson::Document(document_to_raw(&doc)?));
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map_to_raw(&map);
    }
    bson_type(value).unwrap_or_else(|| match fields_of(value) {
        Some(fields) => Ok(RawBson::Document(document_to_raw(&fields)?)),
        None => Err(unstorable(value)),
    })
}

fn native_scalar(value: &Dynamic) -> Option<RawBson> {
    if let Ok(n) = value.as_int() {
        Some(number::integer_to_bson(n, value.tag()))
    } else if let Ok(n) = value.as_float() {
        Some(number::float_to_bson(n, value.tag()))
    } else if let Ok(b) = value.as_bool() {
        Some(RawBson::Boolean(b))
    } else if value.is_unit() {
        Some(RawBson::Null)
    } else if let Some(s) = value.read_lock::<ImmutableString>() {
        Some(RawBson::String(s.to_string()))
    } else {
        value.as_char().ok().map(|c| RawBson::String(c.to_string()))
    }
}

fn array_to_raw(array: &Array) -> Result<RawBson, ToBsonError> {
    let mut raw = RawArrayBuf::new();
    for (i, item) in array.iter().enumerate() {
        raw.push(to_raw(item).map_err(|e| e.under(&i.to_string()))?);
    }
    Ok(RawBson::Array(raw))
}

/// Rhai's own maps (the error maps it makes, for one) have their keys in alphabetical order.
fn map_to_raw(map: &Map) -> Result<RawBson, ToBsonError> {
    let mut raw = RawDocumentBuf::new();
    for (key, value) in map {
        append(&mut raw, key, value)?;
    }
    Ok(RawBson::Document(raw))
}

fn bson_type(value: &Dynamic) -> Option<Result<RawBson, ToBsonError>> {
    macro_rules! on {
        ($t:ty, $make:expr) => {
            if let Some(found) = value.read_lock::<$t>() {
                #[allow(clippy::redundant_closure_call)]
                return Some(($make)(&*found));
            }
        };
    }
    on!(bson::oid::ObjectId, |id: &bson::oid::ObjectId| Ok(
        RawBson::ObjectId(*id)
    ));
    on!(Date, |at: &Date| Ok(RawBson::DateTime(
        bson::DateTime::from_millis(at.0)
    )));
    on!(Decimal, |n: &Decimal| Ok(RawBson::Decimal128((*n).into())));
    on!(bson::Timestamp, |at: &bson::Timestamp| Ok(
        RawBson::Timestamp(*at)
    ));
    on!(bson::Binary, |b: &bson::Binary| Ok(RawBson::Binary(
        b.clone()
    )));
    on!(bson::Regex, |re: &bson::Regex| Ok(regex_to_raw(re)));
    on!(MinKey, |_: &MinKey| Ok(RawBson::MinKey));
    on!(MaxKey, |_: &MaxKey| Ok(RawBson::MaxKey));
    on!(BsonUndefined, |_: &BsonUndefined| Ok(RawBson::Undefined));
    on!(Symbol, |s: &Symbol| Ok(RawBson::Symbol(s.0.clone())));
    on!(Code, |code: &Code| Ok(code_to_raw(code)));
    on!(bson::DbPointer, |p: &bson::DbPointer| Ok(
        RawBson::DbPointer(p.clone())
    ));
    on!(Blob, |bytes: &Blob| Ok(RawBson::Binary(bson::Binary {
        subtype: bson::spec::BinarySubtype::Generic,
        bytes: bytes.clone(),
    })));
    None
}

/// JavaScript's flags that say how a script uses a regular expression (`g`, `y`) mean nothing to
/// a server, which refuses them.
fn regex_to_raw(re: &bson::Regex) -> RawBson {
    let known = |c: &char| "ilmsux".contains(*c);
    let mut re = re.clone();
    if !re.options.as_str().chars().all(|c| known(&c)) {
        let options: String = re.options.as_str().chars().filter(known).collect();
        // A part of what held no NUL holds none.
        if let Ok(options) = BsonCString::try_from(options) {
            re.options = options;
        }
    }
    RawBson::RegularExpression(re)
}

fn code_to_raw(code: &Code) -> RawBson {
    match &code.scope {
        None => RawBson::JavaScriptCode(code.code.clone()),
        Some(scope) => RawBson::JavaScriptCodeWithScope(RawJavaScriptCodeWithScope {
            code: code.code.clone(),
            scope: scope.clone(),
        }),
    }
}

fn unstorable(value: &Dynamic) -> ToBsonError {
    let what = match value.is::<FnPtr>() {
        true => "a function".to_string(),
        false => format!(
            "a value of type {}",
            value.type_name().rsplit("::").next().unwrap_or("?")
        ),
    };
    ToBsonError::new(what)
}

/// The BSON of a script's value as the driver's parsed form.
///
/// # Errors
/// As [`document_to_raw`].
pub fn bson_value(value: &Dynamic) -> Result<Bson, ToBsonError> {
    Bson::try_from(to_raw(value)?).map_err(|e| ToBsonError::new(e.to_string()))
}

/// A script's document as the driver's parsed form.
///
/// # Errors
/// As [`document_to_raw`].
pub fn owned_document(doc: &Doc) -> Result<Document, ToBsonError> {
    Document::try_from(document_to_raw(doc)?.as_ref()).map_err(|e| ToBsonError::new(e.to_string()))
}
