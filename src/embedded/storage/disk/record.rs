//! A batch as bytes of the log.
//!
//! `length: u32, checksum: u32, generation: u64, seq: u64, changes…` (little-endian); the checksum goes over
//! all that follows it. A file of the log is used again when its batches are no longer needed, so bytes of an
//! older generation may follow the last record: they are no records of this one.

use bytes::{Buf, BufMut, Bytes};

use super::super::batch::Change;
use super::super::{Batch, Space};

/// Length and checksum.
const FRAME: usize = 8;
/// Generation and sequence number.
const HEAD: usize = 16;
/// The length of a value that is none: a delete.
const DELETED: u32 = u32::MAX;

/// The record of a batch.
pub(super) fn encode(generation: u64, seq: u64, batch: &Batch) -> Vec<u8> {
    let mut out = Vec::with_capacity(FRAME + HEAD + batch.bytes() + 9 * batch.len());
    out.put_bytes(0, FRAME);
    out.put_u64_le(generation);
    out.put_u64_le(seq);
    for change in &batch.changes {
        out.put_u8(change.space as u8);
        out.put_u32_le(change.key.len() as u32);
        out.put_u32_le(
            change
                .value
                .as_ref()
                .map_or(DELETED, |value| value.len() as u32),
        );
        out.put_slice(&change.key);
        out.put_slice(change.value.as_deref().unwrap_or_default());
    }
    let body = out.get(FRAME..).unwrap_or_default();
    let (length, checksum) = (body.len() as u32, crc32fast::hash(body));
    if let Some(frame) = out.first_chunk_mut::<FRAME>() {
        frame[..4].copy_from_slice(&length.to_le_bytes());
        frame[4..].copy_from_slice(&checksum.to_le_bytes());
    }
    out
}

/// Takes the next record off the front; none where the log of this generation ends.
pub(super) fn decode(log: &mut Bytes, generation: u64) -> Option<(u64, Batch)> {
    let mut rest = log.clone();
    let length = usize::try_from(rest.try_get_u32_le().ok()?).ok()?;
    let checksum = rest.try_get_u32_le().ok()?;
    if length < HEAD || rest.len() < length {
        return None;
    }
    let mut body = rest.split_to(length);
    if crc32fast::hash(&body) != checksum || body.get_u64_le() != generation {
        return None;
    }
    let seq = body.get_u64_le();
    let mut batch = Batch::new();
    while !body.is_empty() {
        batch.changes.push(change(&mut body)?);
    }
    *log = rest;
    Some((seq, batch))
}

fn change(body: &mut Bytes) -> Option<Change> {
    let space = *Space::ALL.get(usize::from(body.try_get_u8().ok()?))?;
    let key_length = body.try_get_u32_le().ok()?;
    let value_length = body.try_get_u32_le().ok()?;
    let key = take(body, key_length)?;
    let value = match value_length {
        DELETED => None,
        length => Some(take(body, length)?),
    };
    Some(Change { space, key, value })
}

/// Copied, since a slice would keep the whole file's bytes in memory.
fn take(body: &mut Bytes, length: u32) -> Option<Bytes> {
    let length = usize::try_from(length).ok()?;
    (body.len() >= length).then(|| Bytes::copy_from_slice(&body.split_to(length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let mut batch = Batch::new();
        batch.put(Space::Oplog, "key", "value");
        batch.delete(Space::Meta, "other");
        batch.put(Space::Records, "", "");
        batch
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let mut log = encode(3, 7, &batch());
        log.extend(encode(3, 8, &Batch::new()));
        let mut log = Bytes::from(log);
        let (seq, read) = decode(&mut log, 3).unwrap();
        assert_eq!((seq, format!("{read:?}")), (7, format!("{:?}", batch())));
        assert_eq!(decode(&mut log, 3).unwrap().0, 8);
        assert!(log.is_empty() && decode(&mut log, 3).is_none());
    }

    #[test]
    fn a_torn_or_old_record_is_none() {
        let record = encode(3, 7, &batch());
        assert!(decode(&mut Bytes::from(record.clone()), 4).is_none());
        for i in 0..record.len() {
            assert!(decode(&mut Bytes::copy_from_slice(&record[..i]), 3).is_none());
            let mut torn = record.clone();
            torn[i] ^= 0x10;
            assert!(decode(&mut Bytes::from(torn), 3).is_none(), "byte {i}");
        }
    }
}
