//! Where in a pipeline, and in which pipelines, a stage may stand.

use super::pipeline::ParseContext;
use crate::mql::error::code;
use crate::mql::{Error, Result};

/// What a pipeline is the pipeline of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    /// The `aggregate` command.
    Command,
    /// Something that has no namespace to check.
    Fragment,
    /// A `$facet`.
    Facet,
    /// A `$lookup`.
    Lookup,
    /// A `$unionWith`.
    UnionWith,
}

/// How many pipelines may stand in each other.
const MAX_DEPTH: usize = 20;

/// A stage's constraints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Only at the beginning.
    pub first: bool,
    /// Only at the end.
    pub last: bool,
    /// It makes documents of its own, without an input.
    pub generates: bool,
    /// It needs no collection and takes none.
    pub collectionless: bool,
    /// It may stand in a `$facet`.
    pub in_facet: bool,
    /// It may stand in the pipeline of a `$lookup` or a `$unionWith`.
    pub in_sub_pipeline: bool,
    /// It may follow a `$changeStream`.
    pub in_change_stream: bool,
}

const ANYWHERE: Place = Place {
    first: false,
    last: false,
    generates: false,
    collectionless: false,
    in_facet: true,
    in_sub_pipeline: true,
    in_change_stream: false,
};
const PER_DOCUMENT: Place = Place {
    in_change_stream: true,
    ..ANYWHERE
};
const SOURCE: Place = Place {
    first: true,
    generates: true,
    in_facet: false,
    ..ANYWHERE
};
const WRITER: Place = Place {
    last: true,
    in_facet: false,
    in_sub_pipeline: false,
    ..ANYWHERE
};

/// The constraints of a stage.
pub(super) fn of(name: &str) -> Place {
    match name {
        "$addFields" | "$set" | "$match" | "$project" | "$unset" | "$redact" | "$replaceRoot" => {
            PER_DOCUMENT
        }
        "$_internalChangeStreamOplogMatch" => Place {
            in_sub_pipeline: false,
            in_change_stream: true,
            ..SOURCE
        },
        "$collStats" | "$indexStats" | "$planCacheStats" | "$listSessions" => SOURCE,
        "$currentOp" | "$documents" | "$listLocalSessions" => Place {
            collectionless: true,
            ..SOURCE
        },
        "$facet" | "$geoNear" => Place {
            in_facet: false,
            ..ANYWHERE
        },
        "$merge" | "$out" => WRITER,
        _ => ANYWHERE,
    }
}

/// Whether the stages may stand where they do.
pub(super) fn check(names: &[&str], cx: &ParseContext<'_>) -> Result<()> {
    if cx.depth > MAX_DEPTH {
        return Err(Error::new(
            code::MAX_SUB_PIPELINE_DEPTH_EXCEEDED,
            format!("Maximum number of nested sub-pipelines exceeded. Limit is {MAX_DEPTH}"),
        ));
    }
    match cx.inside {
        Inside::Command => check_command(names, cx)?,
        Inside::Fragment => {}
        inside => check_inside(names, inside)?,
    }
    for (at, name) in names.iter().enumerate() {
        let place = of(name);
        if place.first && at > 0 {
            return Err(Error::new(
                40602,
                format!("{name} is only valid as the first stage in a pipeline"),
            ));
        }
        if *name == "$geoNear" && at > 0 {
            return Err(Error::new(
                40603,
                "$geoNear is only valid as the first stage in an optimized pipeline",
            ));
        }
        if place.last && at + 1 < names.len() {
            return Err(Error::new(
                40601,
                format!("{name} can only be the final stage in the pipeline"),
            ));
        }
    }
    Ok(())
}

fn check_command(names: &[&str], cx: &ParseContext<'_>) -> Result<()> {
    let invalid = |text: String| Err(Error::new(code::INVALID_NAMESPACE, text));
    let collectionless = cx.namespace.is_collectionless();
    let Some(name) = names.first().copied() else {
        return match collectionless {
            true => invalid("{aggregate: 1} is not valid for an empty pipeline.".to_owned()),
            false => Ok(()),
        };
    };
    let place = of(name);
    // A change stream takes both a collection and none.
    let change_stream = name == "$_internalChangeStreamOplogMatch";
    if collectionless && !place.collectionless && !change_stream {
        return invalid(format!(
            "{{aggregate: 1}} is not valid for '{name}'; a collection is required."
        ));
    }
    if !collectionless && place.collectionless {
        return invalid(format!("'{name}' can only be run with {{aggregate: 1}}"));
    }
    match names
        .iter()
        .find(|name| change_stream && !of(name).in_change_stream)
    {
        Some(name) => Err(Error::new(
            code::ILLEGAL_OPERATION,
            format!("{name} is not permitted in a $changeStream pipeline"),
        )),
        None => Ok(()),
    }
}

fn check_inside(names: &[&str], inside: Inside) -> Result<()> {
    for name in names {
        let place = of(name);
        match inside {
            Inside::Facet if !place.in_facet => {
                return Err(Error::new(
                    40600,
                    format!("{name} is not allowed to be used within a $facet stage"),
                ));
            }
            Inside::Lookup if !place.in_sub_pipeline => {
                return Err(Error::new(
                    51047,
                    format!("{name} is not allowed within a $lookup's sub-pipeline"),
                ));
            }
            Inside::UnionWith if !place.in_sub_pipeline => {
                return Err(Error::new(
                    31441,
                    format!("{name} is not allowed within a $unionWith's sub-pipeline"),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a stage may run in a transaction.
pub(super) fn check_transaction(name: &str) -> Result<()> {
    let refuse = |text: String| {
        Err(Error::new(
            code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
            text,
        ))
    };
    match name {
        "$collStats" | "$indexStats" | "$unionWith" => refuse(format!(
            "Stage not supported inside of a multi-document transaction: {name}"
        )),
        "$currentOp" | "$listLocalSessions" | "$listSessions" | "$planCacheStats" => {
            refuse(not_permitted(name))
        }
        "$_internalChangeStreamOplogMatch" => refuse(not_permitted("$changeStream")),
        "$merge" | "$out" => refuse(format!("{name} cannot be used in a transaction")),
        _ => Ok(()),
    }
}

fn not_permitted(name: &str) -> String {
    format!(
        "Operation not permitted in transaction :: caused by :: Aggregation stage {name} cannot run within a multi-document transaction."
    )
}
