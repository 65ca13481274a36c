//! What `$out` and `$merge` write.

use bson::{Document, RawDocumentBuf};

use super::{EngineHost, internal};
use crate::embedded::engine::{InsertOptions, Operation};
use crate::mql::stage::{Namespace, OutWriter};
use crate::mql::{Error, Result};

/// Inserts documents; the first refusal ends it.
pub fn insert(host: &EngineHost, namespace: &Namespace, documents: Vec<Document>) -> Result<()> {
    let mut operation = host.operation(&namespace.db)?;
    write(&mut operation, namespace, documents, host.bypass_validation)
}

fn write(
    operation: &mut Operation,
    namespace: &Namespace,
    documents: Vec<Document>,
    bypass_validation: bool,
) -> Result<()> {
    let documents = documents.iter().map(RawDocumentBuf::try_from);
    let documents = documents
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(internal)?;
    let options = InsertOptions {
        ordered: true,
        bypass_validation,
    };
    let done = operation.insert(namespace, documents, &options)?;
    match done.errors.into_iter().next() {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

/// Begins to replace a collection.
pub fn replace(host: &EngineHost, target: &Namespace) -> Result<Box<dyn OutWriter>> {
    let _ = (host, target);
    Err(Error::new(
        crate::mql::error::code::NOT_IMPLEMENTED,
        "$out is not there yet",
    ))
}
