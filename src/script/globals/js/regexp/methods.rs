//! The methods and properties of regular expressions.

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
        /// The first match in a text and its groups, or null.
        ///
        /// ```js
        /// RegExp("(\\d+)").exec("order_17")
        /// ```
        exec("text") => exec;
        /// The expression between slashes, with its flags.
        ///
        /// ```js
        /// RegExp("a+", "i").toString()
        /// ```
        toString("") => to_string;
    },
};

pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    engine.register_get("source", |re: &mut bson::Regex| re.pattern.to_string());
    engine.register_get("flags", |re: &mut bson::Regex| re.options.to_string());
    for (name, flag) in [("global", 'g'), ("ignoreCase", 'i'), ("multiline", 'm')] {
        engine.register_get(name, move |re: &mut bson::Regex| {
            re.options.as_str().contains(flag)
        });
    }
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
    let found = this(call)?.first(&text(&call.arg(0)))?;
    Ok(found.map_or_else(number::null, |found| found.values().into()))
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    Ok(text(&call.receiver()).into())
}
