//! `getLog`: the log goes where the process's does, so that there is nothing to show.

use bson::{Bson, Document, doc};

use super::super::context::CommandContext;
use super::super::request::Request;
use crate::mql::{Error, Result, error::code};

/// `getLog`
pub fn get_log(_: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let Some(Bson::String(name)) = request.body().get("getLog") else {
        let got = request
            .body()
            .get("getLog")
            .map_or("missing", super::super::fields::type_name);
        return Err(Error::type_mismatch(format!(
            "BSON field 'getLog.getLog' is the wrong type '{got}', expected type 'string'"
        )));
    };
    match name.as_str() {
        "*" => Ok(doc! { "names": ["global", "startupWarnings"] }),
        "global" | "startupWarnings" => Ok(empty()),
        other => Err(Error::new(
            code::OPERATION_FAILED,
            format!("No log named '{other}'"),
        )),
    }
}

fn empty() -> Document {
    doc! { "totalLinesWritten": 0, "log": Bson::Array(Vec::new()) }
}
