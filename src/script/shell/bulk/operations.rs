//! The gathered operations, and the batches that they are sent in.

use bson::{Document, doc};

use crate::script::error::ScriptError;
use crate::script::shell::collection::common::invalid;
use crate::script::shell::collection::run::{Kind, Op};

/// Operations in the caller's order.
#[derive(Default)]
pub(super) struct Operations {
    ops: Vec<Op>,
    executed: bool,
}

/// Operations of one kind that go together.
pub(super) struct Batch<'a> {
    /// The place of its first operation.
    pub first: usize,
    /// What they do.
    pub kind: Kind,
    /// Themselves.
    pub operations: Vec<&'a Op>,
}

impl Operations {
    pub(super) fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    pub(super) fn executed(&self) -> bool {
        self.executed
    }

    /// The operations, to be done now.
    ///
    /// # Errors
    /// Where there are none, or they were done already.
    pub(super) fn begin(&mut self) -> Result<Vec<Op>, ScriptError> {
        if self.executed {
            return Err(ScriptError::new(
                "MongoBatchReExecutionError",
                "This batch has already been executed, create new batch to execute",
            ));
        }
        if self.ops.is_empty() {
            return Err(invalid("Invalid BulkOperation, Batch cannot be empty"));
        }
        self.executed = true;
        Ok(self.ops.clone())
    }

    /// Ordered, runs of the same kind; unordered, one batch a kind.
    pub(super) fn batches(&self, ordered: bool) -> Vec<Batch<'_>> {
        let mut batches: Vec<Batch<'_>> = Vec::new();
        for (place, op) in self.ops.iter().enumerate() {
            let open = match ordered {
                true => batches.last_mut().filter(|b| b.kind == op.kind),
                false => batches.iter_mut().find(|b| b.kind == op.kind),
            };
            match open {
                Some(batch) => batch.operations.push(op),
                None => batches.push(Batch {
                    first: place,
                    kind: op.kind,
                    operations: vec![op],
                }),
            }
        }
        if !ordered {
            batches.sort_by_key(|batch| batch.kind);
        }
        batches
    }

    /// How many operations of each kind, and how many batches.
    pub(super) fn counts(&self, ordered: bool) -> Document {
        let count = |kind: Kind| narrow(self.ops.iter().filter(|op| op.kind == kind).count());
        doc! {
            "nInsertOps": count(Kind::Insert),
            "nUpdateOps": count(Kind::Update),
            "nRemoveOps": count(Kind::Delete),
            "nBatches": narrow(self.batches(ordered).len()),
        }
    }
}

/// A script's list is never this long.
fn narrow(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
