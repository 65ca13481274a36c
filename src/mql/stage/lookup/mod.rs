//! `$lookup`: to each document, those of another collection that belong to it.
//!
//! Both forms are one: a filter made of the document's values (`localField`, `foreignField`), then a pipeline
//! with the document's variables (`let`). What does not depend on the document is computed once and kept, as
//! long as it is not too large. Without an index on `foreignField`, the other collection is read once into a
//! hash table ([`join`]).

mod join;
mod parse;
mod run;

use std::sync::Arc;

use bson::Bson;

use super::pipeline::{Changes, Needs, Pipeline, RunContext, Stage};
use super::unwind::Unwind;
use super::{BoxStream, Namespace};
use crate::mql::expr::Expr;
use crate::mql::path::Path;
use crate::mql::{Deps, Error, Result};

pub(super) use join::visit;
pub(super) use parse::{from_namespace, lite, parse};

/// `{$lookup: {from, localField, foreignField, let, pipeline, as}}`
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    from: Namespace,
    fields: Option<Fields>,
    variables: Vec<(Arc<str>, Expr)>,
    pipeline: Pipeline,
    /// A constant part of the pipeline cannot be computed: said when the first document comes.
    late: Option<Error>,
    as_path: Vec<String>,
    /// A `$unwind` of the result that follows: the result need not be an array in between.
    unwind: Option<Arc<Unwind>>,
    /// Whether the result goes behind all other fields, even if it replaces one: so does a server's other
    /// engine, which runs such stages at the beginning of a pipeline.
    appends: bool,
}

/// The equality of a document's field with the others'.
#[derive(Debug, Clone)]
struct Fields {
    local: Path,
    foreign: Path,
}

impl Lookup {
    /// The stage with a `$unwind` of its result, if it is one.
    pub(super) fn absorb(&self, unwind: &Arc<Unwind>) -> Option<Self> {
        let fits = self.unwind.is_none() && unwind.path() == self.as_path;
        fits.then(|| Self {
            unwind: Some(unwind.clone()),
            ..self.clone()
        })
    }

    /// The same at the beginning of a pipeline.
    pub(super) fn as_first(&self) -> Self {
        let simple = |path: &Path| path.parts().iter().all(|part| part.index.is_none());
        let fields = self
            .fields
            .as_ref()
            .is_some_and(|f| simple(&f.local) && simple(&f.foreign));
        let plain = self.pipeline.is_empty() && self.late.is_none() && self.unwind.is_none();
        Self {
            appends: fields && plain && self.as_path.len() == 1,
            ..self.clone()
        }
    }

    /// Whether the other engine would run it.
    pub(super) fn is_of_other_engine(&self) -> bool {
        self.appends
    }

    /// Whether every document gets the same.
    fn is_uncorrelated(&self) -> bool {
        self.fields.is_none() && self.variables.is_empty()
    }

    /// Whether two runs of the pipeline give the same.
    fn is_repeatable(&self) -> bool {
        let chance = ["$rand", "$sample", "$sampleRate"];
        fn has(value: &Bson, names: &[&str]) -> bool {
            match value {
                Bson::Document(d) => d
                    .iter()
                    .any(|(k, v)| names.contains(&k.as_str()) || has(v, names)),
                Bson::Array(items) => items.iter().any(|item| has(item, names)),
                _ => false,
            }
        }
        let specs = self.pipeline.specs();
        !specs
            .into_iter()
            .any(|spec| has(&Bson::Document(spec), &chance))
    }
}

impl Stage for Lookup {
    fn name(&self) -> &'static str {
        "$lookup"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        Ok(run::stream(self, input, cx.clone()))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        if let Some(fields) = &self.fields {
            deps.path(fields.local.as_str());
        }
        self.variables.iter().for_each(|(_, expr)| expr.deps(deps));
        if self.as_path.len() > 1 {
            deps.path(&self.as_path.join("."));
        }
        Needs::AndLater
    }

    fn pipelines(&self) -> Vec<(Option<&Namespace>, &Pipeline)> {
        vec![(Some(&self.from), &self.pipeline)]
    }

    fn changes(&self) -> Changes<'_> {
        let unwound = self.unwind.iter().filter_map(|unwind| unwind.index_field());
        let made = self.as_path.first().map(String::as_str);
        Changes::Fields(made.into_iter().chain(unwound).collect())
    }

    fn as_lookup(&self) -> Option<&Lookup> {
        Some(self)
    }
}
