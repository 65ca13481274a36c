//! `$count`: how many documents come.

use bson::{Bson, Document, doc};

use super::pipeline::ParseContext;
use super::table::Stages;
use super::{group, project};
use crate::mql::{Error, Result};

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let name = check(value)?;
    // As on the server, which says so in its errors about a stage's place.
    let mut group = doc! { "_id": null };
    if name == "_id" {
        return Err(Error::new(
            15948,
            "a group's _id may only be specified once",
        ));
    }
    group.insert(name, doc! { "$sum": 1 });
    let mut stages = group::parse(&group.into(), cx)?;
    let only: Document = doc! { "_id": false };
    stages.extend(project::parse(&only.into(), cx)?);
    Ok(stages)
}

fn check(value: &Bson) -> Result<&str> {
    let refuse = |code, text| Err(Error::new(code, text));
    match value {
        Bson::String(name) if name.is_empty() => {
            refuse(40157, "the count field must be a non-empty string")
        }
        Bson::String(name) if name.starts_with('$') => {
            refuse(40158, "the count field cannot be a $-prefixed path")
        }
        Bson::String(name) if name.contains('\0') => {
            refuse(40159, "the count field cannot contain a null byte")
        }
        Bson::String(name) if name.contains('.') => {
            refuse(40160, "the count field cannot contain '.'")
        }
        Bson::String(name) => Ok(name),
        _ => refuse(40156, "the count field must be a non-empty string"),
    }
}
