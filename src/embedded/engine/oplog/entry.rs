//! One entry of the history.

use bson::raw::RawDocumentBuf;
use bson::{DateTime, RawBsonRef, RawDocument, Timestamp, Uuid};
use bytes::Bytes;

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

/// An operation, before it has a time: also an element of `applyOps`.
#[derive(Debug, Clone)]
pub(in crate::embedded::engine) struct EntryBuilder {
    /// `op`, `ns`, `ui`, `o`, `o2`, in this order.
    body: RawDocumentBuf,
    /// `preImage`, `postImage`.
    images: Option<RawDocumentBuf>,
}

impl EntryBuilder {
    pub fn new(kind: OpKind, ns: &str, ui: Option<Uuid>, o: &RawDocument) -> Self {
        let mut body = RawDocumentBuf::new();
        append(&mut body, "op", RawBsonRef::String(kind.letter()));
        append(&mut body, "ns", RawBsonRef::String(ns));
        if let Some(ui) = ui {
            append(&mut body, "ui", uuid(&ui.bytes()));
        }
        append(&mut body, "o", RawBsonRef::Document(o));
        Self { body, images: None }
    }

    pub fn o2(mut self, o2: &RawDocument) -> Self {
        append(&mut self.body, "o2", RawBsonRef::Document(o2));
        self
    }

    pub fn image(mut self, name: &str, document: &RawDocument) -> Self {
        let images = self.images.get_or_insert_with(RawDocumentBuf::new);
        append(images, name, RawBsonRef::Document(document));
        self
    }

    /// An element of `applyOps`.
    pub fn into_element(mut self) -> RawDocumentBuf {
        extend(&mut self.body, self.images.as_deref());
        self.body
    }

    /// The whole entry.
    pub fn into_entry(self, ts: Timestamp, wall: DateTime, origin: Option<&Origin>) -> Bytes {
        let mut entry = RawDocumentBuf::new();
        if let Some(origin) = origin {
            append(
                &mut entry,
                "lsid",
                RawBsonRef::Document(&lsid(&origin.lsid)),
            );
            append(
                &mut entry,
                "txnNumber",
                RawBsonRef::Int64(origin.txn_number),
            );
        }
        extend(&mut entry, Some(&self.body));
        if let Some(stmt_id) = origin.and_then(|o| o.stmt_id) {
            append(&mut entry, "stmtId", RawBsonRef::Int32(stmt_id));
        }
        append(&mut entry, "ts", RawBsonRef::Timestamp(ts));
        append(&mut entry, "t", RawBsonRef::Int64(1));
        append(&mut entry, "v", RawBsonRef::Int64(2));
        append(&mut entry, "wall", RawBsonRef::DateTime(wall));
        if let Some(origin) = origin {
            let previous = op_time(origin.previous);
            append(&mut entry, "prevOpTime", RawBsonRef::Document(&previous));
        }
        extend(&mut entry, self.images.as_deref());
        entry.into_bytes().into()
    }
}

fn lsid(lsid: &SessionId) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    append(&mut document, "id", uuid(&lsid.id));
    let uid = bson::RawBinaryRef {
        subtype: bson::spec::BinarySubtype::Generic,
        bytes: &lsid.uid,
    };
    append(&mut document, "uid", RawBsonRef::Binary(uid));
    document
}

fn op_time(ts: Timestamp) -> RawDocumentBuf {
    let none = ts
        == Timestamp {
            time: 0,
            increment: 0,
        };
    let mut document = RawDocumentBuf::new();
    append(&mut document, "ts", RawBsonRef::Timestamp(ts));
    append(
        &mut document,
        "t",
        RawBsonRef::Int64(if none { -1 } else { 1 }),
    );
    document
}

fn uuid(bytes: &[u8; 16]) -> RawBsonRef<'_> {
    RawBsonRef::Binary(bson::RawBinaryRef {
        subtype: bson::spec::BinarySubtype::Uuid,
        bytes,
    })
}

/// Field names here are literals without a zero byte: appending cannot fail.
fn append(document: &mut RawDocumentBuf, name: &str, value: RawBsonRef<'_>) {
    if let Ok(name) = <&bson::raw::CStr>::try_from(name) {
        document.append(name, value);
    }
}

fn extend(document: &mut RawDocumentBuf, more: Option<&RawDocument>) {
    let Some(more) = more else { return };
    for element in more.iter_elements().flatten() {
        if let Ok(value) = element.value() {
            document.append(element.key(), value);
        }
    }
}
