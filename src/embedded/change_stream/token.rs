//! Resume tokens: `{ _data: "82…" }`.
//!
//! The data is a key of the event's cluster time, the token's version and kind, the place in its transaction,
//! whether it is an invalidation, the collection's UUID, and what tells events of one time apart: the
//! document's key, or what a command did. A *high-water mark* is a token of a time and no event.

use std::fmt::Write as _;

use bson::{Binary, Bson, Document, Timestamp, Uuid, doc, spec::BinarySubtype};

use super::key_string::{Broken, KeyString, Reader};
use crate::mql::error::{Error, Result, code};
use crate::mql::text;

/// The version of the tokens that a 6.0 server makes.
const VERSION: i32 = 1;
/// The kind of a high-water mark.
const HIGH_WATER_MARK: u64 = 0;
/// The kind of an event's token.
const EVENT: u64 = 128;

/// A resume token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// When the event was.
    pub cluster_time: Timestamp,
    /// The version of its format.
    pub version: u64,
    /// Whether it is a high-water mark.
    pub is_high_water_mark: bool,
    /// The place in its transaction.
    pub index: u64,
    /// Whether it is that of an `invalidate`.
    pub from_invalidate: bool,
    bytes: Vec<u8>,
    type_bits: Option<Vec<u8>>,
}

impl Token {
    /// The token of a time: before all its events.
    #[must_use]
    pub fn high_water_mark(cluster_time: Timestamp) -> Token {
        Token::new(cluster_time, 0, false, None, None, true)
    }

    /// The token of an event.
    #[must_use]
    pub fn event(
        cluster_time: Timestamp,
        index: usize,
        collection: Option<Uuid>,
        identifier: Option<&Document>,
    ) -> Token {
        Token::new(cluster_time, index, false, collection, identifier, false)
    }

    /// The token of the `invalidate` that follows an event.
    #[must_use]
    pub fn invalidate(cluster_time: Timestamp, index: usize, collection: Option<Uuid>) -> Token {
        Token::new(cluster_time, index, true, collection, None, false)
    }

    fn new(
        cluster_time: Timestamp,
        index: usize,
        from_invalidate: bool,
        collection: Option<Uuid>,
        identifier: Option<&Document>,
        is_high_water_mark: bool,
    ) -> Token {
        let mut key = KeyString::default();
        let number = |n: usize| Bson::Int32(i32::try_from(n).unwrap_or(i32::MAX));
        key.push(&cluster_time.into());
        key.push(&VERSION.into());
        key.push(&Bson::Int32(if is_high_water_mark { 0 } else { 128 }));
        key.push(&number(index));
        key.push(&from_invalidate.into());
        if let Some(uuid) = collection {
            key.push(&Bson::Binary(Binary {
                subtype: BinarySubtype::Uuid,
                bytes: uuid.bytes().to_vec(),
            }));
        }
        if let Some(identifier) = identifier {
            key.push(&Bson::Document(identifier.clone()));
        }
        let (bytes, type_bits) = key.finish();
        Token {
            cluster_time,
            version: 1,
            is_high_water_mark,
            index: index as u64,
            from_invalidate,
            bytes,
            type_bits,
        }
    }

    /// Whether it is before another token, the same, or after it.
    #[must_use]
    pub fn order(&self, other: &Token) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }

    /// The `_id` of the event.
    #[must_use]
    pub fn to_document(&self) -> Document {
        let mut data = String::with_capacity(2 * self.bytes.len());
        for byte in &self.bytes {
            // Writing to a text cannot fail.
            let _ = write!(data, "{byte:02X}");
        }
        let mut token = doc! { "_data": data };
        if let Some(bits) = &self.type_bits {
            let bits = Binary {
                subtype: BinarySubtype::Generic,
                bytes: bits.clone(),
            };
            token.insert("_typeBits", bits);
        }
        token
    }

    /// Reads a token that a client gives back.
    ///
    /// # Errors
    /// Those of the server for what is no token.
    pub fn parse(token: &Document) -> Result<Token> {
        let Some(Bson::String(data)) = token.get("_data") else {
            return Err(Error::new(
                40647,
                format!(
                    "Bad resume token: _data of missing or of wrong type. Expected string, got {}",
                    text::compact(&Bson::Document(token.clone()))
                ),
            ));
        };
        let bytes = hex::decode(data).map_err(|_| {
            Error::new(
                code::FAILED_TO_PARSE,
                "resume token string was not a valid hex string",
            )
        })?;
        let type_bits = match token.get("_typeBits") {
            None => None,
            Some(Bson::Binary(bits)) => Some(bits.bytes.clone()),
            Some(_) => {
                return Err(Error::new(
                    40648,
                    format!(
                        "Bad resume token: _typeBits of wrong type {}",
                        text::compact(&Bson::Document(token.clone()))
                    ),
                ));
            }
        };
        read(&bytes, type_bits).map_err(|e| match e {
            Unread::Broken(broken) => Error::new(
                code::OVERFLOW,
                format!(
                    "Invalid advance ({}) past end of buffer[{}] at offset: {}",
                    broken.wanted, broken.length, broken.offset
                ),
            ),
            Unread::Wrong(error) => error,
        })
    }
}

enum Unread {
    Broken(Broken),
    Wrong(Error),
}

impl From<Broken> for Unread {
    fn from(broken: Broken) -> Self {
        Unread::Broken(broken)
    }
}

fn wrong(number: i32, what: &str) -> Unread {
    Unread::Wrong(Error::new(number, what))
}

fn read(bytes: &[u8], type_bits: Option<Vec<u8>>) -> Result<Token, Unread> {
    let mut reader = Reader::new(bytes);
    if reader.peek().is_none() {
        return Err(wrong(40649, "invalid empty resume token"));
    }
    if reader.byte()? != 0x82 {
        return Err(wrong(40650, "Bad resume token: wrong type for timestamp"));
    }
    let cluster_time = reader.timestamp()?;
    let integer = |reader: &mut Reader<'_>, number, what| {
        let found = reader.integer()?;
        found.ok_or_else(|| wrong(number, what))
    };
    let version = integer(
        &mut reader,
        50791,
        "Invalid type for version in resume token.",
    )?;
    if version > 2 {
        return Err(wrong(
            50795,
            "Invalid resume token: only supports version 0, 1 and 2",
        ));
    }
    let kind = match version {
        0 => EVENT,
        _ => integer(&mut reader, 51056, "Resume Token: wrong type for tokenType")?,
    };
    let index = integer(
        &mut reader,
        50793,
        "Resume Token: wrong type for txnOpIndex",
    )?;
    let from_invalidate = match (version, reader.peek()) {
        (0, _) | (_, Some(0x6e)) => false,
        (_, Some(0x6f)) => true,
        (_, None) => false,
        _ => {
            return Err(wrong(50872, "Resume Token: wrong type for fromInvalidate"));
        }
    };
    Ok(Token {
        cluster_time,
        version,
        is_high_water_mark: kind == HIGH_WATER_MARK,
        index,
        from_invalidate,
        bytes: bytes.to_vec(),
        type_bits,
    })
}
