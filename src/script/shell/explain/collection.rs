//! [`Explainable`]: a collection whose methods are explained instead of run.

use std::any::TypeId;
use std::cell::RefCell;
use std::rc::Rc;

use bson::{Bson, Document, doc};
use rhai::{Dynamic, Engine};

use super::{ExplainableCursor, explanation, modify, run, verbosity};
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::script::shell::collection::Collection;
use crate::script::shell::cursor::{Core, open};
use crate::value::inspect::Node;

/// A collection to explain queries of; copies share the verbosity.
#[derive(Clone)]
pub struct Explainable {
    pub(super) collection: Collection,
    verbosity: Rc<RefCell<Rc<str>>>,
}

impl Explainable {
    /// A collection with the verbosity that `explain` was given.
    ///
    /// # Errors
    /// Where the argument is neither a string nor a boolean.
    pub fn new(collection: Collection, given: &Dynamic) -> Result<Self, Fault> {
        let verbosity = verbosity(given)?;
        Ok(Self {
            collection,
            verbosity: Rc::new(RefCell::new(verbosity.into())),
        })
    }

    fn verbosity(&self) -> Rc<str> {
        self.verbosity.borrow().clone()
    }

    /// Explains a command that reads.
    fn read(&self, host: &Host, command: Document) -> Outcome {
        let explain = self.explain(command);
        Ok(explanation(self.collection.target().read(host, explain)?))
    }

    /// Explains a command that would write.
    pub(super) fn write(&self, host: &Host, command: Document) -> Outcome {
        let explain = self.explain(command);
        let reply = self.collection.target().command(host, explain)?;
        Ok(explanation(reply))
    }

    fn explain(&self, mut command: Document) -> Document {
        let mut explain = Document::new();
        let outer = ["readConcern", "maxTimeMS", "comment"].map(|n| (n, command.remove(n)));
        explain.insert("explain", command);
        explain.insert("verbosity", self.verbosity().as_ref());
        for (name, value) in outer {
            if let Some(value) = value {
                explain.insert(name, value);
            }
        }
        explain
    }
}

impl Shown for Explainable {
    fn node(&self) -> Node {
        Node::Raw(format!("Explainable({})", self.collection.full_name()))
    }
}

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "Explainable",
        docs: "A collection whose methods show how the server would run them.",
        receiver: Receiver::Value(TypeId::of::<Explainable>),
        methods,
    }
}

static READS: Class = class(METHODS);
static WRITES: Class = class(modify::METHODS);

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Explainable>("Explainable");
    inspect::register::<Explainable>();
    api::register(engine, host, &READS);
    api::register(engine, host, &WRITES);
}

const METHODS: &[Method] = methods! {
    /// How the server finds documents; sort, limit and the like may follow.
    ///
    /// ```js
    /// db.orders.explain().find({ status: "new" }).limit(5)
    /// ```
    find("query?, projection?, options?") => find;
    /// How the server runs an aggregation.
    ///
    /// ```js
    /// db.orders.explain().aggregate([{ $match: { status: "new" } }])
    /// ```
    aggregate("...pipeline") => aggregate;
    /// How the server counts documents.
    ///
    /// ```js
    /// db.orders.explain().count({ status: "new" })
    /// ```
    count("query?, options?") => count;
    /// How the server finds the values of a field.
    ///
    /// ```js
    /// db.orders.explain().distinct("status")
    /// ```
    distinct("field, query?, options?") => distinct;
    /// The collection.
    ///
    /// ```js
    /// db.orders.explain().getCollection()
    /// ```
    getCollection("") => get_collection;
    /// How much is explained: queryPlanner, executionStats or allPlansExecution.
    ///
    /// ```js
    /// db.orders.explain().getVerbosity()
    /// ```
    getVerbosity("") => get_verbosity;
    /// Sets how much is explained.
    ///
    /// ```js
    /// db.orders.explain().setVerbosity("executionStats")
    /// ```
    setVerbosity("verbosity") => set_verbosity;
};

fn find(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Explainable>()?;
    let collection = &this.collection;
    let plan = open::find_plan(call, collection.target(), collection.name(), 0)?;
    Ok(Dynamic::from(ExplainableCursor {
        core: Core::lazy(call.host, plan),
        verbosity: this.verbosity(),
    }))
}

fn aggregate(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Explainable>()?;
    let collection = &this.collection;
    let (plan, _) = open::aggregate_plan(call, collection.target(), Some(collection.name()))?;
    run(call.host, &plan, &this.verbosity())
}

fn count(call: &mut Call<'_>) -> Outcome {
    const OPTIONS: &[&str] = &[
        "limit",
        "skip",
        "hint",
        "collation",
        "comment",
        "maxTimeMS",
        "readConcern",
    ];
    let this = call.this::<Explainable>()?;
    let query = open::filter(call, 0)?;
    let mut command = doc! { "count": this.collection.name(), "query": query };
    call.options(1, OPTIONS)?.copy_into(&mut command, OPTIONS)?;
    this.read(call.host, command)
}

fn distinct(call: &mut Call<'_>) -> Outcome {
    const OPTIONS: &[&str] = &["collation", "hint", "comment", "maxTimeMS", "readConcern"];
    let this = call.this::<Explainable>()?;
    let query = Bson::Document(open::filter(call, 1)?);
    let key = call.string(0)?;
    let mut command = doc! { "distinct": this.collection.name(), "key": key, "query": query };
    call.options(2, OPTIONS)?.copy_into(&mut command, OPTIONS)?;
    this.read(call.host, command)
}

fn get_collection(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(call.this::<Explainable>()?.collection))
}

fn get_verbosity(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Explainable>()?.verbosity().to_string().into())
}

fn set_verbosity(call: &mut Call<'_>) -> Outcome {
    let this = call.this::<Explainable>()?;
    *this.verbosity.borrow_mut() = verbosity(&call.arg(0))?.into();
    Ok(Dynamic::UNIT)
}
