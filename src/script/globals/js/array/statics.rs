//! `Array.isArray`, `Array.from`, `Array.of`, and `Array(n)`.

use std::rc::Rc;

use rhai::{Array, Dynamic, Engine, ImmutableString, Map};

use super::super::convert::{number_of, to_f64};
use super::LONGEST;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;

static NAMESPACE: Class = Class {
    name: "Array",
    docs: "Making arrays.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// Whether a value is an array.
        ///
        /// ```js
        /// Array.isArray([1])
        /// ```
        isArray("value?") => is_array;
        /// An array of the items of an array, the characters of a string or so many places as a
        /// document's `length`; with a function, of what it returns for each item and index.
        ///
        /// ```js
        /// Array.from({ length: 3 }, (_, i) => i * 10)
        /// ```
        from("items, callback?") => from;
        /// An array of its arguments.
        ///
        /// ```js
        /// Array.of(1, 2, 3)
        /// ```
        of("...values") => of;
    },
};

static GLOBAL: Class = Class {
    name: "Array constructor",
    docs: "Making arrays.",
    receiver: Receiver::Global,
    methods: methods! {
        /// An array of so many places, or of its arguments where they are not one number.
        ///
        /// ```js
        /// new Array(3).fill(0)
        /// ```
        Array("...values") => array;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &NAMESPACE);
    api::register(engine, host, &GLOBAL);
}

fn is_array(call: &mut Call<'_>) -> Outcome {
    Ok(call.arg(0).is_array().into())
}

fn of(call: &mut Call<'_>) -> Outcome {
    let items: Array = call.args().iter().map(|v| v.clone().flatten()).collect();
    Ok(items.into())
}

fn array(call: &mut Call<'_>) -> Outcome {
    match (call.count(), number_of(&call.arg(0))) {
        (1, Some(n)) => Ok(empty(n.to_f64())?.into()),
        _ => of(call),
    }
}

fn empty(length: f64) -> Result<Array, Fault> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // checked
    match length.fract() == 0.0 && (0.0..=LONGEST as f64).contains(&length) {
        true => Ok(vec![Dynamic::UNIT; length as usize]),
        false => Err(ScriptError::new("RangeError", "Invalid array length").into()),
    }
}

#[allow(clippy::cast_possible_wrap)] // no array has 2^63 items
fn from(call: &mut Call<'_>) -> Outcome {
    let items = items_of(call)?;
    if call.given(1).is_none() {
        return Ok(items.into());
    }
    let callback = call.callback(1)?;
    let mut made = Array::with_capacity(items.len());
    for (i, item) in items.into_iter().enumerate() {
        made.push(call.call_back(&callback, vec![item, (i as i64).into()])?);
    }
    Ok(made.into())
}

fn items_of(call: &Call<'_>) -> Result<Array, Fault> {
    let value = call.arg(0);
    if let Some(items) = super::super::collections::items(&value) {
        return Ok(items);
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(text.chars().map(|c| c.to_string().into()).collect());
    }
    let length = match value.read_lock::<Doc>() {
        Some(doc) => doc.get("length").map(to_f64),
        None => value
            .read_lock::<Map>()
            .and_then(|map| map.get("length").map(to_f64)),
    };
    match length {
        Some(length) => empty(length),
        None if super::super::convert::is_document(&value) => Ok(Array::new()),
        None => Err(call.expected(0, "an array or a string")),
    }
}
