//! The file of the tree, for redb.
//!
//! redb gives up for good after a write that failed. A full disk is no reason to: here a write that finds no
//! space waits for it. Only the checkpoint writes to the tree, so nobody waits with it; the writers go on
//! while the log has room, and get [`super::super::Error::DiskFull`] afterwards.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use redb::StorageBackend;

/// How often a full disk is asked whether there is space again.
const RETRY: Duration = Duration::from_millis(50);

/// What those who wait for the disk know of each other.
#[derive(Debug, Default)]
pub(super) struct Patience {
    waiting: AtomicBool,
    closing: Mutex<bool>,
    closed: Condvar,
}

impl Patience {
    /// Whether the tree waits for space.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether the store closes: no more waiting.
    pub(super) fn is_closing(&self) -> bool {
        *self.closing.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(super) fn close(&self) {
        *self.closing.lock().unwrap_or_else(|e| e.into_inner()) = true;
        self.closed.notify_all();
    }

    /// Sleeps, but not beyond the closing.
    pub(super) fn pause(&self, time: Duration) {
        let closing = self.closing.lock().unwrap_or_else(|e| e.into_inner());
        let _ = self
            .closed
            .wait_timeout_while(closing, time, |closing| !*closing);
    }
}

#[derive(Debug)]
pub(super) struct PatientFile {
    file: File,
    patience: Arc<Patience>,
}

impl PatientFile {
    pub(super) fn new(file: File, patience: Arc<Patience>) -> Self {
        Self { file, patience }
    }

    fn patiently(&self, write: impl Fn() -> io::Result<()>) -> io::Result<()> {
        loop {
            let done = write();
            let wait = done.as_ref().is_err_and(is_full) && !self.patience.is_closing();
            self.patience.waiting.store(wait, Ordering::Relaxed);
            if !wait {
                return done;
            }
            self.patience.pause(RETRY);
        }
    }
}

fn is_full(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

impl StorageBackend for PatientFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.patiently(|| self.file.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.patiently(|| self.file.sync_data())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.patiently(|| self.file.write_all_at(data, offset))
    }
}
