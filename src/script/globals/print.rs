//! `print`, `printjson`, `tojson`.

use std::rc::Rc;

use rhai::{Dynamic, Engine};

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::Outcome;
use crate::script::host::Host;
use crate::script::inspect;

static CLASS: Class = Class {
    name: "Printing",
    docs: "Showing values.",
    receiver: Receiver::Global,
    methods: methods! {
        /// Prints its arguments in one line: strings as they are, other values in mongosh's layout.
        ///
        /// ```js
        /// print("total:", 29.99, [1, 2])
        /// ```
        print("...values") => print;
        /// Prints each argument in the layout of a document over several lines.
        ///
        /// ```js
        /// printjson({ _id: 1, tags: ["a", "b"] })
        /// ```
        printjson("...values") => printjson;
        /// The text that `printjson` prints for a value.
        ///
        /// ```js
        /// tojson({ a: 1 })
        /// ```
        tojson("value") => tojson;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    // Rhai hands what a function named `print` returns to its own hook.
    let printing = host.clone();
    engine.on_print(move |text| printing.output().line(text));
    api::register(engine, host, &CLASS);
}

fn print(call: &mut Call<'_>) -> Outcome {
    let texts: Vec<String> = call.args().iter().map(inspect::for_print).collect();
    Ok(texts.join(" ").into())
}

fn printjson(call: &mut Call<'_>) -> Outcome {
    for value in call.args() {
        call.host.output().line(&inspect::expanded(value));
    }
    Ok(Dynamic::UNIT)
}

fn tojson(call: &mut Call<'_>) -> Outcome {
    Ok(inspect::expanded(&call.arg(0)).into())
}
