//! How the store's keys are made.
//!
//! | space | key | value |
//! | --- | --- | --- |
//! | `Catalog` | collection | the collection's document |
//! | `Records` | collection, record | the document |
//! | `Indexes` (unique) | index, key | record |
//! | `Indexes` (other) | index, key, record | |
//! | `Oplog` | time, increment | the entry |
//! | `Sessions` | session, statement | what the statement did |
//! | `Meta` | `c`, collection | count, size |
//! | `Meta` | `m`, index | fields that hold arrays |
//! | `Meta` | `t` | there if the oldest history is gone |
//! | `Meta` | `d`, collection or `x`, index | dropped, keys still to be removed |
//!
//! Numbers are big-endian, so that the keys' order is theirs.

use bson::Timestamp;
use bytes::{BufMut, Bytes, BytesMut};

use super::view::RecordId;
use crate::embedded::catalog::{CollectionId, Index, IndexId};

/// Says that the oldest history is gone.
pub(super) const TRIMMED: &[u8] = b"t";

/// Where the oplog's size is noted.
pub(super) const OPLOG_NOTE: &[u8] = b"o";

/// The oplog's size up to a time.
pub(super) fn oplog_note(up_to: Timestamp, size: u64) -> Bytes {
    let mut value = BytesMut::with_capacity(16);
    value.put_slice(&time(up_to));
    value.put_u64(size);
    value.freeze()
}

pub(super) fn oplog_note_of(value: &[u8]) -> Option<(Timestamp, u64)> {
    let size = value.get(8..16)?.try_into().ok()?;
    Some((time_of(value.get(..8)?)?, u64::from_be_bytes(size)))
}

pub(super) fn collection(id: CollectionId) -> Bytes {
    Bytes::copy_from_slice(&id.0.to_be_bytes())
}

pub(super) fn record(id: CollectionId, record: RecordId) -> Bytes {
    Bytes::copy_from_slice(&record_key(id, record))
}

pub(super) fn record_key(id: CollectionId, record: RecordId) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&id.0.to_be_bytes());
    key[4..].copy_from_slice(&record.0.to_be_bytes());
    key
}

pub(super) fn record_of(key: &[u8]) -> Option<RecordId> {
    let bytes = key.get(4..12)?;
    Some(RecordId(u64::from_be_bytes(bytes.try_into().ok()?)))
}

pub(super) fn unique_key(id: IndexId, key: &[u8]) -> Bytes {
    let mut whole = Vec::with_capacity(4 + key.len());
    write_unique_key(&mut whole, id, key);
    whole.into()
}

/// The same in a piece of memory that is used for many.
pub(super) fn write_unique_key(out: &mut Vec<u8>, id: IndexId, key: &[u8]) {
    out.clear();
    out.extend_from_slice(&id.0.to_be_bytes());
    out.extend_from_slice(key);
}

pub(super) fn plain_key(id: IndexId, key: &[u8], record: RecordId) -> Bytes {
    let mut whole = Vec::with_capacity(12 + key.len());
    write_unique_key(&mut whole, id, key);
    whole.extend_from_slice(&record.0.to_be_bytes());
    whole.into()
}

/// The key of an index's entry for a record, in a piece of memory that is used for many.
pub(super) fn write_entry_key(out: &mut Vec<u8>, index: &Index, key: &[u8], record: RecordId) {
    write_unique_key(out, index.id, key);
    if !index.unique {
        out.extend_from_slice(&record.0.to_be_bytes());
    }
}

pub(super) fn record_of_value(value: &[u8]) -> Option<RecordId> {
    Some(RecordId(u64::from_be_bytes(value.try_into().ok()?)))
}

/// An index's entry for a record: key and value.
pub(super) fn entry(index: &Index, key: &[u8], record: RecordId) -> (Bytes, Bytes) {
    if index.unique {
        (unique_key(index.id, key), record_value(record))
    } else {
        (plain_key(index.id, key, record), Bytes::new())
    }
}

pub(super) fn record_value(record: RecordId) -> Bytes {
    Bytes::copy_from_slice(&record.0.to_be_bytes())
}

pub(super) fn time(ts: Timestamp) -> Bytes {
    Bytes::copy_from_slice(&time_key(ts))
}

pub(super) fn time_key(ts: Timestamp) -> [u8; 8] {
    (u64::from(ts.time) << 32 | u64::from(ts.increment)).to_be_bytes()
}

pub(super) fn time_of(key: &[u8]) -> Option<Timestamp> {
    let number = u64::from_be_bytes(key.try_into().ok()?);
    #[allow(clippy::cast_possible_truncation)]
    Some(Timestamp {
        time: (number >> 32) as u32,
        increment: number as u32,
    })
}

pub(super) fn meta(kind: u8, id: u32) -> Bytes {
    let mut key = BytesMut::with_capacity(5);
    key.put_u8(kind);
    key.put_u32(id);
    key.freeze()
}

pub(super) fn meta_id_of(key: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(key.get(1..5)?.try_into().ok()?))
}

pub(super) fn counters(count: i64, size: i64) -> Bytes {
    let mut value = BytesMut::with_capacity(16);
    value.put_i64(count);
    value.put_i64(size);
    value.freeze()
}

pub(super) fn counters_of(value: &[u8]) -> Option<(i64, i64)> {
    let count = value.get(..8)?.try_into().ok()?;
    let size = value.get(8..16)?.try_into().ok()?;
    Some((i64::from_be_bytes(count), i64::from_be_bytes(size)))
}
