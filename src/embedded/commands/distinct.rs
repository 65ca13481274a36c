//! `distinct`

use std::collections::BTreeSet;
use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::context::CommandContext;
use super::fields::{Field, Fields, Kind};
use super::open::in_context;
use super::request::Request;
use super::{aggregate, collation};
use crate::embedded::catalog::Collection;
use crate::embedded::host::is_oplog;
use crate::embedded::query::{Plan, Query};
use crate::mql::matching::Matcher;
use crate::mql::stage::Namespace;
use crate::mql::{Env, Error, Result};
use crate::value::compare;

pub(super) const FIELDS: &[Field] = &[
    Field::required("key", Kind::String),
    Field::new("query", Kind::Document),
    Field::new("collation", Kind::Document),
];

/// What an error while reading begins with.
const CONTEXT: &str = "Executor error during distinct command";

/// A `distinct` that was read.
pub(super) struct Distinct {
    pub(super) namespace: Namespace,
    key: String,
    pub(super) query: Document,
}

/// A value in the order of values.
#[derive(Debug, Clone)]
struct Ordered(Bson);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        compare(&self.0, &other.0).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        compare(&self.0, &other.0)
    }
}

/// `distinct`; the values come in their order, as the server gives them.
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let distinct = Distinct::parse(request)?;
    let view = cx.operation.view()?;
    let env = cx.env.clone();
    let collection = view.collection(&distinct.namespace).cloned();
    if collection.as_ref().is_some_and(|c| c.is_view()) || is_oplog(&distinct.namespace) {
        return distinct.on_view(cx);
    }
    let plan = distinct.plan(collection.as_ref(), &env)?;
    let mut seen = BTreeSet::new();
    let mut size = 0;
    for row in plan.run(&view, &env)? {
        let row = row.map_err(|e| in_context(e, CONTEXT))?;
        for value in found(&distinct.key, &row.into_document()) {
            let value = Ordered(value);
            if seen.contains(&value) {
                continue;
            }
            size += bson::RawDocumentBuf::try_from(&doc! { "": value.0.clone() })
                .map_or(0, |d| d.as_bytes().len());
            if size > crate::embedded::wire::MAX_DOCUMENT {
                return Err(Error::new(17217, "distinct too big, 16mb cap"));
            }
            seen.insert(value);
        }
    }
    let values: Vec<Bson> = seen.into_iter().map(|value| value.0).collect();
    let mut reply = doc! { "values": values };
    if let Some(time) = cx.operation.snapshot_time() {
        reply.insert("atClusterTime", time);
    }
    Ok(reply)
}

/// The values at a path, arrays taken apart: in the middle of the path by their elements, or by a place
/// where the path has a number; at its end by their elements.
fn found(path: &str, document: &Document) -> Vec<Bson> {
    let mut values = Vec::new();
    walk(path, &|name| document.get(name), &mut values);
    values
}

fn walk<'a>(path: &str, get: &dyn Fn(&str) -> Option<&'a Bson>, values: &mut Vec<Bson>) {
    if let Some(value) = get(path) {
        match value {
            Bson::Array(items) => values.extend(items.iter().cloned()),
            other => values.push(other.clone()),
        }
        return;
    }
    let Some((first, rest)) = path.split_once('.') else {
        return;
    };
    match get(first) {
        Some(Bson::Document(inner)) => walk(rest, &|name| inner.get(name), values),
        Some(Bson::Array(items)) => in_items(rest, items, values),
        _ => {}
    }
}

fn in_items(path: &str, items: &[Bson], values: &mut Vec<Bson>) {
    let next = path.split('.').next().unwrap_or(path);
    if !next.is_empty() && next.bytes().all(|b| b.is_ascii_digit()) {
        return walk(path, &|name| items.get(name.parse::<usize>().ok()?), values);
    }
    for item in items {
        match item {
            Bson::Document(inner) => walk(path, &|name| inner.get(name), values),
            Bson::Array(inner) => {
                walk(path, &|name| inner.get(name.parse::<usize>().ok()?), values);
            }
            _ => {}
        }
    }
}

impl Distinct {
    pub(super) fn parse(request: &Request) -> Result<Self> {
        let fields = Fields::parse("distinct", request.body(), FIELDS)?;
        let name = super::diagnostic::collection(request, "distinct")?;
        let key = fields.str("key").unwrap_or_default();
        if key.contains('\0') {
            return Err(Error::new(
                31032,
                "Key field cannot contain an embedded null byte",
            ));
        }
        collation::check(fields.document("collation"))?;
        crate::mql::expr::path::check(key)?;
        Ok(Self {
            namespace: Namespace::new(&request.db, name),
            key: key.to_owned(),
            query: fields.document("query").cloned().unwrap_or_default(),
        })
    }

    fn plan(&self, collection: Option<&Arc<Collection>>, env: &Env) -> Result<Plan> {
        Plan::choose(collection, self.query(env)?, env)
    }

    /// What is asked of the collection.
    pub(super) fn query(&self, env: &Env) -> Result<Query> {
        let matcher = Matcher::parse(&self.query, env)?;
        let mut query = Query::new(self.query.clone(), matcher);
        query.needs.path(&self.key);
        Ok(query)
    }

    /// The server's own translation: unwinding, then grouping into a set.
    pub(super) fn pipeline(&self) -> Vec<Bson> {
        let mut stages = Vec::new();
        if !self.query.is_empty() {
            stages.push(doc! { "$match": self.query.clone() });
        }
        let parts: Vec<_> = self.key.split('.').collect();
        for n in 1..=parts.len() {
            let path = parts.get(..n).unwrap_or_default().join(".");
            stages.push(doc! { "$unwind": {
                "path": format!("${path}"), "preserveNullAndEmptyArrays": n < parts.len(),
            } });
        }
        let exists = doc! { &self.key: { "$exists": true } };
        stages.push(doc! { "$match": exists });
        let key = format!("${}", self.key);
        stages.push(doc! { "$group": { "_id": null, "distinct": { "$addToSet": key } } });
        stages.into_iter().map(Bson::Document).collect()
    }

    fn on_view(&self, cx: &mut CommandContext<'_>) -> Result<Document> {
        let aggregation = aggregate::Aggregation::new(self.namespace.clone(), self.pipeline());
        let env = cx.env.clone();
        let mut stream = aggregation.stream(cx, &env)?;
        let grouped = stream.next()?;
        let values = grouped.and_then(|g| g.get_array("distinct").ok().cloned());
        let mut values = values.unwrap_or_default();
        values.sort_by(compare);
        Ok(doc! { "values": values, "ok": 1 })
    }
}
