//! `NumberDecimal`, `Decimal128`.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine, ImmutableString};

use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::value::{Decimal, js};

static GLOBALS: Class = super::globals(methods! {
    /// A decimal number that is stored as it is written; pass it as text.
    ///
    /// ```js
    /// db.prices.insertOne({ price: NumberDecimal("29.99") })
    /// ```
    NumberDecimal("value?") => construct;
    /// A decimal number that is stored as it is written; pass it as text.
    ///
    /// ```js
    /// db.prices.insertOne({ price: Decimal128("29.99") })
    /// ```
    Decimal128("value?") => construct;
});

static STATICS: Class = Class {
    name: "Decimal128",
    docs: "Making decimal numbers.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// The decimal number that a text spells; an error where it has more than 34 digits.
        ///
        /// ```js
        /// Decimal128.fromString("1.50")
        /// ```
        fromString("text") => from_string;
        /// The decimal number that a text spells, rounded to 34 digits.
        ///
        /// ```js
        /// Decimal128.fromStringWithRounding("0.333333333333333333333333333333333333333")
        /// ```
        fromStringWithRounding("text") => from_string_with_rounding;
    },
};

static METHODS: Class = Class {
    name: "Decimal128",
    docs: "A decimal number of 34 digits.",
    receiver: Receiver::Value(TypeId::of::<Decimal>),
    methods: methods! {
        /// Its digits, as they were written.
        ///
        /// ```js
        /// NumberDecimal("1.50").toString()
        /// ```
        toString("") => to_string;
        /// What JSON makes of it.
        ///
        /// ```js
        /// NumberDecimal("1.50").toJSON()
        /// ```
        toJSON("") => to_json;
        /// The nearest double.
        ///
        /// ```js
        /// NumberDecimal("1.50").toNumber()
        /// ```
        toNumber("") => to_number;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Decimal>("Decimal128");
    engine.register_fn("to_string", |n: &mut Decimal| n.to_string());
    engine.register_fn("to_float", |n: &mut Decimal| n.to_f64());
    super::namespace(host, "Decimal128");
    super::namespace(host, "NumberDecimal");
    for class in [&GLOBALS, &STATICS, &METHODS] {
        api::register(engine, host, class);
    }
}

fn construct(call: &mut Call<'_>) -> Outcome {
    super::warn_of_number(call);
    let Some(given) = call.given(0) else {
        return Ok(Dynamic::from(Decimal::zero()));
    };
    if let Some(n) = given.read_lock::<Decimal>() {
        return Ok(Dynamic::from(*n));
    }
    if let Ok(n) = given.as_int() {
        return Ok(Dynamic::from(Decimal::from_i64(n)));
    }
    if let Ok(n) = given.as_float() {
        return read(&js::js_number(n));
    }
    match given.read_lock::<ImmutableString>() {
        Some(text) => read(&text),
        None => Err(call.expected(0, "a string or a number")),
    }
}

fn read(text: &str) -> Outcome {
    let n: Decimal = text
        .parse()
        .map_err(|e: crate::value::DecimalError| bad(e, text))?;
    Ok(Dynamic::from(n))
}

fn bad(e: crate::value::DecimalError, text: &str) -> Fault {
    ScriptError::new("BSONError", e.message(text)).into()
}

fn from_string(call: &mut Call<'_>) -> Outcome {
    read(&call.string(0)?)
}

fn from_string_with_rounding(call: &mut Call<'_>) -> Outcome {
    let text = call.string(0)?;
    let n = Decimal::rounded(&text).map_err(|e| bad(e, &text))?;
    Ok(Dynamic::from(n))
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Decimal>()?.to_string().into())
}

fn to_json(call: &mut Call<'_>) -> Outcome {
    let mut doc = Doc::new();
    let text = call.this::<Decimal>()?.to_string();
    doc.set("$numberDecimal", text.into())?;
    Ok(Dynamic::from(doc))
}

fn to_number(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Decimal>()?.to_f64().into())
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        table(&[
            (
                "print([NumberDecimal(\"1.50\"), NumberDecimal(1.5), NumberDecimal(), Decimal128(\"5\")])",
                "[\n  Decimal128('1.50'),\n  Decimal128('1.5'),\n  Decimal128('0'),\n  Decimal128('5')\n]",
            ),
            (
                "print(Decimal128.fromString(\"1E+3\"), NumberDecimal(5), NumberDecimal(\"NaN\"))",
                "Decimal128('1E+3') Decimal128('5') Decimal128('NaN')",
            ),
            (
                "print(NumberDecimal(\"1.50\").toString(), NumberDecimal(\"1.50\").toJSON())",
                "1.50 { '$numberDecimal': '1.50' }",
            ),
            (
                "NumberDecimal(\"abc\")",
                "error: abc not a valid Decimal128 string",
            ),
            (
                "print(Decimal128.fromStringWithRounding(\"1.123456789012345678901234567890123456789\"))",
                "Decimal128('1.123456789012345678901234567890123')",
            ),
        ]);
    }
}
