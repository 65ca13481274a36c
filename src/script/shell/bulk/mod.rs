//! The Bulk API: operations are gathered, then done together.
//!
//! `initializeOrderedBulkOp` and `initializeUnorderedBulkOp` give a [`Bulk`]; its `find` gives a
//! [`find_op::BulkFindOp`] that adds one update or delete to it. What is done with the operations is
//! [`Run`]'s, as for `bulkWrite`.

mod find_op;
mod operations;

use std::any::TypeId;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine};

use super::collection::Collection;
use super::collection::run::{Op, Run};
use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Method, Options, Receiver};
use crate::script::convert::{document, document_from};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::value::inspect::Node;
use operations::Operations;

/// Operations of one collection that wait to be done. Clones are the same list.
#[derive(Clone)]
pub struct Bulk {
    collection: Collection,
    ordered: bool,
    operations: Rc<RefCell<Operations>>,
}

impl Bulk {
    fn new(collection: Collection, ordered: bool) -> Self {
        Self {
            collection,
            ordered,
            operations: Rc::default(),
        }
    }

    fn push(&self, op: Op) {
        self.operations.borrow_mut().push(op);
    }
}

impl Shown for Bulk {
    fn node(&self) -> Node {
        Node::from(&self.operations.borrow().counts(self.ordered))
    }
}

/// The methods of a collection that begin a bulk.
pub(super) const COLLECTION_METHODS: &[Method] = methods! {
    /// Begins a list of writes that are done in order, up to the first that fails.
    ///
    /// ```js
    /// let bulk = db.orders.initializeOrderedBulkOp();
    /// bulk.insert({ _id: 1 });
    /// bulk.find({ _id: 1 }).updateOne({ $set: { n: 1 } });
    /// bulk.execute()
    /// ```
    initializeOrderedBulkOp("") => ordered;
    /// Begins a list of writes that are all tried, in any order.
    ///
    /// ```js
    /// let bulk = db.orders.initializeUnorderedBulkOp();
    /// bulk.insert({ _id: 1 });
    /// bulk.execute()
    /// ```
    initializeUnorderedBulkOp("") => unordered;
};

static CLASS: Class = Class {
    name: "Bulk",
    docs: "Writes that are gathered and then done together.",
    receiver: Receiver::Value(TypeId::of::<Bulk>),
    methods: methods! {
        /// Adds the insert of a document.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().insert({ _id: 1 }).execute()
        /// ```
        insert("document") => insert;
        /// Begins an update or a delete of the documents that match.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ n: 1 }).delete().execute()
        /// ```
        find("query") => find;
        /// Does the operations and returns how many documents each kind touched.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().insert({ _id: 1 }).execute({ w: "majority" })
        /// ```
        execute("writeConcern?") => execute;
        /// The operations in the batches in which they were sent; after `execute` only.
        ///
        /// ```js
        /// let bulk = db.orders.initializeOrderedBulkOp();
        /// bulk.insert({ _id: 1 });
        /// bulk.execute();
        /// bulk.getOperations()
        /// ```
        getOperations("") => get_operations;
        /// How many operations of each kind there are, as a document.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().insert({ _id: 1 }).toJSON()
        /// ```
        toJSON("") => to_json;
        /// How many operations of each kind there are, as JSON.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().insert({ _id: 1 }).toString()
        /// ```
        toString("") => to_string;
    },
};

/// Registers both classes.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Bulk>("Bulk");
    inspect::register::<Bulk>();
    api::register(engine, host, &CLASS);
    find_op::register(engine, host);
}

fn ordered(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(Bulk::new(call.this()?, true)))
}

fn unordered(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(Bulk::new(call.this()?, false)))
}

fn insert(call: &mut Call<'_>) -> Outcome {
    let bulk = call.this::<Bulk>()?;
    bulk.push(Op::insert(&call.doc(0)?)?);
    Ok(Dynamic::from(bulk))
}

fn find(call: &mut Call<'_>) -> Outcome {
    let bulk = call.this::<Bulk>()?;
    Ok(Dynamic::from(find_op::BulkFindOp::new(bulk, call.doc(0)?)))
}

fn execute(call: &mut Call<'_>) -> Outcome {
    let bulk = call.this::<Bulk>()?;
    let mut wishes = Doc::new();
    wishes.set("ordered", bulk.ordered.into())?;
    if call.given(0).is_some() {
        wishes.set("writeConcern", Dynamic::from(call.doc(0)?))?;
    }
    let options = Options::check("execute", wishes, &["ordered", "writeConcern"])?;
    let ops = bulk.operations.borrow_mut().begin()?;
    let mut run = Run::new(&bulk.collection, bulk.collection.target().clone(), &options)?;
    ops.into_iter().for_each(|op| run.push(op));
    run.execute(call.host)?.result()
}

fn get_operations(call: &mut Call<'_>) -> Outcome {
    let bulk = call.this::<Bulk>()?;
    let operations = bulk.operations.borrow();
    if !operations.executed() {
        return Err(ScriptError::argument(
            "Cannot call getOperations on an unexecuted Bulk operation",
        )
        .into());
    }
    let batches = operations.batches(bulk.ordered).into_iter().map(|batch| {
        let operations: Result<Array, Fault> = batch
            .operations
            .iter()
            .map(|op| Ok(Dynamic::from(document(&op.statement)?)))
            .collect();
        #[allow(clippy::cast_possible_wrap)] // a place in a list
        let first = batch.first as i64;
        let mut shown = Doc::new();
        shown.set("originalZeroIndex", first.into())?;
        shown.set("batchType", (batch.kind as i64).into())?;
        shown.set("operations", operations?.into())?;
        Ok(Dynamic::from(shown))
    });
    Ok(batches.collect::<Result<Array, Fault>>()?.into())
}

fn to_json(call: &mut Call<'_>) -> Outcome {
    let bulk = call.this::<Bulk>()?;
    let counts = bulk.operations.borrow().counts(bulk.ordered);
    Ok(Dynamic::from(document_from(counts)))
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    let bulk = call.this::<Bulk>()?;
    let counts = bulk.operations.borrow().counts(bulk.ordered);
    let fields: Vec<String> = counts
        .iter()
        .map(|(name, n)| format!("\"{name}\":{}", n.as_i32().unwrap_or_default()))
        .collect();
    Ok(format!("{{{}}}", fields.join(",")).into())
}
