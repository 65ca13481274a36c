//! `insert`

use bson::RawDocumentBuf;

use super::writes::{Reply, namespace, statements};
use super::{CommandContext, Field, Fields, Kind, Request};
use crate::embedded::engine::InsertOptions;
use crate::mql::Result;

const FIELDS: &[Field] = &[
    Field::new("documents", Kind::Array),
    Field::new("ordered", Kind::Boolean),
    Field::new("bypassDocumentValidation", Kind::SafeBoolean),
    Field::new("stmtIds", Kind::Array),
    Field::new("encryptionInformation", Kind::Document),
];

/// Inserts documents.
pub fn insert(cx: &mut CommandContext<'_>, request: &Request) -> Result<RawDocumentBuf> {
    let ns = namespace(request)?;
    let fields = Fields::parse("insert", request.body(), FIELDS)?;
    let documents = statements(request, "documents")?;
    let options = InsertOptions {
        ordered: fields.get("ordered").is_none() || fields.bool("ordered"),
        bypass_validation: fields.bool("bypassDocumentValidation"),
    };
    let inserted = cx.operation.insert(&ns, documents, &options)?;
    let reply = Reply {
        n: inserted.n,
        errors: inserted.errors,
        retried: inserted.retried,
        ..Reply::default()
    };
    reply.finish(cx)
}
