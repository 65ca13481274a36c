//! [`Db`]: a database, as `db` and `getSiblingDB` give it.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine, ImmutableString};

use super::collection::Collection;
use super::mongo::Mongo;
use super::session::SessionHandle;
use super::target::Target;
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;

/// A database of a connection, in a session or not.
///
/// The value of the variable `db` follows `use`; a copy of it (any read of the variable) is the
/// database that `db` is at that moment.
pub struct Db {
    name: Name,
    mongo: Mongo,
    session: Option<SessionHandle>,
}

enum Name {
    /// Whatever `db` means now.
    Current(Rc<Host>),
    Fixed(Rc<str>),
}

impl Clone for Db {
    fn clone(&self) -> Self {
        Self {
            name: Name::Fixed(self.name()),
            mongo: self.mongo.clone(),
            session: self.session.clone(),
        }
    }
}

impl Db {
    /// The value of the variable `db`.
    #[must_use]
    pub fn current(host: &Rc<Host>) -> Dynamic {
        Dynamic::from(Self {
            name: Name::Current(host.clone()),
            mongo: Mongo::of(host),
            session: None,
        })
    }

    /// A database of a connection.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self {
            name: Name::Fixed(target.database),
            mongo: target.mongo,
            session: target.session,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Rc<str> {
        match &self.name {
            Name::Fixed(name) => name.clone(),
            Name::Current(host) => current_name(host).into(),
        }
    }

    /// Where its commands go.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            mongo: self.mongo.clone(),
            database: self.name(),
            session: self.session.clone(),
        }
    }

    /// Where commands on a database of the instance's own connection go.
    #[must_use]
    pub fn target_named(host: &Rc<Host>, name: &str) -> Target {
        Target {
            mongo: Mongo::of(host),
            database: name.into(),
            session: None,
        }
    }

    /// A collection of it.
    #[must_use]
    pub fn collection(&self, name: &str) -> Collection {
        Collection::new(self.target(), name)
    }
}

/// What `db` means: what `use` or `--db` said, else the connection string's database, else `test`.
pub fn current_name(host: &Rc<Host>) -> String {
    host.database()
        .or_else(|| uri_database(host.uri()?))
        .unwrap_or_else(|| "test".into())
}

/// The database in a connection string, without connecting (names may be percent-encoded there,
/// but a database's may hold no character that needs it).
fn uri_database(uri: &str) -> Option<String> {
    let rest = uri.split_once("://")?.1;
    let path = rest.split('?').next()?.rsplit_once('/')?.1;
    (!path.is_empty()).then(|| path.to_string())
}

static CLASS: Class = Class {
    name: "Database",
    docs: "A database. Its collections are its properties: db.orders, db[\"a-b\"].",
    receiver: Receiver::Value(TypeId::of::<Db>),
    methods: METHODS,
};

const METHODS: &[Method] = methods! {
    /// The database's name.
    ///
    /// ```js
    /// db.getName()
    /// ```
    getName("") => get_name;
    /// A collection by its name, for names that cannot be written as a property.
    ///
    /// ```js
    /// db.getCollection("my-orders").countDocuments()
    /// ```
    getCollection("name") => get_collection;
    /// Another database of the same connection.
    ///
    /// ```js
    /// db.getSiblingDB("ecommerce").getName()
    /// ```
    getSiblingDB("name") => get_sibling_db;
    /// Runs a command on this database and returns the server's reply.
    ///
    /// ```js
    /// db.runCommand({ ping: 1 })
    /// ```
    runCommand("command, options?") => run_command;
    /// Drops the database with all its collections.
    ///
    /// ```js
    /// db.getSiblingDB("scratch").dropDatabase()
    /// ```
    dropDatabase("writeConcern?") => drop_database;
};

/// Registers the class and the access to collections.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Db>("Database");
    engine.register_indexer_get(|db: &mut Db, name: ImmutableString| db.collection(&name));
    api::register(engine, host, &CLASS);
}

fn get_name(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Db>()?.name().to_string().into())
}

fn get_collection(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(
        call.this::<Db>()?.collection(&call.string(0)?),
    ))
}

fn get_sibling_db(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target();
    Ok(Dynamic::from(Db::new(target.sibling(&call.string(0)?))))
}

fn run_command(call: &mut Call<'_>) -> Outcome {
    let command = command_document(call)?;
    let reply = call.this::<Db>()?.target().command(call.host, command)?;
    Ok(Dynamic::from(crate::script::convert::document_from(reply)))
}

/// A command as a document, or as the name of one that takes none.
fn command_document(call: &Call<'_>) -> Result<bson::Document, Fault> {
    match call.arg(0).into_string() {
        Ok(name) => Ok(bson::doc! { name: 1 }),
        Err(_) => call.ordered(0),
    }
}

fn drop_database(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target();
    let mut command = bson::doc! { "dropDatabase": 1 };
    if call.given(0).is_some() {
        command.insert("writeConcern", call.document(0)?);
    }
    target.change(call.host, command)?;
    let mut reply = crate::script::Doc::new();
    reply.set("ok", 1_i64.into())?;
    reply.set("dropped", target.database.to_string().into())?;
    Ok(Dynamic::from(reply))
}
