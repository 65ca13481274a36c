//! The methods of regular expressions that look at a text.

use std::any::TypeId;
use std::rc::Rc;

use rhai::Engine;

use super::super::convert::text;
use super::of_value;
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::number;

static CLASS: Class = Class {
    name: "RegExp",
    docs: "A regular expression.",
    receiver: Receiver::Value(TypeId::of::<bson::Regex>),
    methods: methods! {
        /// Whether it matches anywhere in a text.
        ///
        /// ```js
        /// RegExp("^order_", "i").test("Order_1")
        /// ```
        test("text") => test;
        /// The first match in a text and its groups, or null. Its properties are index, groups and input.
        ///
        /// ```js
        /// RegExp("(\\d+)").exec("order_17")
        /// ```
        exec("text") => exec;
    },
};

pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    super::matches::register(engine, host);
}

fn this(call: &Call<'_>) -> Result<super::RegExp, Fault> {
    of_value(call, &call.receiver())?
        .ok_or_else(|| ScriptError::new("TypeError", "this is no regular expression").into())
}

fn test(call: &mut Call<'_>) -> Outcome {
    let found = this(call)?.first(&text(&call.arg(0)))?;
    Ok(found.is_some().into())
}

fn exec(call: &mut Call<'_>) -> Outcome {
    let input = text(&call.arg(0));
    match this(call)?.first(&input)? {
        Some(found) => super::as_value(call, &found, &input),
        None => Ok(number::null()),
    }
}
