//! A batch as bytes of the log.
//!
//! `length: u32, checksum: u32, generation: u64, seq: u64, changes…` (little-endian); the checksum goes over
//! all that follows it. A file of the log is used again when its batches are no longer needed, so bytes of an
//! older generation may follow the last record: they are no records of this one.

use bytes::{Buf, Bytes};

use super::super::batch::{DELETED, FRONT};
use super::super::{Batch, Space};

/// Length and checksum.
const FRAME: usize = 8;
/// Generation and sequence number.
const HEAD: usize = FRONT - FRAME;

/// Makes a batch's bytes its record.
pub(super) fn frame(generation: u64, seq: u64, batch: &mut Batch) {
    let length = (batch.record_length() - FRAME) as u32;
    let mut head = [0; FRONT];
    head[..4].copy_from_slice(&length.to_le_bytes());
    head[8..16].copy_from_slice(&generation.to_le_bytes());
    head[16..].copy_from_slice(&seq.to_le_bytes());
    if let Some(front) = batch.front() {
        *front = head;
    }
    let mut checksum = crc32fast::Hasher::new();
    let mut skip = FRAME;
    for part in batch.record() {
        checksum.update(part.get(skip..).unwrap_or_default());
        skip = 0;
    }
    let checksum = checksum.finalize().to_le_bytes();
    if let Some(front) = batch.front() {
        front[4..8].copy_from_slice(&checksum);
    }
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
        change(&mut body, &mut batch)?;
    }
    *log = rest;
    Some((seq, batch))
}

fn change(body: &mut Bytes, batch: &mut Batch) -> Option<()> {
    let space = *Space::ALL.get(usize::from(body.try_get_u8().ok()?))?;
    let key_length = body.try_get_u32_le().ok()?;
    let value_length = body.try_get_u32_le().ok()?;
    let key = take(body, key_length)?;
    match value_length {
        DELETED => batch.delete(space, key),
        // Copied, since a part of the file's bytes would keep them all in memory.
        length => batch.put(space, key, take(body, length)?.to_vec()),
    }
    Some(())
}

fn take(body: &mut Bytes, length: u32) -> Option<Bytes> {
    let length = usize::try_from(length).ok()?;
    (body.len() >= length).then(|| body.split_to(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let mut batch = Batch::new();
        batch.put(Space::Oplog, "key", "value");
        batch.delete(Space::Meta, "other");
        batch.put(Space::Records, "large", vec![7; 5000]);
        batch.put(Space::Records, "", "");
        batch.put(Space::Indexes, "larger", vec![8; 9000]);
        batch
    }

    fn encode(generation: u64, seq: u64, mut batch: Batch) -> Vec<u8> {
        frame(generation, seq, &mut batch);
        let record: Vec<u8> = batch.record().flatten().copied().collect();
        assert_eq!(record.len(), batch.record_length());
        record
    }

    fn changes(batch: Batch) -> Vec<(Space, Bytes, Option<Bytes>)> {
        batch.into_parts().1.collect()
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let mut log = encode(3, 7, batch());
        log.extend(encode(3, 8, Batch::new()));
        let mut log = Bytes::from(log);
        let (seq, read) = decode(&mut log, 3).unwrap();
        assert_eq!((seq, changes(read)), (7, changes(batch())));
        assert_eq!(decode(&mut log, 3).unwrap().0, 8);
        assert!(log.is_empty() && decode(&mut log, 3).is_none());
    }

    #[test]
    fn a_torn_or_old_record_is_none() {
        let record = encode(3, 7, batch());
        assert!(decode(&mut Bytes::from(record.clone()), 4).is_none());
        for i in (0..record.len()).step_by(7) {
            assert!(decode(&mut Bytes::copy_from_slice(&record[..i]), 3).is_none());
            let mut torn = record.clone();
            torn[i] ^= 0x10;
            assert!(decode(&mut Bytes::from(torn), 3).is_none(), "byte {i}");
        }
    }
}
