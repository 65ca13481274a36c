//! Messages as clients send them: OP_MSG, and OP_QUERY for the first hello of old clients.

use bson::RawDocument;

use super::cursor::Bytes;
use super::{MAX_MESSAGE, WireError, checksum, validate};

/// The size of a message's header.
pub const HEADER: usize = 16;

/// What kind of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpCode {
    /// OP_MSG.
    Message,
    /// OP_QUERY: only `hello` and `isMaster`.
    Query,
    /// OP_COMPRESSED, around one of the others.
    Compressed,
}

impl OpCode {
    /// The kind of that number.
    ///
    /// # Errors
    /// Where there is none, or none that is spoken any more.
    pub fn of(number: i32) -> Result<Self, WireError> {
        match number {
            2013 => Ok(Self::Message),
            2004 => Ok(Self::Query),
            2012 => Ok(Self::Compressed),
            other => Err(WireError::malformed(format!("unknown operation {other}"))),
        }
    }
}

/// The first 16 bytes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// How long the message is, with its header.
    pub length: usize,
    /// The client's number of it.
    pub request_id: i32,
    /// What kind of message it is.
    pub op_code: OpCode,
}

impl Header {
    /// Reads a header and checks its length and kind.
    ///
    /// # Errors
    /// Where the length is out of bounds or the kind unknown.
    pub fn parse(bytes: &[u8; HEADER]) -> Result<Self, WireError> {
        let mut bytes = Bytes::new(bytes);
        let length = bytes.int()?;
        let request_id = bytes.int()?;
        bytes.int()?;
        let op_code = OpCode::of(bytes.int()?)?;
        let length = usize::try_from(length).unwrap_or(0);
        if !(HEADER + 1..=MAX_MESSAGE).contains(&length) {
            let what = format!("its length is {length}");
            return Err(WireError::malformed(what));
        }
        Ok(Self {
            length,
            request_id,
            op_code,
        })
    }
}

/// Flags of OP_MSG.
pub mod flags {
    /// The message ends with a checksum.
    pub const CHECKSUM_PRESENT: u32 = 1;
    /// From a client: no answer is wanted. From a server: more answers follow.
    pub const MORE_TO_COME: u32 = 2;
    /// The client takes several answers to this message.
    pub const EXHAUST_ALLOWED: u32 = 1 << 16;
}

/// A message, read in place.
#[derive(Debug)]
pub struct Message<'a> {
    /// The flags of OP_MSG.
    pub flags: u32,
    /// The command.
    pub body: &'a RawDocument,
    /// The sequences of documents beside it.
    pub sequences: Vec<(&'a str, Vec<&'a RawDocument>)>,
    /// OP_QUERY's namespace, where it is one: its reply is an OP_REPLY.
    pub legacy: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// Reads an OP_MSG; `whole` is the message with its header, for the checksum.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn parse(header: &[u8], payload: &'a [u8]) -> Result<Self, WireError> {
        let mut bytes = Bytes::new(payload);
        let flags = bytes.int()?.cast_unsigned();
        const KNOWN: u32 = flags::CHECKSUM_PRESENT | flags::MORE_TO_COME;
        if flags & 0xffff & !KNOWN != 0 {
            let what = format!("illegal OP_MSG flags {flags:#x}");
            return Err(WireError::malformed(what));
        }
        if flags & flags::CHECKSUM_PRESENT != 0 {
            bytes = Bytes::new(
                check(header, payload)?
                    .split_at_checked(4)
                    .unwrap_or_default()
                    .1,
            );
        }
        Self::sections(flags, bytes)
    }

    fn sections(flags: u32, mut bytes: Bytes<'a>) -> Result<Self, WireError> {
        let mut body = None;
        let mut sequences: Vec<(&str, Vec<&RawDocument>)> = Vec::new();
        while !bytes.is_empty() {
            match bytes.byte()? {
                0 if body.is_some() => {
                    return Err(WireError::malformed("it has two bodies"));
                }
                0 => body = Some(document(&mut bytes)?),
                1 => {
                    let (name, documents) = sequence(&mut bytes)?;
                    if sequences.iter().any(|(known, _)| *known == name) {
                        let what = format!("two document sequences are named {name}");
                        return Err(WireError::malformed(what));
                    }
                    sequences.push((name, documents));
                }
                other => {
                    let what = format!("unknown section kind {other}");
                    return Err(WireError::malformed(what));
                }
            }
        }
        Ok(Self {
            flags,
            body: body.ok_or_else(|| WireError::malformed("it has no body"))?,
            sequences,
            legacy: None,
        })
    }

    /// Reads an OP_QUERY.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn parse_query(payload: &'a [u8]) -> Result<Self, WireError> {
        let mut bytes = Bytes::new(payload);
        bytes.int()?;
        let namespace = bytes.text()?;
        bytes.int()?;
        bytes.int()?;
        let body = document(&mut bytes)?;
        Ok(Self {
            flags: 0,
            body,
            sequences: Vec::new(),
            legacy: Some(namespace),
        })
    }

    /// Whether the client wants an answer.
    #[must_use]
    pub fn wants_answer(&self) -> bool {
        self.flags & flags::MORE_TO_COME == 0
    }

    /// Whether it takes several answers.
    #[must_use]
    pub fn takes_many_answers(&self) -> bool {
        self.flags & flags::EXHAUST_ALLOWED != 0
    }
}

/// The message without its checksum, if that is right.
fn check<'a>(header: &[u8], payload: &'a [u8]) -> Result<&'a [u8], WireError> {
    let Some((rest, sum)) = payload.split_last_chunk::<4>() else {
        return Err(WireError::malformed("it has no place for its checksum"));
    };
    match checksum::crc32c([header, rest]) == u32::from_le_bytes(*sum) {
        true => Ok(rest),
        false => Err(WireError::malformed("its checksum is wrong")),
    }
}

fn sequence<'a>(bytes: &mut Bytes<'a>) -> Result<(&'a str, Vec<&'a RawDocument>), WireError> {
    let size = usize::try_from(bytes.int()?).unwrap_or(0);
    let size = size.checked_sub(4);
    let size = size.ok_or_else(|| WireError::malformed("a sequence's size is wrong"))?;
    let mut inner = Bytes::new(bytes.take(size)?);
    let name = inner.text()?;
    let mut documents = Vec::new();
    while !inner.is_empty() {
        documents.push(document(&mut inner)?);
    }
    Ok((name, documents))
}

fn document<'a>(bytes: &mut Bytes<'a>) -> Result<&'a RawDocument, WireError> {
    let bytes = bytes.document()?;
    validate::document(bytes)?;
    RawDocument::from_bytes(bytes).map_err(|e| WireError::Bson(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;
    use proptest::prelude::*;

    fn message(flags: u32) -> Vec<u8> {
        let mut bytes = flags.to_le_bytes().to_vec();
        bytes.push(0);
        bytes.extend(doc! { "insert": "c", "$db": "d" }.to_vec().unwrap());
        let document = doc! { "_id": 1 }.to_vec().unwrap();
        let size = 4 + 10 + 2 * document.len();
        bytes.push(1);
        bytes.extend(i32::try_from(size).unwrap().to_le_bytes());
        bytes.extend(b"documents\0");
        bytes.extend(&document);
        bytes.extend(&document);
        bytes
    }

    #[test]
    fn reads_a_body_and_a_sequence() {
        let bytes = message(flags::EXHAUST_ALLOWED);
        let message = Message::parse(&[], &bytes).unwrap();
        assert_eq!(message.body.get_str("insert").unwrap(), "c");
        assert_eq!(message.sequences[0].0, "documents");
        assert_eq!(message.sequences[0].1.len(), 2);
        assert!(message.takes_many_answers() && message.wants_answer());
    }

    #[test]
    fn checks_the_checksum() {
        let mut bytes = message(flags::CHECKSUM_PRESENT);
        let sum = checksum::crc32c([b"header".as_slice(), &bytes]);
        bytes.extend(sum.to_le_bytes());
        Message::parse(b"header", &bytes).unwrap();
        assert!(Message::parse(b"another", &bytes).is_err());
    }

    proptest! {
        #[test]
        fn survives_any_bytes(bytes: Vec<u8>) {
            let _ = Message::parse(&[], &bytes);
            let _ = Message::parse_query(&bytes);
        }

        #[test]
        fn survives_any_change(place in 0..90_usize, byte: u8, cut in 1..90_usize) {
            let mut bytes = message(0);
            let len = bytes.len();
            bytes[place % len] = byte;
            bytes.truncate(cut);
            let _ = Message::parse(&[], &bytes);
        }
    }
}
