//! What `$out` and `$merge` write.

use std::sync::Arc;

use bson::Document;

use super::{EngineHost, internal};
use crate::embedded::engine::{IndexSpec, InsertOptions, Operation};
use crate::mql::Result;
use crate::mql::stage::{Namespace, OutWriter};

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
    let documents = documents.iter().map(|d| d.to_vec().map(Into::into));
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

/// Writes into a collection of another name that takes the target's place in the end.
struct Replacement {
    host: Arc<EngineHost>,
    temporary: Namespace,
    target: Namespace,
    committed: bool,
}

/// Begins to replace a collection: the new one has the options and the indexes of the old one.
pub fn replace(host: &EngineHost, target: &Namespace) -> Result<Box<dyn OutWriter>> {
    let host = host
        .me
        .upgrade()
        .ok_or_else(|| internal("the host is gone"))?;
    let name = format!("tmp.agg_out.{}", uuid::Uuid::new_v4());
    let temporary = Namespace::new(&target.db, name);
    let mut operation = host.operation(&target.db)?;
    let replacement = Replacement {
        temporary,
        target: target.clone(),
        committed: false,
        host,
    };
    let old = operation.collection(target)?;
    let options = old.as_ref().map(|c| c.options.clone()).unwrap_or_default();
    operation.create_collection(&replacement.temporary, options)?;
    let indexes = old.iter().flat_map(|c| c.indexes.iter().skip(1));
    let specs = indexes.map(|index| IndexSpec::parse(&index.spec, true));
    let specs = specs.collect::<Result<Vec<_>>>()?;
    if !specs.is_empty() {
        operation.create_indexes(&replacement.temporary, &specs)?;
    }
    Ok(Box::new(replacement))
}

impl OutWriter for Replacement {
    fn write(&mut self, documents: Vec<Document>) -> Result<()> {
        let mut operation = self.host.operation(&self.target.db)?;
        let bypass = self.host.bypass_validation;
        write(&mut operation, &self.temporary, documents, bypass)
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        let mut operation = self.host.operation(&self.target.db)?;
        operation.rename_collection(&self.temporary, &self.target, true)?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        let dropped = self.host.operation(&self.target.db);
        let dropped = dropped.and_then(|mut operation| operation.drop_collection(&self.temporary));
        if let Err(e) = dropped {
            tracing::warn!(collection = %self.temporary, error = %e, "cannot be dropped");
        }
    }
}
