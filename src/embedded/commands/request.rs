//! One command as a client sent it.

use std::sync::OnceLock;

use bson::{Bson, Document, RawBsonRef, RawDocument, RawDocumentBuf};
use bytes::Bytes;

use super::express::Express;
use crate::embedded::wire::Message;
use crate::embedded::{catalog, storage};
use crate::mql::{Error, Result, error::code};
use crate::value::raw::{self, Damaged, RawFields};

/// One command as a client sent it: its document, and the documents that came in sequences beside it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The command's name: the body's first field.
    pub name: String,
    /// The database (`$db`).
    pub db: String,
    body: OnceLock<Document>,
    /// What the command is, where its body need not be decoded to run it.
    pub express: Option<Express>,
    /// The whole of it in bytes.
    pub raw: RawDocumentBuf,
    /// The document sequences (`documents`, `updates`, `deletes`), undecoded.
    pub sequences: Vec<(String, Vec<Bytes>)>,
}

/// Fields that drivers send with every command: they are read from the bytes ([`super::generic`]) and not decoded.
const OF_ALL: [&str; 6] = [
    "$clusterTime",
    "$db",
    "autocommit",
    "lsid",
    "startTransaction",
    "txnNumber",
];

impl Request {
    /// The request in a message.
    ///
    /// # Errors
    /// When the body cannot be decoded.
    pub fn read(message: &Message<'_>) -> Result<Self> {
        let is_alone = message.sequences.is_empty() && message.legacy.is_none();
        let express = is_alone.then(|| Express::of(message.body)).flatten();
        let body = match express {
            Some(_) => OnceLock::new(),
            None => own_fields(message.body).map_err(invalid)?.into(),
        };
        let fields = || RawFields::of(message.body).flatten();
        let name = fields().next().map_or(&b""[..], |(name, _)| name);
        let name = raw::text(name).map_err(invalid)?.to_owned();
        let db = match message.legacy {
            Some(namespace) => namespace.split('.').next().unwrap_or_default(),
            None => {
                let db = fields().find(|(name, _)| name == b"$db");
                let db = db.and_then(|(_, db)| db.text().ok().flatten());
                db.unwrap_or_default()
            }
        };
        let owned = |(name, documents): &(&str, Vec<&RawDocument>)| {
            ((*name).to_owned(), together(documents))
        };
        Ok(Self {
            name,
            db: db.to_owned(),
            raw: message.body.to_owned(),
            sequences: message.sequences.iter().map(owned).collect(),
            body,
            express,
        })
    }

    /// A request that did not come in a message of its own.
    #[must_use]
    pub fn new(
        name: String,
        db: String,
        body: Document,
        raw: RawDocumentBuf,
        sequences: Vec<(String, Vec<Bytes>)>,
    ) -> Self {
        Self {
            name,
            db,
            body: body.into(),
            raw,
            sequences,
            express: None,
        }
    }

    /// The command's own document, decoded, but for what drivers send with every command (`lsid`, `$db`, …).
    #[must_use]
    pub fn body(&self) -> &Document {
        // A message's bytes were looked through when it came: what is decoded late cannot fail.
        self.body
            .get_or_init(|| own_fields(&self.raw).unwrap_or_default())
    }

    /// The command's whole document.
    #[must_use]
    pub fn whole(&self) -> Document {
        Document::try_from(&*self.raw).unwrap_or_else(|_| self.body().clone())
    }

    /// Whether it says its database.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self) -> Result<()> {
        if !self.db.is_empty() {
            return Ok(());
        }
        match self.raw.get("$db").map_err(invalid)? {
            None => {
                let what = "OP_MSG requests require a $db argument";
                Err(Error::new(40571, what))
            }
            Some(RawBsonRef::String(_)) => Ok(()),
            Some(other) => Err(Error::new(
                13111,
                format!(
                    "wrong type for field ($db) {} != string",
                    super::fields::raw_type_name(other)
                ),
            )),
        }
    }

    /// The documents of a sequence, whether they came beside the body or in an array in it.
    ///
    /// # Errors
    /// Where the field is no array of documents, as the server says it of the command.
    pub fn documents(&self, field: &str) -> Result<Option<Vec<Bytes>>> {
        if let Some((_, documents)) = self.sequences.iter().find(|(name, _)| name == field) {
            return Ok(Some(documents.clone()));
        }
        let Ok(Some(value)) = self.raw.get(field) else {
            return Ok(None);
        };
        let wrong = |kind: &str, expected: &str, place: &str| {
            Error::type_mismatch(format!(
                "BSON field '{}.{field}{place}' is the wrong type '{kind}', expected type '{expected}'",
                self.name
            ))
        };
        let Some(array) = value.as_array() else {
            return Err(wrong(super::fields::raw_type_name(value), "array", ""));
        };
        let mut documents = Vec::new();
        for (n, item) in array.into_iter().enumerate() {
            let item = item.map_err(|e| Error::new(code::INVALID_BSON, e.to_string()))?;
            let Some(document) = item.as_document() else {
                let kind = super::fields::raw_type_name(item);
                return Err(wrong(kind, "object", &format!(".{n}")));
            };
            documents.push(document);
        }
        Ok(Some(together(&documents)))
    }

    /// The collection that the command's own field names, checked.
    ///
    /// # Errors
    /// `InvalidNamespace`, or a wrong type of the field.
    pub fn collection(&self) -> Result<&str> {
        match self.body().get(&self.name) {
            Some(Bson::String(name)) => {
                check_collection_name(&self.db, name)?;
                Ok(name)
            }
            other => Err(Error::bad_value(format!(
                "collection name has invalid type {}",
                other.map_or("missing", super::fields::type_name)
            ))),
        }
    }
}

/// What of a command's document is its own.
fn own_fields(raw: &RawDocument) -> std::result::Result<Document, Damaged> {
    let mut own = Document::new();
    for field in RawFields::of(raw) {
        let (name, value) = field?;
        let name = raw::text(name)?;
        // The first field is the command.
        if own.is_empty() || !OF_ALL.contains(&name) {
            own.insert(name, value.to_bson()?);
        }
    }
    Ok(own)
}

fn invalid(e: impl std::fmt::Display) -> Error {
    Error::new(code::INVALID_BSON, e.to_string())
}

/// Documents, the small ones in one piece of memory. The store keeps large values as they come to it, and must not
/// keep others with them.
fn together(documents: &[&RawDocument]) -> Vec<Bytes> {
    let each = || documents.iter().map(|document| document.as_bytes());
    let is_small = |bytes: &&[u8]| bytes.len() < storage::LARGE;
    let mut all = Vec::with_capacity(each().filter(is_small).map(<[u8]>::len).sum());
    each()
        .filter(is_small)
        .for_each(|bytes| all.extend_from_slice(bytes));
    let mut all = Bytes::from(all);
    each()
        .map(|bytes| match is_small(&bytes) {
            true => all.split_to(bytes.len()),
            false => Bytes::copy_from_slice(bytes),
        })
        .collect()
}

/// Whether a database can have a collection of that name.
///
/// # Errors
/// `InvalidNamespace`, in the server's words.
pub fn check_collection_name(db: &str, name: &str) -> Result<()> {
    catalog::check_collection_name(db, name)?;
    if name.starts_with('.') {
        let what = format!("Collection names cannot start with '.': {name}");
        return Err(Error::new(code::INVALID_NAMESPACE, what));
    }
    Ok(())
}

/// Whether a name can be a database's.
///
/// # Errors
/// `InvalidNamespace`, in the server's words.
pub fn check_database_name(name: &str) -> Result<()> {
    let invalid = |what: String| Err(Error::new(code::INVALID_NAMESPACE, what));
    if name.is_empty() || name.len() > 63 {
        return invalid(format!("Invalid database name: '{name}'"));
    }
    match name.chars().find(|c| "/\\. \"$\0".contains(*c)) {
        // The one of the server's own databases that has such a character.
        Some('$') if name == "$external" => Ok(()),
        Some('.') => invalid(format!(
            "'.' is an invalid character in the database name: {name}"
        )),
        Some('$') | None => Ok(()),
        Some(_) => invalid(format!("Invalid database name: '{name}'")),
    }
}
