//! `print`, `printjson`, `tojson`.

use std::any::TypeId;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;

use rhai::{Array, Blob, Dynamic, Engine, FnPtr, Map};

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
        /// Prints its arguments, documents over several lines.
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
    let debugging = host.clone();
    engine.on_debug(move |text, _, _| debugging.output().line(text));
    api::register(engine, host, &CLASS);
    let own = [
        TypeId::of::<()>(),
        TypeId::of::<bool>(),
        TypeId::of::<i64>(),
        TypeId::of::<f64>(),
        TypeId::of::<char>(),
        TypeId::of::<Array>(),
        TypeId::of::<Map>(),
        TypeId::of::<FnPtr>(),
        TypeId::of::<Blob>(),
        TypeId::of::<Range<i64>>(),
        TypeId::of::<RangeInclusive<i64>>(),
    ];
    // Rhai prints values of its own types itself, unless there is a function for exactly them.
    for of in own {
        let host = host.clone();
        engine.register_raw_fn("print", [of], move |ctx, args| {
            let text = inspect::printed(&host, args[0]);
            text.map(Dynamic::from)
                .map_err(|fault| fault.into_rhai(ctx.call_position()))
        });
    }
}

fn print(call: &mut Call<'_>) -> Outcome {
    let shown = call.args().iter().map(|v| inspect::printed(call.host, v));
    let texts = shown.collect::<Result<Vec<String>, _>>()?;
    Ok(texts.join(" ").into())
}

fn printjson(call: &mut Call<'_>) -> Outcome {
    let shown = call
        .args()
        .iter()
        .map(|v| inspect::printed_json(call.host, v));
    let texts = shown.collect::<Result<Vec<String>, _>>()?;
    call.host.output().line(&texts.join(" "));
    Ok(Dynamic::UNIT)
}

fn tojson(call: &mut Call<'_>) -> Outcome {
    Ok(inspect::expanded(&call.arg(0)).into())
}
