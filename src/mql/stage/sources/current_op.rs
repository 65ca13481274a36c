//! `$currentOp`: what is running.

use bson::Bson;

use super::super::pipeline::ParseContext;
use super::super::table::Stages;
use super::asked;
use crate::mql::error::code;
use crate::mql::{Error, Result, text};

const OPTIONS: [&str; 7] = [
    "allUsers",
    "backtrace",
    "idleConnections",
    "idleCursors",
    "idleSessions",
    "localOps",
    "truncateOps",
];

/// What the server checks before it parses any stage.
pub(in crate::mql::stage) fn lite(value: &Bson) -> Result<()> {
    let Bson::Document(spec) = value else {
        return Err(not_a_document(value));
    };
    match spec.get("allUsers") {
        Some(value) if value.as_bool().is_none() => Err(not_a_bool("allUsers", value)),
        _ => Ok(()),
    }
}

pub(in crate::mql::stage) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        return Err(not_a_document(value));
    };
    if cx.namespace.db != "admin" || !cx.namespace.is_collectionless() {
        return Err(Error::new(
            code::INVALID_NAMESPACE,
            "$currentOp must be run against the 'admin' database with {aggregate: 1}",
        ));
    }
    for (name, value) in spec {
        if !OPTIONS.contains(&name.as_str()) {
            return Err(Error::failed_to_parse(format!(
                "Unrecognized option '{name}' in $currentOp stage."
            )));
        }
        if value.as_bool().is_none() {
            return Err(not_a_bool(name, value));
        }
    }
    Ok(asked("$currentOp", spec, |spec, cx| {
        cx.host.current_op(spec)
    }))
}

fn not_a_document(value: &Bson) -> Error {
    let found = text::type_name(value);
    Error::type_mismatch(format!(
        "$currentOp options must be specified in an object, but found: {found}"
    ))
}

fn not_a_bool(name: &str, value: &Bson) -> Error {
    // Two options were added later than the others, with another code.
    let code = match name {
        "allUsers" | "localOps" => code::TYPE_MISMATCH,
        _ => code::FAILED_TO_PARSE,
    };
    let found = text::type_name(value);
    Error::new(
        code,
        format!(
            "The '{name}' parameter of the $currentOp stage must be a boolean value, but found: {found}"
        ),
    )
}
