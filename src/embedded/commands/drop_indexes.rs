//! `dropIndexes`

use bson::{Bson, Document, doc};

use super::writes::{collection_name, int};
use super::{CommandContext, Field, Fields, Kind, Request, fields};
use crate::embedded::catalog::Namespace;
use crate::mql::{Error, Result};

/// Drops indexes by name, names, key, or all but the one on `_id`.
pub fn drop(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let ns = Namespace::new(&request.db, collection_name(request)?);
    let known = [
        Field::required("index", Kind::Any),
        Field::new("isTimeseriesNamespace", Kind::Boolean),
    ];
    let fields = Fields::parse("dropIndexes", request.body(), &known)?;
    let which = fields.get("index").cloned().unwrap_or(Bson::Null);
    check(&which)?;
    let had = cx.operation.drop_indexes(&ns, &which)?;
    let mut reply = doc! { "nIndexesWas": int(i64::try_from(had).unwrap_or(i64::MAX)) };
    if which == Bson::String("*".to_owned()) {
        reply.insert("msg", "non-_id indexes dropped for collection");
    }
    Ok(reply)
}

fn check(which: &Bson) -> Result<()> {
    let expected = match which {
        Bson::String(_) | Bson::Document(_) => return Ok(()),
        Bson::Array(names) if names.iter().all(|n| n.as_str().is_some()) => return Ok(()),
        Bson::Array(_) => "'[string']",
        _ => "'[string, object']",
    };
    let kind = fields::type_name(which);
    Err(Error::type_mismatch(format!(
        "BSON field 'dropIndexes.index' is the wrong type '{kind}', expected types {expected}"
    )))
}
