//! `renameCollection`

use bson::Document;

use super::writes::collection_name;
use super::{CommandContext, Field, Fields, Kind, Request, fields};
use crate::embedded::catalog::{Namespace, check_new_name, check_writable_name};
use crate::mql::{Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::required("to", Kind::String),
    Field::new("dropTarget", Kind::Any),
    Field::new("stayTemp", Kind::SafeBoolean),
    Field::new("collectionUUID", Kind::Uuid),
];

/// Gives a collection another name.
pub fn rename(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let name = collection_name(request)?;
    let fields = Fields::parse("renameCollection", request.body(), FIELDS)?;
    let drop_target = drop_target(&fields)?;
    let from =
        namespace(name).ok_or_else(|| invalid(format!("Invalid namespace specified '{name}'")))?;
    let to = fields.str("to").unwrap_or_default();
    let to = namespace(to).ok_or_else(|| invalid(format!("Invalid target namespace: {to}")))?;
    if from == to {
        let text = "Can't rename a collection to itself";
        return Err(Error::new(code::ILLEGAL_OPERATION, text));
    }
    check_writable_name(&from.db, &from.coll).map_err(|e| of_namespace("source", &e))?;
    check_target(&to)?;
    cx.operation.rename_collection(&from, &to, drop_target)?;
    cx.server
        .cursors
        .kill_namespace(|other| *other == from || *other == to);
    Ok(Document::new())
}

fn drop_target(fields: &Fields<'_>) -> Result<bool> {
    match fields.get("dropTarget") {
        None => Ok(false),
        Some(bson::Bson::Boolean(drop)) => Ok(*drop),
        Some(bson::Bson::Binary(_)) => Ok(true),
        Some(other) => {
            let kind = fields::type_name(other);
            Err(Error::type_mismatch(format!(
                "BSON field 'renameCollection.dropTarget' is the wrong type '{kind}', expected types \
                 '[bool, binData']"
            )))
        }
    }
}

/// `db.collection`
fn namespace(name: &str) -> Option<Namespace> {
    let (db, coll) = name.split_once('.')?;
    let valid = !db.is_empty() && db.len() < 64 && !coll.is_empty();
    let valid = valid && !db.contains(['/', '\\', ' ', '"', '$', '\0']);
    valid.then(|| Namespace::new(db, coll))
}

fn check_target(to: &Namespace) -> Result<()> {
    if to.coll.starts_with('.') {
        let text = format!("Invalid collection name: {}", to.coll);
        return Err(of_namespace("target", &invalid(text)));
    }
    check_new_name(&to.db, &to.coll)
        .and_then(|()| check_writable_name(&to.db, &to.coll))
        .map_err(|e| of_namespace("target", &e))
}

fn of_namespace(which: &str, error: &Error) -> Error {
    let text = format!("error with {which} namespace: {}", error.message);
    Error::new(code::ILLEGAL_OPERATION, text)
}

fn invalid(text: String) -> Error {
    Error::new(code::INVALID_NAMESPACE, text)
}
