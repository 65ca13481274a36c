//! [`BulkFindOp`]: what a bulk does with the documents that match.

use std::any::TypeId;
use std::cell::RefCell;
use std::rc::Rc;

use bson::{Bson, Document, doc};
use rhai::{Dynamic, Engine};

use super::Bulk;
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::script::shell::collection::bulk_write::Op;
use crate::script::shell::collection::common::{check_replacement, check_update};
use crate::value::inspect::Node;

/// A query of a bulk, with what was set for the operation that follows.
#[derive(Clone)]
pub struct BulkFindOp {
    bulk: Bulk,
    query: Document,
    settings: Rc<RefCell<Document>>,
}

impl BulkFindOp {
    pub(super) fn new(bulk: Bulk, query: Document) -> Self {
        Self {
            bulk,
            query,
            settings: Rc::default(),
        }
    }

    fn update(&self, change: Bson, many: bool) -> Dynamic {
        let mut statement = doc! { "q": self.query.clone(), "u": change, "multi": many };
        statement.extend(self.settings.borrow().clone());
        self.bulk.push(Op::Update(statement));
        Dynamic::from(self.bulk.clone())
    }

    fn delete(&self, limit: i32) -> Dynamic {
        let mut statement = doc! { "q": self.query.clone(), "limit": limit };
        let settings = self.settings.borrow();
        for name in ["collation", "hint"] {
            if let Some(value) = settings.get(name) {
                statement.insert(name, value.clone());
            }
        }
        self.bulk.push(Op::Delete(statement));
        Dynamic::from(self.bulk.clone())
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

fn set(call: &Call<'_>, name: &str, value: Bson) -> Outcome {
    let op = call.this::<BulkFindOp>()?;
    op.settings.borrow_mut().insert(name, value);
    Ok(Dynamic::from(op))
}

fn array_filters(call: &mut Call<'_>) -> Outcome {
    call.array(0)?;
    set(call, "arrayFilters", call.bson(0)?)
}

fn collation(call: &mut Call<'_>) -> Outcome {
    set(call, "collation", Bson::Document(call.document(0)?))
}

fn hint(call: &mut Call<'_>) -> Outcome {
    let index = match call.string(0) {
        Ok(name) => Bson::String(name),
        Err(_) => Bson::Document(call.ordered(0)?),
    };
    set(call, "hint", index)
}

fn upsert(call: &mut Call<'_>) -> Outcome {
    set(call, "upsert", true.into())
}

/// The update of a call: operators, or a pipeline.
fn change(call: &Call<'_>) -> Result<Bson, Fault> {
    let change = if call.arg(0).is_array() {
        call.bson(0)?
    } else {
        Bson::Document(call.document(0)?)
    };
    check_update(&change)?;
    Ok(change)
}

fn update(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<BulkFindOp>()?.update(change(call)?, true))
}

fn update_one(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<BulkFindOp>()?.update(change(call)?, false))
}

fn replace_one(call: &mut Call<'_>) -> Outcome {
    let replacement = call.document(0)?;
    check_replacement(&replacement)?;
    Ok(call
        .this::<BulkFindOp>()?
        .update(Bson::Document(replacement), false))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<BulkFindOp>()?.delete(0))
}

fn delete_one(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<BulkFindOp>()?.delete(1))
}

fn remove(call: &mut Call<'_>) -> Outcome {
    call.warn("remove is deprecated: use delete");
    delete(call)
}

fn remove_one(call: &mut Call<'_>) -> Outcome {
    call.warn("removeOne is deprecated: use deleteOne");
    delete_one(call)
}
