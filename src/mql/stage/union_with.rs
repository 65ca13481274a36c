//! `$unionWith`: behind the documents, those of another collection.

use std::sync::Arc;

use bson::Bson;

use super::pipeline::{Needs, ParseContext, Pipeline, RunContext, Stage};
use super::place::Inside;
use super::table::{self, Stages};
use super::{BoxStream, Namespace, from_fn};
use crate::mql::error::code;
use crate::mql::{Deps, Error, Result, text};

/// `{$unionWith: {coll, pipeline}}`
#[derive(Debug)]
struct UnionWith {
    from: Namespace,
    pipeline: Pipeline,
}

/// The collection and the stages of a specification.
fn read(value: &Bson) -> Result<(Option<&str>, &[Bson])> {
    let spec = match value {
        Bson::String(coll) => return Ok((Some(coll), &[])),
        Bson::Document(spec) => spec,
        other => {
            return Err(Error::failed_to_parse(format!(
                "the $unionWith stage specification must be an object or string, but found {}",
                text::type_name(other)
            )));
        }
    };
    let mut coll = None;
    let mut pipeline: &[Bson] = &[];
    for (name, value) in spec {
        match name.as_str() {
            "coll" => {
                coll = Some(
                    value
                        .as_str()
                        .ok_or_else(|| wrong("coll", value, "string"))?,
                )
            }
            "pipeline" => pipeline = stages(value)?,
            _ => {
                return Err(Error::new(
                    40415,
                    format!("BSON field '$unionWith.{name}' is an unknown field."),
                ));
            }
        }
    }
    if coll.is_none() && !begins_with_documents(pipeline) {
        return Err(Error::failed_to_parse(
            "$unionWith stage without explicit collection must have a pipeline with $documents as first stage",
        ));
    }
    Ok((coll, pipeline))
}

/// Whether the first stage is a `$documents`.
pub(super) fn begins_with_documents(stages: &[Bson]) -> bool {
    let first = stages.first().and_then(Bson::as_document);
    first
        .and_then(|spec| spec.keys().next())
        .is_some_and(|name| name == "$documents")
}

fn stages(value: &Bson) -> Result<&[Bson]> {
    let Bson::Array(stages) = value else {
        return Err(wrong("pipeline", value, "array"));
    };
    let mut others = stages.iter().enumerate();
    match others.find(|(_, stage)| !matches!(stage, Bson::Document(_))) {
        Some((at, other)) => Err(wrong(&format!("pipeline.{at}"), other, "object")),
        None => Ok(stages),
    }
}

fn wrong(field: &str, value: &Bson, expected: &str) -> Error {
    let found = text::type_name(value);
    Error::type_mismatch(format!(
        "BSON field '$unionWith.{field}' is the wrong type '{found}', expected type '{expected}'"
    ))
}

pub(super) fn lite(value: &Bson) -> Result<()> {
    table::check_names(read(value)?.1)
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let (coll, stages) = read(value)?;
    let from = match coll {
        Some(coll) => Namespace::new(&cx.namespace.db, coll),
        None => Namespace::collectionless(&cx.namespace.db),
    };
    let inner = cx.inside(Inside::UnionWith, cx.depth + 1, from.clone());
    let pipeline = Pipeline::parse_sub(stages, &inner)?;
    Ok(vec![Arc::new(UnionWith { from, pipeline })])
}

impl Stage for UnionWith {
    fn name(&self) -> &'static str {
        "$unionWith"
    }

    fn run(self: Arc<Self>, mut input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let cx = cx.clone();
        let mut second: Option<BoxStream> = None;
        Ok(from_fn(move || {
            if second.is_none() {
                if let Some(document) = input.next()? {
                    return Ok(Some(document));
                }
                second = Some(self.open(&cx)?);
            }
            second.as_mut().map_or(Ok(None), |stream| stream.next())
        }))
    }

    fn deps(&self, _: &mut Deps) -> Needs {
        Needs::AndLater
    }

    fn pipelines(&self) -> Vec<(Option<&Namespace>, &Pipeline)> {
        vec![(Some(&self.from), &self.pipeline)]
    }
}

impl UnionWith {
    fn open(&self, cx: &RunContext) -> Result<BoxStream> {
        if self.from.coll.is_empty() {
            return Err(Error::new(
                code::INVALID_NAMESPACE,
                format!("Namespace {} is not a valid collection name", self.from),
            ));
        }
        open(&self.from, &self.pipeline, cx)
    }
}

/// Opens a pipeline on another collection. One that makes its own documents needs no host for them.
pub(super) fn open(from: &Namespace, pipeline: &Pipeline, cx: &RunContext) -> Result<BoxStream> {
    if pipeline.first_stage() == Some("$documents") {
        let inner = RunContext {
            namespace: from.clone(),
            ..cx.clone()
        };
        return pipeline.run(super::empty(), &inner);
    }
    cx.host.open(from, pipeline, &cx.env)
}
