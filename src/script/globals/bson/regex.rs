//! `RegExp`: regular expressions as values.

use std::any::TypeId;
use std::rc::Rc;

use bson::Regex;
use bson::raw::CString;
use rhai::{Dynamic, Engine};

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;

static GLOBALS: Class = super::globals(methods! {
    /// A regular expression: a pattern, and flags such as "i"; `/pattern/i` is the same.
    ///
    /// ```js
    /// db.people.find({ name: RegExp("^ada", "i") })
    /// ```
    RegExp("pattern?, flags?") => reg_exp;
    /// A regular expression: a pattern, and flags such as "i".
    ///
    /// ```js
    /// db.people.find({ name: Regex("^ada", "i") })
    /// ```
    Regex("pattern?, flags?") => reg_exp;
    /// A regular expression with the server's options: "i", "l", "m", "s", "u", "x".
    ///
    /// ```js
    /// db.people.find({ name: BSONRegExp("^ada", "i") })
    /// ```
    BSONRegExp("pattern, options?") => bson_reg_exp;
});

static METHODS: Class = Class {
    name: "RegExp",
    docs: "A regular expression; its properties are source and flags.",
    receiver: Receiver::Value(TypeId::of::<Regex>),
    methods: methods! {
        /// The regular expression between slashes, with its flags.
        ///
        /// ```js
        /// RegExp("a+", "i").toString()
        /// ```
        toString("") => to_string;
    },
};

/// What JavaScript and the server know as flags, in the order JavaScript gives them.
const FLAGS: &str = "dgilmsuvxy";

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Regex>("RegExp");
    for name in ["source", "pattern"] {
        engine.register_get(name, |re: &mut Regex| source(re));
    }
    for name in ["flags", "options"] {
        engine.register_get(name, |re: &mut Regex| re.options.to_string());
    }
    for (name, flag) in [("global", 'g'), ("ignoreCase", 'i'), ("multiline", 'm')] {
        engine.register_get(name, move |re: &mut Regex| {
            re.options.as_str().contains(flag)
        });
    }
    engine.register_fn("to_string", |re: &mut Regex| text(re));
    super::namespace(host, "RegExp");
    api::register(engine, host, &GLOBALS);
    api::register(engine, host, &METHODS);
}

/// A regular expression as a script's value.
fn make(pattern: String, flags: &str) -> Outcome {
    let mut seen: Vec<char> = flags.chars().collect();
    seen.sort_by_key(|c| FLAGS.find(*c));
    let repeated = seen.windows(2).any(|pair| pair[0] == pair[1]);
    if repeated || seen.iter().any(|c| !FLAGS.contains(*c)) {
        let message = format!("Invalid flags supplied to RegExp constructor '{flags}'");
        return Err(ScriptError::new("SyntaxError", message).into());
    }
    let options: String = seen.into_iter().collect();
    Ok(Dynamic::from(Regex {
        pattern: cstring(pattern)?,
        options: cstring(options)?,
    }))
}

fn cstring(text: String) -> Result<CString, Fault> {
    CString::try_from(text).map_err(|_| {
        ScriptError::new("BSONError", "a regular expression cannot hold a NUL byte").into()
    })
}

fn reg_exp(call: &mut Call<'_>) -> Outcome {
    let given = call.arg(0);
    if let Some(re) = given.read_lock::<Regex>() {
        let flags = call.opt_string(1)?;
        let flags = flags.unwrap_or_else(|| re.options.to_string());
        return make(re.pattern.to_string(), &flags);
    }
    let pattern = call.opt_string(0)?.unwrap_or_default();
    make(pattern, &call.opt_string(1)?.unwrap_or_default())
}

fn bson_reg_exp(call: &mut Call<'_>) -> Outcome {
    let options = call.opt_string(1)?.unwrap_or_default();
    if let Some(c) = options.chars().find(|c| !"ilmsux".contains(*c)) {
        let message = format!("The regular expression option [{c}] is not supported");
        return Err(ScriptError::new("BSONError", message).into());
    }
    make(call.string(0)?, &options)
}

/// The pattern as it stands between slashes.
fn source(re: &Regex) -> String {
    let text = text(re);
    text[1..]
        .rsplit_once('/')
        .map_or("", |(source, _)| source)
        .to_string()
}

fn text(re: &Regex) -> String {
    crate::script::inspect::one_line(&Dynamic::from(re.clone()))
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    Ok(text(&call.this()?).into())
}

#[cfg(test)]
mod tests {
    use crate::script::globals::tests::table;

    #[test]
    fn as_in_mongosh() {
        table(&[
            (
                "print([/a\\/b/i, RegExp(\"x\", \"i\"), new RegExp(\"x\"), RegExp(\"a/b\").source, /x/ig.flags, /x/.toString()])",
                "[ /a\\/b/i, /x/i, /x/, 'a\\\\/b', 'gi', '/x/' ]",
            ),
            (
                "print(RegExp(/x/i), RegExp(/x/i, \"m\"), RegExp(), Regex(\"y\").ignoreCase)",
                "/x/i /x/m /(?:)/ false",
            ),
            (
                "print(EJSON.stringify(/x/gi))",
                r#"{"$regularExpression":{"pattern":"x","options":"i"}}"#,
            ),
            (
                "RegExp(\"x\", \"q\")",
                "error: Invalid flags supplied to RegExp constructor 'q'",
            ),
            (
                "BSONRegExp(\"x\", \"g\")",
                "error: The regular expression option [g] is not supported",
            ),
        ]);
    }
}
