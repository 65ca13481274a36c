//! One batch of documents, in the bytes of a reply.

use bson::{RawDocument, RawDocumentBuf};
use bytes::Bytes;

use crate::embedded::wire::MAX_DOCUMENT;

/// How many documents a first batch has at most, where the command does not say.
pub const FIRST_BATCH: usize = 101;

/// A batch that has grown so far gets the room of the largest at once, and is not copied again and again.
const LARGE: usize = 256 * 1024;

/// Documents of a batch, as a BSON array that grows.
#[derive(Debug)]
pub struct Batch {
    bytes: Vec<u8>,
    count: usize,
    limit: usize,
}

impl Batch {
    /// An empty batch of at most that many documents.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            bytes: vec![0; 4],
            count: 0,
            limit,
        }
    }

    /// How many documents it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether it has as many documents as it may.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.count >= self.limit
    }

    /// Adds a document; gives it back if there is no more room.
    pub fn push(&mut self, document: Bytes) -> Option<Bytes> {
        if self.count > 0 && self.bytes.len() + document.len() > MAX_DOCUMENT {
            return Some(document);
        }
        if self.bytes.len() > LARGE && self.bytes.capacity() < MAX_DOCUMENT {
            self.bytes.reserve(MAX_DOCUMENT);
        }
        self.bytes.push(3);
        write_number(&mut self.bytes, self.count);
        self.bytes.push(0);
        self.bytes.extend_from_slice(&document);
        self.count += 1;
        None
    }

    /// The reply: `{cursor: {NAME: […], FIELDS…, id, ns}}` where the fields are in the server's order.
    #[must_use]
    pub fn reply(mut self, name: &str, fields: &RawDocument) -> RawDocumentBuf {
        self.bytes.push(0);
        patch(&mut self.bytes, 0);
        let rest = fields.as_bytes().get(4..).unwrap_or(&[0]);
        let mut out = Vec::with_capacity(self.bytes.len() + rest.len() + 32);
        out.extend([0; 4]);
        out.extend_from_slice(b"\x03cursor\0");
        let cursor = out.len();
        out.extend([0; 4]);
        out.push(4);
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        out.append(&mut self.bytes);
        out.extend_from_slice(rest);
        patch(&mut out, cursor);
        out.push(0);
        patch(&mut out, 0);
        RawDocumentBuf::from_bytes(out).unwrap_or_default()
    }
}

fn write_number(out: &mut Vec<u8>, number: usize) {
    if number >= 10 {
        write_number(out, number / 10);
    }
    out.push(b'0' + u8::try_from(number % 10).unwrap_or(0));
}

fn patch(out: &mut [u8], start: usize) {
    let length = i32::try_from(out.len() - start).unwrap_or(i32::MAX);
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Document, doc};

    #[test]
    fn makes_a_reply() {
        let mut batch = Batch::new(12);
        for n in 0..12 {
            assert!(!batch.is_full());
            let document = doc! { "_id": n }.to_vec().unwrap();
            assert!(batch.push(document.into()).is_none());
        }
        assert!(batch.is_full());
        let fields = RawDocumentBuf::try_from(&doc! { "id": 5_i64, "ns": "a.b" }).unwrap();
        let reply = batch.reply("firstBatch", &fields);
        let documents: Vec<_> = (0..12).map(|n| doc! { "_id": n }).collect();
        assert_eq!(
            Document::try_from(&*reply).unwrap(),
            doc! { "cursor": { "firstBatch": documents, "id": 5_i64, "ns": "a.b" } }
        );
    }

    #[test]
    fn has_room_for_16_mb_or_one_document() {
        let large = doc! { "a": "x".repeat(9 << 20) }.to_vec().unwrap();
        let mut batch = Batch::new(100);
        assert!(batch.push(large.clone().into()).is_none());
        assert!(batch.push(large.into()).is_some());
        assert_eq!(batch.count(), 1);
    }
}
