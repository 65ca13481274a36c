//! BSON to script values.

use bson::{Bson, Document, RawArray, RawBsonRef, RawDocument};
use rhai::{Array, Dynamic, ImmutableString};

use crate::script::Doc;
use crate::script::doc::TooDeep;
use crate::script::number;
use crate::script::types::{BsonUndefined, Code, MaxKey, MinKey, Symbol};
use crate::value::{Date, Decimal};

/// BSON that cannot become a script's value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FromBsonError {
    /// The bytes are not BSON.
    #[error(transparent)]
    Malformed(#[from] bson::error::Error),
    /// The document nests deeper than a script's may.
    #[error(transparent)]
    TooDeep(#[from] TooDeep),
}

/// The script's document for BSON bytes.
///
/// # Errors
/// Where the bytes are not BSON (a length that lies, a string that is not UTF-8), or the document
/// nests deeper than a script's may.
pub fn document(raw: &RawDocument) -> Result<Doc, FromBsonError> {
    let mut doc = Doc::with_capacity(raw.iter_elements().count());
    for element in raw.iter() {
        let (key, element) = element?;
        doc.push(ImmutableString::from(key.as_str()), value(element)?)?;
    }
    Ok(doc)
}

/// The same with some of the fields only.
///
/// # Errors
/// As [`document`].
pub fn document_of(raw: &RawDocument, wanted: impl Fn(&str) -> bool) -> Result<Doc, FromBsonError> {
    let mut doc = Doc::new();
    for element in raw.iter() {
        let (key, element) = element?;
        if wanted(key.as_str()) {
            doc.push(ImmutableString::from(key.as_str()), value(element)?)?;
        }
    }
    Ok(doc)
}

/// The script's array for a BSON array.
///
/// # Errors
/// As [`document`].
pub fn array(raw: &RawArray) -> Result<Array, FromBsonError> {
    raw.into_iter().map(|item| value(item?)).collect()
}

/// The script's value for one BSON value.
///
/// # Errors
/// As [`document`].
pub fn value(raw: RawBsonRef<'_>) -> Result<Dynamic, FromBsonError> {
    Ok(match raw {
        RawBsonRef::Double(n) => number::double(n),
        RawBsonRef::String(s) => s.into(),
        RawBsonRef::Array(items) => Dynamic::from_array(array(items)?),
        RawBsonRef::Document(inner) => Dynamic::from(document(inner)?),
        RawBsonRef::Boolean(b) => b.into(),
        RawBsonRef::Null => number::null(),
        RawBsonRef::Int32(n) => number::int32(n),
        RawBsonRef::Int64(n) => number::int64(n),
        RawBsonRef::ObjectId(id) => Dynamic::from(id),
        RawBsonRef::DateTime(at) => Dynamic::from(Date(at.timestamp_millis())),
        RawBsonRef::Decimal128(n) => Dynamic::from(Decimal::from(n)),
        RawBsonRef::Timestamp(at) => Dynamic::from(at),
        RawBsonRef::Undefined => Dynamic::from(BsonUndefined),
        RawBsonRef::MinKey => Dynamic::from(MinKey),
        RawBsonRef::MaxKey => Dynamic::from(MaxKey),
        RawBsonRef::Symbol(s) => Dynamic::from(Symbol(s.into())),
        RawBsonRef::JavaScriptCode(code) => Dynamic::from(Code {
            code: code.into(),
            scope: None,
        }),
        RawBsonRef::JavaScriptCodeWithScope(code) => Dynamic::from(Code {
            code: code.code.into(),
            scope: Some(code.scope.to_owned()),
        }),
        RawBsonRef::RegularExpression(re) => Dynamic::from(bson::Regex {
            pattern: re.pattern.into(),
            options: re.options.into(),
        }),
        RawBsonRef::Binary(bytes) => Dynamic::from(bytes.to_binary()),
        RawBsonRef::DbPointer(_) => match Bson::try_from(raw)? {
            Bson::DbPointer(pointer) => Dynamic::from(pointer),
            other => value_from(other),
        },
    })
}

/// The script's document for one that the driver has parsed already (a command's reply).
#[must_use]
pub fn document_from(parsed: Document) -> Doc {
    let mut doc = Doc::with_capacity(parsed.len());
    for (key, value) in parsed {
        // A reply is shallow: the server nests less than a script may.
        let _ = doc.push(key, value_from(value));
    }
    doc
}

/// The script's value for one that the driver has parsed already.
pub fn value_from(parsed: Bson) -> Dynamic {
    match parsed {
        Bson::Document(inner) => Dynamic::from(document_from(inner)),
        Bson::Array(items) => Dynamic::from_array(items.into_iter().map(value_from).collect()),
        Bson::String(s) => s.into(),
        Bson::Double(n) => number::double(n),
        Bson::Boolean(b) => b.into(),
        Bson::Null => number::null(),
        Bson::Int32(n) => number::int32(n),
        Bson::Int64(n) => number::int64(n),
        Bson::ObjectId(id) => Dynamic::from(id),
        Bson::DateTime(at) => Dynamic::from(Date(at.timestamp_millis())),
        Bson::Decimal128(n) => Dynamic::from(Decimal::from(n)),
        Bson::Timestamp(at) => Dynamic::from(at),
        Bson::Undefined => Dynamic::from(BsonUndefined),
        Bson::MinKey => Dynamic::from(MinKey),
        Bson::MaxKey => Dynamic::from(MaxKey),
        Bson::Symbol(s) => Dynamic::from(Symbol(s)),
        Bson::JavaScriptCode(code) => Dynamic::from(Code { code, scope: None }),
        Bson::JavaScriptCodeWithScope(code) => Dynamic::from(Code {
            code: code.code,
            scope: bson::RawDocumentBuf::try_from(&code.scope).ok(),
        }),
        Bson::RegularExpression(re) => Dynamic::from(re),
        Bson::Binary(bytes) => Dynamic::from(bytes),
        Bson::DbPointer(pointer) => Dynamic::from(pointer),
    }
}
