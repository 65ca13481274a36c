//! `JSON.stringify` and `JSON.parse`.

mod parse;
mod stringify;

use std::rc::Rc;

use rhai::Engine;

use crate::methods;
use crate::script::api::{self, Class, Receiver};
use crate::script::host::Host;

static CLASS: Class = Class {
    name: "JSON",
    docs: "Values as JSON text. For BSON's types as such use EJSON.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// The JSON text of a value: dates in ISO form, ObjectIds in hexadecimal. The replacer is a
        /// list of the fields to keep, or a function of name and value that gives the value to
        /// write; indent is a count of spaces or a text.
        ///
        /// ```js
        /// JSON.stringify({ _id: 1, tags: ["a"] }, null, 2)
        /// ```
        stringify("value?, replacer?, indent?") => stringify::stringify;
        /// The value of a JSON text; objects are documents with their fields in order. The reviver is
        /// a function of name and value that gives the value to take.
        ///
        /// ```js
        /// JSON.parse("{ \"b\": 1, \"a\": [true, null] }")
        /// ```
        parse("text, reviver?") => parse::parse;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
}
