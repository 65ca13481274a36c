//! `Set`.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine};

use super::{Entries, items};
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::value::inspect::Node;

/// A set of values.
#[derive(Clone, Default)]
pub struct JsSet(pub(super) Entries);

static CLASS: Class = Class {
    name: "Set",
    docs: "A set of values, in the order they were added. `size` is how many there are.",
    receiver: Receiver::Value(TypeId::of::<JsSet>),
    methods: methods! {
        /// Whether a value is in it.
        ///
        /// ```js
        /// new Set([1, 2]).has(2)
        /// ```
        has("value") => has;
        /// Puts a value in and returns the set.
        ///
        /// ```js
        /// new Set().add("a").add("b")
        /// ```
        add("value") => add;
        /// Takes a value out; whether it was there.
        ///
        /// ```js
        /// new Set([1]).delete(1)
        /// ```
        delete("value") => delete;
        /// Takes everything out.
        ///
        /// ```js
        /// new Set([1]).clear()
        /// ```
        clear("") => clear;
        /// The values as an array.
        ///
        /// ```js
        /// new Set([1, 1, 2]).values()
        /// ```
        values("") => values;
        /// Calls a function for each value.
        ///
        /// ```js
        /// new Set(["a", "b"]).forEach(value => print(value))
        /// ```
        forEach("callback") => for_each;
    },
};

static GLOBAL: Class = Class {
    name: "Set constructor",
    docs: "Making sets.",
    receiver: Receiver::Global,
    methods: methods! {
        /// A set of the items of an array or another set.
        ///
        /// ```js
        /// new Set(["a", "b", "a"]).size
        /// ```
        Set("values?") => set;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<JsSet>("Set");
    inspect::register::<JsSet>();
    engine.register_iterator::<JsSet>();
    #[allow(clippy::cast_possible_wrap)] // nothing in memory is that large
    engine.register_get("size", |set: &mut JsSet| set.0.len() as i64);
    engine.register_fn("contains", |set: &mut JsSet, value: Dynamic| {
        set.0.get(&value).is_some()
    });
    api::register(engine, host, &CLASS);
    api::register(engine, host, &GLOBAL);
}

impl Shown for JsSet {
    fn node(&self) -> Node {
        let items: Vec<String> = self.0.keys().iter().map(inspect::one_line).collect();
        super::shown("Set", &items)
    }
}

impl IntoIterator for JsSet {
    type Item = Dynamic;
    type IntoIter = std::vec::IntoIter<Dynamic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.keys().into_iter()
    }
}

fn set(call: &mut Call<'_>) -> Outcome {
    let set = JsSet::default();
    if let Some(value) = call.given(0) {
        let values = items(&value).or_else(|| characters(&value));
        for value in values.ok_or_else(|| call.expected(0, "an array"))? {
            set.0.set(value, Dynamic::UNIT);
        }
    }
    Ok(Dynamic::from(set))
}

fn characters(value: &Dynamic) -> Option<Array> {
    let text = value.as_immutable_string_ref().ok()?;
    Some(text.chars().map(|c| c.to_string().into()).collect())
}

fn this(call: &Call<'_>) -> Result<JsSet, Fault> {
    call.this::<JsSet>()
}

fn has(call: &mut Call<'_>) -> Outcome {
    Ok(this(call)?.0.get(&call.arg(0)).is_some().into())
}

fn add(call: &mut Call<'_>) -> Outcome {
    this(call)?.0.set(call.arg(0), Dynamic::UNIT);
    Ok(call.receiver())
}

fn delete(call: &mut Call<'_>) -> Outcome {
    Ok(this(call)?.0.remove(&call.arg(0)).into())
}

fn clear(call: &mut Call<'_>) -> Outcome {
    this(call)?.0.clear();
    Ok(Dynamic::UNIT)
}

fn values(call: &mut Call<'_>) -> Outcome {
    Ok(this(call)?.0.keys().into())
}

fn for_each(call: &mut Call<'_>) -> Outcome {
    let callback = call.callback(0)?;
    for value in this(call)?.0.keys() {
        let _ = call.call_back(&callback, vec![value.clone(), value])?;
    }
    Ok(Dynamic::UNIT)
}
