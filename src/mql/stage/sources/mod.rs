//! Stages that make documents of their own: statistics, operations, sessions, change events. What they know
//! comes from the [`Host`](super::Host).

pub(super) mod change_stream;
pub(super) mod coll_stats;
pub(super) mod current_op;
pub(super) mod index_stats;
pub(super) mod list_sessions;
pub(super) mod plan_cache_stats;

use std::fmt;
use std::sync::Arc;

use bson::Document;

use super::BoxStream;
use super::pipeline::{Needs, RunContext, Stage};
use super::stream::{deferred, from_documents};
use super::table::Stages;
use crate::mql::{Deps, Result};

/// Asks the host for documents.
type Ask = fn(&Document, &RunContext) -> Result<Vec<Document>>;

/// A stage whose documents are asked of the host when the first one is wanted.
struct Asked {
    name: &'static str,
    spec: Document,
    ask: Ask,
}

/// The stage of such a question.
fn asked(name: &'static str, spec: &Document, ask: Ask) -> Stages {
    vec![Arc::new(Asked {
        name,
        spec: spec.clone(),
        ask,
    })]
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(self.name).field(&self.spec).finish()
    }
}

impl Stage for Asked {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(self: Arc<Self>, _: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let cx = cx.clone();
        Ok(deferred(move || {
            Ok(from_documents((self.ask)(&self.spec, &cx)?))
        }))
    }

    fn deps(&self, _: &mut Deps) -> Needs {
        Needs::Only
    }
}
