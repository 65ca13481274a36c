//! The log: every batch, in order, before anything else is done with it.
//!
//! A batch is in the system's hands when [`Log::append`] returns, which a kill of this process does not undo,
//! and on the disk after [`Log::wait`]. Whoever waits first does the sync for all that came before it; the
//! others wait for that one sync.
//!
//! Space is taken before it is needed, by writing zeros: a full disk refuses the batch that has no room, and
//! never one that was taken in. A file whose batches are all in the tree is used again under a new generation,
//! since overwriting is cheaper to sync than growing.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::super::{Batch, Error, Result};
use super::record;
use super::segment::Segment;

/// The log's files and what is known about them.
pub(super) struct Log {
    dir: PathBuf,
    /// The directory, open: syncing its names needs no descriptor that may not be had at that moment.
    names: fs::File,
    segment_bytes: u64,
    tail: Mutex<Tail>,
    sync: Mutex<Sync>,
    synced: Condvar,
}

/// Where the log ends. Its lock is the order of all writes.
pub(super) struct Tail {
    current: Segment,
    seq: u64,
    /// Full ones, oldest first, with the last batch in each.
    full: Vec<(Segment, u64)>,
    /// How many of `full`, from the end, may have bytes that are not on the disk.
    unsynced: usize,
    /// The next one, made beforehand.
    spare: Option<Segment>,
    /// Names were made or changed since the directory was synced.
    new_names: bool,
}

struct Sync {
    durable: u64,
    running: bool,
    failed: Option<Error>,
}

impl Log {
    /// A log that goes on after batch `seq`; `full` are the files that recovery has read.
    pub(super) fn new(
        dir: PathBuf,
        segment_bytes: u64,
        seq: u64,
        full: Vec<(Segment, u64)>,
    ) -> Result<Log> {
        let generation = full
            .iter()
            .map(|(segment, _)| segment.generation())
            .max()
            .unwrap_or(0)
            + 1;
        let names = fs::File::open(&dir)?;
        let current = Segment::create(&dir, generation)?;
        let unsynced = full.len();
        Ok(Log {
            dir,
            names,
            segment_bytes,
            tail: Mutex::new(Tail {
                current,
                seq,
                full,
                unsynced,
                spare: None,
                new_names: true,
            }),
            sync: Mutex::new(Sync {
                durable: 0,
                running: false,
                failed: None,
            }),
            synced: Condvar::new(),
        })
    }

    /// The right to write next.
    pub(super) fn tail(&self) -> MutexGuard<'_, Tail> {
        // What a panic left behind is whole: a batch counts once its last step is done.
        self.tail.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn sync_state(&self) -> MutexGuard<'_, Sync> {
        self.sync.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Writes a batch behind all others. With an error, nothing of it counts.
    pub(super) fn append(&self, tail: &mut Tail, batch: &mut Batch) -> Result<u64> {
        if let Some(e) = &self.sync_state().failed {
            return Err(e.clone());
        }
        let seq = tail.seq + 1;
        let length = batch.record_length() as u64;
        if tail.current.used() + length > self.segment_bytes && !tail.current.is_empty() {
            self.rotate(tail)?;
        }
        record::frame(tail.current.generation(), seq, batch);
        tail.current.append(length, batch.record())?;
        tail.seq = seq;
        Ok(seq)
    }

    fn rotate(&self, tail: &mut Tail) -> Result<()> {
        let next = match tail.spare.take() {
            Some(spare) => spare,
            None => Segment::create(&self.dir, tail.current.generation() + 1)?,
        };
        let full = std::mem::replace(&mut tail.current, next);
        tail.full.push((full, tail.seq));
        tail.unsynced += 1;
        tail.new_names = true;
        Ok(())
    }

    /// The last batch.
    pub(super) fn seq(&self) -> u64 {
        self.tail().seq
    }

    /// Waits until a batch is on the disk.
    pub(super) fn wait(&self, seq: u64) -> Result<()> {
        let mut sync = self.sync_state();
        loop {
            if sync.durable >= seq {
                return Ok(());
            }
            if let Some(e) = &sync.failed {
                return Err(e.clone());
            }
            if sync.running {
                sync = self.synced.wait(sync).unwrap_or_else(|e| e.into_inner());
                continue;
            }
            sync.running = true;
            drop(sync);
            let done = self.sync_all();
            sync = self.sync_state();
            sync.running = false;
            match done {
                Ok(durable) => sync.durable = sync.durable.max(durable),
                // The system may have dropped what it could not write: no later sync can be believed.
                Err(e) => sync.failed = Some(e),
            }
            self.synced.notify_all();
        }
    }

    /// Fails only where a sync itself fails.
    fn sync_all(&self) -> Result<u64> {
        let mut tail = self.tail();
        let seq = tail.seq;
        let first = tail
            .full
            .len()
            .saturating_sub(std::mem::take(&mut tail.unsynced));
        let full = tail
            .full
            .iter()
            .skip(first)
            .map(|(segment, _)| segment.file());
        let files: Vec<_> = full.chain([tail.current.file()]).collect();
        let new_names = std::mem::take(&mut tail.new_names);
        drop(tail);
        for file in files {
            file.sync_data()?;
        }
        if new_names {
            self.names.sync_all()?;
        }
        Ok(seq)
    }

    /// Lets go of the files whose batches are all in the tree, up to `applied`; one of them becomes the spare.
    pub(super) fn release(&self, applied: u64) {
        let mut tail = self.tail();
        let done = tail
            .full
            .iter()
            .take_while(|(_, last)| *last <= applied)
            .count();
        let mut done: Vec<Segment> = tail
            .full
            .drain(..done)
            .map(|(segment, _)| segment)
            .collect();
        tail.unsynced = tail.unsynced.min(tail.full.len());
        let generation = tail.current.generation() + 1;
        if tail.spare.is_none()
            && let Some(segment) = done.pop()
        {
            tail.spare = segment.reuse(&self.dir, generation).ok();
        }
        drop(tail);
        for segment in done {
            segment.remove();
        }
    }

    /// Removes all files, after everything has gone into the tree and nobody writes any more.
    pub(super) fn remove_all(&self) {
        if let Ok(files) = fs::read_dir(&self.dir) {
            for file in files.flatten() {
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// Whether there are batches that are not on the disk.
    pub(super) fn is_dirty(&self) -> bool {
        let seq = self.seq();
        let sync = self.sync_state();
        sync.durable < seq && sync.failed.is_none()
    }

    /// How much of the disk it takes.
    pub(super) fn bytes_on_disk(&self) -> u64 {
        let tail = self.tail();
        let full: u64 = tail
            .full
            .iter()
            .map(|(segment, _)| segment.allocated())
            .sum();
        full + tail.current.allocated() + tail.spare.as_ref().map_or(0, Segment::allocated)
    }
}

/// Shares a file between those who write to it and those who sync it.
pub(super) type SharedFile = Arc<fs::File>;
