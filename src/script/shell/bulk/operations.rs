//! The gathered operations, and the batches that they are sent in.

use bson::{Document, doc};

use crate::script::error::ScriptError;
use crate::script::shell::collection::bulk_write::Op;

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
    /// 1 insert, 2 update, 3 delete, as the driver numbers them.
    pub kind: i32,
    /// The operations' documents.
    pub operations: Vec<&'a Document>,
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
            return Err(ScriptError::new(
                "MongoInvalidArgumentError",
                "Invalid BulkOperation, Batch cannot be empty",
            ));
        }
        self.executed = true;
        Ok(self.ops.clone())
    }

    /// Ordered, runs of the same kind; unordered, one batch a kind.
    pub(super) fn batches(&self, ordered: bool) -> Vec<Batch<'_>> {
        let mut batches: Vec<Batch<'_>> = Vec::new();
        for (place, op) in self.ops.iter().enumerate() {
            let kind = kind(op);
            let open = match ordered {
                true => batches.last_mut().filter(|b| b.kind == kind),
                false => batches.iter_mut().find(|b| b.kind == kind),
            };
            match open {
                Some(batch) => batch.operations.push(op.statement()),
                None => batches.push(Batch {
                    first: place,
                    kind,
                    operations: vec![op.statement()],
                }),
            }
        }
        batches
    }

    /// How many operations of each kind, and how many batches.
    pub(super) fn counts(&self, ordered: bool) -> Document {
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // a person's list
        let count = |wanted: i32| self.ops.iter().filter(|op| kind(op) == wanted).count() as i32;
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        let batches = self.batches(ordered).len() as i32;
        doc! { "nInsertOps": count(1), "nUpdateOps": count(2), "nRemoveOps": count(3), "nBatches": batches }
    }
}

fn kind(op: &Op) -> i32 {
    match op {
        Op::Insert(_) => 1,
        Op::Update(_) => 2,
        Op::Delete(_) => 3,
    }
}
