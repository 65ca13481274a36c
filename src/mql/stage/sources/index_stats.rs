//! `$indexStats`: how each index was used.

use bson::Bson;

use super::super::pipeline::ParseContext;
use super::super::table::Stages;
use super::asked;
use crate::mql::{Error, Result};

pub(in crate::mql::stage) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    match value {
        Bson::Document(spec) if spec.is_empty() => Ok(asked("$indexStats", spec, |_, cx| {
            cx.host.index_stats(&cx.namespace)
        })),
        _ => Err(Error::new(
            28803,
            "The $indexStats stage specification must be an empty object",
        )),
    }
}
