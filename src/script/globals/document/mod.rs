//! What scripts do with documents: reading and writing fields, and Rhai's own functions of object
//! maps, in field order.
//!
//! Rhai's names and meanings, because a document stands where Rhai has its map; JavaScript's
//! `Object.keys` and its like are elsewhere.

mod access;
mod functions;
mod json;

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine, Module};

use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Class, Receiver};
use crate::script::host::Host;
use access::{register_access, register_operators, register_undefined, text_of};
use functions::*;

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
    engine.register_fn("parse_json", json::parse_json);
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

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

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
