//! `Code`, `BSONSymbol`, `DBRef`, `bsonsize`.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine, FnPtr};

use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::convert::{document, document_to_raw};
use crate::script::error::{Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::types::{Code, Symbol};

static GLOBALS: Class = super::globals(methods! {
    /// JavaScript code for the server, with the variables that it sees.
    ///
    /// ```js
    /// Code("function() { return x }", { x: 1 })
    /// ```
    Code("code?, scope?") => code;
    /// A string of the deprecated type symbol.
    ///
    /// ```js
    /// BSONSymbol("name")
    /// ```
    BSONSymbol("text") => symbol;
    /// A reference to a document of another collection.
    ///
    /// ```js
    /// db.orders.insertOne({ customer: DBRef("customers", 1) })
    /// ```
    DBRef("collection, id, database?, fields?") => db_ref;
    /// How many bytes a document has as BSON.
    ///
    /// ```js
    /// bsonsize({ a: 1 })
    /// ```
    bsonsize("document") => bsonsize;
});

static SYMBOL: Class = Class {
    name: "BSONSymbol",
    docs: "A string of the deprecated type symbol.",
    receiver: Receiver::Value(TypeId::of::<Symbol>),
    methods: methods! {
        /// The text.
        ///
        /// ```js
        /// BSONSymbol("name").toString()
        /// ```
        toString("") => symbol_text;
        /// The text.
        ///
        /// ```js
        /// BSONSymbol("name").valueOf()
        /// ```
        valueOf("") => symbol_text;
    },
};

static CODE: Class = Class {
    name: "Code",
    docs: "JavaScript code for the server; its properties are code and scope.",
    receiver: Receiver::Value(TypeId::of::<Code>),
    methods: methods! {
        /// The source text.
        ///
        /// ```js
        /// Code("return 1").toString()
        /// ```
        toString("") => code_text;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Code>("Code");
    engine.register_type_with_name::<Symbol>("BSONSymbol");
    engine.register_get("value", |s: &mut Symbol| s.0.clone());
    engine.register_get("code", |c: &mut Code| c.code.clone());
    engine.register_get("scope", |c: &mut Code| {
        let scope = c.scope.as_deref().and_then(|scope| document(scope).ok());
        scope.map_or(Dynamic::UNIT, Dynamic::from)
    });
    for class in [&GLOBALS, &SYMBOL, &CODE] {
        api::register(engine, host, class);
    }
}

fn code(call: &mut Call<'_>) -> Outcome {
    if call.arg(0).is::<FnPtr>() {
        return Err(
            ScriptError::argument("a function of a script cannot run on the server")
                .hint("pass JavaScript as text: Code(\"function() { … }\")")
                .into(),
        );
    }
    let scope = match call.given(1) {
        Some(_) => Some(document_to_raw(&call.doc(1)?)?),
        None => None,
    };
    let code = call.opt_string(0)?.unwrap_or_default();
    Ok(Dynamic::from(Code { code, scope }))
}

fn symbol(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(Symbol(call.string(0)?)))
}

fn symbol_text(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Symbol>()?.0.into())
}

fn code_text(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Code>()?.code.into())
}

fn db_ref(call: &mut Call<'_>) -> Outcome {
    let mut reference = Doc::with_capacity(3);
    reference.set("$ref", call.string(0)?.into())?;
    reference.set("$id", call.arg(1))?;
    if let Some(database) = call.opt_string(2)? {
        reference.set("$db", database.into())?;
    }
    for (key, value) in call.doc_or_empty(3)?.iter() {
        reference.set(key.clone(), value.clone())?;
    }
    Ok(Dynamic::from(reference))
}

#[allow(clippy::cast_possible_wrap)] // no document is that long
fn bsonsize(call: &mut Call<'_>) -> Outcome {
    let raw = document_to_raw(&call.doc(0)?)?;
    Ok((raw.as_bytes().len() as i64).into())
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        table(&[
            (
                "print(Code(\"function() {}\"), Code(\"x\", {a: 1}))",
                "Code('function() {}') Code('x', { a: 1 })",
            ),
            (
                "let c = new Code(\"x\", {a: 1}); print(c.code, c.scope)",
                "x { a: 1 }",
            ),
            (
                "print(DBRef(\"c\", 1), DBRef(\"c\", 1, \"d\"))",
                "DBRef('c', 1) DBRef('c', 1, 'd')",
            ),
            (
                "let r = DBRef(\"c\", 1, \"d\"); print(r.collection, r.oid, r.db)",
                "c 1 d",
            ),
            (
                "let s = BSONSymbol(\"s\"); print(s, s.value, s.toString())",
                "BSONSymbol('s') s s",
            ),
            ("print(bsonsize({a: 1}), bsonsize({}))", "12 5"),
            ("bsonsize(5)", "error: expected a document, got number"),
        ]);
    }
}
