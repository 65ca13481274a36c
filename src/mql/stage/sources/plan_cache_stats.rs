//! `$planCacheStats`: which plans are remembered.

use bson::Bson;

use super::super::pipeline::ParseContext;
use super::super::table::Stages;
use super::asked;
use crate::mql::{Error, Result, text};

pub(in crate::mql::stage) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    match value {
        Bson::Document(spec) if spec.is_empty() => Ok(asked("$planCacheStats", spec, |_, cx| {
            cx.host.plan_cache_stats(&cx.namespace)
        })),
        Bson::Document(_) => Err(Error::failed_to_parse(
            "$planCacheStats parameters object must be empty. Found: object",
        )),
        other => Err(Error::failed_to_parse(format!(
            "$planCacheStats value must be an object. Found: {}",
            text::type_name(other)
        ))),
    }
}
