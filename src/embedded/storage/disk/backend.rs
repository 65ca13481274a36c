//! The file of the tree, for redb.
//!
//! redb gives up for good after a write that failed. A full disk is no reason to: here a write that finds no
//! space waits for it. Only the checkpoint writes to the tree, so nobody waits with it; the writers go on
//! while the log has room, and get [`super::super::Error::DiskFull`] afterwards. After another failure the
//! file is opened for redb anew, over the same descriptor; the one before is cut off from it, since the pages
//! that it knows may be others by then.

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
    /// A sync has failed: the system may have dropped what was to be written, and no later sync says so.
    lost: AtomicBool,
    /// Whether every write fails.
    #[cfg(test)]
    pub(super) failing: AtomicBool,
    closing: Mutex<bool>,
    closed: Condvar,
}

impl Patience {
    /// Whether the tree waits for space.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Whether a sync of the tree has failed: only recovery makes a tree to be trusted.
    pub(super) fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    fn check(&self) -> io::Result<()> {
        #[cfg(test)]
        if self.failing.load(Ordering::Relaxed) {
            return Err(io::Error::other("writes fail"));
        }
        Ok(())
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

/// A file that redb uses, until it is cut off.
#[derive(Debug, Clone)]
pub(super) struct PatientFile {
    file: Arc<File>,
    cut_off: Arc<AtomicBool>,
    patience: Arc<Patience>,
}

impl PatientFile {
    pub(super) fn new(file: File, patience: Arc<Patience>) -> Self {
        Self {
            file: Arc::new(file),
            cut_off: Arc::default(),
            patience,
        }
    }

    /// The same file for another user; this one's accesses fail from now on.
    pub(super) fn anew(&self) -> Self {
        self.cut_off.store(true, Ordering::Release);
        Self {
            cut_off: Arc::default(),
            ..self.clone()
        }
    }

    fn file(&self) -> io::Result<&File> {
        match self.cut_off.load(Ordering::Acquire) {
            true => Err(io::Error::other("the file was opened anew")),
            false => Ok(&self.file),
        }
    }

    fn patiently(&self, write: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
        loop {
            let done = self.patience.check().and_then(|()| write(self.file()?));
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
        Ok(self.file()?.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file()?.read_exact_at(out, offset)?;
        // What was read after the cut may be of another time.
        self.file().map(drop)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.patiently(|file| file.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.patiently(|file| {
            let done = file.sync_data();
            let lost = done.as_ref().is_err_and(|e| !is_full(e));
            self.patience.lost.fetch_or(lost, Ordering::Relaxed);
            done
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.patiently(|file| file.write_all_at(data, offset))
    }
}
