//! Replacing a whole document.

use bson::{Bson, Document, Timestamp};

use super::super::Env;
use super::super::error::{Error, Result, code};
use super::super::text;
use super::ops::timestamp;
use super::{Applied, Change, check};
use crate::value::{compare, identical_documents};

/// Puts a new document in the place of an old one, whose `_id` it keeps.
pub(super) fn replace(old: &Document, new: &Document, env: &Env) -> Result<Applied> {
    let id = old.get("_id");
    let new = with_times(new, env);
    if identical_documents(old, &new) {
        return Ok(Applied::unchanged(old));
    }
    check::document(&new, false)?;
    let logged = with_id(&new, id)?;
    let doc = id_first(logged.clone());
    check::size(&doc)?;
    Ok(Applied {
        doc,
        modified: true,
        change: Change::Replace(logged),
    })
}

/// Empty timestamps at the top of a new document become the time.
pub(super) fn with_times(doc: &Document, env: &Env) -> Document {
    let mut doc = doc.clone();
    for (name, value) in doc.iter_mut() {
        let empty = Timestamp {
            time: 0,
            increment: 0,
        };
        if *value == Bson::Timestamp(empty) && name != "_id" {
            *value = timestamp(env).into();
        }
    }
    doc
}

/// The new document with the old `_id`, which it may also have itself.
pub(super) fn with_id(new: &Document, id: Option<&Bson>) -> Result<Document> {
    match (new.get("_id"), id) {
        (None, Some(id)) => {
            let mut doc = bson::doc! { "_id": id };
            doc.extend(new.clone());
            Ok(doc)
        }
        (Some(Bson::Array(_)), _) => Err(Error::new(
            code::NOT_SINGLE_VALUE_FIELD,
            "After applying the update to the document, the (immutable) field '_id' was found to be an array or array descendant.",
        )),
        (Some(new_id), Some(id)) if compare(new_id, id).is_ne() => Err(Error::new(
            code::IMMUTABLE_FIELD,
            format!(
                "After applying the update, the (immutable) field '_id' was found to have been altered to {}",
                text::field("_id", new_id)
            ),
        )),
        _ => Ok(new.clone()),
    }
}

/// A document as it is stored: `_id` before all else.
pub(super) fn id_first(mut doc: Document) -> Document {
    if doc.keys().next().is_none_or(|name| name == "_id") {
        return doc;
    }
    let Some(id) = doc.remove("_id") else {
        return doc;
    };
    let mut first = bson::doc! { "_id": id };
    first.extend(doc);
    first
}
