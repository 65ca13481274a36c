//! [`Collection`]: a collection, as `db.orders` gives it.
//!
//! One file a family of methods: queries, inserts, updates, deletes, bulk writes, indexes, sizes,
//! administration, and the older methods that labs still use.

mod admin;
pub mod bulk_error;
pub(super) mod bulk_write;
pub(super) mod common;
mod count;
mod delete;
mod done;
mod find_and_modify;
mod hold;
mod indexes;
mod insert;
mod legacy;
mod read;
pub(super) mod run;
pub mod stats;
mod update;

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Engine, ImmutableString};

use super::target::Target;
use crate::script::api::{self, Class, Receiver};
use crate::script::host::Host;

/// A collection of a database.
#[derive(Clone)]
pub struct Collection {
    target: Target,
    name: Rc<str>,
}

impl Collection {
    /// The collection `name` of a database.
    #[must_use]
    pub fn new(target: Target, name: &str) -> Self {
        Self {
            target,
            name: name.into(),
        }
    }

    /// Where its commands go.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Its name in its database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `database.collection`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.target.database, self.name)
    }
}

const DOCS: &str = "A collection. Names with a dot are properties too: db.orders.archive.";

const fn class(methods: &'static [api::Method]) -> Class {
    Class {
        name: "Collection",
        docs: DOCS,
        receiver: Receiver::Value(TypeId::of::<Collection>),
        methods,
    }
}

static READS: Class = class(read::METHODS);
static WRITES: [Class; 8] = [
    class(insert::METHODS),
    class(update::METHODS),
    class(delete::METHODS),
    class(find_and_modify::METHODS),
    class(count::METHODS),
    class(bulk_write::METHODS),
    class(legacy::METHODS),
    class(super::bulk::COLLECTION_METHODS),
];
static ADMIN: Class = class(admin::METHODS);
static INDEXES: Class = class(indexes::METHODS);

/// Registers the class.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Collection>("Collection");
    engine.register_indexer_get(|c: &mut Collection, name: ImmutableString| {
        Collection::new(c.target.clone(), &format!("{}.{name}", c.name))
    });
    api::register(engine, host, &READS);
    for class in &WRITES {
        api::register(engine, host, class);
    }
    api::register(engine, host, &ADMIN);
    api::register(engine, host, &INDEXES);
    bulk_error::register(engine, host);
}
