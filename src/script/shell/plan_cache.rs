//! [`PlanCache`]: what the query planner remembers of a collection.

use std::any::TypeId;
use std::rc::Rc;

use bson::{Document, doc};
use rhai::{Array, Dynamic, Engine};

use super::collection::Collection;
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::convert::{self, document_from};
use crate::script::error::Outcome;
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::value::inspect::Node;

/// The plan cache of a collection.
#[derive(Clone)]
pub struct PlanCache(pub Collection);

impl Shown for PlanCache {
    fn node(&self) -> Node {
        Node::Raw(format!("PlanCache for collection {}.", self.0.name()))
    }
}

static CLASS: Class = Class {
    name: "PlanCache",
    docs: "What the query planner remembers of a collection.",
    receiver: Receiver::Value(TypeId::of::<PlanCache>),
    methods: METHODS,
};

const METHODS: &[Method] = methods! {
    /// Forgets all plans of the collection.
    ///
    /// ```js
    /// db.orders.insertOne({ status: "new" })
    /// db.orders.getPlanCache().clear()
    /// ```
    clear("") => clear;
    /// Forgets the plans of one query shape.
    ///
    /// ```js
    /// db.orders.insertOne({ status: "new" })
    /// db.orders.getPlanCache().clearPlansByQuery({ status: "new" }, { _id: 0 }, { total: -1 })
    /// ```
    clearPlansByQuery("query, projection?, sort?") => clear_by_query;
    /// The entries of the plan cache, through a pipeline where one is given.
    ///
    /// ```js
    /// db.orders.insertOne({ _id: 1 })
    /// db.orders.getPlanCache().list([{ $match: { isActive: true } }])
    /// ```
    list("pipeline?") => list;
};

/// Registers the class.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<PlanCache>("PlanCache");
    inspect::register::<PlanCache>();
    api::register(engine, host, &CLASS);
}

fn clear(call: &mut Call<'_>) -> Outcome {
    send(call, Document::new())
}

fn clear_by_query(call: &mut Call<'_>) -> Outcome {
    let mut shape = doc! { "query": call.document(0)? };
    if call.given(1).is_some() {
        shape.insert("projection", call.document(1)?);
    }
    if call.given(2).is_some() {
        shape.insert("sort", call.ordered(2)?);
    }
    send(call, shape)
}

fn send(call: &Call<'_>, shape: Document) -> Outcome {
    let PlanCache(collection) = call.this()?;
    let mut command = doc! { "planCacheClear": collection.name() };
    command.extend(shape);
    let reply = collection.target().command(call.host, command)?;
    Ok(Dynamic::from(document_from(reply)))
}

fn list(call: &mut Call<'_>) -> Outcome {
    let PlanCache(collection) = call.this()?;
    let mut pipeline = vec![doc! { "$planCacheStats": {} }];
    if call.given(0).is_some() {
        for stage in call.array(0)? {
            match convert::bson_value(&stage)? {
                bson::Bson::Document(stage) => pipeline.push(stage),
                _ => return Err(call.expected(0, "an array of stages")),
            }
        }
    }
    let target = collection.target();
    let found = target.aggregation(call.host, collection.name(), pipeline)?;
    let found = found
        .iter()
        .map(|raw| convert::document(raw).map(Dynamic::from));
    Ok(found.collect::<Result<Array, _>>()?.into())
}
