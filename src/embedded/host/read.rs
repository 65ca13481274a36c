//! Reading a collection or view through a pipeline.

use bson::{Bson, RawDocument};

use super::EngineHost;
use super::oplog::is_oplog;
use crate::embedded::query::{Hint, Plan, Query, Row, Rows};
use crate::mql::error::code;
use crate::mql::matching::Matcher;
use crate::mql::stage::{
    self, BoxStream, Namespace, Pipeline, RawStream, RunContext, Source, from_results,
};
use crate::mql::{Deps, Env, Error, Result};

/// How deep views may be views of views.
const MAX_VIEW_DEPTH: usize = 20;

/// A pipeline over a collection or view.
pub struct Reading<'a> {
    host: &'a EngineHost,
    namespace: Namespace,
    pipeline: Pipeline,
    hint: Option<Hint>,
}

/// A pipeline that was cut: the plan for its source, and the rest.
pub struct Cut {
    /// How the collection is read; `None` where the first stage makes the documents.
    pub plan: Option<Plan>,
    /// What is asked of it then, for `explain`.
    pub query: Option<Query>,
    /// The documents themselves, where they are of no collection.
    pub source: Option<BoxStream>,
    /// What is run on them.
    pub rest: Pipeline,
    /// The collection that is read in the end.
    pub namespace: Namespace,
}

impl<'a> Reading<'a> {
    /// A pipeline over a namespace, with an index hint for its source.
    pub fn new(
        host: &'a EngineHost,
        namespace: &Namespace,
        pipeline: &Pipeline,
        hint: Option<Hint>,
    ) -> Self {
        Self {
            host,
            namespace: namespace.clone(),
            pipeline: pipeline.clone(),
            hint,
        }
    }

    /// Puts the pipelines of views before this one, until a collection is reached, and cuts it.
    ///
    /// # Errors
    /// What is wrong with a view or the plan.
    pub fn cut(self, env: &Env) -> Result<Cut> {
        let (namespace, pipeline) = self.resolve(env)?;
        if is_oplog(&namespace) {
            let backward = self.hint == Some(Hint::Natural(-1));
            return Ok(Cut {
                plan: None,
                query: None,
                source: Some(super::oplog::documents(self.host.engine(), backward)),
                rest: pipeline,
                namespace,
            });
        }
        let cut = pipeline.plan();
        if cut.source == Source::Generated {
            return Ok(Cut {
                plan: None,
                query: None,
                source: None,
                rest: cut.rest,
                namespace,
            });
        }
        let filter = cut.prefix.filter.unwrap_or_default();
        let matcher = Matcher::parse(&filter, env)?;
        let mut query = Query::new(filter, matcher);
        query.sort = cut.prefix.sort;
        query.skip = cut.prefix.skip;
        query.limit = cut.prefix.limit;
        query.hint = self.hint;
        query.needs = match cut.rest.is_empty() || cut.rest.reads_raw() {
            // Its bytes are passed on.
            true => Deps::default(),
            false => cut.deps,
        };
        let collection = self.host.view().collection(&namespace);
        let planned = Plan::choose(collection, query.clone(), env);
        Ok(Cut {
            plan: Some(planned.map_err(|e| unplanned(e, &namespace, &query))?),
            query: Some(query),
            source: None,
            rest: cut.rest,
            namespace,
        })
    }

    fn resolve(&self, env: &Env) -> Result<(Namespace, Pipeline)> {
        let mut namespace = self.namespace.clone();
        let mut pipeline = self.pipeline.clone();
        for _ in 0..MAX_VIEW_DEPTH {
            let found = self.host.view().collection(&namespace);
            let Some(view) = found.and_then(|c| c.view().cloned()) else {
                return Ok((namespace, pipeline));
            };
            if pipeline.is_change_stream() {
                return Err(Error::new(
                    code::COMMAND_NOT_SUPPORTED_ON_VIEW,
                    format!("Namespace {namespace} is a view, not a collection"),
                ));
            }
            let on = Namespace::new(&namespace.db, &view.on);
            let stages: Vec<_> = view.pipeline.iter().cloned().map(Bson::Document).collect();
            let mut bare = env.clone();
            bare.variables.clear();
            let inner = Pipeline::parse(&stages, &on, &bare)?;
            pipeline = pipeline.prepend(&inner);
            namespace = on;
        }
        Err(Error::new(
            code::VIEW_DEPTH_LIMIT_EXCEEDED,
            format!(
                "View depth too deep or view cycle detected; maximum depth is {MAX_VIEW_DEPTH}"
            ),
        ))
    }

    /// The documents.
    ///
    /// # Errors
    /// What reading says.
    pub fn stream(self, env: &Env) -> Result<BoxStream> {
        let host = self.host;
        self.cut(env)?.stream(host, env)
    }
}

/// What stands before the errors of a sort, which reads all rows before the first is asked for.
const CONTEXT: &str = "PlanExecutor error during aggregation";

impl Cut {
    /// The rows in their bytes, if nothing is done to them.
    ///
    /// # Errors
    /// What reading says.
    pub fn rows(&mut self, host: &EngineHost, env: &Env) -> Result<Option<Rows>> {
        if !self.rest.is_empty() || self.plan.is_none() {
            return Ok(None);
        }
        let plan = self.plan.take();
        let rows = plan.map(|plan| plan.run(host.view(), env)).transpose();
        rows.map_err(|e| e.context(CONTEXT))
    }

    /// The documents.
    ///
    /// # Errors
    /// What reading says.
    pub fn stream(self, host: &EngineHost, env: &Env) -> Result<BoxStream> {
        let cx = RunContext {
            host: host.shared(),
            env: env.clone(),
            namespace: self.namespace,
        };
        let run = |plan: Plan| plan.run(host.view(), env).map_err(|e| e.context(CONTEXT));
        let whole = self.rest.is_empty();
        let source = match self.plan {
            Some(plan) if self.rest.reads_raw() => {
                let rows = RawRows {
                    rows: run(plan)?,
                    last: None,
                };
                return self.rest.run_raw(Box::new(rows), &cx);
            }
            None => self.source.unwrap_or_else(stage::empty),
            Some(plan) => {
                let rows = run(plan)?;
                from_results(rows.map(move |row| {
                    let row = row?;
                    match whole {
                        true => row.record.to_document(),
                        false => Ok(row.into_document()),
                    }
                }))
            }
        };
        self.rest.run(source, &cx)
    }
}

/// Rows in their bytes.
struct RawRows {
    rows: Rows,
    /// The one that is lent.
    last: Option<Row>,
}

impl RawStream for RawRows {
    fn next(&mut self) -> Result<Option<&RawDocument>> {
        self.last = self.rows.next().transpose()?;
        self.last.as_ref().map(|row| row.record.raw()).transpose()
    }
}

/// The error of a query without a plan, with the query before it.
fn unplanned(error: Error, namespace: &Namespace, query: &Query) -> Error {
    let shown = crate::embedded::commands::Shown {
        batch_size: None,
        limit: query.limit,
        skip: query.skip,
        filter: Some(&query.filter),
        sort: query.sort.as_ref(),
        projection: None,
        collation: true,
    };
    shown.planning(error, namespace)
}
