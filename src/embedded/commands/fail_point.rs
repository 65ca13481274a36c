//! `configureFailPoint`

use bson::{Bson, Document, doc};

use super::context::CommandContext;
use super::request::Request;
use crate::mql::{Error, Result};

/// `configureFailPoint`
pub fn configure(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let name = request.body().get_str("configureFailPoint").map_err(|_| {
        Error::type_mismatch("\"configureFailPoint\" had the wrong type. Expected string")
    })?;
    let mode = request.body().get("mode").unwrap_or(&Bson::Null);
    let data = request
        .body()
        .get_document("data")
        .cloned()
        .unwrap_or_default();
    let count = cx.server.fail_points.set(name, mode, data)?;
    Ok(doc! { "count": count })
}
