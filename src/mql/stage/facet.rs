//! `$facet`: several pipelines over the same documents.
//!
//! The documents are kept while the pipelines run one after the other. They take what the pipelines need of
//! them, no more than 100 MB, as on the server.

use std::sync::Arc;

use bson::{Bson, Document};

use super::pipeline::{Needs, ParseContext, Pipeline, RunContext, Stage};
use super::place::Inside;
use super::stream::deferred;
use super::table::{self, Stages};
use super::{BoxStream, Namespace, from_documents, from_fn};
use crate::mql::expr::path;
use crate::mql::size;
use crate::mql::{Deps, Env, Error, Result, text};

/// What the results may take (the server's `internalQueryFacetMaxOutputDocSizeBytes`).
const MAX_OUTPUT: usize = 100 * 1024 * 1024;

/// `{$facet: {name: [stages], …}}`
#[derive(Debug)]
struct Facet(Vec<(String, Pipeline)>);

/// The pipelines of a specification, by name.
fn pipelines(value: &Bson) -> Result<Vec<(&String, &Vec<Bson>)>> {
    let spec = match value {
        Bson::Document(spec) if !spec.is_empty() => spec,
        other => {
            return Err(Error::new(
                40169,
                format!(
                    "the $facet specification must be a non-empty object, but found: {}",
                    text::field("$facet", other)
                ),
            ));
        }
    };
    let found = spec.iter().map(|(name, value)| {
        path::check_name(name)?;
        if name.contains('.') {
            return Err(Error::new(
                16412,
                "FieldPath field names may not contain '.'. Consider using $getField or $setField.",
            ));
        }
        let Bson::Array(stages) = value else {
            let found = text::type_name(value);
            return Err(Error::new(
                40170,
                format!("arguments to $facet must be arrays, {name} is type {found}"),
            ));
        };
        check_elements(name, stages)?;
        Ok((name, stages))
    });
    found.collect()
}

fn check_elements(name: &str, stages: &[Bson]) -> Result<()> {
    let mut others = stages.iter().enumerate();
    match others.find(|(_, stage)| !matches!(stage, Bson::Document(_))) {
        None => Ok(()),
        Some((at, stage)) => Err(Error::new(
            40171,
            format!(
                "elements of arrays in $facet spec must be non-empty objects, {name} argument contained an element of type {}: {}",
                text::type_name(stage),
                text::field(&at.to_string(), stage)
            ),
        )),
    }
}

pub(super) fn lite(value: &Bson) -> Result<()> {
    for (_, stages) in pipelines(value)? {
        table::check_names(stages)?;
    }
    Ok(())
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let inner = cx.inside(Inside::Facet, cx.depth, cx.namespace.clone());
    let parsed = pipelines(value)?.into_iter().map(|(name, stages)| {
        let pipeline = Pipeline::parse_sub(stages, &inner)?;
        Ok((name.clone(), pipeline))
    });
    Ok(vec![Arc::new(Facet(parsed.collect::<Result<_>>()?))])
}

impl Facet {
    fn compute(&self, input: BoxStream, cx: &RunContext) -> Result<Document> {
        let documents: Arc<[Document]> = collect(input, &cx.env)?.into();
        let mut used = 0;
        let mut result = Document::new();
        for (name, pipeline) in &self.0 {
            let mut stream = pipeline.run(shared(documents.clone()), cx)?;
            let mut found = Vec::new();
            while let Some(document) = stream.next()? {
                cx.env.interrupt.check()?;
                let value = Bson::Document(document);
                used += size::of(&value);
                if used > MAX_OUTPUT {
                    return Err(Error::new(
                        4_031_700,
                        format!(
                            "document constructed by $facet is {used} bytes, which exceeds the limit of {MAX_OUTPUT} bytes"
                        ),
                    ));
                }
                found.push(value);
            }
            result.insert(name.as_str(), found);
        }
        Ok(result)
    }
}

fn collect(mut input: BoxStream, env: &Env) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    while let Some(document) = input.next()? {
        env.interrupt.check()?;
        documents.push(document);
    }
    Ok(documents)
}

/// The documents, which others have too.
fn shared(documents: Arc<[Document]>) -> BoxStream {
    let mut at = 0;
    from_fn(move || {
        let document = documents.get(at).cloned();
        at += 1;
        Ok(document)
    })
}

impl Stage for Facet {
    fn name(&self) -> &'static str {
        "$facet"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let cx = cx.clone();
        Ok(deferred(move || {
            Ok(from_documents([self.compute(input, &cx)?]))
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        for (_, pipeline) in &self.0 {
            pipeline.add_deps(deps);
        }
        Needs::Only
    }

    fn pipelines(&self) -> Vec<(Option<&Namespace>, &Pipeline)> {
        self.0
            .iter()
            .map(|(_, pipeline)| (None, pipeline))
            .collect()
    }
}
