//! Rhai's `parse_json`.

use rhai::{Array, Dynamic, Position};

use crate::script::Doc;
use crate::script::error::{Outcome, RhaiError, ScriptError};

/// Rhai's `parse_json`, with field order kept.
pub(super) fn parse_json(text: &str) -> Result<Dynamic, RhaiError> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| {
        ScriptError::new("SyntaxError", format!("this is no JSON: {e}")).into_rhai(Position::NONE)
    })?;
    from_json(value).map_err(|fault| fault.into_rhai(Position::NONE))
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
