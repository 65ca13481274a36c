//! What a store holds when it is opened.

use std::sync::Arc;

use bson::{Document, Timestamp};

use super::writer::Writer;
use super::{ddl, keys};
use crate::embedded::catalog::{Catalog, Collection, IndexLive, Live};
use crate::embedded::storage::{Direction, KeyRange, Snapshot, Space, Store};
use crate::mql::{Error, Result, error::code};

/// What a store holds.
pub(super) struct Found {
    pub catalog: Catalog,
    pub writer: Writer,
    pub oldest: Timestamp,
    pub oplog_bytes: u64,
}

const NEVER: Timestamp = Timestamp {
    time: 0,
    increment: 0,
};

/// Reads what must be in memory: the catalog, the ends of the oplog, the greatest numbers.
pub(super) fn read(store: &Store, now_millis: i64) -> Result<Found> {
    let snapshot = store.snapshot();
    let mut catalog = Catalog::default();
    let (mut last_collection, mut last_index) = last_numbers(&snapshot)?;
    for entry in snapshot.scan(Space::Catalog, KeyRange::all(), Direction::Forward) {
        let (_, value) = entry?;
        let document = Document::from_reader(&value[..])
            .map_err(|e| Error::new(code::INTERNAL_ERROR, format!("the stored catalog: {e}")))?;
        let mut collection = ddl::load_collection(&document)?;
        recount(&snapshot, &mut collection)?;
        last_collection = last_collection.max(collection.id.0);
        for index in &collection.indexes {
            last_index = last_index.max(index.id.0);
        }
        catalog = catalog.with(Arc::new(collection));
    }
    let last = end_of_oplog(&snapshot, Direction::Backward)?;
    // Time never goes back behind what was given out, and begins with the clock in a new database.
    let last = last.unwrap_or(Timestamp {
        time: seconds(now_millis),
        increment: 0,
    });
    // A history that was never trimmed goes back to the beginning of time.
    let oldest = match snapshot.get(Space::Meta, keys::TRIMMED)? {
        None => NEVER,
        Some(_) => end_of_oplog(&snapshot, Direction::Forward)?.unwrap_or(last),
    };
    Ok(Found {
        catalog,
        writer: Writer::new(last, last_collection, last_index),
        oldest,
        oplog_bytes: oplog_bytes(&snapshot)?,
    })
}

fn seconds(millis: i64) -> u32 {
    u32::try_from(millis / 1000).unwrap_or(NEVER.time)
}

fn end_of_oplog(snapshot: &Snapshot, direction: Direction) -> Result<Option<Timestamp>> {
    let entry = snapshot.first(Space::Oplog, KeyRange::all(), direction)?;
    Ok(entry.and_then(|(key, _)| keys::time_of(&key)))
}

/// How many bytes the oplog has: what was noted last, and what came after it.
fn oplog_bytes(snapshot: &Snapshot) -> Result<u64> {
    let note = snapshot.get(Space::Meta, keys::OPLOG_NOTE)?;
    let (after, mut bytes) = note
        .as_deref()
        .and_then(keys::oplog_note_of)
        .unwrap_or((NEVER, 0));
    let range = KeyRange {
        start: std::ops::Bound::Excluded(keys::time(after)),
        end: std::ops::Bound::Unbounded,
    };
    for entry in snapshot.scan(Space::Oplog, range, Direction::Forward) {
        bytes += entry?.1.len() as u64;
    }
    Ok(bytes)
}

/// The numbers of collections and indexes that were given out last.
fn last_numbers(snapshot: &Snapshot) -> Result<(u32, u32)> {
    let stored = snapshot.get(Space::Meta, b"n")?;
    let number = |at: std::ops::Range<usize>| {
        let bytes = stored.as_deref()?.get(at)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let collection = number(0..4).unwrap_or(0);
    let index = number(4..8).unwrap_or(0);
    Ok((
        collection.max(last_dropped(snapshot, b'd')?),
        index.max(last_dropped(snapshot, b'x')?),
    ))
}

/// The greatest number of what was dropped and is not removed yet: who got it again would lose what he writes.
fn last_dropped(snapshot: &Snapshot, kind: u8) -> Result<u32> {
    let note = snapshot.first(Space::Meta, KeyRange::prefix(&[kind]), Direction::Backward)?;
    Ok(note
        .and_then(|(key, _)| keys::meta_id_of(&key))
        .unwrap_or(0))
}

/// The counters of a stored collection and of its indexes.
fn recount(snapshot: &Snapshot, collection: &mut Collection) -> Result<()> {
    let stored = snapshot.get(Space::Meta, &keys::meta(b'c', collection.id.0))?;
    let (count, size) = stored
        .as_deref()
        .and_then(keys::counters_of)
        .unwrap_or_default();
    let range = KeyRange::prefix(&collection.id.0.to_be_bytes());
    let last = snapshot.first(Space::Records, range, Direction::Backward)?;
    let last = last
        .and_then(|(key, _)| keys::record_of(&key))
        .map_or(0, |record| record.0);
    collection.live = Arc::new(Live::starting_at(last, count, size));
    for index in &collection.indexes {
        let fields = snapshot.get(Space::Meta, &keys::meta(b'm', index.id.0))?;
        let fields = fields
            .as_deref()
            .and_then(|v| Some(u64::from_be_bytes(v.try_into().ok()?)));
        set_multikey(&index.live, fields.unwrap_or(0));
    }
    Ok(())
}

fn set_multikey(live: &IndexLive, fields: u64) {
    live.multikey
        .store(fields, std::sync::atomic::Ordering::Release);
    live.stored_multikey
        .store(fields, std::sync::atomic::Ordering::Release);
}
