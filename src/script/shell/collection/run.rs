//! [`Run`]: writes that are done together, as `insertMany`, `bulkWrite` and the Bulk API do them.
//!
//! A run is a list of operations in the caller's order. Ordered, it is sent in batches of the same
//! kind and stops at the first error; unordered, each kind is sent together and everything is
//! tried. Batches are cut where the server's limits are. All of it is BSON before anything is
//! sent, so that a value that cannot be stored stops the run before its first write.

use std::rc::Rc;

use bson::oid::ObjectId;
use bson::raw::cstr;
use bson::{Bson, Document, RawArrayBuf, RawDocumentBuf, doc};

use super::Collection;
use super::common::{check_size, is_acknowledged};
use super::done::Done;
use crate::script::Doc;
use crate::script::api::Options;
use crate::script::convert::document_to_raw;
use crate::script::error::Fault;
use crate::script::host::Host;
use crate::script::shell::target::Target;

/// The server's `maxWriteBatchSize`.
const MOST_STATEMENTS: usize = 100_000;

/// How many bytes of statements one command carries: the server takes 16 MB and 16 KB for the
/// command's document.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The fields that the command of a batch takes beside its statements.
pub(super) const FIELDS: [&str; 5] = [
    "bypassDocumentValidation",
    "let",
    "comment",
    "maxTimeMS",
    "writeConcern",
];

/// The kinds of operations, in the order in which unordered ones are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A document to insert.
    Insert = 1,
    /// A statement of the `update` command.
    Update = 2,
    /// A statement of the `delete` command.
    Delete = 3,
}

/// One operation; copies share its document.
#[derive(Clone)]
pub struct Op {
    /// What it does.
    pub kind: Kind,
    /// The document to insert, or the statement of the command.
    pub statement: Rc<RawDocumentBuf>,
    /// Whether it may touch several documents: the server must not do it twice.
    many: bool,
    /// The `_id` of a document to insert.
    id: Bson,
}

impl Op {
    /// The insert of a document. One without an `_id` gets an ObjectId in front.
    ///
    /// # Errors
    /// Where BSON cannot hold it, or it is larger than a server takes.
    pub fn insert(document: &Doc) -> Result<Self, Fault> {
        let raw = document_to_raw(document)?;
        let has_id = document.get("_id").is_some_and(|id| !id.is_unit());
        let (raw, id) = match raw.get("_id")? {
            Some(id) if has_id => {
                let id = Bson::try_from(id)?;
                (raw, id)
            }
            _ => with_new_id(&raw)?,
        };
        check_size(raw.as_bytes().len())?;
        Ok(Self {
            kind: Kind::Insert,
            statement: Rc::new(raw),
            many: false,
            id,
        })
    }

    /// An update or a delete: a statement of the command.
    ///
    /// # Errors
    /// As [`Op::insert`].
    pub fn change(kind: Kind, statement: &Doc, many: bool) -> Result<Self, Fault> {
        let raw = document_to_raw(statement)?;
        check_size(raw.as_bytes().len())?;
        Ok(Self {
            kind,
            statement: Rc::new(raw),
            many,
            id: Bson::Null,
        })
    }

    /// The statement in the driver's parsed form.
    ///
    /// # Errors
    /// None, as it was made here.
    pub fn document(&self) -> Result<Document, Fault> {
        Ok(Document::try_from(self.statement.as_ref().as_ref())?)
    }

    /// The `_id` that an insert gives its document.
    #[must_use]
    pub fn id(&self) -> &Bson {
        &self.id
    }
}

/// The document with a new `_id` in front. One that was null goes: drivers count it as none.
fn with_new_id(raw: &RawDocumentBuf) -> Result<(RawDocumentBuf, Bson), Fault> {
    let id = ObjectId::new();
    let mut whole = RawDocumentBuf::new();
    whole.append(cstr!("_id"), id);
    for field in raw.iter() {
        let (key, value) = field?;
        if key.as_str() != "_id" {
            whole.append(key, value);
        }
    }
    Ok((whole, Bson::ObjectId(id)))
}

/// Writes to do together.
pub struct Run {
    collection: String,
    target: Target,
    ordered: bool,
    /// Fields of every command.
    fields: Document,
    ops: Vec<Op>,
}

/// Statements of one command, each with its place in the caller's list.
pub(super) struct Batch {
    pub kind: Kind,
    pub ops: Vec<(usize, Op)>,
    bytes: usize,
}

impl Run {
    /// An empty run with the options of a call.
    ///
    /// # Errors
    /// Where an option is of the wrong type.
    pub fn new(collection: &Collection, target: Target, options: &Options) -> Result<Self, Fault> {
        let mut fields = Document::new();
        options.copy_into(&mut fields, &FIELDS)?;
        Ok(Self {
            collection: collection.name().to_string(),
            target,
            ordered: options.flag("ordered")?.unwrap_or(true),
            fields,
            ops: Vec::new(),
        })
    }

    /// Adds an operation.
    pub fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// Does all of it.
    ///
    /// # Errors
    /// `MongoBulkWriteError` where an operation failed, with the errors by place and with what was
    /// done; or the connection's error.
    pub fn execute(mut self, host: &Host) -> Result<Done, Fault> {
        let acknowledged = is_acknowledged(host, &self.target, &self.fields)?;
        let mut done = Done::new(acknowledged, self.ordered);
        for batch in self.batches() {
            match self.send(host, &batch) {
                Ok(reply) => done.add(&batch, &reply)?,
                Err(fault) => return Err(done.stopped_by(fault)),
            }
            if self.ordered && done.has_failed() {
                break;
            }
        }
        done.finish()
    }

    fn batches(&mut self) -> Vec<Batch> {
        let ops = std::mem::take(&mut self.ops);
        let mut ops: Vec<(usize, Op)> = ops.into_iter().enumerate().collect();
        if !self.ordered {
            // Stable: within a kind, the caller's order stays.
            ops.sort_by_key(|(_, op)| op.kind);
        }
        let mut batches: Vec<Batch> = Vec::new();
        for (place, op) in ops {
            let bytes = Batch::bytes_of(&op);
            match batches.last_mut() {
                Some(last) if last.takes(op.kind, bytes) => last.add(place, op, bytes),
                _ => batches.push(Batch {
                    kind: op.kind,
                    ops: vec![(place, op)],
                    bytes,
                }),
            }
        }
        batches
    }

    fn send(&self, host: &Host, batch: &Batch) -> Result<Document, Fault> {
        let (name, list) = match batch.kind {
            Kind::Insert => ("insert", cstr!("documents")),
            Kind::Update => ("update", cstr!("updates")),
            Kind::Delete => ("delete", cstr!("deletes")),
        };
        let mut statements = RawArrayBuf::new();
        for (_, op) in &batch.ops {
            statements.push(op.statement.as_ref().as_ref());
        }
        let mut command = doc! { name: &self.collection, "ordered": self.ordered };
        // The insert command has no variables.
        let fields = self.fields.iter();
        let fields = fields.filter(|(field, _)| batch.kind != Kind::Insert || *field != "let");
        command.extend(fields.map(|(field, value)| (field.clone(), value.clone())));
        let repeatable = batch.ops.iter().all(|(_, op)| !op.many);
        let statements = (list, statements);
        self.target
            .write_list(host, command, statements, repeatable)
    }
}

impl Batch {
    /// Each item of an array has a type byte and its place as text.
    fn bytes_of(op: &Op) -> usize {
        op.statement.as_bytes().len() + 8
    }

    fn takes(&self, kind: Kind, bytes: usize) -> bool {
        self.kind == kind && self.ops.len() < MOST_STATEMENTS && self.bytes + bytes <= MOST_BYTES
    }

    fn add(&mut self, place: usize, op: Op, bytes: usize) {
        self.ops.push((place, op));
        self.bytes += bytes;
    }
}
