//! One batch of documents, in the bytes of a reply.

use bson::{RawDocument, RawDocumentBuf};
use bytes::Bytes;

use crate::embedded::wire::MAX_DOCUMENT;

/// How many documents a first batch has at most, where the command does not say.
pub const FIRST_BATCH: usize = 101;

/// A batch that has grown so far gets the room of the largest at once, and is not copied again and again.
const LARGE: usize = 256 * 1024;

/// Room for what stands around the documents of a reply.
const AROUND: usize = 4096;

/// Where the cursor's document begins: behind the reply's length and `\x03cursor\0`.
const CURSOR: usize = 12;

/// Documents of a batch, as the array in a reply `{cursor: {NAME: […` that grows: up to 16 MB, which are not
/// copied when the reply is made.
#[derive(Debug)]
pub struct Batch {
    bytes: Vec<u8>,
    /// Where the array begins.
    array: usize,
    count: usize,
    limit: usize,
}

impl Batch {
    /// An empty batch of at most that many documents, which replies call `name` (`firstBatch`).
    #[must_use]
    pub fn new(name: &str, limit: usize) -> Self {
        let mut bytes = vec![0; 4];
        bytes.extend_from_slice(b"\x03cursor\0\0\0\0\0\x04");
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        let array = bytes.len();
        bytes.extend([0; 4]);
        Self {
            bytes,
            array,
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
        if self.count > 0 && self.bytes.len() - self.array + document.len() > MAX_DOCUMENT {
            return Some(document);
        }
        if self.bytes.len() > LARGE && self.bytes.capacity() < MAX_DOCUMENT {
            self.bytes.reserve(MAX_DOCUMENT + AROUND);
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
    pub fn reply(self, fields: &RawDocument) -> RawDocumentBuf {
        let mut out = self.bytes;
        out.push(0);
        patch(&mut out, self.array);
        out.extend_from_slice(fields.as_bytes().get(4..).unwrap_or(&[0]));
        patch(&mut out, CURSOR);
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
        let mut batch = Batch::new("firstBatch", 12);
        for n in 0..12 {
            assert!(!batch.is_full());
            let document = doc! { "_id": n }.to_vec().unwrap();
            assert!(batch.push(document.into()).is_none());
        }
        assert!(batch.is_full());
        let fields = RawDocumentBuf::try_from(&doc! { "id": 5_i64, "ns": "a.b" }).unwrap();
        let reply = batch.reply(&fields);
        let documents: Vec<_> = (0..12).map(|n| doc! { "_id": n }).collect();
        assert_eq!(
            Document::try_from(&*reply).unwrap(),
            doc! { "cursor": { "firstBatch": documents, "id": 5_i64, "ns": "a.b" } }
        );
    }

    #[test]
    fn has_room_for_16_mb_or_one_document() {
        let large = doc! { "a": "x".repeat(9 << 20) }.to_vec().unwrap();
        let mut batch = Batch::new("nextBatch", 100);
        assert!(batch.push(large.clone().into()).is_none());
        assert!(batch.push(large.into()).is_some());
        assert_eq!(batch.count(), 1);
    }
}
