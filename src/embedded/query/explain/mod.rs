//! What a plan is, and what it did, in the shape of the server's `explain`.

mod filter;
mod stage;
mod tree;

use std::sync::Arc;

use bson::{Document, doc};

use super::plan::Plan;
use super::run::{self, Counters};
use crate::embedded::engine::View;
use crate::mql::{Env, Result};
pub use filter::{ordered, shown};
use stage::{Stage, number};
use tree::Tree;

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// How many rows came out; none of a count.
    pub returned: u64,
    /// How many index keys were looked at.
    pub keys: u64,
    /// How many documents were looked at.
    pub documents: u64,
    /// The stages with what each of them did.
    pub stages: Document,
}

impl Measured {
    /// `executionStats` of a run that took so long.
    #[must_use]
    pub fn to_document(&self, millis: u64) -> Document {
        doc! {
            "executionSuccess": true,
            "nReturned": number(self.returned),
            "executionTimeMillis": number(millis),
            "totalKeysExamined": number(self.keys),
            "totalDocsExamined": number(self.documents),
            "executionStages": self.stages.clone(),
        }
    }
}

fn tree<'a>(plan: &'a Plan, counters: &'a Counters) -> Tree<'a> {
    Tree {
        plan,
        access: &plan.access,
        sorting: &plan.sorting,
        counters,
    }
}

/// `winningPlan`
pub(super) fn winning(plan: &Plan) -> Document {
    tree(plan, &Counters::default()).whole().show(false)
}

/// `rejectedPlans`
pub(super) fn rejected(plan: &Plan) -> Vec<Document> {
    let shown = |(access, sorting): &(_, _)| {
        let counters = Counters::default();
        let tree = Tree {
            plan,
            access,
            sorting,
            counters: &counters,
        };
        tree.whole().show(false)
    };
    plan.rejected.iter().map(shown).collect()
}

/// Runs a plan to its end.
pub(super) fn measure(plan: Plan, view: &View, env: &Env) -> Result<Measured> {
    let counters = Arc::new(Counters::default());
    if plan.query.count {
        let count = run::count(plan.clone(), view, env, &counters)?;
        counters
            .returned
            .add(count.saturating_sub(counters.returned.get()));
        return Ok(measured(tree(&plan, &counters).counting(), 0, &counters));
    }
    for row in run::rows(plan.clone(), view, env, &counters)? {
        row?;
    }
    let stages = tree(&plan, &counters).reading();
    Ok(measured(stages, counters.returned.get(), &counters))
}

fn measured(stages: Stage, returned: u64, counters: &Counters) -> Measured {
    Measured {
        returned,
        keys: counters.keys(),
        documents: counters.documents.get(),
        stages: stages.show(true),
    }
}
