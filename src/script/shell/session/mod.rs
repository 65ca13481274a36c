//! [`Session`]: a client session, as `startSession()` gives it.
//!
//! Everything reached through `session.getDatabase(name)` runs in the session, and in its
//! transaction while one runs; nothing else does. [`handle`] shares the driver's session among
//! those objects, [`convenient`] has the rules of `withTransaction`.

mod convenient;
mod handle;
mod methods;
mod options;
mod transactions;

use std::any::TypeId;
use std::rc::Rc;

use bson::Document;
use rhai::{Dynamic, Engine};

pub use handle::{SessionHandle, Transaction};
pub use methods::start;

use super::mongo::Mongo;
use crate::script::api::{self, Class, Method, Receiver};
use crate::script::convert::document_from;
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::value::inspect::Node;

/// A session as scripts hold it.
#[derive(Clone)]
pub struct Session {
    /// The driver's session.
    pub handle: SessionHandle,
    /// Its connection.
    pub mongo: Mongo,
    id: Rc<Document>,
    options: Rc<Document>,
}

impl Session {
    /// The session's id, as the server knows it.
    #[must_use]
    pub fn id(&self) -> &Document {
        &self.id
    }
}

impl Shown for Session {
    fn node(&self) -> Node {
        inspect::node(&Dynamic::from(document_from(self.id().clone())))
    }
}

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "Session",
        docs: "A client session. Its databases are session.getDatabase(name).",
        receiver: Receiver::Value(TypeId::of::<Session>),
        methods,
    }
}

static METHODS: Class = class(methods::METHODS);
static TRANSACTIONS: Class = class(transactions::METHODS);

/// Registers the class.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Session>("Session");
    engine.register_get("id", |session: &mut Session| {
        Dynamic::from(document_from(session.id().clone()))
    });
    inspect::register::<Session>();
    api::register(engine, host, &METHODS);
    api::register(engine, host, &TRANSACTIONS);
}
