//! [`Mongo`]: a connection, as `db.getMongo()` and `Mongo(uri)` give it.
//!
//! [`connection`] connects and holds what was set; [`methods`] and [`settings`] are what scripts
//! call.

mod connection;
mod methods;
mod settings;

use std::any::TypeId;
use std::rc::Rc;

use rhai::Engine;

pub use connection::{Mongo, Settings};
pub use settings::{read_concern, write_concern};

use crate::client::redact;
use crate::script::api::{self, Class, Method, Receiver};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::value::inspect::Node;

impl Shown for Mongo {
    fn node(&self) -> Node {
        Node::Raw(self.uri().map(redact).unwrap_or_default())
    }
}

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "Mongo",
        docs: "A connection to a server, a replica set or a cluster.",
        receiver: Receiver::Value(TypeId::of::<Mongo>),
        methods,
    }
}

static METHODS: Class = class(methods::METHODS);
static SETTINGS: Class = class(settings::METHODS);

/// Registers the class.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Mongo>("Mongo");
    inspect::register::<Mongo>();
    api::register(engine, host, &METHODS);
    api::register(engine, host, &SETTINGS);
}
