//! JavaScript's everyday objects and methods, under their names, beside Rhai's own.
//!
//! What a method means is what ECMA-262 says of it; texts of errors are V8's, since that is what
//! people have seen in mongosh. Callbacks get as many arguments as they take. Numbers that come
//! out are integers where they are whole ([`convert::number`]).

mod array;
mod callback;
mod collections;
mod console;
pub mod convert;
pub mod equality;
mod index;
mod json;
mod math;
mod number;
mod object;
mod primitive;
mod regexp;
mod string;
mod table;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use rhai::{Dynamic, Engine};

use crate::script::api::{Namespace, variable};
use crate::script::host::Host;

pub use collections::items;

/// The names that functions hang on.
const NAMESPACES: [&str; 7] = [
    "Array", "console", "JSON", "Math", "Number", "Object", "String",
];

/// Registers all of them.
pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    array::register(engine, host);
    string::register(engine, host);
    regexp::register(engine, host);
    collections::register(engine, host);
    object::register(engine, host);
    json::register(engine, host);
    math::register(engine, host);
    number::register(engine, host);
    console::register(engine, host);
    primitive::register(engine);
    register_names(engine, host);
}

/// The names of namespaces and constants, and the constants that hang on a namespace.
fn register_names(engine: &mut Engine, host: &Rc<Host>) {
    for name in NAMESPACES {
        variable(host, name, Dynamic::from(Namespace(name)));
    }
    variable(host, "NaN", f64::NAN.into());
    variable(host, "Infinity", f64::INFINITY.into());
    let of = |name, all| (name, all);
    for (namespace, constants) in [of("Math", math::CONSTANTS), of("Number", number::CONSTANTS)] {
        for (name, value) in constants {
            engine.register_get(*name, move |on: &mut Namespace| match on.0 == namespace {
                true => convert::double(*value),
                false => Dynamic::UNIT,
            });
        }
    }
}
