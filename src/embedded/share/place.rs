//! Where data lives, and whether it may.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::ShareError;

/// A socket's name has room for 107 bytes on Linux and 103 on macOS.
const SOCKET_NAME: usize = 100;

/// What the names of databases in memory begin with.
const MEMORY: &str = "memory-";

/// For how long a socket where nobody listens may be one where somebody will.
const FRESH: Duration = Duration::from_secs(60);

/// Where the embedded database keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder.
    Folder(PathBuf),
    /// In this process's memory; it vanishes with it.
    Memory,
}

impl Place {
    /// What a person named: a folder, or `:memory:`.
    #[must_use]
    pub fn named(text: &str) -> Self {
        match text {
            ":memory:" => Self::Memory,
            path => Self::Folder(path.into()),
        }
    }

    /// The user's own: `$XDG_DATA_HOME/rhaiver`, else `~/.local/share/rhaiver`.
    ///
    /// # Errors
    /// Where the environment names no home.
    pub fn of_user() -> Result<Self, ShareError> {
        let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
        let data = named("XDG_DATA_HOME").map(PathBuf::from);
        let home = || named("HOME").map(|home| Path::new(&home).join(".local/share"));
        let base = data.or_else(home).ok_or(ShareError::NoHome)?;
        Ok(Self::Folder(base.join("rhaiver")))
    }
}

/// A data directory that is there and may be used.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder where there is none; it is the user's alone.
    ///
    /// # Errors
    /// Where it cannot be made or written, or holds something that is no database.
    pub fn prepare(path: &Path) -> Result<Self, ShareError> {
        let failed = |e| ShareError::io(path, &e);
        if !path.is_dir() {
            make_private(path).map_err(failed)?;
        }
        let folder = Self {
            path: path.canonicalize().map_err(failed)?,
        };
        folder.holds_a_database_or_nothing()?;
        close(path).map_err(failed)?;
        Ok(folder)
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the store keeps its files.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// The file whose lock says who owns the store; not locked yet.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn lock_file(&self) -> Result<File, ShareError> {
        let path = self.lock_path();
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        options.open(&path).map_err(|e| ShareError::io(&path, &e))
    }

    /// The process id in the lock file, as text.
    #[must_use]
    pub fn owner(&self) -> String {
        let text = fs::read_to_string(self.lock_path()).unwrap_or_default();
        match text.trim() {
            "" => "(unknown)".into(),
            id => id.into(),
        }
    }

    /// Where its owner serves.
    ///
    /// # Errors
    /// Where the folder for sockets cannot be made.
    pub fn socket(&self) -> Result<PathBuf, ShareError> {
        let here = self.path.join("rhaiver.sock");
        if here.as_os_str().len() <= SOCKET_NAME {
            return Ok(here);
        }
        let folder = socket_folder()?;
        let digest = Sha256::digest(self.path.as_os_str().as_encoded_bytes());
        Ok(folder.join(format!("{}.sock", hex::encode(&digest[..8]))))
    }

    fn lock_path(&self) -> PathBuf {
        self.path.join("lock")
    }

    fn holds_a_database_or_nothing(&self) -> Result<(), ShareError> {
        let failed = |e| ShareError::io(&self.path, &e);
        if self.store().is_dir() || self.lock_path().is_file() {
            return Ok(());
        }
        // A disk's own folder may stand at the top of a mounted one.
        let foreign = |entry: &io::Result<fs::DirEntry>| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.file_name() != "lost+found")
        };
        let mut entries = fs::read_dir(&self.path).map_err(failed)?;
        match entries.find(foreign) {
            Some(_) => Err(ShareError::NoDatabase(self.path.clone())),
            None => Ok(()),
        }
    }
}

/// Where a new database in memory serves. Sockets that killed processes left are taken away.
///
/// # Errors
/// Where the folder for sockets cannot be made.
pub fn memory_socket() -> Result<PathBuf, ShareError> {
    let folder = socket_folder()?;
    sweep(&folder, FRESH);
    let name = format!("{MEMORY}{}.sock", uuid::Uuid::new_v4().simple());
    Ok(folder.join(name))
}

/// Takes away the sockets of databases in memory where nobody listens, but for those of processes that may be about
/// to. What cannot be taken away stays: it is in nobody's way.
fn sweep(folder: &Path, fresh: Duration) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_one = entry.file_name().to_string_lossy().starts_with(MEMORY);
        let age = entry.metadata().and_then(|found| found.modified());
        let age = age.ok().and_then(|made| made.elapsed().ok());
        if !is_one || age.is_none_or(|age| age < fresh) {
            continue;
        }
        let refused = UnixStream::connect(entry.path()).err();
        if refused.is_some_and(|e| e.kind() == io::ErrorKind::ConnectionRefused) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A folder of this user's alone for sockets that have no place in a data directory.
///
/// # Errors
/// Where it cannot be made, or is another user's.
fn socket_folder() -> Result<PathBuf, ShareError> {
    let base = std::env::var_os("XDG_RUNTIME_DIR").filter(|v| !v.is_empty());
    let folder = match base {
        Some(base) => Path::new(&base).join("rhaiver"),
        None => {
            let user = std::env::var("USER").unwrap_or_else(|_| "user".into());
            std::env::temp_dir().join(format!("rhaiver-{user}"))
        }
    };
    let made = if folder.is_dir() {
        close(&folder)
    } else {
        make_private(&folder)
    };
    made.map_err(|e| ShareError::io(&folder, &e))?;
    Ok(folder)
}

/// Makes a folder, with its parents, that is the user's alone.
fn make_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Closes a folder to other users. Only its owner (or root) can.
fn close(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_other_things_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("letter.txt"), "dear").unwrap();
        let refused = Folder::prepare(dir.path());
        assert!(
            matches!(refused, Err(ShareError::NoDatabase(_))),
            "{refused:?}"
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_folder_is_the_users_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let folder = Folder::prepare(&path).unwrap();
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(folder.socket().unwrap().starts_with(folder.path()));
    }

    #[test]
    fn a_long_path_has_its_socket_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x".repeat(120));
        let folder = Folder::prepare(&path).unwrap();
        let socket = folder.socket().unwrap();
        assert!(
            socket.as_os_str().len() <= SOCKET_NAME,
            "{}",
            socket.display()
        );
        assert!(!socket.starts_with(folder.path()));
    }

    #[test]
    fn sockets_that_were_left_are_taken_away() {
        use std::os::unix::net::UnixListener;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let listens = UnixListener::bind(at("memory-1.sock")).unwrap();
        drop(UnixListener::bind(at("memory-2.sock")).unwrap());
        drop(UnixListener::bind(at("other.sock")).unwrap());
        sweep(dir.path(), FRESH);
        assert!(at("memory-2.sock").exists());
        sweep(dir.path(), Duration::ZERO);
        assert!(!at("memory-2.sock").exists());
        assert!(at("memory-1.sock").exists() && at("other.sock").exists());
        drop(listens);
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = Folder::prepare(file.path());
        assert!(refused.is_err());
    }
}
