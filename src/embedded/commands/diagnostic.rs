//! Commands that say what the server is.

use bson::{Bson, Document, doc};

use super::context::CommandContext;
use super::request::Request;
use crate::mql::Result;

/// The source of the version that this database behaves as.
pub const GIT_VERSION: &str = "c9a99c120371d4d4c52cbb15dac34a36ce8d3b1d";

/// `ping`
pub fn ping(_: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    super::Fields::parse("ping", &request.body, &[])?;
    Ok(Document::new())
}

/// `buildInfo`
pub fn build_info(_: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    Ok(doc! {
        "version": "6.0.5",
        "gitVersion": GIT_VERSION,
        "modules": Bson::Array(Vec::new()),
        "bits": 64,
        "debug": false,
        "maxBsonObjectSize": 16_777_216,
    })
}
