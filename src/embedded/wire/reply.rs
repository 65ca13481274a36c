//! Replies in bytes.
//!
//! A reply is a command's own fields, then `ok` and the times, which are appended to the bytes so that stored
//! documents pass through as they are.

use bson::{RawDocument, Timestamp};

use super::message::flags;

/// What is appended to a command's own fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tail {
    /// `ok: 1`; an error has its `ok: 0` at its beginning.
    pub ok: bool,
    /// `$clusterTime`.
    pub cluster_time: Option<Timestamp>,
    /// `operationTime`.
    pub operation_time: Option<Timestamp>,
}

/// Writes an OP_MSG with one document into `out`, which is cleared first.
pub fn message(out: &mut Vec<u8>, ids: (i32, i32), more: bool, body: &RawDocument, tail: Tail) {
    head(out, ids, more);
    document(out, body, tail);
    patch(out, 0);
}

/// The same of a large document, which is not copied: what stands before and behind [`fields`] of it.
#[must_use]
pub fn around(ids: (i32, i32), more: bool, body: &RawDocument, tail: Tail) -> (Vec<u8>, Vec<u8>) {
    let (mut before, mut behind) = (Vec::new(), Vec::new());
    head(&mut before, ids, more);
    append(&mut behind, tail);
    let document = 4 + fields(body).len() + behind.len();
    let whole = before.len() + document;
    before.extend(length(document));
    if let Some(place) = before.get_mut(..4) {
        place.copy_from_slice(&length(whole));
    }
    (before, behind)
}

/// A document's bytes without its length and its end.
#[must_use]
pub fn fields(body: &RawDocument) -> &[u8] {
    let bytes = body.as_bytes();
    bytes.get(4..bytes.len() - 1).unwrap_or_default()
}

fn head(out: &mut Vec<u8>, ids: (i32, i32), more: bool) {
    out.clear();
    out.extend([0; 4]);
    out.extend(ids.0.to_le_bytes());
    out.extend(ids.1.to_le_bytes());
    out.extend(2013_i32.to_le_bytes());
    let flags = if more { flags::MORE_TO_COME } else { 0 };
    out.extend(flags.to_le_bytes());
    out.push(0);
}

/// Writes an OP_REPLY with one document: the answer to OP_QUERY.
pub fn legacy(out: &mut Vec<u8>, ids: (i32, i32), body: &RawDocument, tail: Tail) {
    out.clear();
    out.extend([0; 4]);
    out.extend(ids.0.to_le_bytes());
    out.extend(ids.1.to_le_bytes());
    out.extend(1_i32.to_le_bytes());
    out.extend(8_i32.to_le_bytes());
    out.extend(0_i64.to_le_bytes());
    out.extend(0_i32.to_le_bytes());
    out.extend(1_i32.to_le_bytes());
    document(out, body, tail);
    patch(out, 0);
}

fn document(out: &mut Vec<u8>, body: &RawDocument, tail: Tail) {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(fields(body));
    append(out, tail);
    patch(out, start);
}

/// The last fields of a document, and its end.
fn append(out: &mut Vec<u8>, tail: Tail) {
    if tail.ok {
        out.extend(b"\x01ok\0");
        out.extend(1.0_f64.to_le_bytes());
    }
    if let Some(time) = tail.cluster_time {
        cluster_time(out, time);
    }
    if let Some(time) = tail.operation_time {
        out.extend(b"\x11operationTime\0");
        timestamp(out, time);
    }
    out.push(0);
}

/// `$clusterTime: {clusterTime, signature: {hash: 20 zero bytes, keyId: 0}}`: what a server without keys signs.
fn cluster_time(out: &mut Vec<u8>, time: Timestamp) {
    out.extend(b"\x03$clusterTime\0");
    let start = out.len();
    out.extend([0; 4]);
    out.extend(b"\x11clusterTime\0");
    timestamp(out, time);
    out.extend(b"\x03signature\0");
    let signature = out.len();
    out.extend([0; 4]);
    out.extend(b"\x05hash\0\x14\0\0\0\0");
    out.extend([0; 20]);
    out.extend(b"\x12keyId\0");
    out.extend([0; 8]);
    out.push(0);
    patch(out, signature);
    out.push(0);
    patch(out, start);
}

fn timestamp(out: &mut Vec<u8>, time: Timestamp) {
    out.extend(time.increment.to_le_bytes());
    out.extend(time.time.to_le_bytes());
}

/// Writes the length of what begins at `start` there.
fn patch(out: &mut [u8], start: usize) {
    let length = length(out.len() - start);
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length);
    }
}

fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).unwrap_or(i32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Document, RawDocumentBuf, doc};

    #[test]
    fn appends_ok_and_times() {
        let body = RawDocumentBuf::try_from(&doc! { "n": 1 }).unwrap();
        let time = Timestamp {
            time: 7,
            increment: 3,
        };
        let tail = Tail {
            ok: true,
            cluster_time: Some(time),
            operation_time: Some(time),
        };
        let mut out = vec![1, 2, 3];
        message(&mut out, (5, 6), true, &body, tail);
        let length = i32::from_le_bytes(out[..4].try_into().unwrap());
        assert_eq!(usize::try_from(length).unwrap(), out.len());
        let hash = bson::Binary {
            subtype: bson::spec::BinarySubtype::Generic,
            bytes: vec![0; 20],
        };
        let expected = doc! {
            "n": 1, "ok": 1.0,
            "$clusterTime": { "clusterTime": time, "signature": { "hash": hash, "keyId": 0_i64 } },
            "operationTime": time,
        };
        assert_eq!(Document::from_reader(&out[21..]).unwrap(), expected);
        let (before, behind) = around((5, 6), true, &body, tail);
        assert_eq!([&before, fields(&body), &behind].concat(), out);
    }
}
