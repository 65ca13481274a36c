//! Rows in the order of a sort.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bson::Document;
use bytes::Bytes;

use super::RowIter;
use super::counters::Counters;
use crate::embedded::engine::{Record, RecordId};
use crate::embedded::query::{Decoder, Query, Row};
use crate::mql::sort::{SortSpec, Sorter, Spill};
use crate::mql::{Env, Error, Result, error::code};

/// What is kept of a row while it is sorted; the rest is decoded again.
struct Kept {
    record: Record,
    position: Option<usize>,
    key: Option<Box<Document>>,
}

/// All rows, or the first `most`, in order.
pub(super) fn sorted(
    rows: RowIter,
    spec: SortSpec,
    most: Option<u64>,
    query: &Query,
    env: &Env,
    counters: &Arc<Counters>,
) -> Result<RowIter> {
    let needs = query.needs.clone();
    let mut by = crate::mql::Deps::default();
    spec.deps(&mut by);
    let (needs, by) = (Decoder::new(&needs), Decoder::new(&by));
    let mut sorter = Sorter::new(spec, most, env);
    for row in rows {
        let row = row?;
        let key = sorter.spec().key(&by.decode(row.record.raw()?)?, env)?;
        counters.sorted.add(1);
        counters.sorted_bytes.add(row.record.bytes.len() as u64);
        // A copy: the bytes of a scan are a slice of many records' bytes, which would all be kept.
        let bytes = Bytes::copy_from_slice(&row.record.bytes);
        let id = row.record.id;
        sorter.add(
            key,
            Kept {
                record: Record { id, bytes },
                position: row.position,
                key: row.key,
            },
        )?;
    }
    counters
        .used_disk
        .store(sorter.used_disk(), Ordering::Relaxed);
    Ok(Box::new(sorter.finish()?.map(move |kept| {
        let kept = kept?;
        let document = match needs.is_nothing() {
            true => None,
            false => Some(Box::new(needs.decode(kept.record.raw()?)?)),
        };
        Ok(Row {
            record: kept.record,
            document,
            position: kept.position,
            key: kept.key,
        })
    })))
}

impl Spill for Kept {
    fn size(&self) -> usize {
        self.record.bytes.len() + self.key.as_ref().map_or(0, |key| 64 * key.len())
    }

    /// The record's number, the position and one more (0 of none), the length of the key, the key, the record.
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let key = match &self.key {
            Some(key) => key.to_vec().map_err(damaged)?,
            None => Vec::new(),
        };
        let position = self.position.map_or(0, |position| position as u64 + 1);
        let numbers = [self.record.id.0, position, key.len() as u64];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend(key);
        bytes.extend_from_slice(&self.record.bytes);
        Ok(bytes)
    }

    fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        let mut bytes = Bytes::from(bytes);
        let mut number = || -> Result<u64> {
            use bytes::Buf;
            bytes.try_get_u64_le().map_err(damaged)
        };
        let (id, position, length) = (number()?, number()?, number()?);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > bytes.len() {
            return Err(damaged("a sorted row is cut"));
        }
        let key = bytes.split_to(length);
        let key = (!key.is_empty())
            .then(|| {
                Document::from_reader(&key[..])
                    .map(Box::new)
                    .map_err(damaged)
            })
            .transpose()?;
        Ok(Self {
            record: Record {
                id: RecordId(id),
                bytes,
            },
            position: position
                .checked_sub(1)
                .and_then(|position| usize::try_from(position).ok()),
            key,
        })
    }
}

fn damaged(e: impl std::fmt::Display) -> Error {
    Error::new(code::INTERNAL_ERROR, e.to_string())
}
