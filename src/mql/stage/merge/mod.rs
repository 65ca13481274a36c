//! `$merge`: the documents go into a collection, each into the one with the same `on` fields.

mod parse;
mod write;

use std::sync::Arc;

use bson::Bson;

use super::pipeline::{Needs, RunContext, Stage};
use super::{BoxStream, Namespace};
use crate::mql::expr::Expr;
use crate::mql::{Deps, Error, Result};

pub(super) use parse::{lite, parse};

/// `{$merge: {into, on, let, whenMatched, whenNotMatched}}`
#[derive(Debug)]
struct Merge {
    into: Namespace,
    on: Vec<String>,
    matched: Matched,
    not_matched: NotMatched,
    variables: Vec<(String, Expr)>,
}

/// What is done with a document that is there.
#[derive(Debug, Clone, PartialEq)]
enum Matched {
    Replace,
    Merge,
    KeepExisting,
    Fail,
    Pipeline(Vec<Bson>),
}

/// What is done with a document that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotMatched {
    Insert,
    Discard,
    Fail,
}

impl Stage for Merge {
    fn name(&self) -> &'static str {
        "$merge"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let cx = cx.clone();
        let by_id = matches!(self.on.as_slice(), [id] if id == "_id");
        if !by_id && !cx.host.has_unique_index(&self.into, &self.on)? {
            return Err(Error::new(
                51183,
                "Cannot find index to verify that join fields will be unique",
            ));
        }
        Ok(super::stream::deferred(move || {
            self.write(input, &cx)?;
            Ok(super::empty())
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        deps.whole_document();
        Needs::Only
    }

    fn writes(&self) -> Option<&Namespace> {
        Some(&self.into)
    }
}
