//! What can go wrong below the documents.

use std::io;
use std::path::PathBuf;

/// The outcome of everything that touches the disk.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal of the storage, told apart by what a person can do about it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No space left; the store goes on once there is some.
    #[error("no space left on the disk of the data directory ({0})")]
    DiskFull(String),
    /// The directory or its file system may not be written.
    #[error("the data directory {} cannot be written: {why}", .dir.display())]
    ReadOnly {
        /// Which one.
        dir: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The directory belongs to somebody else.
    #[error("the data directory {} is not accessible: {why}", .dir.display())]
    NotAllowed {
        /// Which one.
        dir: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Another process (or another part of this one) has the directory open.
    #[error("the data directory {} is open in another process", .0.display())]
    InUse(PathBuf),
    /// The directory holds something, but no database.
    #[error("{} is no rhaiver data directory: it has files, but no {missing}", .dir.display())]
    NotADatabase {
        /// Which one.
        dir: PathBuf,
        /// What a data directory has.
        missing: &'static str,
    },
    /// Written by a later version of the program.
    #[error("the data directory {} has format {found}, and this version reads up to {supported}: use a newer rhaiver", .dir.display())]
    NewerFormat {
        /// Whose format it is.
        dir: PathBuf,
        /// The format of the directory.
        found: u32,
        /// The last format that this version knows.
        supported: u32,
    },
    /// The bytes on the disk are not what was written.
    #[error("the data directory is damaged: {0}")]
    Corrupt(String),
    /// Anything else that the system said.
    #[error("the data directory cannot be used: {0}")]
    Io(String),
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Error::DiskFull(e.to_string()),
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Error::Corrupt(e.to_string())
            }
            _ => Error::Io(e.to_string()),
        }
    }
}

/// What a client sees: the server's own codes where it has them.
impl From<Error> for crate::mql::Error {
    fn from(e: Error) -> Self {
        use crate::mql::error::code;
        let code = match e {
            Error::DiskFull(_) => code::OUT_OF_DISK_SPACE,
            Error::Corrupt(_) => code::DATA_CORRUPTION_DETECTED,
            _ => code::INTERNAL_ERROR,
        };
        crate::mql::Error::new(code, e.to_string())
    }
}
