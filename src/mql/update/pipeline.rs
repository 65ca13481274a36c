//! An update that is a pipeline of `$set`, `$unset`, `$project`, `$replaceRoot` and their other names.

use bson::{Bson, Document};

use super::super::error::{Error, Result, code};
use super::super::expr::Expr;
use super::super::project::Projection;
use super::super::{Env, text};
use super::{Applied, Change, check, diff, replace};
use crate::value::identical_documents;

/// A parsed pipeline.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    stages: Vec<Stage>,
}

#[derive(Debug, Clone)]
enum Stage {
    Project(Projection),
    /// `$replaceRoot`, and what errors call the new document.
    ReplaceRoot(Expr, &'static str),
}

/// The stages that an aggregation has and an update has not.
const OTHER_STAGES: [&str; 32] = [
    "$bucket",
    "$bucketAuto",
    "$changeStream",
    "$collStats",
    "$count",
    "$currentOp",
    "$densify",
    "$documents",
    "$facet",
    "$fill",
    "$geoNear",
    "$graphLookup",
    "$group",
    "$indexStats",
    "$limit",
    "$listLocalSessions",
    "$listSessions",
    "$lookup",
    "$match",
    "$merge",
    "$out",
    "$planCacheStats",
    "$queue",
    "$redact",
    "$sample",
    "$search",
    "$searchMeta",
    "$setWindowFields",
    "$skip",
    "$sort",
    "$sortByCount",
    "$unionWith",
];

impl Pipeline {
    pub(super) fn parse(stages: &[Bson], env: &Env) -> Result<Pipeline> {
        let stages = stages.iter().map(|stage| parse_stage(stage, env));
        Ok(Pipeline {
            stages: stages.collect::<Result<_>>()?,
        })
    }

    /// What the stages make of a document.
    fn run(&self, doc: &Document, env: &Env) -> Result<Document> {
        let mut doc = doc.clone();
        for stage in &self.stages {
            doc = match stage {
                Stage::Project(projection) => projection.apply(&doc, None, env)?,
                Stage::ReplaceRoot(root, name) => new_root(root, name, &doc, env)?,
            };
        }
        Ok(doc)
    }

    pub(super) fn apply(&self, old: &Document, env: &Env) -> Result<Applied> {
        let new = self.run(old, env)?;
        if identical_documents(old, &new) {
            return Ok(Applied::unchanged(old));
        }
        let logged = replace::with_id(&new, old.get("_id"))?;
        check::document(&logged, true)?;
        let change = match diff::compute(old, &new) {
            Some(log) => Change::Delta(log.delta(&new)),
            None => Change::Replace(logged.clone()),
        };
        let doc = replace::id_first(logged);
        check::size(&doc)?;
        Ok(Applied {
            doc,
            modified: true,
            change,
        })
    }

    /// What an upsert inserts, from the fields of its filter.
    pub(super) fn insert(&self, from: &Document, env: &Env) -> Result<Document> {
        let new = replace::with_id(&self.run(from, env)?, from.get("_id"))?;
        check::document(&new, true)?;
        Ok(new)
    }
}

fn parse_stage(stage: &Bson, env: &Env) -> Result<Stage> {
    let Bson::Document(stage) = stage else {
        return Err(Error::type_mismatch(
            "Each element of the 'pipeline' array must be an object",
        ));
    };
    let mut fields = stage.iter();
    let (Some((name, value)), None) = (fields.next(), fields.next()) else {
        return Err(Error::new(
            40323,
            "A pipeline stage specification object must contain exactly one field.",
        ));
    };
    match name.as_str() {
        "$set" | "$addFields" => Projection::parse_add_fields(value, name, env).map(Stage::Project),
        "$unset" => Projection::parse_unset(value, env).map(Stage::Project),
        "$project" => Projection::parse_project(value, env).map(Stage::Project),
        "$replaceWith" => Ok(Stage::ReplaceRoot(
            Expr::parse(value, env)?,
            "'replacement document' ",
        )),
        "$replaceRoot" => replace_root(value, env),
        other if OTHER_STAGES.contains(&other) => Err(Error::new(
            code::INVALID_OPTIONS,
            format!("{other} is not allowed to be used within an update"),
        )),
        other => Err(Error::new(
            40324,
            format!("Unrecognized pipeline stage name: '{other}'"),
        )),
    }
}

fn replace_root(value: &Bson, env: &Env) -> Result<Stage> {
    let Bson::Document(spec) = value else {
        return Err(Error::new(
            40229,
            format!(
                "expected an object as specification for $replaceRoot stage, got {}",
                text::type_name(value)
            ),
        ));
    };
    if let Some(other) = spec.keys().find(|key| *key != "newRoot") {
        return Err(Error::new(
            40415,
            format!("BSON field '$replaceRoot.{other}' is an unknown field."),
        ));
    }
    let Some(root) = spec.get("newRoot") else {
        return Err(Error::new(
            40414,
            "BSON field '$replaceRoot.newRoot' is missing but a required field",
        ));
    };
    let root = Expr::parse(root, env)?;
    Ok(Stage::ReplaceRoot(root, "'newRoot' expression "))
}

fn new_root(root: &Expr, name: &str, doc: &Document, env: &Env) -> Result<Document> {
    let value = root.eval(doc, env)?;
    if let Some(Bson::Document(new)) = value {
        return Ok(new);
    }
    let (shown, kind) = match &value {
        Some(value) => (text::compact(value), text::type_name(value)),
        None => ("MISSING".to_owned(), "missing"),
    };
    Err(Error::new(
        40228,
        format!(
            "{name} must evaluate to an object, but resulting value was: {shown}. Type of resulting value: '{kind}'. Input document: {}",
            text::compact(&Bson::Document(doc.clone()))
        ),
    ))
}
