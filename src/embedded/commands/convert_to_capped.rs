//! `convertToCapped` and `cloneCollectionAsCapped`

use bson::Document;

use super::create::rounded;
use super::writes::collection_name;
use super::{CommandContext, Field, Fields, Kind, Request};
use crate::embedded::catalog::{Namespace, check_writable_name};
use crate::mql::{Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::new("size", Kind::Any),
    Field::new("toCollection", Kind::Any),
    Field::new("temp", Kind::Any),
];

/// Makes a collection a capped one; only the index on `_id` stays.
pub fn convert(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let ns = Namespace::new(&request.db, collection_name(request)?);
    let size = size(&Fields::parse("convertToCapped", request.body(), FIELDS)?)?;
    cx.operation.clone_as_capped(&ns, &ns, size)?;
    cx.server.cursors.kill_namespace(|other| *other == ns);
    Ok(Document::new())
}

/// Copies a collection into a new capped one.
pub fn clone(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let from = Namespace::new(&request.db, collection_name(request)?);
    let fields = Fields::parse("cloneCollectionAsCapped", request.body(), FIELDS)?;
    let size = size(&fields)?;
    let to = fields.str("toCollection").unwrap_or_default();
    check_writable_name(&request.db, to)?;
    cx.operation
        .clone_as_capped(&from, &Namespace::new(&request.db, to), size)?;
    Ok(Document::new())
}

fn size(fields: &Fields<'_>) -> Result<i64> {
    match fields.long("size") {
        Some(size) if size > 0 => Ok(rounded(size)),
        _ => Err(Error::new(code::BAD_VALUE, "invalid command spec")),
    }
}
