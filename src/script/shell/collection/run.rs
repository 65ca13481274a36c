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
    pub(super) many: bool,
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
        for batch in batches(std::mem::take(&mut self.ops), self.ordered) {
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

/// The operations in the batches that are sent.
fn batches(ops: Vec<Op>, ordered: bool) -> Vec<Batch> {
    let mut ops: Vec<(usize, Op)> = ops.into_iter().enumerate().collect();
    if !ordered {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn op(kind: Kind) -> Op {
        let statement = RawDocumentBuf::new();
        Op {
            kind,
            statement: Rc::new(statement),
            many: false,
            id: Bson::Null,
        }
    }

    fn places(batches: &[Batch]) -> Vec<(Kind, Vec<usize>)> {
        let places = |b: &Batch| b.ops.iter().map(|(place, _)| *place).collect();
        batches.iter().map(|b| (b.kind, places(b))).collect()
    }

    #[test]
    fn ordered_runs_keep_the_order_and_unordered_ones_go_by_kind() {
        use Kind::{Delete, Insert, Update};
        let kinds = [Update, Insert, Insert, Delete, Insert, Update];
        let ops = || kinds.iter().map(|kind| op(*kind)).collect();
        let ordered = vec![
            (Update, vec![0]),
            (Insert, vec![1, 2]),
            (Delete, vec![3]),
            (Insert, vec![4]),
            (Update, vec![5]),
        ];
        assert_eq!(places(&batches(ops(), true)), ordered);
        let unordered = vec![
            (Insert, vec![1, 2, 4]),
            (Update, vec![0, 5]),
            (Delete, vec![3]),
        ];
        assert_eq!(places(&batches(ops(), false)), unordered);
    }

    #[test]
    fn a_batch_holds_as_much_as_the_server_takes() {
        let many = vec![op(Kind::Insert); MOST_STATEMENTS * 2 + 1];
        let sizes: Vec<usize> = batches(many, true).iter().map(|b| b.ops.len()).collect();
        assert_eq!(sizes, [MOST_STATEMENTS, MOST_STATEMENTS, 1]);

        let mut large = op(Kind::Insert);
        let mut document = RawDocumentBuf::new();
        document.append(bson::raw::cstr!("s"), "x".repeat(5 * 1024 * 1024));
        large.statement = Rc::new(document);
        let sizes: Vec<usize> = batches(vec![large; 7], true)
            .iter()
            .map(|b| b.ops.len())
            .collect();
        assert_eq!(sizes, [3, 3, 1]);
    }

    #[test]
    fn a_document_without_an_id_gets_one_in_front() {
        let cases: [(&[(&str, rhai::Dynamic)], bool); 4] = [
            (&[("a", 1_i64.into()), ("_id", 7_i64.into())], false),
            (&[("a", 1_i64.into())], true),
            (&[("a", 1_i64.into()), ("_id", rhai::Dynamic::UNIT)], true),
            (&[("_id", crate::script::number::null())], true),
        ];
        for (fields, made) in cases {
            let mut document = Doc::new();
            for (key, value) in fields {
                document.set(*key, value.clone()).expect("flat");
            }
            let op = Op::insert(&document).expect("storable");
            let stored = op.document().expect("BSON");
            assert_eq!(stored.get("_id"), Some(op.id()));
            assert_eq!(op.id().as_object_id().is_some(), made, "{stored}");
            assert_eq!(
                stored.keys().next().map(String::as_str) == Some("_id"),
                made
            );
        }
    }
}
