//! `$project`: which fields, and what they are.

use std::sync::Arc;

use bson::Bson;

use super::BoxStream;
use super::pipeline::{Needs, ParseContext, RunContext, Stage};
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
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let projection = Projection::parse_project(value, cx.env)?;
    Ok(Project::stage("$project", projection))
}

impl Project {
    /// The stage of a projection.
    pub(super) fn stage(name: &'static str, projection: Projection) -> Stages {
        let needs = match name {
            "$project" if projection.is_inclusion() => Needs::Only,
            _ => Needs::AndLater,
        };
        vec![Arc::new(Self {
            name,
            projection,
            needs,
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
            self.projection.apply(&document, None, &env).map(Some)
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        self.projection.deps(deps);
        self.needs
    }
}
