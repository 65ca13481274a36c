//! What a stage is to the pipeline that it stands in.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use bson::Document;

use super::group::Group;
use super::lookup::Lookup;
use super::matching::Match;
use super::place::Inside;
use super::replace_root::ReplaceRoot;
use super::sort::Sort;
use super::unwind::Unwind;
use super::{BoxStream, Host, Namespace, Pipeline, RawStream};
use crate::mql::{Deps, Env, Result};

/// What a run of a pipeline knows.
#[derive(Clone)]
pub struct RunContext {
    /// The database.
    pub host: Arc<dyn Host>,
    /// The command's time and variables.
    pub env: Env,
    /// The collection that the pipeline reads.
    pub namespace: Namespace,
}

/// What a stage can do.
pub(crate) trait Stage: Send + Sync + fmt::Debug {
    /// Its name, as errors about its place have it: `$count` is a `$group` and a `$project`.
    fn name(&self) -> &'static str;

    /// Chains the stage behind a stream. Nothing is read before the first document is asked for.
    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream>;

    /// Whether [`Stage::run_raw`] can stand for [`Stage::run`].
    fn reads_raw(&self) -> bool {
        false
    }

    /// The stage over stored documents in their bytes, if it [`Stage::reads_raw`].
    fn run_raw(self: Arc<Self>, _input: Box<dyn RawStream>, _cx: &RunContext) -> Result<BoxStream> {
        Ok(super::empty())
    }

    /// Adds what the stage reads of its input and says what of the later stages' needs it passes on.
    fn deps(&self, deps: &mut Deps) -> Needs;

    /// What a source could do instead of the stage.
    fn push_down(&self) -> Option<PushDown<'_>> {
        None
    }

    /// What it changes, for a `$match` behind it that would stand before it as well.
    fn changes(&self) -> Changes<'_> {
        Changes::Unknown
    }

    /// The pipelines inside, each with the collection it reads (`None`: the stage's own input).
    fn pipelines(&self) -> Vec<(Option<&Namespace>, &Pipeline)> {
        Vec::new()
    }

    /// The collection that the stage reads beside its input.
    fn reads(&self) -> Option<&Namespace> {
        None
    }

    /// The collection that the stage writes.
    fn writes(&self) -> Option<&Namespace> {
        None
    }

    /// It as a `$lookup`, which takes in a `$unwind` of its result.
    fn as_lookup(&self) -> Option<&Lookup> {
        None
    }

    /// The order in which its documents are, as far as the server holds it for settled: a `$sort` behind it by
    /// the first fields of it is dropped.
    fn keeps_order(&self) -> Option<&Document> {
        None
    }

    /// It as a `$match`.
    fn as_match(&self) -> Option<&Match> {
        None
    }

    /// It as a `$replaceRoot`, whose errors depend on its place.
    fn as_replace_root(&self) -> Option<&ReplaceRoot> {
        None
    }

    /// It as a `$group`, whose errors depend on its place.
    fn as_group(&self) -> Option<&Group> {
        None
    }

    /// It as a `$sort`, which needs less for a `$limit` behind it.
    fn as_sort(&self) -> Option<&Sort> {
        None
    }

    /// It as a `$unwind`.
    fn as_unwind(&self) -> Option<&Unwind> {
        None
    }
}

/// What a stage leaves of the later stages' needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Later stages see the input's fields: their needs count too (`$match`, `$addFields`).
    AndLater,
    /// Later stages see only what this one made (`$group`, an inclusion).
    Only,
}

/// What a stage makes other of a document, as far as a filter behind it could tell.
pub(crate) enum Changes<'a> {
    /// Anything.
    Unknown,
    /// Nothing: it orders documents.
    Nothing,
    /// These top-level fields.
    Fields(Vec<&'a str>),
    /// All top-level fields but these.
    AllBut(BTreeSet<&'a str>),
}

/// What a source can do.
pub(crate) enum PushDown<'a> {
    Match(&'a Document),
    Sort(&'a Document),
    Skip(u64),
    Limit(u64),
}

/// Where a pipeline is parsed.
#[derive(Debug, Clone)]
pub(crate) struct ParseContext<'a> {
    pub(crate) env: &'a Env,
    pub(crate) namespace: Namespace,
    pub(crate) inside: Inside,
    pub(crate) depth: usize,
}

impl ParseContext<'_> {
    /// The context of a pipeline inside this one.
    pub(super) fn inside(&self, inside: Inside, depth: usize, namespace: Namespace) -> Self {
        Self {
            namespace,
            inside,
            depth,
            ..self.clone()
        }
    }
}
