//! `console`: as in mongosh, all of it is output, and `%s` in a text means itself.

use std::rc::Rc;

use rhai::{Array, Dynamic, Engine};

use super::convert::truthy;
use super::table;
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect;

static CLASS: Class = Class {
    name: "console",
    docs: "Printing, under the names that browsers have for it.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// Prints its arguments in one line: strings as they are, other values in mongosh's layout.
        ///
        /// ```js
        /// console.log("total:", 29.99)
        /// ```
        log("...values") => log;
        /// The same.
        ///
        /// ```js
        /// console.info("ready")
        /// ```
        info("...values") => log;
        /// The same.
        ///
        /// ```js
        /// console.debug("here")
        /// ```
        debug("...values") => debug;
        /// The same.
        ///
        /// ```js
        /// console.warn("low stock")
        /// ```
        warn("...values") => log;
        /// The same.
        ///
        /// ```js
        /// console.error("out of stock")
        /// ```
        error("...values") => log;
        /// Prints a value in mongosh's layout.
        ///
        /// ```js
        /// console.dir({ a: 1 })
        /// ```
        dir("value?, options?") => dir;
        /// Prints documents as the rows of a table.
        ///
        /// ```js
        /// console.table([{ a: 1, b: 2 }, { a: 3, b: 4 }])
        /// ```
        table("rows?") => show_table;
        /// Prints a message where a condition does not hold.
        ///
        /// ```js
        /// console.assert(1 < 2, "numbers are broken")
        /// ```
        assert("condition?, ...values") => assert;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
}

fn line(call: &Call<'_>, start: &str, values: &[Dynamic]) -> Outcome {
    let texts = values.iter().map(|v| inspect::printed(call.host, v));
    let texts: Vec<String> = texts.collect::<Result<_, Fault>>()?;
    call.host
        .output()
        .line(&format!("{start}{}", texts.join(" ")));
    Ok(Dynamic::UNIT)
}

fn log(call: &mut Call<'_>) -> Outcome {
    line(call, "", call.args())
}

/// Rhai hands what a function named `debug` returns to a hook of its own, as for `print`.
fn debug(call: &mut Call<'_>) -> Outcome {
    let texts: Vec<String> = call.args().iter().map(inspect::for_print).collect();
    Ok(texts.join(" ").into())
}

fn dir(call: &mut Call<'_>) -> Outcome {
    call.host.output().line(&inspect::pretty(&call.arg(0)));
    Ok(Dynamic::UNIT)
}

fn assert(call: &mut Call<'_>) -> Outcome {
    if truthy(&call.arg(0)) {
        return Ok(Dynamic::UNIT);
    }
    match call.args().get(1..).unwrap_or_default() {
        [] => line(call, "Assertion failed", &[]),
        said => line(call, "Assertion failed: ", said),
    }
}

fn show_table(call: &mut Call<'_>) -> Outcome {
    let rows = call.arg(0);
    match rows.read_lock::<Array>() {
        Some(rows) => call.host.output().line(&table::of_rows(&rows)),
        None => return line(call, "", std::slice::from_ref(&rows)),
    }
    Ok(Dynamic::UNIT)
}
