//! `$unset`: without some fields.

use bson::Bson;

use super::pipeline::ParseContext;
use super::project::Project;
use super::table::Stages;
use crate::mql::Result;
use crate::mql::project::Projection;

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let projection = Projection::parse_unset(value, cx.env)?;
    Ok(Project::stage("$project", projection))
}
