//! The server's words for options of the wrong type or name.

use bson::{Bson, Document};

use crate::mql::{Error, Result, text};

/// An option that has not the type it should have.
pub(super) fn wrong_type(field: &str, value: &Bson, expected: &str) -> Error {
    let found = text::type_name(value);
    Error::type_mismatch(format!(
        "BSON field '{field}' is the wrong type '{found}', expected type '{expected}'"
    ))
}

/// An option that there is not.
pub(super) fn unknown(field: &str) -> Error {
    Error::new(40415, format!("BSON field '{field}' is an unknown field."))
}

/// An option that must be there.
pub(super) fn missing(field: &str) -> Error {
    Error::new(
        40414,
        format!("BSON field '{field}' is missing but a required field"),
    )
}

/// A text that is none of those it may be.
pub(super) fn not_in_enumeration(field: &str, value: &str) -> Error {
    Error::bad_value(format!(
        "Enumeration value '{value}' for field '{field}' is not a valid value."
    ))
}

/// A document.
pub(super) fn document<'a>(field: &str, value: &'a Bson) -> Result<&'a Document> {
    value
        .as_document()
        .ok_or_else(|| wrong_type(field, value, "object"))
}

/// A text.
pub(super) fn string<'a>(field: &str, value: &'a Bson) -> Result<&'a str> {
    value
        .as_str()
        .ok_or_else(|| wrong_type(field, value, "string"))
}

/// True or false.
pub(super) fn boolean(field: &str, value: &Bson) -> Result<bool> {
    value
        .as_bool()
        .ok_or_else(|| wrong_type(field, value, "bool"))
}

/// True or false, where a missing value and false are the same to the server (`OptionalBool`).
pub(super) fn optional_bool(field: &str, value: &Bson) -> Result<bool> {
    value.as_bool().ok_or_else(|| {
        let found = text::type_name(value);
        Error::type_mismatch(format!(
            "Field '{field}' should be a boolean value, but found: {found}"
        ))
    })
}
