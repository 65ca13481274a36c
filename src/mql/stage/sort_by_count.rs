//! `$sortByCount`: how often each value comes, the most frequent first.

use bson::{Bson, doc};

use super::pipeline::ParseContext;
use super::table::Stages;
use super::{group, sort};
use crate::mql::{Error, Result};

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let refuse = |code| {
        Err(Error::new(
            code,
            "the sortByCount field must be defined as a $-prefixed path or an expression inside an object",
        ))
    };
    match value {
        Bson::Document(spec) => {
            if spec.keys().next().is_none_or(|name| !name.starts_with('$')) {
                return refuse(40147);
            }
        }
        Bson::String(text) if text.starts_with('$') => {}
        Bson::String(_) => return refuse(40148),
        _ => {
            return Err(Error::new(
                40149,
                "the sortByCount field must be specified as a string or as an object",
            ));
        }
    }
    let group = doc! { "_id": value, "count": { "$sum": 1 } };
    let mut stages = group::parse(&group.into(), cx)?;
    stages.extend(sort::parse(&doc! { "count": -1 }.into(), cx)?);
    Ok(stages)
}
