//! JavaScript's everyday objects and methods, under their names, beside Rhai's own.
//!
//! What a method means is what ECMA-262 says of it; texts of errors are V8's, since that is what
//! people have seen in mongosh. Callbacks get as many arguments as they take. Numbers that come
//! out are integers where they are whole ([`convert::number`]).

mod array;
mod callback;
mod collections;
pub mod convert;
pub mod equality;
mod index;
mod primitive;
mod regexp;
mod string;

use std::rc::Rc;

use rhai::{Dynamic, Engine};

use crate::script::api::{Namespace, variable};
use crate::script::host::Host;

/// Registers all of them.
pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    array::register(engine, host);
    string::register(engine, host);
    regexp::register(engine, host);
    collections::register(engine, host);
    primitive::register(engine);
    for name in ["Array", "String"] {
        variable(host, name, Dynamic::from(Namespace(name)));
    }
}
