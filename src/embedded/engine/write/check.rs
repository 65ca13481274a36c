//! What a document must be like to be stored, whatever its collection.

use bson::raw::{CStr, RawDocumentBuf};
use bson::spec::ElementType;
use bson::{RawBsonRef, RawDocument, Timestamp, oid::ObjectId};
use bytes::Bytes;

use crate::mql::{Error, Result, error::code};

/// How large a stored document may be.
pub const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

/// A document that came to be inserted, as it is stored: `_id` first, made where it was missing; timestamps
/// of zero at the top have the time that `now` gives.
///
/// # Errors
/// What the server refuses of every document.
pub fn for_insert(bytes: Bytes, now: impl Fn() -> Timestamp) -> Result<Bytes> {
    let size = bytes.len();
    if size > MAX_DOCUMENT {
        return Err(Error::bad_value(format!(
            "object to insert too large. size in bytes: {size}, max size: {MAX_DOCUMENT}"
        )));
    }
    let document = RawDocument::from_bytes(&bytes).map_err(invalid)?;
    let shape = Shape::of(document)?;
    if shape.stays {
        return Ok(bytes);
    }
    let mut fixed = RawDocumentBuf::new();
    match shape.id {
        Some(id) => append(&mut fixed, "_id", id),
        None => append(&mut fixed, "_id", RawBsonRef::ObjectId(ObjectId::new())),
    }
    for element in document.iter_elements().flatten() {
        let Ok(value) = element.value() else { continue };
        match value {
            _ if element.key() == "_id" => {}
            RawBsonRef::Timestamp(Timestamp {
                time: 0,
                increment: 0,
            }) => {
                fixed.append(element.key(), RawBsonRef::Timestamp(now()));
            }
            value => fixed.append(element.key(), value),
        }
    }
    Ok(fixed.into_bytes().into())
}

/// What of a document must be mended.
struct Shape<'a> {
    id: Option<RawBsonRef<'a>>,
    stays: bool,
}

impl<'a> Shape<'a> {
    fn of(document: &'a RawDocument) -> Result<Self> {
        let (mut id, mut first, mut zero) = (None, false, false);
        for (n, element) in document.iter_elements().enumerate() {
            let element = element.map_err(invalid)?;
            if element.key() == "_id" {
                if id.is_some() {
                    let text = "can't have multiple _id fields in one document";
                    return Err(Error::bad_value(text));
                }
                let value = element.value().map_err(invalid)?;
                check_id(value)?;
                (id, first) = (Some(value), n == 0);
            } else if element.element_type() == ElementType::Timestamp {
                let none = RawBsonRef::Timestamp(Timestamp {
                    time: 0,
                    increment: 0,
                });
                zero |= element.value().map_err(invalid)? == none;
            }
        }
        Ok(Self {
            id,
            stays: first && !zero,
        })
    }
}

/// Whether a value may be an `_id`.
///
/// # Errors
/// `InvalidIdField`, `DollarPrefixedFieldName`.
pub fn check_id(value: RawBsonRef<'_>) -> Result<()> {
    let kind = match value {
        RawBsonRef::Array(_) => "array",
        RawBsonRef::RegularExpression(_) => "regex",
        RawBsonRef::Undefined => "undefined",
        RawBsonRef::Document(document) => return check_id_document(document, true),
        _ => return Ok(()),
    };
    let text = format!("The '_id' value cannot be of type {kind}");
    Err(Error::new(code::INVALID_ID_FIELD, text))
}

/// No field in an `_id` begins with `$`, but for those of a DBRef.
fn check_id_document(document: &RawDocument, top: bool) -> Result<()> {
    for element in document.iter_elements().flatten() {
        let name = element.key().as_str();
        if name.starts_with('$') && !(top && matches!(name, "$ref" | "$id" | "$db")) {
            let text = format!(
                "_id fields may not contain '$'-prefixed fields: {name} is not valid for storage."
            );
            return Err(Error::new(code::DOLLAR_PREFIXED_FIELD_NAME, text));
        }
        if let Ok(RawBsonRef::Document(inner)) = element.value() {
            check_id_document(inner, false)?;
        }
    }
    Ok(())
}

fn append(document: &mut RawDocumentBuf, name: &str, value: RawBsonRef<'_>) {
    if let Ok(name) = <&CStr>::try_from(name) {
        document.append(name, value);
    }
}

fn invalid(e: impl std::fmt::Display) -> Error {
    Error::new(code::INVALID_BSON, e.to_string())
}
