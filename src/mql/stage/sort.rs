//! `$sort`: the documents in an order.

use std::sync::Arc;

use bson::{Bson, Document};

use super::BoxStream;
use super::pipeline::{Changes, Needs, ParseContext, PushDown, RunContext, Stage};
use super::stream::{deferred, from_fn};
use super::table::Stages;
use crate::mql::sort::{SortSpec, Sorted, Sorter};
use crate::mql::{Deps, Env, Error, Result};

/// `{$sort: {field: 1, …}}`
#[derive(Debug, Clone)]
pub(super) struct Sort {
    given: Document,
    spec: SortSpec,
    /// How many documents are wanted, if a `$limit` follows.
    limit: Option<u64>,
}

pub(super) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(given) = value else {
        return Err(Error::new(
            15973,
            "the $sort key specification must be an object",
        ));
    };
    Ok(vec![Arc::new(Sort::of(given)?)])
}

impl Sort {
    /// A stage that sorts.
    pub(super) fn of(given: &Document) -> Result<Self> {
        if given.is_empty() {
            return Err(Error::new(
                15976,
                "$sort stage must have at least one sort key",
            ));
        }
        Ok(Self {
            given: given.clone(),
            spec: SortSpec::parse(given)?,
            limit: None,
        })
    }

    /// The same where only so many documents are wanted.
    pub(super) fn with_limit(&self, limit: u64) -> Self {
        Self {
            limit: Some(self.limit.map_or(limit, |l| l.min(limit))),
            ..self.clone()
        }
    }

    /// The specification.
    pub(super) fn given(&self) -> &Document {
        &self.given
    }

    /// Sorts a whole stream.
    pub(super) fn sorted(&self, mut input: BoxStream, env: &Env) -> Result<Sorted<Document>> {
        let mut sorter = Sorter::new(self.spec.clone(), self.limit, env);
        while let Some(document) = input.next()? {
            env.interrupt.check()?;
            let key = self.spec.key(&document, env)?;
            sorter.add(key, document)?;
        }
        sorter.finish()
    }
}

impl Stage for Sort {
    fn name(&self) -> &'static str {
        "$sort"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(deferred(move || {
            let mut sorted = self.sorted(input, &env)?;
            Ok(from_fn(move || sorted.next().transpose()))
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        self.spec.deps(deps);
        Needs::AndLater
    }

    fn push_down(&self) -> Option<PushDown<'_>> {
        Some(PushDown::Sort(&self.given))
    }

    fn changes(&self) -> Changes<'_> {
        match self.limit {
            None => Changes::Nothing,
            Some(_) => Changes::Unknown,
        }
    }

    fn as_sort(&self) -> Option<&Sort> {
        Some(self)
    }
}
