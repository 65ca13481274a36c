//! `JSON.parse`.

use rhai::{Array, Dynamic, FnPtr};
use serde_json::Value;

use super::super::convert::{double, text};
use crate::script::Doc;
use crate::script::api::Call;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::number;

pub(super) fn parse(call: &mut Call<'_>) -> Outcome {
    let text = text(&call.arg(0));
    let parsed: Value = serde_json::from_str(&text).map_err(|e| wrong(&text, &e))?;
    let value = value_of(parsed)?;
    match call.given(1) {
        None => Ok(value),
        Some(_) => revive(call, &call.callback(1)?, "", value),
    }
}

fn wrong(text: &str, e: &serde_json::Error) -> ScriptError {
    if e.is_eof() {
        return ScriptError::new("SyntaxError", "Unexpected end of JSON input");
    }
    let shown: String = text.chars().take(40).collect();
    let at = format!("line {}, column {}", e.line(), e.column());
    ScriptError::new(
        "SyntaxError",
        format!("\"{shown}\" is not valid JSON ({at})"),
    )
    .hint(e.to_string())
}

fn value_of(parsed: Value) -> Result<Dynamic, Fault> {
    Ok(match parsed {
        Value::Null => number::null(),
        Value::Bool(b) => b.into(),
        Value::Number(n) => match n.as_i64() {
            Some(n) => n.into(),
            None => double(n.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(s) => s.into(),
        Value::Array(items) => {
            let items: Result<Array, Fault> = items.into_iter().map(value_of).collect();
            items?.into()
        }
        Value::Object(fields) => {
            let mut doc = Doc::with_capacity(fields.len());
            for (key, value) in fields {
                doc.push(key, value_of(value)?)?;
            }
            Dynamic::from(doc)
        }
    })
}

/// The innermost values first, as ECMA-262 has it; undefined removes a field.
fn revive(call: &Call<'_>, f: &FnPtr, key: &str, value: Dynamic) -> Outcome {
    let value = if let Some(doc) = value.read_lock::<Doc>() {
        let mut revived = Doc::with_capacity(doc.len());
        for (key, value) in doc.iter() {
            let value = revive(call, f, key, value.clone())?;
            if !super::stringify::is_undefined(&value) {
                revived.push(key.clone(), value)?;
            }
        }
        Dynamic::from(revived)
    } else if let Some(items) = value.read_lock::<Array>() {
        let revived: Result<Array, Fault> = items
            .iter()
            .enumerate()
            .map(|(i, item)| revive(call, f, &i.to_string(), item.clone()))
            .collect();
        revived?.into()
    } else {
        value.clone()
    };
    Ok(call.call_back(f, vec![key.into(), value])?.flatten())
}
