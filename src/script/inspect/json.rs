//! Script values as extended JSON.

use rhai::{Array, Dynamic};

use crate::script::Doc;
use crate::script::convert::{bson_value, value_from};
use crate::script::error::{Fault, ScriptError};
use crate::script::shell::cursor::core_of;
use crate::value::ejson::{self, Mode};

/// Extended JSON, each level indented by the text given; functions are left out, as JSON does it.
///
/// # Errors
/// Where the value holds what JSON cannot (a cursor), or nests too deep.
pub fn to_ejson(value: &Dynamic, mode: Mode, indent: &str) -> Result<String, Fault> {
    let value = bson_value(&storable(value))?;
    ejson::stringify(&value, mode, indent)
        .map_err(|e| ScriptError::new("BSONError", e.to_string()).into())
}

/// The result of a source for machines: extended JSON in levels of two spaces, as `mongosh --json`
/// writes it; a cursor's documents as an array.
///
/// # Errors
/// As [`to_ejson`]; what reading a cursor failed with.
pub fn result_json(value: &Dynamic, mode: Mode) -> Result<String, Fault> {
    let Some(core) = core_of(value) else {
        return to_ejson(value, mode, "  ");
    };
    let mut documents = Array::new();
    while let Some(document) = core.step()? {
        documents.push(document);
    }
    to_ejson(&documents.into(), mode, "  ")
}

/// The value without its functions, and errors as documents.
pub fn storable(value: &Dynamic) -> Dynamic {
    let value = value.clone().flatten();
    if let Some(doc) = value.read_lock::<Doc>() {
        let mut kept = Doc::with_capacity(doc.len());
        for (key, value) in doc.iter().filter(|(_, value)| !value.is_fnptr()) {
            // No deeper than it was.
            let _ = kept.push(key.clone(), storable(value));
        }
        return Dynamic::from(kept);
    }
    if let Some(items) = value.read_lock::<Array>() {
        return items.iter().map(storable).collect::<Array>().into();
    }
    if value.is_fnptr() {
        return Dynamic::UNIT;
    }
    let error = value.read_lock::<ScriptError>().map(|e| error_document(&e));
    error.unwrap_or_else(|| value.clone())
}

fn error_document(e: &ScriptError) -> Dynamic {
    let mut fields = e.details.clone().unwrap_or_default();
    for (key, value) in [("message", &e.message), ("name", &e.name)] {
        fields.insert(key, value.as_str());
    }
    value_from(bson::Bson::Document(fields))
}
