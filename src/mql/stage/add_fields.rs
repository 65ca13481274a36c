//! `$addFields` and `$set`: more fields.

use bson::Bson;

use super::pipeline::ParseContext;
use super::project::Project;
use super::table::Stages;
use crate::mql::Result;
use crate::mql::project::Projection;

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let projection = Projection::parse_add_fields(value, "$addFields", cx.env)?;
    Ok(Project::stage("$addFields", projection))
}

pub(super) fn parse_set(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let projection = Projection::parse_add_fields(value, "$set", cx.env)?;
    Ok(Project::stage("$set", projection))
}
