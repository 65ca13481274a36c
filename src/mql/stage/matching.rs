//! `$match`: the documents that a filter means.

use std::sync::Arc;

use bson::{Bson, Document};

use super::BoxStream;
use super::pipeline::{Changes, Needs, ParseContext, PushDown, RunContext, Stage};
use super::stream::filter_map;
use super::table::Stages;
use crate::mql::error::code;
use crate::mql::matching::Matcher;
use crate::mql::{Deps, Env, Error, Result};

/// `{$match: {…}}`
#[derive(Debug)]
pub(super) struct Match {
    spec: Document,
    matcher: Matcher,
    env: Env,
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(filter) = value else {
        return Err(Error::new(
            15959,
            "the match filter must be an expression in an object",
        ));
    };
    Ok(vec![Arc::new(Match::of(filter, cx.env)?)])
}

impl Match {
    /// A stage that keeps what a filter means.
    pub(super) fn of(filter: &Document, env: &Env) -> Result<Self> {
        Ok(Self {
            spec: filter.clone(),
            matcher: Matcher::parse(filter, env).map_err(in_this_context)?,
            env: env.clone(),
        })
    }

    /// The filter as it was given.
    pub(super) fn spec(&self) -> &Document {
        &self.spec
    }

    /// A stage for a part of its filter.
    pub(super) fn part(&self, filter: &Document) -> Option<Self> {
        Self::of(filter, &self.env).ok()
    }

    /// Says which fields it reads.
    pub(super) fn add_deps(&self, deps: &mut Deps) {
        self.matcher.deps(deps);
    }
}

/// Operators that are refused here have other texts in a pipeline.
fn in_this_context(error: Error) -> Error {
    let is = |name: &str| error.message.contains(&format!(" {name} "));
    if error.code != code::NOT_IMPLEMENTED {
        return error;
    }
    if is("$where") {
        return Error::bad_value("$where is not allowed in this context");
    }
    if is("$near") || is("$nearSphere") || is("$geoNear") {
        return Error::new(
            5_626_500,
            "$geoNear, $near, and $nearSphere are not allowed in this context",
        );
    }
    if is("$text") {
        return Error::new(code::INDEX_NOT_FOUND, "text index required for $text query");
    }
    error
}

impl Stage for Match {
    fn name(&self) -> &'static str {
        "$match"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(filter_map(input, move |document| {
            let keeps = self.matcher.matches_in(&document, &env)?;
            Ok(keeps.then_some(document))
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        self.matcher.deps(deps);
        Needs::AndLater
    }

    fn push_down(&self) -> Option<PushDown<'_>> {
        Some(PushDown::Match(&self.spec))
    }

    fn changes(&self) -> Changes<'_> {
        // Filters stay in their order.
        Changes::Unknown
    }

    fn as_match(&self) -> Option<&Match> {
        Some(self)
    }
}
