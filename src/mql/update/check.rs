//! What may not be stored: too deep, too large, names of the server, an `_id` that is none.

use bson::{Bson, Document};

use super::super::error::{Error, Result, code};
use super::super::text;

/// How deep a stored document may be.
const MAX_DEPTH: usize = 180;
/// How large it may be.
const MAX_SIZE: usize = 16 * 1024 * 1024;

/// Checks a value that an update puts at a path.
pub(super) fn value(path: &[String], value: &Bson) -> Result<()> {
    if let [name] = path {
        top_level(name, value)?;
    } else if path.first().is_some_and(|name| name == "_id") {
        names_in_id(path.get(1..).unwrap_or_default(), value)?;
    }
    depth(value, path.len() + 1)
}

/// Checks the fields of a whole document, whose names may have a `$` only where `dollars` says so: in the
/// results of pipelines and in new documents.
pub(super) fn document(doc: &Document, dollars: bool) -> Result<()> {
    for (name, value) in doc {
        if !dollars || name == "_id" {
            top_level(name, value)?;
        }
        depth(value, 2)?;
    }
    Ok(())
}

/// Checks a document's size.
pub(super) fn size(doc: &Document) -> Result<()> {
    if document_size(doc) <= MAX_SIZE {
        return Ok(());
    }
    Err(Error::new(
        17419,
        format!("Resulting document after update is larger than {MAX_SIZE}"),
    ))
}

fn top_level(name: &str, value: &Bson) -> Result<()> {
    if name.starts_with('$') {
        return Err(Error::new(
            code::DOLLAR_PREFIXED_FIELD_NAME,
            format!(
                "The dollar ($) prefixed field '{name}' in '{name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith."
            ),
        ));
    }
    if name == "_id" { id(value) } else { Ok(()) }
}

/// Checks a value for an `_id`.
pub(super) fn id(value: &Bson) -> Result<()> {
    match value {
        Bson::Array(_) | Bson::RegularExpression(_) | Bson::Undefined => Err(Error::new(
            code::INVALID_ID_FIELD,
            format!(
                "The '_id' value cannot be of type {}",
                text::type_name(value)
            ),
        )),
        value => names_in_id(&[], value),
    }
}

/// No field of an `_id`, however deep, has a `$`.
fn names_in_id(path: &[String], value: &Bson) -> Result<()> {
    path.iter().try_for_each(|name| name_in_id(name))?;
    match value {
        Bson::Document(doc) => doc.iter().try_for_each(|(name, value)| {
            name_in_id(name)?;
            names_in_id(&[], value)
        }),
        Bson::Array(items) => items.iter().try_for_each(|item| names_in_id(&[], item)),
        _ => Ok(()),
    }
}

fn name_in_id(name: &str) -> Result<()> {
    if !name.starts_with('$') {
        return Ok(());
    }
    Err(Error::new(
        code::DOLLAR_PREFIXED_FIELD_NAME,
        format!("_id fields may not contain '$'-prefixed fields: {name} is not valid for storage."),
    ))
}

/// Checks the depth of a value that is itself at `depth`.
fn depth(value: &Bson, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH + 1 {
        return Err(Error::new(
            code::OVERFLOW,
            format!("Document exceeds maximum nesting depth of {MAX_DEPTH}"),
        ));
    }
    match value {
        Bson::Document(doc) => doc.values().try_for_each(|v| self::depth(v, depth + 1)),
        Bson::Array(items) => items.iter().try_for_each(|v| self::depth(v, depth + 1)),
        _ => Ok(()),
    }
}

/// The bytes of a document.
pub(super) fn document_size(doc: &Document) -> usize {
    let fields = doc.iter().map(|(name, v)| name.len() + 2 + value_size(v));
    5 + fields.sum::<usize>()
}

/// The bytes of an array.
pub(super) fn array_size(items: &[Bson]) -> usize {
    let items = items.iter().enumerate();
    5 + items
        .map(|(at, v)| decimal_digits(at) + 2 + value_size(v))
        .sum::<usize>()
}

fn decimal_digits(n: usize) -> usize {
    n.checked_ilog10().map_or(1, |digits| digits as usize + 1)
}

/// The bytes of a value without its name and type.
pub(super) fn value_size(value: &Bson) -> usize {
    match value {
        Bson::Document(doc) => document_size(doc),
        Bson::Array(items) => array_size(items),
        Bson::Double(_) | Bson::Int64(_) | Bson::DateTime(_) | Bson::Timestamp(_) => 8,
        Bson::Int32(_) => 4,
        Bson::Boolean(_) => 1,
        Bson::Decimal128(_) => 16,
        Bson::ObjectId(_) => 12,
        Bson::Null | Bson::Undefined | Bson::MinKey | Bson::MaxKey => 0,
        Bson::String(s) | Bson::Symbol(s) | Bson::JavaScriptCode(s) => s.len() + 5,
        Bson::Binary(b) => {
            let old = b.subtype == bson::spec::BinarySubtype::BinaryOld;
            b.bytes.len() + if old { 9 } else { 5 }
        }
        Bson::RegularExpression(r) => r.pattern.as_str().len() + r.options.as_str().len() + 2,
        Bson::JavaScriptCodeWithScope(c) => c.code.len() + 9 + document_size(&c.scope),
        Bson::DbPointer(_) => {
            crate::value::pointer::parts(value).map_or(0, |(ns, _)| ns.len() + 17)
        }
    }
}
