//! `killCursors`

use bson::{Bson, Document, doc};

use super::context::CommandContext;
use super::fields::{Field, Fields, Kind, type_name};
use super::request::Request;
use crate::mql::{Error, Result};

const FIELDS: &[Field] = &[Field::required("cursors", Kind::Array)];

/// `killCursors`. As on the server, the namespace need not be the cursors' own.
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let fields = Fields::parse("killCursors", request.body(), FIELDS)?;
    request.collection()?;
    let (mut killed, mut not_found) = (Vec::new(), Vec::new());
    let ids = fields.array("cursors").into_iter().flatten().enumerate();
    let ids = ids.map(|(n, id)| {
        id.as_i64().ok_or_else(|| {
            let got = type_name(id);
            Error::type_mismatch(format!(
                "BSON field 'killCursors.cursors.{n}' is the wrong type '{got}', expected type 'long'"
            ))
        })
    });
    for id in ids.collect::<Result<Vec<_>>>()? {
        let found = cx.server.cursors.kill(id, |_, _| Ok(()))?;
        if found { &mut killed } else { &mut not_found }.push(Bson::Int64(id));
    }
    Ok(doc! {
        "cursorsKilled": killed,
        "cursorsNotFound": not_found,
        "cursorsAlive": Bson::Array(Vec::new()),
        "cursorsUnknown": Bson::Array(Vec::new()),
    })
}
