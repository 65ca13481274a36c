//! JavaScript's everyday objects and methods, under their names, beside Rhai's own.
//!
//! What a method means is what ECMA-262 says of it; texts of errors are V8's, since that is what
//! people have seen in mongosh. Callbacks get as many arguments as they take. Numbers that come
//! out are integers where they are whole ([`convert::number`]). `corpus/` holds lines that node ran:
//! they print the same here.
//!
//! What differs from JavaScript, and why:
//! - arrays and documents are values, as everywhere in Rhai: what a function changes of its copy,
//!   the caller does not see; callbacks see the array as it was when the method was called; equality
//!   is deep (documents field by field in order, as MongoDB compares them); sets and maps are
//!   references;
//! - `==` does not convert, and a string does not compare with a number; arithmetic does convert;
//! - integers are exact to 64 bits where JavaScript's lose digits beyond 2^53; there is no -0
//!   among them;
//! - a document in a longer text is shown in mongosh's layout, not as `[object Object]`;
//! - `items[-1]` is the last item and `text[-1]` the last character, as in Rhai; a place beyond the
//!   end of a text is an error (of an array: undefined);
//! - regular expressions have no `lastIndex`: `exec` looks from the beginning, `matchAll` finds all;
//! - `keys()`, `values()`, `entries()` and `matchAll()` are arrays, not iterators;
//! - `localeCompare` knows the order of Latin script, `toLocaleString` the United States' notation.

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

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine, FnPtr, ImmutableString, Module, OptimizationLevel};

use crate::script::api::{Namespace, Registry, variable};
use crate::script::error::RhaiError;
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
    register_functions_as_values(engine, host);
    register_characters(engine);
    // The optimizer writes constants into template strings in Rhai's notation.
    engine.set_optimization_level(OptimizationLevel::None);
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

/// `numbers.map(Math.round)`: a function of a namespace as a value.
fn register_functions_as_values(engine: &mut Engine, host: &Rc<Host>) {
    let host = host.clone();
    engine.register_indexer_get(move |on: &mut Namespace, name: ImmutableString| {
        let registry = host.slot(Registry::default);
        let class = registry.class_of(&Dynamic::from(*on));
        let method = class.and_then(|c| c.methods.iter().find(|m| *name == *m.name));
        match method {
            Some(method) => bound(*on, method.name),
            None => Ok(Dynamic::UNIT),
        }
    });
}

fn bound(on: Namespace, name: &str) -> Result<Dynamic, RhaiError> {
    let mut function = FnPtr::new(name)?;
    function.add_curry(Dynamic::from(on));
    Ok(function.into())
}

/// A loop over a string runs over strings, not characters: they are keys of documents too.
fn register_characters(engine: &mut Engine) {
    let mut iteration = Module::new();
    iteration.set_iter(TypeId::of::<ImmutableString>(), |text| {
        let text = text.cast::<ImmutableString>();
        let characters: Vec<Dynamic> = text.chars().map(|c| c.to_string().into()).collect();
        Box::new(characters.into_iter())
    });
    engine.register_global_module(iteration.into());
}
