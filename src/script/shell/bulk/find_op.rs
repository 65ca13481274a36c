//! [`BulkFindOp`]: what a bulk does with the documents that match.

use std::any::TypeId;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, Engine};

use super::Bulk;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::script::shell::collection::bulk_write::check_bulk_replacement;
use crate::script::shell::collection::common::{check_update, deprecated};
use crate::script::shell::collection::run::{Kind, Op};
use crate::value::inspect::Node;

/// A query of a bulk, with what was set for the operation that follows.
#[derive(Clone)]
pub struct BulkFindOp {
    bulk: Bulk,
    query: Doc,
    settings: Rc<RefCell<Doc>>,
}

impl BulkFindOp {
    pub(super) fn new(bulk: Bulk, query: Doc) -> Self {
        Self {
            bulk,
            query,
            settings: Rc::default(),
        }
    }

    fn update(&self, change: Dynamic, many: bool) -> Outcome {
        let mut statement = Doc::new();
        statement.set("q", Dynamic::from(self.query.clone()))?;
        statement.set("u", change)?;
        self.copy(&mut statement, &["upsert"])?;
        if many {
            statement.set("multi", true.into())?;
        }
        self.copy(&mut statement, &["hint", "arrayFilters", "collation"])?;
        self.add(Op::change(Kind::Update, &statement, many)?)
    }

    fn delete(&self, many: bool) -> Outcome {
        let mut statement = Doc::new();
        statement.set("q", Dynamic::from(self.query.clone()))?;
        statement.set("limit", i64::from(!many).into())?;
        self.copy(&mut statement, &["collation", "hint"])?;
        self.add(Op::change(Kind::Delete, &statement, many)?)
    }

    fn copy(&self, statement: &mut Doc, names: &[&'static str]) -> Result<(), Fault> {
        let settings = self.settings.borrow();
        for name in names {
            if let Some(value) = settings.get(name) {
                statement.set(*name, value.clone())?;
            }
        }
        Ok(())
    }

    fn add(&self, op: Op) -> Outcome {
        self.bulk.push(op);
        Ok(Dynamic::from(self.bulk.clone()))
    }
}

impl Shown for BulkFindOp {
    fn node(&self) -> Node {
        Node::Raw("BulkFindOp".into())
    }
}

static CLASS: Class = Class {
    name: "BulkFindOp",
    docs: "An update or a delete that is being added to a bulk.",
    receiver: Receiver::Value(TypeId::of::<BulkFindOp>),
    methods: methods! {
        /// Which array items `$[name]` in the update means.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ _id: 1 }).arrayFilters([{ "i.n": 1 }])
        ///     .updateOne({ $set: { "items.$[i].seen": true } }).execute()
        /// ```
        arrayFilters("filters") => array_filters;
        /// The language's rules for comparing strings.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ name: "ada" })
        ///     .collation({ locale: "en", strength: 2 }).delete().execute()
        /// ```
        collation("spec") => collation;
        /// The index to use.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ _id: 1 }).hint({ _id: 1 }).delete().execute()
        /// ```
        hint("index") => hint;
        /// Insert a document where none matches.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ _id: 1 }).upsert().updateOne({ $set: { n: 1 } }).execute()
        /// ```
        upsert("") => upsert;
        /// Adds the update of all documents that match.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({}).update({ $inc: { n: 1 } }).execute()
        /// ```
        update("update") => update;
        /// Adds the update of the first document that matches.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ _id: 1 }).updateOne({ $inc: { n: 1 } }).execute()
        /// ```
        updateOne("update") => update_one;
        /// Adds the replacement of the first document that matches.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ _id: 1 }).replaceOne({ n: 2 }).execute()
        /// ```
        replaceOne("replacement") => replace_one;
        /// Adds the delete of all documents that match.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ n: 1 }).delete().execute()
        /// ```
        delete("") => delete;
        /// Adds the delete of the first document that matches.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ n: 1 }).deleteOne().execute()
        /// ```
        deleteOne("") => delete_one;
        /// The same as delete. Deprecated.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ n: 1 }).remove().execute()
        /// ```
        remove("") => remove;
        /// The same as deleteOne. Deprecated.
        ///
        /// ```js
        /// db.orders.initializeOrderedBulkOp().find({ n: 1 }).removeOne().execute()
        /// ```
        removeOne("") => remove_one;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<BulkFindOp>("BulkFindOp");
    inspect::register::<BulkFindOp>();
    api::register(engine, host, &CLASS);
}

fn set(call: &Call<'_>, name: &'static str, value: Dynamic) -> Outcome {
    let op = call.this::<BulkFindOp>()?;
    op.settings.borrow_mut().set(name, value)?;
    Ok(Dynamic::from(op))
}

fn array_filters(call: &mut Call<'_>) -> Outcome {
    set(call, "arrayFilters", call.array(0)?.into())
}

fn collation(call: &mut Call<'_>) -> Outcome {
    set(call, "collation", Dynamic::from(call.doc(0)?))
}

fn hint(call: &mut Call<'_>) -> Outcome {
    let index = call.arg(0);
    if !index.is_string() {
        call.ordered(0)?;
    }
    set(call, "hint", index)
}

fn upsert(call: &mut Call<'_>) -> Outcome {
    set(call, "upsert", true.into())
}

/// The update of a call: operators, or a pipeline.
fn change(call: &Call<'_>) -> Outcome {
    let change = call.arg(0);
    if !change.is_array() {
        call.doc(0)?;
    }
    check_update(&change)?;
    Ok(change)
}

fn update(call: &mut Call<'_>) -> Outcome {
    call.this::<BulkFindOp>()?.update(change(call)?, true)
}

fn update_one(call: &mut Call<'_>) -> Outcome {
    call.this::<BulkFindOp>()?.update(change(call)?, false)
}

fn replace_one(call: &mut Call<'_>) -> Outcome {
    let replacement = Dynamic::from(call.doc(0)?);
    check_bulk_replacement(&replacement)?;
    call.this::<BulkFindOp>()?.update(replacement, false)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    call.this::<BulkFindOp>()?.delete(true)
}

fn delete_one(call: &mut Call<'_>) -> Outcome {
    call.this::<BulkFindOp>()?.delete(false)
}

fn remove(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "BulkFindOp", "delete");
    delete(call)
}

fn remove_one(call: &mut Call<'_>) -> Outcome {
    deprecated(call, "BulkFindOp", "deleteOne");
    delete_one(call)
}
