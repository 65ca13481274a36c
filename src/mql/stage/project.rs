//! `$project`: which fields, and what they are.

use std::sync::Arc;

use bson::Bson;

use super::BoxStream;
use super::pipeline::{Changes, Needs, ParseContext, RunContext, Stage};
use super::stream::filter_map;
use super::table::Stages;
use crate::mql::project::Projection;
use crate::mql::{Deps, Result};

/// `{$project: {…}}`, and what is one to the server too.
#[derive(Debug)]
pub(super) struct Project {
    name: &'static str,
    projection: Projection,
    needs: Needs,
    /// The names of the specification.
    read: Vec<String>,
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let projection = Projection::parse_project(value, cx.env)?;
    let read = value.as_document().into_iter().flat_map(|spec| {
        let whole = spec.iter().filter(|(_, v)| !matches!(v, Bson::Document(_)));
        let kept = whole
            .filter(|(name, _)| !name.contains('.'))
            .map(|(name, _)| name.clone());
        let id = (!spec.contains_key("_id")).then(|| "_id".to_owned());
        kept.chain(id)
    });
    Ok(Project::reading("$project", projection, read.collect()))
}

impl Project {
    /// The stage of a projection.
    pub(super) fn stage(name: &'static str, projection: Projection) -> Stages {
        Self::reading(name, projection, Vec::new())
    }

    fn reading(name: &'static str, projection: Projection, read: Vec<String>) -> Stages {
        let needs = match name {
            "$project" if projection.is_inclusion() => Needs::Only,
            _ => Needs::AndLater,
        };
        vec![Arc::new(Self {
            name,
            projection,
            needs,
            read,
        })]
    }
}

impl Stage for Project {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(filter_map(input, move |document| {
            self.projection.apply_to(document, &env).map(Some)
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        match self.needs {
            Needs::Only => self.projection.deps(deps),
            Needs::AndLater => self.projection.computed_deps(deps),
        }
        self.needs
    }

    fn changes(&self) -> Changes<'_> {
        if self.needs == Needs::AndLater {
            return Changes::Fields(self.projection.changed_fields());
        }
        let changed = self.projection.changed_fields();
        let kept = self.read.iter().map(String::as_str);
        Changes::AllBut(kept.filter(|name| !changed.contains(name)).collect())
    }
}
