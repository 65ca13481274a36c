//! Decoding as much of a stored document as is needed.

use bson::{Bson, Document, RawDocument};

use crate::mql::error::code;
use crate::mql::{Deps, Error, Result};

/// The needed fields of a stored document, in its order.
///
/// # Errors
/// When the bytes are no document: the disk is damaged.
pub fn decode(raw: &RawDocument, needs: &Deps) -> Result<Document> {
    let Some(fields) = needs.fields() else {
        return Document::try_from(raw).map_err(damaged);
    };
    let mut document = Document::new();
    let mut left = fields.len();
    for element in raw.iter_elements() {
        if left == 0 {
            break;
        }
        let element = element.map_err(damaged)?;
        let name = element.key().as_str();
        if !fields.contains(name) {
            continue;
        }
        left -= 1;
        let value = element.value().map_err(damaged)?;
        document.insert(name, Bson::try_from(value).map_err(damaged)?);
    }
    Ok(document)
}

fn damaged(e: impl std::fmt::Display) -> Error {
    Error::new(
        code::INVALID_BSON,
        format!("a stored document is damaged: {e}"),
    )
}
