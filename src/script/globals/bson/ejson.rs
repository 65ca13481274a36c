//! `EJSON`: extended JSON in scripts.

use std::rc::Rc;

use rhai::{Array, Dynamic, Engine, FnPtr, ImmutableString};

use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::convert::{bson_value, value_from};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::inspect::{storable, to_ejson};
use crate::value::ejson::{self, Mode, indent_of};

static STATICS: Class = Class {
    name: "EJSON",
    docs: "Extended JSON: JSON that keeps BSON's types.",
    receiver: Receiver::Namespace,
    methods: methods! {
        /// A value as extended JSON text: relaxed, or with `{ relaxed: false }` canonical. A replacer
        /// is a function of key and value, or the names of the fields to keep.
        ///
        /// ```js
        /// EJSON.stringify({ _id: ObjectId(), n: NumberLong("5") }, null, 2, { relaxed: false })
        /// ```
        stringify("value, replacer?, indent?, options?") => stringify;
        /// The value of extended JSON text.
        ///
        /// ```js
        /// EJSON.parse('{ "at": { "$date": "2024-01-15T10:00:00Z" } }')
        /// ```
        parse("text, options?") => parse;
        /// A value as extended JSON, as a document instead of text.
        ///
        /// ```js
        /// EJSON.serialize({ n: NumberLong("5") }, { relaxed: false })
        /// ```
        serialize("value, options?") => serialize;
        /// The value of extended JSON that is a document already.
        ///
        /// ```js
        /// EJSON.deserialize({ n: { $numberLong: "5" } })
        /// ```
        deserialize("value, options?") => deserialize;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    super::namespace(host, "EJSON");
    api::register(engine, host, &STATICS);
}

fn mode(options: &Doc) -> Mode {
    let relaxed = options.get("relaxed").and_then(|v| v.as_bool().ok());
    match relaxed {
        Some(false) => Mode::Canonical,
        _ => Mode::Relaxed,
    }
}

fn stringify(call: &mut Call<'_>) -> Outcome {
    // Options may stand in the place of replacer or indentation, as in js-bson.
    let options = (1..4).find(|i| call.arg(*i).is::<Doc>());
    let mode = mode(&options.map_or(Ok(Doc::new()), |i| call.doc(i))?);
    let value = replaced(call, call.arg(0))?;
    to_ejson(&value, mode, &indent(&call.arg(2))).map(Into::into)
}

/// What `indent` stands for: a number of spaces, or the text itself; at most ten characters.
pub(super) fn indent(given: &Dynamic) -> String {
    if let Some(text) = given.read_lock::<ImmutableString>() {
        return text.chars().take(10).collect();
    }
    #[allow(clippy::cast_possible_truncation)] // at most ten
    let spaces = given
        .as_int()
        .or_else(|_| given.as_float().map(|x| x as i64));
    indent_of(spaces.unwrap_or(0))
}

fn replaced(call: &Call<'_>, value: Dynamic) -> Outcome {
    let replacer = call.arg(1);
    if let Some(f) = replacer.read_lock::<FnPtr>() {
        return by_function(call, &f, "".into(), value);
    }
    match replacer.read_lock::<Array>() {
        Some(names) => {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            kept(&value, &names)
        }
        None => Ok(value),
    }
}

/// The replacer sees a value before what it holds, as JSON.stringify has it.
fn by_function(call: &Call<'_>, f: &FnPtr, key: ImmutableString, value: Dynamic) -> Outcome {
    let value = call.call_back(f, vec![key.into(), value])?.flatten();
    if let Some(doc) = value.read_lock::<Doc>() {
        let mut out = Doc::with_capacity(doc.len());
        for (key, value) in doc.iter() {
            let value = by_function(call, f, key.clone(), value.clone())?;
            if !value.is_unit() || value.tag() == crate::script::number::NULL {
                out.push(key.clone(), value)?;
            }
        }
        return Ok(Dynamic::from(out));
    }
    if let Some(items) = value.read_lock::<Array>() {
        let one = |(i, v): (usize, &Dynamic)| by_function(call, f, i.to_string().into(), v.clone());
        let items = items.iter().enumerate().map(one);
        return Ok(items.collect::<Result<Array, Fault>>()?.into());
    }
    Ok(value)
}

fn kept(value: &Dynamic, names: &[String]) -> Outcome {
    if let Some(doc) = value.read_lock::<Doc>() {
        let mut out = Doc::new();
        for (key, value) in doc
            .iter()
            .filter(|(key, _)| names.iter().any(|n| n == key.as_str()))
        {
            out.push(key.clone(), kept(value, names)?)?;
        }
        return Ok(Dynamic::from(out));
    }
    match value.read_lock::<Array>() {
        Some(items) => {
            let items = items.iter().map(|v| kept(v, names));
            Ok(items.collect::<Result<Array, Fault>>()?.into())
        }
        None => Ok(value.clone()),
    }
}

fn too_deep(e: ejson::TooDeep) -> Fault {
    ScriptError::new("BSONError", e.to_string()).into()
}

fn unreadable(e: ejson::EjsonError) -> Fault {
    ScriptError::new("SyntaxError", e.to_string()).into()
}

fn parse(call: &mut Call<'_>) -> Outcome {
    let value = ejson::parse(&call.string(0)?).map_err(unreadable)?;
    typed(call, value_from(value))
}

/// Relaxed reading, the default, gives plain numbers, as in js-bson; but an int64 that a double
/// would round keeps its digits.
fn typed(call: &Call<'_>, value: Dynamic) -> Outcome {
    match mode(&call.doc_or_empty(1)?) {
        Mode::Canonical => Ok(value),
        _ => plain(value),
    }
}

fn plain(value: Dynamic) -> Outcome {
    if let Some(doc) = value.read_lock::<Doc>() {
        let mut out = Doc::with_capacity(doc.len());
        for (key, value) in doc.iter() {
            out.push(key.clone(), plain(value.clone())?)?;
        }
        return Ok(Dynamic::from(out));
    }
    if let Some(items) = value.read_lock::<Array>() {
        let items = items.iter().cloned().map(plain);
        return Ok(items.collect::<Result<Array, Fault>>()?.into());
    }
    if let Ok(n) = value.as_int() {
        let exact = n.unsigned_abs() <= 1 << 53;
        return Ok(if exact { n.into() } else { value });
    }
    Ok(value.as_float().map_or(value, Into::into))
}

fn serialize(call: &mut Call<'_>) -> Outcome {
    let mode = mode(&call.doc_or_empty(1)?);
    let value = bson_value(&storable(&call.arg(0)))?;
    Ok(value_from(
        ejson::serialize(&value, mode).map_err(too_deep)?,
    ))
}

fn deserialize(call: &mut Call<'_>) -> Outcome {
    let value = ejson::deserialize(&call.bson(0)?).map_err(unreadable)?;
    typed(call, value_from(value))
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        let doc = "{a: 1, b: NumberLong(5), c: ISODate(\"2020-01-01\"), d: NumberDecimal(\"1.5\"), e: 1.5}";
        table(&[
            (
                &format!("print(EJSON.stringify({doc}))"),
                r#"{"a":1,"b":5,"c":{"$date":"2020-01-01T00:00:00Z"},"d":{"$numberDecimal":"1.5"},"e":1.5}"#,
            ),
            (
                &format!("print(EJSON.stringify({doc}, {{relaxed: false}}))"),
                r#"{"a":{"$numberInt":"1"},"b":{"$numberLong":"5"},"c":{"$date":{"$numberLong":"1577836800000"}},"d":{"$numberDecimal":"1.5"},"e":{"$numberDouble":"1.5"}}"#,
            ),
            (
                "print(EJSON.stringify({a: [1, {b: 2}]}, null, 2))",
                "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}",
            ),
            (
                "print(EJSON.stringify({a: [1, {b: 2}]}, [\"a\"]))",
                r#"{"a":[1,{}]}"#,
            ),
            (
                "print(EJSON.stringify({a: [1, {b: 2}]}, (k, v) => k == \"b\" ? 7 : v))",
                r#"{"a":[1,{"b":7}]}"#,
            ),
            (
                "print(EJSON.stringify({a: 1}, null, 2, {relaxed: false}))",
                "{\n  \"a\": {\n    \"$numberInt\": \"1\"\n  }\n}",
            ),
            (
                "print(EJSON.stringify({a: 1}, null, \"--\"))",
                "{\n--\"a\": 1\n}",
            ),
            (
                "print(EJSON.stringify(undefined), EJSON.stringify({a: undefined, b: null, f: () => 1}))",
                r#"null {"a":null,"b":null}"#,
            ),
            (
                "print(EJSON.parse('{\"a\": {\"$numberLong\": \"5\"}, \"b\": {\"$date\": \"2020-01-01T00:00:00Z\"}, \"c\": 5000000000}').b)",
                "ISODate('2020-01-01T00:00:00.000Z')",
            ),
            (
                "print(EJSON.serialize({a: NumberLong(5), b: 2}, {relaxed: false}))",
                "{ a: { '$numberLong': '5' }, b: { '$numberInt': '2' } }",
            ),
            (
                "print(EJSON.deserialize({d: {$oid: \"507f1f77bcf86cd799439011\"}}))",
                "{ d: ObjectId('507f1f77bcf86cd799439011') }",
            ),
        ]);
    }
}
