//! What databases and connections have of queries: `db.aggregate`, `db.watch`, `Mongo.watch`.

use std::any::TypeId;
use std::rc::Rc;

use rhai::Engine;

use super::open;
use super::watch::{Scope, watch};
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::error::Outcome;
use crate::script::host::Host;
use crate::script::shell::database::{Db, current_name};
use crate::script::shell::mongo::Mongo;
use crate::script::shell::target::Target;

static DATABASE: Class = Class {
    name: "Database",
    docs: "A database. Its collections are its properties: db.orders, db[\"a-b\"].",
    receiver: Receiver::Value(TypeId::of::<Db>),
    methods: OF_DATABASE,
};

static MONGO: Class = Class {
    name: "Mongo",
    docs: "A connection to a deployment.",
    receiver: Receiver::Value(TypeId::of::<Mongo>),
    methods: OF_MONGO,
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &DATABASE);
    api::register(engine, host, &MONGO);
}

const OF_DATABASE: &[Method] = methods! {
    /// Runs an aggregation that starts without a collection; gives a cursor.
    ///
    /// ```js
    /// db.aggregate([{ $documents: [{ a: 1 }, { a: 2 }] }, { $match: { a: 2 } }])
    /// ```
    aggregate("...pipeline") => aggregate;
    /// Watches the changes of all collections of the database.
    ///
    /// ```js
    /// db.watch([{ $match: { operationType: "insert" } }], { maxAwaitTimeMS: 10 }).tryNext()
    /// ```
    watch("pipeline?, options?") => watch_database;
};

const OF_MONGO: &[Method] = methods! {
    /// Watches the changes of all databases.
    ///
    /// ```js
    /// db.getMongo().watch([], { maxAwaitTimeMS: 10 }).tryNext()
    /// ```
    watch("pipeline?, options?") => watch_cluster;
};

fn aggregate(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target();
    open::aggregate(call, &target, None)
}

fn watch_database(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target();
    watch(call, &target, Scope::Database)
}

fn watch_cluster(call: &mut Call<'_>) -> Outcome {
    let target = Target {
        mongo: call.this::<Mongo>()?,
        database: current_name(call.host).into(),
        session: None,
    };
    watch(call, &target, Scope::Cluster)
}
