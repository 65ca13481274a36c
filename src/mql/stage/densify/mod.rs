//! `$densify`: documents for the steps of a field's range that have none.
//!
//! The documents are sorted by the field. Each partition has a next step: while it is before the next document's
//! value, a document is made of it; a document on the step takes its place. How the bounds are meant:
//! - `full`: from the least to the greatest value of all partitions, in steps from the least;
//! - `partition`: the same in each partition;
//! - two values: from the first to before the second.

mod bounds;
mod parse;
mod run;

use std::sync::Arc;

use bson::Document;

use super::BoxStream;
use super::pipeline::{Needs, RunContext, Stage};
use super::sort::Sort;
use crate::mql::{Deps, Result};

use bounds::{Bounds, Step};
pub(super) use parse::parse;

/// `{$densify: {field, partitionByFields, range: {step, unit, bounds}}}`
#[derive(Debug)]
struct Densify {
    field: Vec<String>,
    partition: Vec<Vec<String>>,
    step: Step,
    bounds: Bounds,
    sort: Sort,
}

impl Densify {
    /// The order that it needs.
    fn order(field: &str, partition: &[&str], bounds: &Bounds) -> Document {
        let mut order = Document::new();
        if !matches!(bounds, Bounds::Full) {
            for field in partition {
                order.insert(*field, 1);
            }
        }
        order.insert(field, 1);
        order
    }
}

impl Stage for Densify {
    fn name(&self) -> &'static str {
        // The server sorts in a stage of its own before.
        "$sort"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        Ok(run::stream(self, input, cx.env.clone()))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        deps.path(&self.field.join("."));
        for path in &self.partition {
            deps.path(&path.join("."));
        }
        Needs::AndLater
    }

    fn keeps_order(&self) -> Option<&Document> {
        // Not quite so: what is made behind the last document of a partition comes at the end.
        match (&self.bounds, self.partition.is_empty()) {
            (Bounds::Full, false) => None,
            _ => Some(self.sort.given()),
        }
    }
}
