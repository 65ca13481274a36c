//! Why a data directory cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use crate::embedded::storage::Error as StorageError;

/// A data directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// There is no home folder to keep data in.
    #[error("there is no data directory: neither XDG_DATA_HOME nor HOME is set")]
    NoHome,
    /// The folder holds something else.
    #[error("{} holds files and is no database", .0.display())]
    NoDatabase(PathBuf),
    /// The path is no folder.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// Another process has the directory and does not answer.
    #[error("{} is in use by process {owner}, which does not answer", path.display())]
    OwnerHangs {
        /// The directory.
        path: PathBuf,
        /// The process id that the lock names.
        owner: String,
    },
    /// The store refuses.
    #[error("{0}")]
    Store(StorageError),
    /// What the store holds cannot be used.
    #[error("the database cannot be opened: {reason}")]
    Engine {
        /// Why.
        reason: String,
    },
    /// The socket or the listener cannot be served.
    #[error("cannot serve {what}: {reason}")]
    Listen {
        /// The address or socket.
        what: String,
        /// Why.
        reason: io::Error,
    },
}

impl ShareError {
    /// The failure that a refusal of the system is, at a path.
    pub fn io(path: &Path, reason: &io::Error) -> Self {
        let (dir, why) = (path.to_path_buf(), reason.to_string());
        match reason.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => Self::NotAFolder(dir),
            io::ErrorKind::PermissionDenied => Self::Store(StorageError::NotAllowed { dir, why }),
            io::ErrorKind::ReadOnlyFilesystem => Self::Store(StorageError::ReadOnly { dir, why }),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Store(StorageError::DiskFull(why))
            }
            _ => Self::Store(StorageError::Io(format!("{}: {why}", dir.display()))),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoHome => "name one with --data DIR, or use --data :memory:",
            Self::NoDatabase(_) | Self::Store(StorageError::NotADatabase { .. }) => {
                "name an empty or a new folder with --data DIR"
            }
            Self::NotAFolder(_) => "name a folder with --data DIR",
            Self::OwnerHangs { .. } => {
                "look at that process; when it ends, the next one takes over"
            }
            Self::Listen { .. } => "choose another address with --listen ADDR:PORT",
            Self::Store(StorageError::NotAllowed { .. }) => {
                "use a folder of your own with --data DIR; users who want to share a database connect to one \
                 `rhaiver serve`"
            }
            Self::Store(StorageError::DiskFull(_)) => {
                "free some space; nothing that was acknowledged is lost"
            }
            Self::Store(StorageError::NewerFormat { .. }) => {
                "use a newer rhaiver, or another folder with --data DIR"
            }
            Self::Store(StorageError::Corrupt(_)) | Self::Engine { .. } => {
                "keep a copy of the folder and report this; --data DIR names another one meanwhile"
            }
            Self::Store(_) => "use another folder with --data DIR, or --data :memory:",
        }
    }
}
