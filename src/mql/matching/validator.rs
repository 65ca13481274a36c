//! What a collection's validator may not hold.

use bson::{Bson, Document};

use crate::mql::{Error, Result};

/// Refuses what depends on more than the document.
///
/// # Errors
/// The server's.
pub fn check(filter: &Document) -> Result<()> {
    for (name, value) in filter {
        check_name(name)?;
        match value {
            // Its names are no operators.
            _ if name == "$jsonSchema" || name == "$literal" => {}
            Bson::Document(inner) => check(inner)?,
            Bson::Array(items) => {
                let mut inner = items.iter().filter_map(Bson::as_document);
                inner.try_for_each(check)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    Err(match name {
        "$where" | "$text" => Error::bad_value(format!("{name} is not allowed in this context")),
        "$near" | "$nearSphere" | "$geoNear" => Error::new(
            5_626_500,
            "$geoNear, $near, and $nearSphere are not allowed in this context",
        ),
        "$rand" | "$sampleRate" => {
            Error::new(3_040_500, "$rand not allowed inside collection validators")
        }
        "$function" => Error::new(4_660_800, "$function cannot be used inside a validator."),
        _ => return Ok(()),
    })
}
