//! Decoding as much of a stored document as is needed.

use bson::{Bson, Document, RawDocument};

use crate::mql::error::code;
use crate::mql::{Deps, Error, Result};
use crate::value::raw::{self, RawFields};

/// What is decoded of documents.
#[derive(Debug, Clone)]
pub struct Decoder {
    /// The names of the fields; `None` where all are.
    names: Option<Vec<Box<str>>>,
}

impl Decoder {
    /// The decoder of what is needed.
    #[must_use]
    pub fn new(needs: &Deps) -> Self {
        let names = needs.fields();
        Self {
            names: names.map(|names| names.iter().map(|name| name.as_str().into()).collect()),
        }
    }

    /// Whether nothing is.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.names.as_ref().is_some_and(Vec::is_empty)
    }

    /// The needed fields of a stored document, in its order.
    ///
    /// # Errors
    /// When the bytes are no document: the disk is damaged.
    pub fn decode(&self, raw: &RawDocument) -> Result<Document> {
        let Some(names) = &self.names else {
            return raw::decode(raw).map_err(damaged);
        };
        let mut document = Document::new();
        wanted(names, raw, |name, value| {
            document.insert(name, value);
        })?;
        Ok(document)
    }

    /// The same into a document that another one was decoded into before; the order of the fields is any. Where
    /// documents are alike this allocates little.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn decode_into(&self, raw: &RawDocument, document: &mut Document) -> Result<()> {
        let Some(names) = &self.names else {
            *document = self.decode(raw)?;
            return Ok(());
        };
        let before = document.len();
        let mut replaced = 0;
        wanted(names, raw, |name, value| match document.get_mut(name) {
            Some(place) => {
                *place = value;
                replaced += 1;
            }
            None => {
                document.insert(name, value);
            }
        })?;
        // A field of the last document is not in this one.
        if replaced < before {
            *document = self.decode(raw)?;
        }
        Ok(())
    }
}

/// The needed fields of a stored document, in its order.
///
/// # Errors
/// When the bytes are no document: the disk is damaged.
pub fn decode(raw: &RawDocument, needs: &Deps) -> Result<Document> {
    Decoder::new(needs).decode(raw)
}

/// Gives each wanted field of a document, the first of each name.
fn wanted(names: &[Box<str>], raw: &RawDocument, mut take: impl FnMut(&str, Bson)) -> Result<()> {
    let mut left = names.len();
    let mut seen = 0_u64;
    let mut fields = RawFields::of(raw);
    while left > 0 {
        let Some(field) = fields.next() else { break };
        let (name, value) = field.map_err(damaged)?;
        let mut known = (0_u32..).zip(names);
        let Some((at, name)) = known.find(|(_, known)| known.as_bytes() == name) else {
            continue;
        };
        let bit = 1_u64.checked_shl(at).unwrap_or(0);
        if seen & bit == 0 {
            take(name, value.to_bson().map_err(damaged)?);
            (seen, left) = (seen | bit, left - 1);
        }
    }
    Ok(())
}

fn damaged(e: impl std::fmt::Display) -> Error {
    Error::new(
        code::INVALID_BSON,
        format!("a stored document is damaged: {e}"),
    )
}
