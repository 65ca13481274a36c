//! [`Db`]: a database, as `db` and `getSiblingDB` give it.
//!
//! One file a family of methods: [`names`] and [`collections`] for what is in it, [`commands`] for
//! commands as they are, [`server`], [`operations`] and [`profiling`] for the server behind it,
//! [`users`] and [`roles`] for who may do what, [`replication`] for the set.

mod collections;
mod commands;
mod db;
mod login;
mod names;
mod operations;
mod profiling;
mod replication;
mod roles;
mod server;
mod users;

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Engine, ImmutableString};

pub use db::{Db, current_name};
pub use names::{check_collection_name, check_database_name};
pub(super) use replication::{info_in_words, secondaries_in_words};

use crate::script::api::{self, Class, Method, Receiver};
use crate::script::host::Host;

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "Database",
        docs: "A database. Its collections are its properties: db.orders, db[\"a-b\"].",
        receiver: Receiver::Value(TypeId::of::<Db>),
        methods,
    }
}

static CLASSES: [Class; 9] = [
    class(names::METHODS),
    class(collections::METHODS),
    class(commands::METHODS),
    class(server::METHODS),
    class(operations::METHODS),
    class(profiling::METHODS),
    class(users::METHODS),
    class(roles::METHODS),
    class(replication::METHODS),
];

/// Registers the class and the access to collections.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Db>("Database");
    engine.register_indexer_get(|db: &mut Db, name: ImmutableString| db.collection(&name));
    for class in &CLASSES {
        api::register(engine, host, class);
    }
}
