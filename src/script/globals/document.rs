//! What scripts do with documents: reading and writing fields, and Rhai's own functions of object
//! maps, in field order.
//!
//! Rhai's names and meanings, because a document stands where Rhai has its map; JavaScript's
//! `Object.keys` and its like are elsewhere.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{
    Array, Dynamic, Engine, FnPtr, FuncRegistration, ImmutableString, Module, NativeCallContext,
};

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, RhaiError, ScriptError};
use crate::script::host::Host;
use crate::script::{Doc, convert, inspect};
use crate::value::{Decimal, js};

static CLASS: Class = Class {
    name: "Document",
    docs: "A document. Its fields are its properties: order.total, order[\"total\"].",
    receiver: Receiver::Value(TypeId::of::<Doc>),
    methods: methods! {
        /// The names of the fields, in order.
        ///
        /// ```js
        /// const order = { _id: 1, total: 29.99 };
        /// print(order.keys())
        /// ```
        keys("") => keys;
        /// The values of the fields, in order.
        ///
        /// ```js
        /// const order = { _id: 1, total: 29.99 };
        /// print(order.values())
        /// ```
        values("") => values;
        /// How many fields there are.
        ///
        /// ```js
        /// const order = { _id: 1, total: 29.99 };
        /// print(order.len())
        /// ```
        len("") => len;
        /// Whether there is no field.
        ///
        /// ```js
        /// const order = { _id: 1 };
        /// print(order.is_empty())
        /// ```
        is_empty("") => is_empty;
        /// Whether there is a field of this name; `"total" in order` asks the same.
        ///
        /// ```js
        /// const order = { _id: 1 };
        /// print(order.contains("_id"))
        /// ```
        contains("name") => contains;
        /// Whether there is a field of this name, under JavaScript's name.
        ///
        /// ```js
        /// const order = { _id: 1 };
        /// print(order.hasOwnProperty("_id"))
        /// ```
        hasOwnProperty("name") => contains;
        /// The value of a field; undefined where there is none.
        ///
        /// ```js
        /// const order = { _id: 1 };
        /// print(order.get("_id"))
        /// ```
        get("name") => get;
        /// Writes a field: in its place where it exists, else as the last one.
        ///
        /// ```js
        /// let order = { _id: 1 };
        /// order.set("total", 29.99)
        /// ```
        set("name, value") => set;
        /// Removes a field and returns its value.
        ///
        /// ```js
        /// let order = { _id: 1, total: 29.99 };
        /// print(order.remove("total"))
        /// ```
        remove("name") => remove;
        /// Removes all fields.
        ///
        /// ```js
        /// let order = { _id: 1 };
        /// order.clear()
        /// ```
        clear("") => clear;
        /// Writes the fields of another document into this one.
        ///
        /// ```js
        /// let order = { _id: 1, total: 10 };
        /// order.mixin({ total: 20, status: "paid" })
        /// ```
        mixin("document") => mixin;
        /// Writes those fields of another document that this one does not have.
        ///
        /// ```js
        /// let options = { limit: 5 };
        /// options.fill_with({ limit: 20, skip: 0 })
        /// ```
        fill_with("document") => fill_with;
        /// A document of what a function makes of each field. It gets name and value.
        ///
        /// ```js
        /// const stock = { apples: 1, pears: 2 };
        /// print(stock.map(|name, n| n * 2))
        /// ```
        map("mapper") => map;
        /// A document of the fields for which a function says true. It gets name and value.
        ///
        /// ```js
        /// const stock = { apples: 0, pears: 2 };
        /// print(stock.filter(|name, n| n > 0))
        /// ```
        filter("predicate") => filter;
        /// Keeps the fields for which a function says true, and returns the removed ones.
        ///
        /// ```js
        /// let stock = { apples: 0, pears: 2 };
        /// stock.retain(|name, n| n > 0)
        /// ```
        retain("predicate") => retain;
        /// Removes the fields for which a function says true, and returns them.
        ///
        /// ```js
        /// let stock = { apples: 0, pears: 2 };
        /// stock.drain(|name, n| n == 0)
        /// ```
        drain("predicate") => drain;
        /// The document as JSON.
        ///
        /// ```js
        /// const order = { _id: 1, tags: ["a"] };
        /// print(order.to_json())
        /// ```
        to_json("") => to_json;
        /// What JavaScript's `String(document)` is.
        ///
        /// ```js
        /// const order = { _id: 1 };
        /// print(order.toString())
        /// ```
        toString("") => to_js_string;
    },
};

/// Registers the class, the access to fields and the operators.
pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Doc>("map");
    register_access(engine);
    register_undefined(engine);
    register_operators(engine);
    engine.register_fn("parse_json", parse_json);
    engine.register_fn("to_string", |doc: &mut Doc| text_of(doc));
    engine.register_fn("to_debug", |doc: &mut Doc| text_of(doc));
    let mut iteration = Module::new();
    iteration.set_iter(TypeId::of::<Doc>(), |doc| {
        let doc = doc.try_cast::<Doc>().unwrap_or_default();
        let keys: Vec<Dynamic> = doc.keys().cloned().map(Dynamic::from).collect();
        Box::new(keys.into_iter())
    });
    engine.register_global_module(iteration.into());
    api::register(engine, host, &CLASS);
}

fn register_access(engine: &mut Engine) {
    engine.register_indexer_get(field);
    engine.register_indexer_get(|doc: &mut Doc, key: Dynamic| field(doc, key_text(&key)));
    // "Pure" is Rhai's word for "may be called on a constant". It calls the setter after every
    // method of a field (`order.items.len()`), and as in JavaScript a constant's fields may change.
    let setter = || FuncRegistration::new_index_setter().with_purity(true);
    setter().register_into_engine(engine, set_field);
    setter().register_into_engine(engine, |doc: &mut Doc, key: Dynamic, value: Dynamic| {
        set_field(doc, key_text(&key), value)
    });
}

/// Fields of nothing: JavaScript's error, with the field's name.
fn register_undefined(engine: &mut Engine) {
    let refuse = |ctx: &NativeCallContext<'_>, args: &[&mut Dynamic], verb: &str, doing: &str| {
        let what = api::type_in_words(args[0]);
        let key = key_text(args[1]);
        let text = format!("Cannot {verb} properties of {what} ({doing} '{key}')");
        let error = ScriptError::new("TypeError", text)
            .hint("check it first: if x != null { … }, or x?.field");
        Err::<Dynamic, _>(error.into_rhai(ctx.call_position()))
    };
    let key = TypeId::of::<ImmutableString>();
    let (nothing, any) = (TypeId::of::<()>(), TypeId::of::<Dynamic>());
    engine.register_raw_fn("index$get$", [nothing, key], move |ctx, args| {
        refuse(&ctx, args, "read", "reading")
    });
    engine.register_raw_fn("index$set$", [nothing, key, any], move |ctx, args| {
        refuse(&ctx, args, "set", "setting")
    });
}

fn field(doc: &mut Doc, key: ImmutableString) -> Dynamic {
    match doc.get(&key) {
        Some(value) => value.clone(),
        None => reference_field(doc, &key),
    }
}

/// The fields of a DBRef under the names of js-bson.
fn reference_field(doc: &Doc, key: &str) -> Dynamic {
    let name = match key {
        "collection" => "$ref",
        "oid" => "$id",
        "db" => "$db",
        _ => return Dynamic::UNIT,
    };
    let found = doc.get("$ref").and_then(|_| doc.get(name));
    found.cloned().unwrap_or(Dynamic::UNIT)
}

fn set_field(doc: &mut Doc, key: ImmutableString, value: Dynamic) -> Result<(), RhaiError> {
    doc.set(key, value)
        .map_err(|e| ScriptError::from(e).into_rhai(rhai::Position::NONE))
}

/// A key that is no string, as JavaScript makes one of it.
fn key_text(key: &Dynamic) -> ImmutableString {
    if let Ok(text) = key.as_immutable_string_ref() {
        return text.clone();
    }
    if let Ok(n) = key.as_float() {
        return js::js_number(n).into();
    }
    if let Some(id) = key.read_lock::<bson::oid::ObjectId>() {
        return id.to_hex().into();
    }
    if let Some(n) = key.read_lock::<Decimal>() {
        return n.to_string().into();
    }
    inspect::for_print(key).into()
}

fn text_of(doc: &Doc) -> String {
    inspect::for_print(&Dynamic::from(doc.clone()))
}

fn register_operators(engine: &mut Engine) {
    let equal = |ctx: NativeCallContext<'_>, a: &mut Doc, b: Doc| equals(&ctx, a, &b);
    engine.register_fn("==", equal);
    engine.register_fn(
        "!=",
        move |ctx: NativeCallContext<'_>, a: &mut Doc, b: Doc| {
            equals(&ctx, a, &b).map(|same| !same)
        },
    );
    engine.register_fn("+", |a: Doc, b: Doc| merged(a, &b, true));
    engine.register_fn("+=", |a: &mut Doc, b: Doc| {
        *a = merged(std::mem::take(a), &b, true)?;
        Ok::<(), RhaiError>(())
    });
}

/// As Rhai's maps: the same names with equal values, in any order.
fn equals(ctx: &NativeCallContext<'_>, a: &Doc, b: &Doc) -> Result<bool, RhaiError> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (key, value) in a.iter() {
        let Some(other) = b.get(key) else {
            return Ok(false);
        };
        let (mut value, mut other) = (value.clone(), other.clone());
        let same = ctx.call_native_fn_raw("==", true, &mut [&mut value, &mut other])?;
        if !same.as_bool().unwrap_or(false) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn merged(mut a: Doc, b: &Doc, replace: bool) -> Result<Doc, RhaiError> {
    for (key, value) in b.iter() {
        if replace || !a.contains(key) {
            set_field(&mut a, key.clone(), value.clone())?;
        }
    }
    Ok(a)
}

fn keys(call: &mut Call<'_>) -> Outcome {
    let doc = call.this::<Doc>()?;
    let keys: Array = doc.keys().cloned().map(Dynamic::from).collect();
    Ok(keys.into())
}

fn values(call: &mut Call<'_>) -> Outcome {
    let values: Array = call.this::<Doc>()?.values().cloned().collect();
    Ok(values.into())
}

#[allow(clippy::cast_possible_wrap)] // no document has 2^63 fields
fn len(call: &mut Call<'_>) -> Outcome {
    Ok((call.this::<Doc>()?.len() as i64).into())
}

fn is_empty(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Doc>()?.is_empty().into())
}

fn contains(call: &mut Call<'_>) -> Outcome {
    let key = key_text(&call.arg(0));
    Ok(call.this::<Doc>()?.contains(&key).into())
}

fn get(call: &mut Call<'_>) -> Outcome {
    let key = key_text(&call.arg(0));
    Ok(field(&mut call.this::<Doc>()?, key))
}

fn set(call: &mut Call<'_>) -> Outcome {
    let (key, value) = (key_text(&call.arg(0)), call.arg(1));
    call.with_this::<Doc, _>(|doc| doc.set(key, value))??;
    Ok(Dynamic::UNIT)
}

fn remove(call: &mut Call<'_>) -> Outcome {
    let key = key_text(&call.arg(0));
    let removed = call.with_this::<Doc, _>(|doc| doc.remove(&key))?;
    Ok(removed.unwrap_or(Dynamic::UNIT))
}

fn clear(call: &mut Call<'_>) -> Outcome {
    call.with_this::<Doc, _>(Doc::clear)?;
    Ok(Dynamic::UNIT)
}

fn mixin(call: &mut Call<'_>) -> Outcome {
    merge_into(call, true)
}

fn fill_with(call: &mut Call<'_>) -> Outcome {
    merge_into(call, false)
}

fn merge_into(call: &mut Call<'_>, replace: bool) -> Outcome {
    let other = call.doc(0)?;
    let result = merged(call.this::<Doc>()?, &other, replace)?;
    call.with_this::<Doc, _>(|doc| *doc = result)?;
    Ok(Dynamic::UNIT)
}

fn map(call: &mut Call<'_>) -> Outcome {
    let (doc, f) = (call.this::<Doc>()?, call.callback(0)?);
    let mut mapped = Doc::with_capacity(doc.len());
    for (key, value) in doc.iter() {
        mapped.push(key.clone(), on_field(call, &f, key, value)?)?;
    }
    Ok(Dynamic::from(mapped))
}

/// What the callback says to a field. One that takes one parameter gets the name, with the value
/// as `this`, as Rhai's own functions of maps do it.
fn on_field(call: &Call<'_>, f: &FnPtr, key: &ImmutableString, value: &Dynamic) -> Outcome {
    let functions = call.host.slot(crate::script::closures::Functions::default);
    if functions.arity(f.fn_name(), f.curry().len(), 2) == 2 {
        return call.call_back(f, vec![key.clone().into(), value.clone()]);
    }
    let mut this = value.clone();
    Ok(f.call_raw(call.ctx, Some(&mut this), [key.clone().into()])?)
}

/// The fields for which the callback says true, and the others.
fn split(call: &Call<'_>) -> Result<(Doc, Doc), Fault> {
    let (doc, f) = (call.this::<Doc>()?, call.callback(0)?);
    let (mut yes, mut no) = (Doc::new(), Doc::new());
    for (key, value) in doc.iter() {
        let says = on_field(call, &f, key, value)?;
        let side = match says.as_bool().unwrap_or(false) {
            true => &mut yes,
            false => &mut no,
        };
        side.push(key.clone(), value.clone())?;
    }
    Ok((yes, no))
}

fn filter(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(split(call)?.0))
}

fn retain(call: &mut Call<'_>) -> Outcome {
    let (yes, no) = split(call)?;
    call.with_this::<Doc, _>(|doc| *doc = yes)?;
    Ok(Dynamic::from(no))
}

fn drain(call: &mut Call<'_>) -> Outcome {
    let (yes, no) = split(call)?;
    call.with_this::<Doc, _>(|doc| *doc = no)?;
    Ok(Dynamic::from(yes))
}

fn to_js_string(_: &mut Call<'_>) -> Outcome {
    Ok("[object Object]".into())
}

fn to_json(call: &mut Call<'_>) -> Outcome {
    let value = convert::bson_value(&call.receiver())?;
    let json =
        serde_json::to_string(&value).map_err(|e| ScriptError::new("TypeError", e.to_string()))?;
    Ok(json.into())
}

/// Rhai's `parse_json`, with field order kept.
fn parse_json(text: &str) -> Result<Dynamic, RhaiError> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| {
        ScriptError::new("SyntaxError", format!("this is no JSON: {e}"))
            .into_rhai(rhai::Position::NONE)
    })?;
    from_json(value).map_err(|fault| fault.into_rhai(rhai::Position::NONE))
}

/// A plain JSON value as a script's value, without reading types into it.
///
/// # Errors
/// Where it nests deeper than a document may.
pub fn from_json(value: serde_json::Value) -> Outcome {
    use serde_json::Value;
    Ok(match value {
        Value::Null => crate::script::number::null(),
        Value::Bool(b) => b.into(),
        Value::Number(n) => match n.as_i64() {
            Some(n) => n.into(),
            None => n.as_f64().unwrap_or(f64::NAN).into(),
        },
        Value::String(text) => text.into(),
        Value::Array(items) => items
            .into_iter()
            .map(from_json)
            .collect::<Result<Array, _>>()?
            .into(),
        Value::Object(fields) => {
            let mut doc = Doc::with_capacity(fields.len());
            for (key, value) in fields {
                doc.push(key, from_json(value)?)?;
            }
            Dynamic::from(doc)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;

    const DOC: &str = r#"let d = parse_json(`{"z": 1, "a": {"b": [1, 2]}, "m": null}`);"#;

    fn on_document(cases: &[(&str, &str)]) {
        let scripts: Vec<String> = cases
            .iter()
            .map(|(code, _)| format!("{DOC} {code}"))
            .collect();
        let cases: Vec<(&str, &str)> = scripts
            .iter()
            .zip(cases)
            .map(|(script, (_, want))| (script.as_str(), *want))
            .collect();
        table(&cases);
    }

    #[test]
    fn fields_are_read_and_written_in_order() {
        on_document(&[
            (r#"print(d.z); print(d["a"]["b"][1])"#, "1\n2"),
            ("print(type_of(d.nothing)); print(type_of(d))", "()\nmap"),
            (
                "d.z = 5; d.n = 1; d.a.b = 2; d.a.c.x = 1;",
                "error: Cannot set properties of undefined (setting 'x')",
            ),
            (
                "print(d.m.x)",
                "error: Cannot read properties of null (reading 'x')",
            ),
            (
                "print(d.a.q.x)",
                "error: Cannot read properties of undefined (reading 'x')",
            ),
            ("print(type_of(d.a.q?.x))", "()"),
            (
                "d.z = 5; d.n = 1; d.a.b = 2; print(d.keys().len()); print(d.a.b); print(d.z)",
                "4\n2\n5",
            ),
            (
                "d.a.b.push(3); d.a.b[0] += 10; print(d.a.b.len()); print(d.a.b[0])",
                "3\n11",
            ),
            (
                "d[5] = 1; d[1.5] = 2; print(d.contains(\"5\") && d.contains(\"1.5\"))",
                "true",
            ),
            ("for k in d { print(k) }", "z\na\nm"),
            (
                "print(\"z\" in d); print(\"q\" in d); print(!(\"q\" in d))",
                "true\nfalse\ntrue",
            ),
        ]);
    }

    #[test]
    fn functions_of_maps() {
        on_document(&[
            (
                "print(d.len()); print(d.is_empty()); print(d.get(\"z\")); print(type_of(d.get(\"q\")))",
                "3\nfalse\n1\n()",
            ),
            (
                "d.set(\"q\", 7); print(d.q); print(d.remove(\"z\")); for k in d.keys() { print(k) }",
                "7\n1\na\nm\nq",
            ),
            ("d.clear(); print(d.is_empty())", "true"),
            (
                "d.mixin(parse_json(`{\"z\": 2, \"y\": 3}`)); print(d.z); print(d.len())",
                "2\n4",
            ),
            (
                "d.fill_with(parse_json(`{\"z\": 2, \"y\": 3}`)); print(d.z); print(d.len())",
                "1\n4",
            ),
            (
                "let e = d + parse_json(`{\"y\": 3}`); d += parse_json(`{\"z\": 9}`); print(e.len()); print(d.z)",
                "4\n9",
            ),
            (
                "let e = d; print(e == d); e.z = 2; print(e == d); print(e != d)",
                "true\nfalse\ntrue",
            ),
            (
                "print(d.filter(|k, v| k != \"a\").len()); print(d.filter(|k| k == \"a\").len()); print(d.len())",
                "2\n1\n3",
            ),
            (
                "print(d.drain(|k| k == \"a\").len()); print(d.len())",
                "1\n2",
            ),
            (
                "print(d.retain(|k, v| k == \"a\").len()); print(d.len())",
                "2\n1",
            ),
            (
                "print(parse_json(`{\"a\":1,\"b\":2}`).map(|k, v| v * 2).b)",
                "4",
            ),
            ("print(d.to_json())", r#"{"z":1,"a":{"b":[1,2]},"m":null}"#),
            ("print(d.toString())", "[object Object]"),
        ]);
    }

    #[test]
    fn constants_can_be_read() {
        on_document(&[
            (
                "const c = d; print(c.a.b.len()); print(c.keys().len())",
                "2\n3",
            ),
            (
                "const c = d; print(c.a.b.contains(1)); c.z = 2; print(c.z); print(d.z)",
                "true\n2\n1",
            ),
        ]);
    }
}
