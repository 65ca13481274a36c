//! Who may use a data directory: one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::{Error, Result};

/// The file that is locked. It stays when the directory is not in use: removing it would be a race.
const FILE: &str = "LOCK";

/// How long a lock may outlive whoever let go of it: a process that is just starting another one has its open
/// files twice for a moment, locks included.
const PATIENCE: Duration = Duration::from_millis(300);

/// How soon to look again.
const AGAIN: Duration = Duration::from_millis(3);

/// The exclusive right to a data directory, held while it lives. The system lets go of it when the process
/// ends in whatever way, so a killed process leaves nothing behind.
#[derive(Debug)]
pub struct DirLock {
    dir: PathBuf,
    _file: File,
}

impl DirLock {
    /// Takes the directory, which is made (for its user alone) where it is not there.
    ///
    /// # Errors
    /// [`Error::InUse`] when another has it; [`Error::NotAllowed`] and [`Error::ReadOnly`] when it is not ours
    /// to write.
    pub fn acquire(dir: &Path) -> Result<DirLock> {
        make_private(dir).map_err(|e| refused(dir, &e))?;
        let open = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join(FILE));
        let file = open.map_err(|e| refused(dir, &e))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(AGAIN),
                Err(TryLockError::WouldBlock) => return Err(Error::InUse(dir.to_owned())),
                Err(TryLockError::Error(e)) => return Err(refused(dir, &e)),
            }
        }
        Ok(DirLock {
            dir: dir.to_owned(),
            _file: file,
        })
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

fn make_private(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// What the system's refusal means for a person.
pub(super) fn refused(dir: &Path, e: &io::Error) -> Error {
    let (dir, why) = (dir.to_owned(), e.to_string());
    match e.kind() {
        io::ErrorKind::PermissionDenied => Error::NotAllowed { dir, why },
        io::ErrorKind::ReadOnlyFilesystem => Error::ReadOnly { dir, why },
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::DiskFull(why),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => Error::NotADatabase {
            dir,
            missing: super::disk::FORMAT_FILE,
        },
        _ => Error::Io(format!("{}: {why}", dir.display())),
    }
}
