//! Errors in scripts: what `catch (e)` gets, and the constructors of what is thrown.

use std::any::TypeId;
use std::rc::Rc;

use bson::Bson;
use rhai::{Array, Dynamic, Engine, FuncRegistration, ImmutableString, Map};

use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::convert::{bson_value, document_from, value_from};
use crate::script::error::{Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::shell::collection::bulk_error;
use crate::script::syntax::CAUGHT;

static CLASS: Class = Class {
    name: "ScriptError",
    docs: "What catch (e) gets. Its properties: name, message, code, codeName, errorLabels, and the fields of the server's reply.",
    receiver: Receiver::Value(TypeId::of::<ScriptError>),
    methods: methods! {
        /// Whether the server or the driver put this label on the error.
        ///
        /// ```js
        /// try { throw new Error("late") } catch (e) { print(e.hasErrorLabel("TransientTransactionError")) }
        /// ```
        hasErrorLabel("label") => has_error_label;
        /// Puts a label on the error.
        ///
        /// ```js
        /// try { throw new Error("late") } catch (e) { e.addErrorLabel("TransientTransactionError") }
        /// ```
        addErrorLabel("label") => add_error_label;
        /// Name and message: `TypeError: not a number`.
        ///
        /// ```js
        /// try { throw new TypeError("not a number") } catch (e) { print(e.toString()) }
        /// ```
        toString("") => to_string;
    },
};

static CONSTRUCTORS: Class = Class {
    name: "Errors",
    docs: "Errors to throw.",
    receiver: Receiver::Global,
    methods: methods! {
        /// An error with a message; `{ cause: … }` says what led to it.
        ///
        /// ```js
        /// try { throw new Error("out of stock") } catch (e) { print(e.message) }
        /// ```
        Error("message?, options?") => construct;
        /// An error about a value of the wrong type.
        ///
        /// ```js
        /// try { throw new TypeError("expected a document") } catch (e) { print(e.name) }
        /// ```
        TypeError("message?, options?") => construct;
        /// An error about a value out of bounds.
        ///
        /// ```js
        /// try { throw new RangeError("too many") } catch (e) { print(e.name) }
        /// ```
        RangeError("message?, options?") => construct;
        /// An error about a name that stands for nothing.
        ///
        /// ```js
        /// try { throw new ReferenceError("no such thing") } catch (e) { print(e.name) }
        /// ```
        ReferenceError("message?, options?") => construct;
        /// An error about text that cannot be read.
        ///
        /// ```js
        /// try { throw new SyntaxError("no JSON") } catch (e) { print(e.name) }
        /// ```
        SyntaxError("message?, options?") => construct;
    },
};

/// Registers errors and their constructors.
pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<ScriptError>("error");
    engine.register_indexer_get(property);
    let setter = FuncRegistration::new_index_setter().with_purity(true);
    setter.register_into_engine(engine, set_property);
    engine.register_fn("to_string", |e: &mut ScriptError| text(e));
    engine.register_fn("to_debug", |e: &mut ScriptError| text(e));
    engine.register_fn(CAUGHT, |error: Map| of_rhai(&error));
    api::register(engine, host, &CLASS);
    api::register(engine, host, &CONSTRUCTORS);
}

/// `name: message`, as JavaScript's `String(error)`.
#[must_use]
pub fn text(e: &ScriptError) -> String {
    match (e.name.as_str(), e.message.as_str()) {
        ("", message) => message.to_string(),
        (name, "") => name.to_string(),
        (name, message) => format!("{name}: {message}"),
    }
}

/// Rhai hands the errors it throws itself to `catch` as maps with a text; what went wrong inside
/// of a closure is told from the text only.
fn of_rhai(error: &Map) -> Dynamic {
    let field = |name: &str| error.get(name).and_then(|v| v.clone().into_string().ok());
    let (Some(kind), Some(text)) = (field("error"), field("message")) else {
        return Dynamic::from_map(error.clone());
    };
    let (name, message) = classify(&kind, without_place(&text));
    let mut caught = ScriptError::new(name, message);
    for key in ["error", "line", "position", "source"] {
        if let Some(value) = error.get(key) {
            set_detail(&mut caught, key, value);
        }
    }
    Dynamic::from(caught)
}

/// The first line, without ` @ 'source' (line 1, position 2)`.
fn without_place(text: &str) -> &str {
    let first = text.lines().next().unwrap_or_default();
    let cut = |text: &str, mark: &str| text.rfind(mark).unwrap_or(text.len());
    let first = &first[..cut(first, " (line ")];
    &first[..cut(first, " @ '")]
}

/// JavaScript's name for what Rhai threw, and its message where it has one for the same.
fn classify(kind: &str, text: &str) -> (&'static str, String) {
    if let Some(variable) = text.strip_prefix("Variable not found: ") {
        return ("ReferenceError", format!("{variable} is not defined"));
    }
    if let Some((function, types)) = text
        .strip_prefix("Function not found: ")
        .and_then(|signature| signature.split_once(" ("))
    {
        // Without an argument there is no object it could have been called on.
        return match types.starts_with(')') {
            true => ("ReferenceError", format!("{function} is not defined")),
            false => ("TypeError", format!("{function} is not a function")),
        };
    }
    let starts = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    let name = match kind {
        "ErrorMismatchDataType"
        | "ErrorMismatchOutputType"
        | "ErrorIndexingType"
        | "ErrorDotExpr"
        | "ErrorPropertyNotFound"
        | "ErrorUnboundThis"
        | "ErrorFor" => "TypeError",
        "ErrorArithmetic" | "ErrorArrayBounds" | "ErrorStringBounds" | "ErrorDataTooLarge" => {
            "RangeError"
        }
        "ErrorParsing" => "SyntaxError",
        "ErrorModuleNotFound" | "ErrorInModule" => "ImportError",
        _ if starts(&[
            "Unknown property",
            "Data type",
            "Output type",
            "No writable",
            "Cannot",
        ]) =>
        {
            "TypeError"
        }
        _ => "Error",
    };
    (name, text.to_string())
}

fn property(e: &mut ScriptError, name: ImmutableString) -> Dynamic {
    let strings = |all: &[String]| -> Array { all.iter().map(|s| s.clone().into()).collect() };
    let detail = |name: &str| {
        let value = e.details.as_ref()?.get(name)?.clone();
        Some(value_from(value))
    };
    if let Some(value) = bulk_error::property(e, &name) {
        return value;
    }
    match name.as_str() {
        "name" => e.name.clone().into(),
        "message" => e.message.clone().into(),
        "errmsg" if e.details.is_some() => e.message.clone().into(),
        "code" if e.code.is_some() => e.code.map_or(Dynamic::UNIT, |n| i64::from(n).into()),
        "codeName" if e.code_name.is_some() => {
            e.code_name.clone().map_or(Dynamic::UNIT, Into::into)
        }
        "errorLabels" if !e.labels.is_empty() || is_driver_error(e) => strings(&e.labels).into(),
        "errorResponse" if detail("errorResponse").is_none() => match &e.details {
            Some(reply) => Dynamic::from(document_from(reply.clone())),
            None => Dynamic::UNIT,
        },
        "stack" => text(e).into(),
        other => detail(other).unwrap_or(Dynamic::UNIT),
    }
}

/// Errors of the driver always have labels, if none to name.
fn is_driver_error(e: &ScriptError) -> bool {
    e.name.starts_with("Mongo") && !e.name.starts_with("Mongosh")
}

fn set_property(e: &mut ScriptError, name: ImmutableString, value: Dynamic) {
    let as_text = |value: &Dynamic| value.clone().into_string().ok();
    match name.as_str() {
        "name" => e.name = as_text(&value).unwrap_or_default(),
        "message" => e.message = as_text(&value).unwrap_or_default(),
        "codeName" => e.code_name = as_text(&value),
        "code" => match value.as_int().map(i32::try_from) {
            Ok(Ok(code)) => e.code = Some(code),
            _ => {
                e.code = None;
                set_detail(e, &name, &value);
            }
        },
        other => set_detail(e, other, &value),
    }
}

/// What BSON cannot hold (a function) is left out: an error crosses threads and sessions.
fn set_detail(e: &mut ScriptError, name: &str, value: &Dynamic) {
    if let Ok(value) = bson_value(value) {
        e.details.get_or_insert_default().insert(name, value);
    }
}

fn construct(call: &mut Call<'_>) -> Outcome {
    let message = match call.given(0) {
        None => String::new(),
        Some(value) => super::super::inspect::for_print(&value),
    };
    let mut error = ScriptError::new(call.method.name, message);
    let cause = call.doc_or_empty(1)?.get("cause").map(bson_value);
    if let Some(cause) = cause {
        let cause = cause.unwrap_or(Bson::Null);
        error.details.get_or_insert_default().insert("cause", cause);
    }
    Ok(Dynamic::from(error))
}

fn has_error_label(call: &mut Call<'_>) -> Outcome {
    let label = call.string(0)?;
    Ok(call.this::<ScriptError>()?.labels.contains(&label).into())
}

fn add_error_label(call: &mut Call<'_>) -> Outcome {
    let label = call.string(0)?;
    call.with_this::<ScriptError, _>(|e| e.labels.push(label))?;
    Ok(Dynamic::UNIT)
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    Ok(text(&call.this::<ScriptError>()?).into())
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;

    #[test]
    fn thrown_errors_are_caught_with_their_fields() {
        table(&[
            (
                "try { throw Error(\"x\") } catch (e) { print(e); print(e.name); print(e.message); print(e.toString()) }",
                "Error: x\nError\nx\nError: x",
            ),
            (
                "try { throw RangeError(\"r\") } catch (e) { e.code = 7; e.extra = 5; print(e.code + e.extra); print(e.codeName == ()) }",
                "12\ntrue",
            ),
            (
                "try { throw TypeError() } catch (e) { print(`${e}`) }",
                "TypeError",
            ),
            (
                "try { throw Error(\"x\") } catch (e) { print(e.hasErrorLabel(\"L\")); e.addErrorLabel(\"L\"); print(e.hasErrorLabel(\"L\")); print(e.errorLabels.len()) }",
                "false\ntrue\n1",
            ),
            (
                "try { try { throw Error(\"inner\") } catch (e) { throw e } } catch (e) { print(e.message) }",
                "inner",
            ),
            (
                "try { db.getName(1, 2, 3) } catch (e) { print(e.message != \"\"); print(e.hasErrorLabel(\"L\")) }",
                "true\nfalse",
            ),
            (
                "try { print(nothing) } catch (e) { print(e.name, e.message, e.line, e.hasErrorLabel(\"L\")) }",
                "ReferenceError nothing is not defined 1 false",
            ),
            (
                "try { [1].nothing() } catch (e) { print(e) }",
                "TypeError: nothing is not a function",
            ),
            (
                "try { throw \"text\" } catch (e) { print(e) } try { throw {a: 1} } catch (e) { print(e.a) }",
                "text\n1",
            ),
            ("throw Error(\"boom\")", "error: boom"),
        ]);
    }
}
