//! `Map`.

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

/// Values under keys of any type.
#[derive(Clone, Default)]
pub struct JsMap(pub(super) Entries);

static CLASS: Class = Class {
    name: "Map",
    docs: "Values under keys of any type, in the order they were added. `size` is how many.",
    receiver: Receiver::Value(TypeId::of::<JsMap>),
    methods: methods! {
        /// The value under a key; undefined where there is none.
        ///
        /// ```js
        /// new Map([["a", 1]]).get("a")
        /// ```
        get("key") => get;
        /// Puts a value under a key and returns the map.
        ///
        /// ```js
        /// new Map().set("a", 1).set("b", 2)
        /// ```
        set("key, value") => set;
        /// Whether there is a value under a key.
        ///
        /// ```js
        /// new Map([["a", 1]]).has("a")
        /// ```
        has("key") => has;
        /// Takes a key and its value out; whether it was there.
        ///
        /// ```js
        /// new Map([["a", 1]]).delete("a")
        /// ```
        delete("key") => delete;
        /// Takes everything out.
        ///
        /// ```js
        /// new Map([["a", 1]]).clear()
        /// ```
        clear("") => clear;
        /// The keys as an array.
        ///
        /// ```js
        /// new Map([["a", 1]]).keys()
        /// ```
        keys("") => keys;
        /// The values as an array.
        ///
        /// ```js
        /// new Map([["a", 1]]).values()
        /// ```
        values("") => values;
        /// Pairs of key and value.
        ///
        /// ```js
        /// new Map([["a", 1]]).entries()
        /// ```
        entries("") => entries;
        /// Calls a function for each value. It gets the value and its key.
        ///
        /// ```js
        /// new Map([["a", 1]]).forEach((value, key) => print(key, value))
        /// ```
        forEach("callback") => for_each;
    },
};

static GLOBAL: Class = Class {
    name: "Map constructor",
    docs: "Making maps.",
    receiver: Receiver::Global,
    methods: methods! {
        /// A map of pairs of key and value.
        ///
        /// ```js
        /// new Map([["a", 1], ["b", 2]]).size
        /// ```
        Map("pairs?") => map;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<JsMap>("Map");
    inspect::register::<JsMap>();
    engine.register_iterator::<JsMap>();
    #[allow(clippy::cast_possible_wrap)] // nothing in memory is that large
    engine.register_get("size", |map: &mut JsMap| map.0.len() as i64);
    engine.register_fn("contains", |map: &mut JsMap, key: Dynamic| {
        map.0.get(&key).is_some()
    });
    api::register(engine, host, &CLASS);
    api::register(engine, host, &GLOBAL);
}

impl Shown for JsMap {
    fn node(&self) -> Node {
        let (keys, values) = (self.0.keys(), self.0.values());
        let pair = |(k, v)| format!("{} => {}", inspect::one_line(k), inspect::one_line(v));
        let items: Vec<String> = keys.iter().zip(&values).map(pair).collect();
        super::shown("Map", &items)
    }
}

impl IntoIterator for JsMap {
    type Item = Dynamic;
    type IntoIter = std::vec::IntoIter<Dynamic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.pairs().into_iter()
    }
}

fn map(call: &mut Call<'_>) -> Outcome {
    let map = JsMap::default();
    if let Some(value) = call.given(0) {
        let pairs = items(&value).ok_or_else(|| call.expected(0, "an array of pairs"))?;
        for pair in pairs {
            let pair = pair
                .into_array()
                .map_err(|_| call.expected(0, "an array of pairs"))?;
            let mut pair: std::vec::IntoIter<Dynamic> = Array::into_iter(pair);
            let key = pair.next().unwrap_or(Dynamic::UNIT);
            map.0.set(key, pair.next().unwrap_or(Dynamic::UNIT));
        }
    }
    Ok(Dynamic::from(map))
}

fn this(call: &Call<'_>) -> Result<JsMap, Fault> {
    call.this::<JsMap>()
}

fn get(call: &mut Call<'_>) -> Outcome {
    let found = this(call)?.0.get(&call.arg(0));
    Ok(found.unwrap_or(Dynamic::UNIT))
}

fn set(call: &mut Call<'_>) -> Outcome {
    this(call)?.0.set(call.arg(0), call.arg(1));
    Ok(call.receiver())
}

fn has(call: &mut Call<'_>) -> Outcome {
    Ok(this(call)?.0.get(&call.arg(0)).is_some().into())
}

fn delete(call: &mut Call<'_>) -> Outcome {
    Ok(this(call)?.0.remove(&call.arg(0)).into())
}

fn clear(call: &mut Call<'_>) -> Outcome {
    this(call)?.0.clear();
    Ok(Dynamic::UNIT)
}

fn keys(call: &mut Call<'_>) -> Outcome {
    Ok(this(call)?.0.keys().into())
}

fn values(call: &mut Call<'_>) -> Outcome {
    Ok(this(call)?.0.values().into())
}

fn entries(call: &mut Call<'_>) -> Outcome {
    Ok(this(call)?.0.pairs().into())
}

fn for_each(call: &mut Call<'_>) -> Outcome {
    let callback = call.callback(0)?;
    for pair in this(call)?.0.pairs() {
        let pair = pair.into_array().unwrap_or_default();
        let _ = call.call_back(&callback, pair.into_iter().rev().collect())?;
    }
    Ok(Dynamic::UNIT)
}
