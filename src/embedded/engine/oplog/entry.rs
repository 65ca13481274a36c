//! One entry of the history.

use std::io::Write;
use std::sync::Arc;

use bson::raw::RawDocumentBuf;
use bson::spec::BinarySubtype;
use bson::{DateTime, RawDocument, Timestamp, Uuid};
use bytes::Bytes;

use super::fields::Fields;
use crate::embedded::catalog::Collection;
use crate::embedded::commands::SessionId;
use crate::mql::{Error, Result};

/// What an entry says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpKind {
    /// `i`
    Insert,
    /// `u`
    Update,
    /// `d`
    Delete,
    /// `c`
    Command,
    /// `n`
    Note,
}

impl OpKind {
    /// The server's letter.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            OpKind::Insert => "i",
            OpKind::Update => "u",
            OpKind::Delete => "d",
            OpKind::Command => "c",
            OpKind::Note => "n",
        }
    }

    /// The kind of a letter.
    #[must_use]
    pub fn of(letter: &str) -> Option<Self> {
        Some(match letter {
            "i" => OpKind::Insert,
            "u" => OpKind::Update,
            "d" => OpKind::Delete,
            "c" => OpKind::Command,
            "n" => OpKind::Note,
            _ => return None,
        })
    }
}

/// One entry of the history, undecoded.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it became true; no two entries have the same.
    pub ts: Timestamp,
    bytes: Bytes,
}

impl Entry {
    pub(super) fn new(ts: Timestamp, bytes: Bytes) -> Self {
        Self { ts, bytes }
    }

    /// The whole entry, with the fields that the module's page tells of.
    ///
    /// # Errors
    /// When the disk is damaged.
    pub fn raw(&self) -> Result<&RawDocument> {
        RawDocument::from_bytes(&self.bytes)
            .map_err(|e| Error::new(373, format!("the data directory is damaged: {e}")))
    }

    /// What happened.
    ///
    /// # Errors
    /// When the disk is damaged.
    pub fn kind(&self) -> Result<OpKind> {
        let letter = self.raw()?.get_str("op").ok();
        Ok(letter.and_then(OpKind::of).unwrap_or(OpKind::Note))
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// What is common to the entries of one statement.
#[derive(Debug, Clone, Copy)]
pub(in crate::embedded::engine) struct Origin {
    pub lsid: SessionId,
    pub txn_number: i64,
    pub stmt_id: Option<i32>,
    pub previous: Timestamp,
}

/// An operation, before it has a time: also an element of `applyOps`. It shares what it says with the write.
#[derive(Debug, Clone)]
pub(in crate::embedded::engine) struct EntryBuilder {
    kind: OpKind,
    of: Subject,
    o: Bytes,
    o2: Option<Bytes>,
    /// `preImage`, `postImage`.
    images: Vec<(&'static str, Bytes)>,
}

/// `ns` and `ui`.
#[derive(Debug, Clone)]
enum Subject {
    Collection(Arc<Collection>),
    Named(String, Option<Uuid>),
}

impl EntryBuilder {
    /// An operation on a document of a collection.
    pub fn of(kind: OpKind, collection: &Arc<Collection>, o: Bytes) -> Self {
        Self::about(kind, Subject::Collection(collection.clone()), o)
    }

    /// Another operation.
    pub fn new(kind: OpKind, ns: String, ui: Option<Uuid>, o: RawDocumentBuf) -> Self {
        Self::about(kind, Subject::Named(ns, ui), o.into_bytes().into())
    }

    fn about(kind: OpKind, of: Subject, o: Bytes) -> Self {
        Self {
            kind,
            of,
            o,
            o2: None,
            images: Vec::new(),
        }
    }

    pub fn o2(mut self, o2: RawDocumentBuf) -> Self {
        self.o2 = Some(o2.into_bytes().into());
        self
    }

    pub fn image(mut self, name: &'static str, document: Bytes) -> Self {
        self.images.push((name, document));
        self
    }

    /// How many bytes it says of the document.
    pub fn len(&self) -> usize {
        let images = self.images.iter().map(|(_, image)| image.len());
        self.o.len() + self.o2.as_ref().map_or(0, Bytes::len) + images.sum::<usize>()
    }

    /// Appends an element of `applyOps`.
    pub fn write_element(&self, out: &mut Vec<u8>) {
        let mut fields = Fields::begin(out);
        self.operation(&mut fields);
        self.put_images(&mut fields);
        fields.end();
    }

    /// Appends the whole entry.
    pub fn write(&self, out: &mut Vec<u8>, ts: Timestamp, wall: DateTime, origin: Option<&Origin>) {
        let mut fields = Fields::begin(out);
        if let Some(origin) = origin {
            let mut lsid = fields.inner("lsid");
            lsid.binary("id", BinarySubtype::Uuid, &origin.lsid.id);
            lsid.binary("uid", BinarySubtype::Generic, &origin.lsid.uid);
            lsid.end();
            fields.long("txnNumber", origin.txn_number);
        }
        self.operation(&mut fields);
        if let Some(stmt_id) = origin.and_then(|o| o.stmt_id) {
            fields.int("stmtId", stmt_id);
        }
        fields.timestamp("ts", ts);
        fields.long("t", 1);
        fields.long("v", 2);
        fields.date("wall", wall);
        if let Some(origin) = origin {
            let mut previous = fields.inner("prevOpTime");
            previous.timestamp("ts", origin.previous);
            let none = (origin.previous.time, origin.previous.increment) == (0, 0);
            previous.long("t", if none { -1 } else { 1 });
            previous.end();
        }
        self.put_images(&mut fields);
        fields.end();
    }

    /// `op`, `ns`, `ui`, `o`, `o2`.
    fn operation(&self, fields: &mut Fields<'_>) {
        fields.text("op", &[self.kind.letter()]);
        let ui = match &self.of {
            Subject::Collection(collection) => {
                let ns = &collection.ns;
                fields.text("ns", &[&ns.db, ".", &ns.coll]);
                Some(collection.uuid)
            }
            Subject::Named(ns, ui) => {
                fields.text("ns", &[ns]);
                *ui
            }
        };
        if let Some(ui) = ui {
            fields.binary("ui", BinarySubtype::Uuid, &ui.bytes());
        }
        fields.document("o", &self.o);
        if let Some(o2) = &self.o2 {
            fields.document("o2", o2);
        }
    }

    fn put_images(&self, fields: &mut Fields<'_>) {
        for (name, image) in &self.images {
            fields.document(name, image);
        }
    }
}

/// The operations of a transaction as they come: its `applyOps`.
#[derive(Debug, Clone, Default)]
pub(in crate::embedded::engine) struct Operations {
    /// The elements of the array, each with its name.
    elements: Vec<u8>,
    count: usize,
}

impl Operations {
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn push(&mut self, operation: &EntryBuilder) {
        let _ = write!(self.elements, "\x03{}\0", self.count);
        operation.write_element(&mut self.elements);
        self.count += 1;
    }

    /// The entry of all of them.
    pub fn into_entry(self) -> EntryBuilder {
        let mut o = Vec::with_capacity(self.elements.len() + 32);
        let mut fields = Fields::begin(&mut o);
        fields.array("applyOps", &self.elements);
        fields.end();
        let of = Subject::Named("admin.$cmd".to_owned(), None);
        EntryBuilder::about(OpKind::Command, of, o.into())
    }
}
