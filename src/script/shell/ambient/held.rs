//! [`Held`]: writes that are not sent yet.
//!
//! By collection, and there in order: runs of the same kind become one command. Between
//! collections the order is not kept, and need not be: no write of one collection depends on
//! another one, and nothing reads before all of it is sent.

use bson::raw::{CStr, cstr};
use bson::{Document, RawArrayBuf, RawDocument};

use super::super::target::Target;
use crate::script::error::Fault;

/// The server's `maxWriteBatchSize`.
const MOST_STATEMENTS: usize = 100_000;

/// How many bytes of statements one command carries; see `collection::run`.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// How many bytes are held back before all is sent: a batch must not take memory without end.
const MOST_HELD: usize = 16 * 1024 * 1024;

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Inserts a document.
    Insert,
    /// A statement of the `update` command.
    Update,
    /// A statement of the `delete` command.
    Delete,
}

impl Kind {
    fn names(self) -> (&'static str, &'static CStr) {
        match self {
            Self::Insert => ("insert", cstr!("documents")),
            Self::Update => ("update", cstr!("updates")),
            Self::Delete => ("delete", cstr!("deletes")),
        }
    }
}

/// A write as the shell's methods make it.
pub struct Write<'a> {
    /// What it does.
    pub kind: Kind,
    /// The document, or the statement.
    pub statement: &'a RawDocument,
    /// Whether it may touch several documents.
    pub many: bool,
    /// The fields of its command.
    pub fields: &'a Document,
}

/// Statements of one command.
pub(super) struct Run {
    pub kind: Kind,
    pub fields: Document,
    pub list: RawArrayBuf,
    count: usize,
    bytes: usize,
    many: bool,
}

/// The writes of one collection, in order.
pub(super) struct Group {
    target: Target,
    collection: String,
    runs: Vec<Run>,
}

/// Writes that are not sent yet.
#[derive(Default)]
pub(super) struct Held {
    groups: Vec<Group>,
    bytes: usize,
}

impl Held {
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether it is time to send all.
    pub fn is_full(&self) -> bool {
        self.bytes > MOST_HELD
    }

    /// Adds a write.
    pub fn add(&mut self, target: &Target, collection: &str, write: &Write<'_>) {
        let bytes = write.statement.as_bytes().len() + 8;
        self.bytes += bytes;
        let known = self.groups.iter_mut().find(|group| {
            group.collection == collection && group.target.database == target.database
        });
        match known {
            Some(group) => group.add(write, bytes),
            None => {
                let mut group = Group {
                    target: target.clone(),
                    collection: collection.to_string(),
                    runs: Vec::new(),
                };
                group.add(write, bytes);
                self.groups.push(group);
            }
        }
    }

    /// Sends everything with `send`, which is given the target, a command without its list, the
    /// list with its name, and whether it may be sent twice.
    pub fn send(
        self,
        mut send: impl FnMut(&Target, Document, (&'static CStr, RawArrayBuf), bool) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for group in self.groups {
            for run in group.runs {
                let (name, list) = run.kind.names();
                let mut command = bson::doc! { name: &group.collection, "ordered": true };
                command.extend(run.fields);
                send(&group.target, command, (list, run.list), !run.many)?;
            }
        }
        Ok(())
    }
}

impl Group {
    fn add(&mut self, write: &Write<'_>, bytes: usize) {
        match self.runs.last_mut() {
            Some(run) if run.takes(write, bytes) => run.add(write, bytes),
            _ => {
                let mut run = Run {
                    kind: write.kind,
                    fields: write.fields.clone(),
                    list: RawArrayBuf::new(),
                    count: 0,
                    bytes: 0,
                    many: false,
                };
                run.add(write, bytes);
                self.runs.push(run);
            }
        }
    }
}

impl Run {
    fn add(&mut self, write: &Write<'_>, bytes: usize) {
        self.list.push(write.statement);
        self.count += 1;
        self.bytes += bytes;
        self.many |= write.many;
    }

    fn takes(&self, write: &Write<'_>, bytes: usize) -> bool {
        self.kind == write.kind
            && self.fields == *write.fields
            && self.count < MOST_STATEMENTS
            && self.bytes + bytes <= MOST_BYTES
    }
}
