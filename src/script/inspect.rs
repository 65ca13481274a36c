//! Script values as text, in mongosh's layouts.

use rhai::Dynamic;

use super::convert::bson_value;

/// What `print` shows: a string as it is, anything else in mongosh's layout.
#[must_use]
pub fn for_print(value: &Dynamic) -> String {
    match value.clone().flatten().into_string() {
        Ok(text) => text,
        Err(_) => pretty(value),
    }
}

/// The layout of results: on one line where it fits.
#[must_use]
pub fn pretty(value: &Dynamic) -> String {
    bson_value(value).map_or_else(|_| value.type_name().to_string(), |b| b.to_string())
}

/// The layout of `printjson`: each field on its own line.
#[must_use]
pub fn expanded(value: &Dynamic) -> String {
    pretty(value)
}

/// On one line, for error messages.
#[must_use]
pub fn one_line(value: &Dynamic) -> String {
    pretty(value)
}
