//! The pipeline itself.

use std::fmt;
use std::sync::Arc;

use bson::{Bson, Document, doc};

pub use super::contract::RunContext;
pub(super) use super::contract::{Changes, Needs, ParseContext, PushDown, Stage};
use super::matching::Match;
use super::optimize;
use super::place::{self, Inside};
use super::plan::{Plan, Prefix, Source};
use super::table;
use super::{BoxStream, Namespace, RawStream};
use crate::mql::error::code;
use crate::mql::{Deps, Env, Error, Result};

/// The most stages a pipeline may have.
const MAX_STAGES: usize = 1000;

/// A chain of stages, checked and ready to run.
#[derive(Clone)]
pub struct Pipeline {
    stages: Arc<[Link]>,
}

/// A stage in its place.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) stage: Arc<dyn Stage>,
    /// The stage as it was given, for `explain`.
    pub(super) spec: Document,
}

impl Pipeline {
    /// Parses the stages of an `aggregate` command on a collection (or [`Namespace::collectionless`]).
    /// The command's `let` is in the environment.
    ///
    /// # Errors
    /// Whatever the server says of an unknown stage, a wrong specification, a stage out of its place.
    pub fn parse(stages: &[Bson], namespace: &Namespace, env: &Env) -> Result<Self> {
        let cx = ParseContext {
            env,
            namespace: namespace.clone(),
            inside: Inside::Command,
            depth: 0,
        };
        Self::parse_in(stages, &cx).map_err(|e| match e.optimizing {
            true => e.context("Failed to optimize pipeline"),
            false => e,
        })
    }

    /// The same, for a view's definition and for stages after a source that is no collection (an update
    /// with a pipeline, say): nothing is asked of the namespace.
    ///
    /// # Errors
    /// As [`Pipeline::parse`].
    pub fn parse_fragment(stages: &[Bson], namespace: &Namespace, env: &Env) -> Result<Self> {
        let cx = ParseContext {
            env,
            namespace: namespace.clone(),
            inside: Inside::Fragment,
            depth: 0,
        };
        Self::parse_in(stages, &cx)
    }

    /// Parses a pipeline of a pipeline, whose constants are computed with those around.
    pub(super) fn parse_sub(stages: &[Bson], cx: &ParseContext<'_>) -> Result<Self> {
        Self::parse_in(stages, cx).map_err(|e| match e.optimizing {
            true => e.context("Failed to optimize pipeline"),
            false => e,
        })
    }

    /// Parses the stages.
    pub(super) fn parse_in(stages: &[Bson], cx: &ParseContext<'_>) -> Result<Self> {
        if stages.len() > MAX_STAGES {
            return Err(Error::failed_to_parse(format!(
                "Pipeline length must be no longer than {MAX_STAGES} stages"
            )));
        }
        let named = table::find_all(stages)?;
        let mut links = Vec::with_capacity(named.len());
        let mut names = Vec::with_capacity(named.len());
        let mut late = None;
        for (parse, spec) in named {
            let (name, value) = spec
                .iter()
                .next()
                .map_or(("", &Bson::Null), |(n, v)| (n, v));
            let at_first = links.is_empty() && late.is_none();
            match parse(value, cx).map_err(|e| out_of_place(e, at_first)) {
                Ok(stages) => {
                    names.extend(stages.iter().map(|stage| stage.name()));
                    links.extend(stages.into_iter().map(|stage| Link {
                        stage,
                        spec: spec.clone(),
                    }));
                }
                // The server computes constants when all stages are parsed.
                Err(error) if error.optimizing => {
                    names.push(name);
                    late = late.or(Some(error));
                }
                Err(error) => return Err(error),
            }
        }
        place::check(&names, cx)?;
        match late {
            Some(error) => Err(error),
            None => Ok(Self {
                stages: optimize::fused(links, cx.inside != Inside::Facet).into(),
            }),
        }
    }

    /// Whether it has no stages.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// The stages as they were given, for `explain`.
    #[must_use]
    pub fn specs(&self) -> Vec<Document> {
        self.stages.iter().map(|link| link.spec.clone()).collect()
    }

    /// The name of the first stage.
    #[must_use]
    pub fn first_stage(&self) -> Option<&'static str> {
        self.stages.first().map(|link| link.stage.name())
    }

    /// Whether it begins with `$changeStream`.
    #[must_use]
    pub fn is_change_stream(&self) -> bool {
        self.first_stage() == Some("$_internalChangeStreamOplogMatch")
    }

    /// The collection that `$out` or `$merge` writes.
    #[must_use]
    pub fn writes(&self) -> Option<&Namespace> {
        self.stages.last().and_then(|link| link.stage.writes())
    }

    /// The collections that it reads beside its own, at every depth.
    #[must_use]
    pub fn involved(&self) -> Vec<Namespace> {
        let mut all = Vec::new();
        self.add_involved(&mut all);
        all
    }

    fn add_involved(&self, all: &mut Vec<Namespace>) {
        for link in self.stages.iter() {
            all.extend(link.stage.reads().cloned());
            for (namespace, inner) in link.stage.pipelines() {
                all.extend(namespace.cloned());
                inner.add_involved(all);
            }
        }
    }

    /// The fields that it reads of its source's documents.
    #[must_use]
    pub fn deps(&self) -> Deps {
        let mut deps = Deps::default();
        self.add_deps(&mut deps);
        deps
    }

    pub(super) fn add_deps(&self, deps: &mut Deps) {
        for link in self.stages.iter() {
            if link.stage.deps(deps) == Needs::Only {
                return;
            }
        }
        deps.whole_document();
    }

    /// Cuts off what the source can do itself.
    #[must_use]
    pub fn plan(&self) -> Plan {
        if self
            .stages
            .first()
            .is_some_and(|link| place::of(link.stage.name()).generates)
        {
            return Plan {
                source: Source::Generated,
                prefix: Prefix::default(),
                deps: self.deps(),
                rest: self.clone(),
            };
        }
        let (prefix, used) = Prefix::of(&self.stages);
        let rest = Self {
            stages: self.stages[used.min(self.stages.len())..].into(),
        };
        Plan {
            source: Source::Collection,
            prefix,
            deps: rest.deps(),
            rest,
        }
    }

    /// The pipeline of a view, before this one.
    #[must_use]
    pub fn prepend(&self, view: &Self) -> Self {
        Self {
            stages: view
                .stages
                .iter()
                .chain(self.stages.iter())
                .cloned()
                .collect(),
        }
    }

    /// Chains all stages behind a stream. Nothing is read yet, but a generating stage may ask the host.
    ///
    /// # Errors
    /// What the host says.
    pub fn run(&self, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let mut stream = input;
        for link in self.stages.iter() {
            stream = link.stage.clone().run(stream, cx)?;
        }
        Ok(stream)
    }

    /// Whether the first stage reads documents in their bytes, so that nothing of them needs to be decoded.
    #[must_use]
    pub fn reads_raw(&self) -> bool {
        let first = self.stages.first();
        first.is_some_and(|link| link.stage.reads_raw())
    }

    /// The same as [`Pipeline::run`] for one that [`Pipeline::reads_raw`].
    ///
    /// # Errors
    /// What the host says.
    pub fn run_raw(&self, input: Box<dyn RawStream>, cx: &RunContext) -> Result<BoxStream> {
        let Some((first, rest)) = self.stages.split_first() else {
            return Ok(super::empty());
        };
        let mut stream = first.stage.clone().run_raw(input, cx)?;
        for link in rest {
            stream = link.stage.clone().run(stream, cx)?;
        }
        Ok(stream)
    }

    /// Whether its first stage makes the documents.
    pub(super) fn generates(&self) -> bool {
        let first = self.stages.first();
        first.is_some_and(|link| place::of(link.stage.name()).generates)
    }

    /// The empty pipeline.
    pub(super) fn without_stages(&self) -> Self {
        Self {
            stages: Arc::default(),
        }
    }

    /// The same behind a `$match`; a stage that makes the documents stays first.
    pub(super) fn with_match(&self, stage: Match, spec: Document) -> Self {
        let link = Link {
            stage: Arc::new(stage),
            spec: doc! { "$match": spec },
        };
        let mut stages = self.stages.to_vec();
        stages.insert(usize::from(self.generates()), link);
        Self {
            stages: stages.into(),
        }
    }

    /// Whether it may run in a transaction.
    ///
    /// # Errors
    /// Error 263, which names the first stage that may not.
    pub fn check_transaction(&self) -> Result<()> {
        for link in self.stages.iter() {
            place::check_transaction(link.stage.name())?;
            for (_, inner) in link.stage.pipelines() {
                inner.check_transaction()?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.stages.iter().map(|link| &link.spec))
            .finish()
    }
}

/// A `$text` that is not first is no matter of indexes.
fn out_of_place(error: Error, first: bool) -> Error {
    if !first && error.code == code::INDEX_NOT_FOUND && error.message.contains("$text") {
        return Error::new(
            17313,
            "$match with $text is only allowed as the first pipeline stage",
        );
    }
    error
}
