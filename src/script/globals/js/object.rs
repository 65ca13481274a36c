//! `Object.keys` and its like.

use std::rc::Rc;

use rhai::{Array, Dynamic, Engine, ImmutableString, Map};

use super::convert::text;
use super::equality::equal;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::inspect::fields_of;

static CLASS: Class = Class {
    name: "Object",
    docs: "What a document consists of.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// The names of a document's fields.
        ///
        /// ```js
        /// Object.keys({ b: 1, a: 2 })
        /// ```
        keys("document") => keys;
        /// The values of a document's fields.
        ///
        /// ```js
        /// Object.values({ b: 1, a: 2 })
        /// ```
        values("document") => values;
        /// Pairs of name and value.
        ///
        /// ```js
        /// Object.entries({ b: 1, a: 2 }).map(pair => pair[0] + "=" + pair[1])
        /// ```
        entries("document") => entries;
        /// A document of pairs of name and value.
        ///
        /// ```js
        /// Object.fromEntries([["a", 1], ["b", 2]])
        /// ```
        fromEntries("pairs") => from_entries;
        /// A document with the fields of all of them; later ones win. Documents are values here: use
        /// what it returns.
        ///
        /// ```js
        /// Object.assign({}, { a: 1, b: 1 }, { b: 2 })
        /// ```
        assign("target, ...sources") => assign;
        /// Whether a document has a field of that name.
        ///
        /// ```js
        /// Object.hasOwn({ a: 1 }, "a")
        /// ```
        hasOwn("document, name") => has_own;
        /// The document itself: documents are values, and a constant cannot change.
        ///
        /// ```js
        /// const limits = Object.freeze({ most: 10 })
        /// ```
        freeze("document") => itself;
        /// The document itself.
        ///
        /// ```js
        /// Object.seal({ a: 1 })
        /// ```
        seal("document") => itself;
        /// Whether two values are the same.
        ///
        /// ```js
        /// Object.is(1, 1)
        /// ```
        is("a, b") => is;
        /// The names of a document's fields.
        ///
        /// ```js
        /// Object.getOwnPropertyNames({ a: 1 })
        /// ```
        getOwnPropertyNames("document") => keys;
        /// A document grouped from an array by what a function returns for each item.
        ///
        /// ```js
        /// Object.groupBy(["a1", "b1", "a2"], name => name.charAt(0))
        /// ```
        groupBy("items, callback") => group_by;
    },
};

static GLOBAL: Class = Class {
    name: "Object functions",
    docs: "Values as such.",
    receiver: Receiver::Global,
    methods: methods! {
        /// A copy of a value; documents and arrays are copied wherever they go anyway.
        ///
        /// ```js
        /// structuredClone({ a: [1] })
        /// ```
        structuredClone("value") => itself;
        /// A document with the fields of a value, an empty one where there is none.
        ///
        /// ```js
        /// new Object()
        /// ```
        Object("value?") => object;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    api::register(engine, host, &GLOBAL);
}

/// The names and values of what argument `i` consists of; items and characters have their places
/// as names.
fn fields(call: &Call<'_>, i: usize) -> Result<Vec<(ImmutableString, Dynamic)>, Fault> {
    let value = call.arg(i);
    if value.is_unit() {
        let message = "Cannot convert undefined or null to object";
        return Err(ScriptError::new("TypeError", message).into());
    }
    if let Some(doc) = value.read_lock::<Doc>() {
        return Ok(doc.iter().map(|(k, v)| (k.clone(), v.clone())).collect());
    }
    if let Some(map) = value.read_lock::<Map>() {
        let fields = map.iter().map(|(k, v)| (k.as_str().into(), v.clone()));
        return Ok(fields.collect());
    }
    if let Some(doc) = fields_of(&value) {
        return Ok(doc.iter().map(|(k, v)| (k.clone(), v.clone())).collect());
    }
    let items: Array = match value.as_immutable_string_ref() {
        Ok(text) => text.chars().map(|c| c.to_string().into()).collect(),
        Err(_) => super::collections::items(&value).unwrap_or_default(),
    };
    let named = items.into_iter().enumerate();
    Ok(named.map(|(i, v)| (i.to_string().into(), v)).collect())
}

fn keys(call: &mut Call<'_>) -> Outcome {
    let keys: Array = fields(call, 0)?
        .into_iter()
        .map(|(k, _)| k.into())
        .collect();
    Ok(keys.into())
}

fn values(call: &mut Call<'_>) -> Outcome {
    let values: Array = fields(call, 0)?.into_iter().map(|(_, v)| v).collect();
    Ok(values.into())
}

fn entries(call: &mut Call<'_>) -> Outcome {
    let pairs = fields(call, 0)?.into_iter();
    let pairs: Array = pairs
        .map(|(k, v)| Dynamic::from_array(vec![k.into(), v]))
        .collect();
    Ok(pairs.into())
}

fn from_entries(call: &mut Call<'_>) -> Outcome {
    let pairs = super::collections::items(&call.arg(0));
    let mut doc = Doc::new();
    for pair in pairs.ok_or_else(|| call.expected(0, "an array of pairs"))? {
        let pair = pair.read_lock::<Array>();
        let pair = pair.ok_or_else(|| call.expected(0, "an array of pairs"))?;
        let value = |i: usize| pair.get(i).cloned().unwrap_or(Dynamic::UNIT);
        doc.set(text(&value(0)), value(1))?;
    }
    Ok(Dynamic::from(doc))
}

fn assign(call: &mut Call<'_>) -> Outcome {
    let mut doc = Doc::new();
    for i in 0..call.count() {
        if i > 0 && call.given(i).is_none() {
            continue;
        }
        for (key, value) in fields(call, i)? {
            doc.set(key, value)?;
        }
    }
    Ok(Dynamic::from(doc))
}

fn has_own(call: &mut Call<'_>) -> Outcome {
    let name = text(&call.arg(1));
    let found = fields(call, 0)?.iter().any(|(key, _)| *key == name);
    Ok(found.into())
}

fn itself(call: &mut Call<'_>) -> Outcome {
    Ok(call.arg(0))
}

fn object(call: &mut Call<'_>) -> Outcome {
    let given = call.given(0);
    Ok(given.unwrap_or_else(|| Dynamic::from(Doc::new())))
}

fn is(call: &mut Call<'_>) -> Outcome {
    let (a, b) = (call.arg(0), call.arg(1));
    let nan = |v: &Dynamic| v.as_float().is_ok_and(f64::is_nan);
    Ok((equal(&a, &b) || nan(&a) && nan(&b)).into())
}

fn group_by(call: &mut Call<'_>) -> Outcome {
    let items = super::collections::items(&call.arg(0));
    let callback = call.callback(1)?;
    let mut groups: Vec<(ImmutableString, Array)> = Vec::new();
    for item in items.ok_or_else(|| call.expected(0, "an array"))? {
        let key = text(&call.call_back(&callback, vec![item.clone()])?);
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, group)) => group.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    let mut doc = Doc::with_capacity(groups.len());
    for (key, group) in groups {
        doc.push(key, group.into())?;
    }
    Ok(Dynamic::from(doc))
}
