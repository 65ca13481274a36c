//! `count`

use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::context::CommandContext;
use super::fields::{Field, Fields, Kind, long};
use super::request::Request;
use super::shown::Shown;
use super::{aggregate, collation};
use crate::embedded::catalog::Collection;
use crate::embedded::host::is_oplog;
use crate::embedded::query::{Hint, Plan, Query};
use crate::mql::error::code;
use crate::mql::matching::Matcher;
use crate::mql::stage::Namespace;
use crate::mql::{Env, Error, Result};

pub(super) const FIELDS: &[Field] = &[
    Field::new("query", Kind::Document),
    Field::new("limit", Kind::Any),
    Field::new("skip", Kind::SafeLong),
    Field::new("hint", Kind::Any),
    Field::new("collation", Kind::Document),
    Field::new("fields", Kind::Document),
    Field::new("encryptionInformation", Kind::Document),
];

/// A `count` that was read.
pub(super) struct Count {
    pub(super) namespace: Namespace,
    pub(super) query: Document,
    skip: u64,
    limit: Option<u64>,
    pub(super) hint: Option<Hint>,
}

/// `count`
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let count = Count::parse(request)?;
    let view = cx.operation.view()?;
    if is_oplog(&count.namespace) {
        return count.on_view(cx);
    }
    let Some(collection) = view.collection(&count.namespace) else {
        return Ok(doc! { "n": 0 });
    };
    if collection.is_view() {
        return count.on_view(cx);
    }
    let env = cx.env.clone();
    let n = count.plan(collection, &env)?.count(&view, &env)?;
    Ok(doc! { "n": number(n) })
}

/// An int where it fits.
pub(super) fn number(n: u64) -> Bson {
    match i32::try_from(n) {
        Ok(n) => n.into(),
        Err(_) => i64::try_from(n).unwrap_or(i64::MAX).into(),
    }
}

impl Count {
    pub(super) fn parse(request: &Request) -> Result<Self> {
        let fields = Fields::parse("count", request.body(), FIELDS)?;
        let skip = fields.non_negative("skip")?.unwrap_or(0);
        let limit = match fields.get("limit") {
            None => None,
            Some(value) => limit(value)?,
        };
        let name = match request.body().get("count") {
            Some(Bson::String(_)) => request.collection()?,
            other => {
                let got = other.map_or("missing", super::fields::type_name);
                return Err(Error::new(
                    code::INVALID_NAMESPACE,
                    format!("collection name has invalid type {got}"),
                ));
            }
        };
        collation::check(fields.document("collation"))?;
        Ok(Self {
            namespace: Namespace::new(&request.db, name),
            query: fields.document("query").cloned().unwrap_or_default(),
            skip,
            limit,
            hint: fields.get("hint").map_or(Ok(None), Hint::parse)?,
        })
    }

    fn plan(&self, collection: &Arc<Collection>, env: &Env) -> Result<Plan> {
        let planned = Plan::choose(Some(collection), self.query(env)?, env);
        planned.map_err(|e| {
            let shown = Shown {
                filter: Some(&self.query),
                ..Shown::default()
            };
            shown.planning(e, &self.namespace)
        })
    }

    /// What is asked of the collection.
    pub(super) fn query(&self, env: &Env) -> Result<Query> {
        let matcher = Matcher::parse(&self.query, env)?;
        let mut query = Query::new(self.query.clone(), matcher);
        query.skip = self.skip;
        query.limit = self.limit;
        query.hint.clone_from(&self.hint);
        query.count = true;
        Ok(query)
    }

    pub(super) fn pipeline(&self) -> Vec<Bson> {
        let mut stages = Vec::new();
        if !self.query.is_empty() {
            stages.push(doc! { "$match": self.query.clone() });
        }
        if self.skip > 0 {
            stages.push(doc! { "$skip": i64::try_from(self.skip).unwrap_or(i64::MAX) });
        }
        if let Some(limit) = self.limit {
            stages.push(doc! { "$limit": i64::try_from(limit).unwrap_or(i64::MAX) });
        }
        stages.push(doc! { "$count": "count" });
        stages.into_iter().map(Bson::Document).collect()
    }

    /// A view is counted by an aggregation; its reply's `ok` is an int.
    fn on_view(&self, cx: &mut CommandContext<'_>) -> Result<Document> {
        let aggregation = aggregate::Aggregation::new(self.namespace.clone(), self.pipeline());
        let env = cx.env.clone();
        let mut stream = aggregation.stream(cx, &env)?;
        let counted = stream.next()?;
        let n = counted
            .and_then(|c| c.get("count").cloned())
            .unwrap_or(Bson::Int32(0));
        Ok(doc! { "n": n, "ok": 1 })
    }
}

/// A limit; a negative one means the same as its positive.
fn limit(value: &Bson) -> Result<Option<u64>> {
    let number = match value {
        Bson::Double(n) if n.fract() != 0.0 => {
            let shown = crate::mql::text::field("limit", value);
            let what = format!("Expected an integer: {shown}");
            return Err(Error::failed_to_parse(what));
        }
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => long(value),
        _ => return Err(Error::bad_value("limit value is not a valid number")),
    };
    Ok(number.map(i64::unsigned_abs).filter(|n| *n > 0))
}
