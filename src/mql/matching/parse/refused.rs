//! Operators that the server has and this does not: geometry, text search, JavaScript, its own internal ones.

use bson::Bson;

use super::bad;
use crate::mql::error::code;
use crate::mql::{Error, Result};

/// Operators that stand without a field.
const TOP_LEVEL: [&str; 2] = ["$text", "$where"];

/// Operators of fields.
const OF_FIELDS: [&str; 6] = [
    "$geoIntersects",
    "$geoNear",
    "$geoWithin",
    "$near",
    "$nearSphere",
    "$within",
];

const INTERNAL: &str = "$_internal";

/// Their names, but for the server's own.
pub fn names() -> impl Iterator<Item = &'static str> {
    TOP_LEVEL.iter().chain(&OF_FIELDS).copied()
}

pub fn is_top_level(name: &str) -> bool {
    TOP_LEVEL.contains(&name) || name.starts_with(INTERNAL)
}

pub fn is_of_fields(name: &str) -> bool {
    OF_FIELDS.contains(&name) || name.starts_with(INTERNAL)
}

/// Refuses a top-level operator that is not here; what is wrong with it comes first.
pub fn top_level(name: &str, value: &Bson, at_top: bool) -> Result<()> {
    match (name, value) {
        ("$text", Bson::Document(_)) | ("$where", _) if !at_top => bad(format!(
            "{name} can only be applied to the top-level document"
        )),
        ("$text", value) if value.as_document().is_none() => bad("$text expects an object"),
        ("$where", value) if !is_code(value) => bad("$where got bad type"),
        _ if is_top_level(name) => unsupported(name),
        _ => Ok(()),
    }
}

/// Refuses an operator of fields that is not here.
pub fn of_fields(name: &str) -> Result<()> {
    match name {
        "$where" => bad("$where cannot be applied to a field"),
        _ if is_of_fields(name) => unsupported(name),
        _ => Ok(()),
    }
}

fn is_code(value: &Bson) -> bool {
    matches!(
        value,
        Bson::String(_) | Bson::JavaScriptCode(_) | Bson::JavaScriptCodeWithScope(_)
    )
}

fn unsupported(name: &str) -> Result<()> {
    Err(Error::new(
        code::NOT_IMPLEMENTED,
        format!("the query operator {name} is not supported here"),
    ))
}
