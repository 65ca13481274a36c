//! BSON's types in scripts: constructors and methods under mongosh's names.
//!
//! A file a family of types. Each constructor is a function (`ObjectId("…")`, which `new
//! ObjectId("…")` calls too); what hangs on its name (`ObjectId.isValid(…)`) is a namespace of the
//! same name. Operators are not here: numbers, dates and strings share theirs.

mod binary;
mod code;
mod date;
mod decimal;
mod ejson;
mod keys;
mod long;
mod numbers;
mod object_id;
mod regex;
mod timestamp;
mod uuid;

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use rhai::{Dynamic, Engine};

use crate::script::api::{Call, Namespace};
use crate::script::host::Host;

/// Registers all of them.
pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    object_id::register(engine, host);
    date::register(engine, host);
    numbers::register(engine, host);
    long::register(engine, host);
    decimal::register(engine, host);
    binary::register(engine, host);
    uuid::register(engine, host);
    timestamp::register(engine, host);
    keys::register(engine, host);
    regex::register(engine, host);
    code::register(engine, host);
    ejson::register(engine, host);
}

/// The functions that warned already.
#[derive(Default)]
struct Warned(RefCell<HashSet<&'static str>>);

/// Warns, once a function, that a number may have lost digits before it came here.
fn warn_of_number(call: &Call<'_>) {
    let name = call.method.name;
    let number = call.arg(0);
    let loses = number.as_float().is_ok() || number.as_int().is_ok_and(|n| n.abs() > 1 << 31);
    if loses && call.host.slot(Warned::default).0.borrow_mut().insert(name) {
        call.warn(&format!(
            "{name}: specifying a number as argument is deprecated and may lead to loss of precision, pass a string instead"
        ));
    }
}

/// Makes `name` a value in scripts, in functions and modules too.
fn constant(host: &Rc<Host>, name: &str, value: Dynamic) {
    crate::script::api::variable(host, name, value);
}

/// Makes `name` something that functions hang on.
fn namespace(host: &Rc<Host>, name: &'static str) {
    constant(host, name, Dynamic::from(Namespace(name)));
}

/// The class of a BSON type's global functions.
const fn globals(methods: &'static [crate::script::api::Method]) -> crate::script::api::Class {
    crate::script::api::Class {
        name: "BSON",
        docs: "Values of BSON's types.",
        receiver: crate::script::api::Receiver::Global,
        methods,
    }
}
