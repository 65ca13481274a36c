//! A plan's part of an explanation: `queryPlanner` and `executionStats`.

use std::time::Instant;

use bson::{Bson, Document, doc};

use super::super::context::CommandContext;
use super::super::request::Request;
use super::{Verbosity, about, shown_command};
use crate::embedded::query::{Plan, Query};
use crate::mql::Result;
use crate::mql::stage::Namespace;

/// What a plan's rows are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// They are read.
    Read,
    /// They are read by a pipeline that is nothing but this plan.
    Pipeline,
    /// They are counted.
    Count,
    /// They are updated; whether one of them is given back.
    Update {
        /// `findAndModify` gives its document back.
        returning: bool,
    },
    /// They are deleted.
    Delete {
        /// `findAndModify` gives its document back.
        returning: bool,
    },
}

/// A plan, its query (for what it says of it) and its purpose.
pub struct Explained {
    pub namespace: Namespace,
    pub query: Query,
    pub plan: Plan,
    pub purpose: Purpose,
}

impl Explained {
    /// The whole explanation.
    pub fn reply(
        self,
        cx: &mut CommandContext<'_>,
        request: &Request,
        verbosity: Verbosity,
    ) -> Result<Document> {
        let mut reply = doc! { "explainVersion": "1" };
        reply.extend(self.fields(cx, verbosity)?);
        reply.insert("command", shown_command(request));
        reply.extend(about(cx));
        Ok(reply)
    }

    /// `queryPlanner` and `executionStats`.
    pub fn fields(mut self, cx: &mut CommandContext<'_>, verbosity: Verbosity) -> Result<Document> {
        let (view, env) = (cx.operation.view()?, cx.env.clone());
        self.plan = self.plan.decided(&view, &env)?;
        let mut fields = doc! { "queryPlanner": self.planner() };
        if verbosity == Verbosity::QueryPlanner {
            return Ok(fields);
        }
        let started = Instant::now();
        let measured = self.plan.measure(&view, &env)?;
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut stats = measured.to_document(millis);
        writing(self.purpose, &mut stats);
        if verbosity == Verbosity::AllPlans {
            stats.insert("allPlansExecution", Bson::Array(Vec::new()));
        }
        fields.insert("executionStats", stats);
        Ok(fields)
    }

    fn planner(&self) -> Document {
        let winning = match self.purpose {
            Purpose::Read | Purpose::Pipeline | Purpose::Count => self.plan.explain(),
            Purpose::Update { .. } => doc! { "stage": "UPDATE", "inputStage": self.plan.explain() },
            Purpose::Delete { .. } => doc! { "stage": "DELETE", "inputStage": self.plan.explain() },
        };
        let mut planner = doc! {
            "namespace": self.namespace.to_string(),
            "indexFilterSet": false,
        };
        if winning
            .get_str("stage")
            .is_ok_and(|s| s != "RECORD_STORE_FAST_COUNT")
        {
            let hash = self.hash();
            planner.extend(doc! {
                "parsedQuery": self.plan.parsed_query(),
                "queryHash": &hash,
                "planCacheKey": &hash,
            });
        }
        if self.purpose == Purpose::Pipeline {
            planner.insert("optimizedPipeline", true);
        }
        let rejected = match self.purpose {
            Purpose::Count => Vec::new(),
            _ => self.plan.explain_rejected(),
        };
        planner.extend(doc! {
            "maxIndexedOrSolutionsReached": false,
            "maxIndexedAndSolutionsReached": false,
            "maxScansToExplodeReached": false,
            "winningPlan": winning,
            "rejectedPlans": rejected,
        });
        planner
    }

    /// Eight digits that are the same for queries of one shape.
    fn hash(&self) -> String {
        let mut shape = String::new();
        shape_of(&self.query.filter, &mut shape);
        shape.push('|');
        shape.push_str(&format!("{:?}", self.query.sort));
        format!("{:08X}", crc32fast::hash(shape.as_bytes()))
    }
}

/// A filter's names without its values.
fn shape_of(filter: &Document, out: &mut String) {
    for (name, value) in filter {
        out.push_str(name);
        out.push('{');
        match value {
            Bson::Document(inner) => shape_of(inner, out),
            Bson::Array(items) => {
                let inner = items.iter().filter_map(Bson::as_document);
                inner.for_each(|inner| shape_of(inner, out));
            }
            _ => {}
        }
        out.push('}');
    }
}

/// The stage of a write around what found its documents.
fn writing(purpose: Purpose, stats: &mut Document) {
    let (stage, returning) = match purpose {
        Purpose::Update { returning } => ("UPDATE", returning),
        Purpose::Delete { returning } => ("DELETE", returning),
        _ => return,
    };
    let found = stats.get("nReturned").cloned().unwrap_or(Bson::Int32(0));
    let number = found.as_i32().unwrap_or(0);
    let returned = if returning { number } else { 0 };
    let inner = stats.get("executionStages").cloned().unwrap_or(Bson::Null);
    let mut outer = doc! {
        "stage": stage,
        "nReturned": returned,
        "executionTimeMillisEstimate": 0,
        "works": number.saturating_add(1),
        "advanced": returned,
        "needTime": number - returned,
        "needYield": 0,
        "saveState": 0,
        "restoreState": 0,
        "isEOF": 1,
    };
    match purpose {
        Purpose::Update { .. } => outer.extend(doc! {
            "nMatched": found.clone(), "nWouldModify": found, "nWouldUpsert": 0,
        }),
        _ => outer.extend(doc! { "nWouldDelete": found }),
    }
    outer.insert("inputStage", inner);
    stats.insert("nReturned", returned);
    stats.insert("executionStages", outer);
}
