//! [`RunCommandCursor`]: the cursor of a command that was given as a document.

use std::any::TypeId;
use std::rc::Rc;

use rhai::Engine;

use super::{Core, iteration, modify};
use crate::script::api::{self, Class, Method, Receiver};
use crate::script::host::Host;

/// A handle of a command's cursor; copies are the same cursor.
#[derive(Clone)]
pub struct RunCommandCursor(pub Rc<Core>);

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "RunCommandCursor",
        docs: "The results of a command that replies with a cursor.",
        receiver: Receiver::Value(TypeId::of::<RunCommandCursor>),
        methods,
    }
}

static READING: Class = class(iteration::READING);
static ALL: Class = class(iteration::ALL);
static FINITE: Class = class(iteration::FINITE);
static COMMON: Class = class(modify::COMMON);

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<RunCommandCursor>("RunCommandCursor");
    for class in [&READING, &ALL, &FINITE, &COMMON] {
        api::register(engine, host, class);
    }
}
