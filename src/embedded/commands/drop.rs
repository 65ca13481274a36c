//! `drop` and `dropDatabase`

use bson::{Bson, Document, doc};

use super::writes::{collection_name, int};
use super::{CommandContext, Field, Fields, Kind, Request, fields};
use crate::embedded::catalog::Namespace;
use crate::mql::{Error, Result, error::code};

/// Drops a collection or a view.
pub fn drop(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let ns = Namespace::new(&request.db, collection_name(request)?);
    Fields::parse(
        "drop",
        request.body(),
        &[Field::new("collectionUUID", Kind::Uuid)],
    )?;
    let had = cx.operation.drop_collection(&ns)?;
    cx.server.cursors.kill_namespace(|other| *other == ns);
    let mut reply = Document::new();
    if let Some(had) = had {
        reply.insert("nIndexesWas", int(i64::try_from(had).unwrap_or(i64::MAX)));
    }
    reply.insert("ns", ns.to_string());
    Ok(reply)
}

/// Drops all that a database has.
pub fn drop_database(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    Fields::parse("dropDatabase", request.body(), &[])?;
    match request.body().get(&request.name) {
        Some(value) => match fields::long(value) {
            Some(1) => {}
            Some(_) => return Err(Error::new(5_255_100, "Have to pass 1 as 'drop' parameter")),
            None => return Err(wrong(value)),
        },
        None => return Err(fields::missing("dropDatabase", "dropDatabase")),
    }
    let db = request.db.as_str();
    let text = match db {
        "admin" => "Dropping the 'admin' database is prohibited.",
        "local" => "Cannot drop 'local' database while replication is active",
        _ => "",
    };
    if !text.is_empty() {
        return Err(Error::new(code::ILLEGAL_OPERATION, text));
    }
    cx.operation.drop_database(db)?;
    cx.server.cursors.kill_namespace(|other| other.db == db);
    Ok(doc! {})
}

fn wrong(value: &Bson) -> Error {
    let kind = fields::type_name(value);
    Error::type_mismatch(format!(
        "BSON field 'dropDatabase.dropDatabase' is the wrong type '{kind}', expected types '[long, \
         int, decimal, double']"
    ))
}
