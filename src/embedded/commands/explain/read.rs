//! Explaining reads.

use bson::{Bson, Document, doc};

use super::super::aggregate::{self, Aggregation};
use super::super::context::CommandContext;
use super::super::count::Count;
use super::super::distinct::Distinct;
use super::super::find::Find;
use super::super::request::Request;
use super::plan::{Explained, Purpose};
use super::{Verbosity, about, shown_command};
use crate::embedded::host::{EngineHost, Reading};
use crate::embedded::query::Plan;
use crate::mql::error::code;
use crate::mql::stage::Namespace;
use crate::mql::{Error, Result};

/// Explains a `find`.
pub fn find(
    cx: &mut CommandContext<'_>,
    inner: &Request,
    verbosity: Verbosity,
) -> Result<Document> {
    let find = Find::parse(inner)?;
    let namespace = Namespace::new(&inner.db, inner.collection()?);
    let view = cx.operation.view()?;
    let collection = view.collection(&namespace).cloned();
    if collection.as_ref().is_some_and(|c| c.is_view()) {
        return pipeline(cx, inner, &namespace, find.pipeline()?, verbosity);
    }
    let env = find.env(cx)?;
    let query = find.query(&env)?;
    let explained = Explained {
        plan: Plan::choose(collection.as_ref(), query.clone(), &env)?,
        namespace,
        query,
        purpose: Purpose::Read,
    };
    explained.reply(cx, inner, verbosity)
}

/// Explains a `count`.
pub fn count(
    cx: &mut CommandContext<'_>,
    inner: &Request,
    verbosity: Verbosity,
) -> Result<Document> {
    let count = Count::parse(inner)?;
    let view = cx.operation.view()?;
    let collection = view.collection(&count.namespace).cloned();
    if collection.as_ref().is_some_and(|c| c.is_view()) {
        return pipeline(cx, inner, &count.namespace, count.pipeline(), verbosity);
    }
    let env = cx.env.clone();
    let query = count.query(&env)?;
    let explained = Explained {
        plan: Plan::choose(collection.as_ref(), query.clone(), &env)?,
        namespace: count.namespace,
        query,
        purpose: Purpose::Count,
    };
    explained.reply(cx, inner, verbosity)
}

/// Explains a `distinct`.
pub fn distinct(
    cx: &mut CommandContext<'_>,
    inner: &Request,
    verbosity: Verbosity,
) -> Result<Document> {
    let distinct = Distinct::parse(inner)?;
    let view = cx.operation.view()?;
    let collection = view.collection(&distinct.namespace).cloned();
    if collection.as_ref().is_some_and(|c| c.is_view()) {
        return pipeline(
            cx,
            inner,
            &distinct.namespace,
            distinct.pipeline(),
            verbosity,
        );
    }
    let env = cx.env.clone();
    let query = distinct.query(&env)?;
    let explained = Explained {
        plan: Plan::choose(collection.as_ref(), query.clone(), &env)?,
        namespace: distinct.namespace,
        query,
        purpose: Purpose::Read,
    };
    explained.reply(cx, inner, verbosity)
}

/// Explains an `aggregate`.
///
/// # Errors
/// What is wrong with it.
pub fn aggregation(
    cx: &mut CommandContext<'_>,
    request: &Request,
    verbosity: Verbosity,
) -> Result<Document> {
    if cx.operation.in_transaction() {
        return Err(Error::new(
            code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
            "Operation not permitted in transaction :: caused by :: Explain for the aggregate command cannot run within a multi-document transaction",
        ));
    }
    let fields = aggregate::parse(request)?;
    let namespace = aggregate::namespace(request)?;
    let Some(stages) = fields.array("pipeline") else {
        return Err(Error::type_mismatch(
            "'pipeline' option must be specified as an array",
        ));
    };
    pipeline(cx, request, &namespace, stages.clone(), verbosity)
}

/// A pipeline: the plan alone where the source does all of it, else its stages one after the other.
fn pipeline(
    cx: &mut CommandContext<'_>,
    request: &Request,
    namespace: &Namespace,
    stages: Vec<Bson>,
    verbosity: Verbosity,
) -> Result<Document> {
    let aggregation = Aggregation::new(namespace.clone(), stages);
    let env = cx.env.clone();
    let parsed = aggregation.pipeline(cx, &env)?;
    let view = cx.operation.view()?;
    let host = EngineHost::new(cx.server.clone(), view, env.interrupt.clone(), false);
    let cut = Reading::new(&host, namespace, &parsed, None).cut(&env)?;
    let mut shown = Vec::new();
    if let (Some(plan), Some(query)) = (cut.plan, cut.query) {
        let whole = cut.rest.is_empty();
        let explained = Explained {
            namespace: cut.namespace,
            query,
            plan,
            purpose: if whole {
                Purpose::Pipeline
            } else {
                Purpose::Read
            },
        };
        if whole {
            return explained.reply(cx, request, verbosity);
        }
        shown.push(doc! { "$cursor": explained.fields(cx, verbosity)? });
    }
    shown.extend(cut.rest.specs());
    let mut reply = doc! { "explainVersion": "1", "stages": shown };
    reply.extend(about(cx));
    reply.insert("command", shown_command(request));
    Ok(reply)
}
