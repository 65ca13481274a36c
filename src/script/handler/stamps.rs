//! Files as a directory shows them, to see that one was saved.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

/// How old a file's last change must be before its time tells all further changes apart: file
/// systems count in steps of up to two seconds.
const STEP: Duration = Duration::from_secs(2);

/// A file as a directory shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    pub file: PathBuf,
    modified: Option<SystemTime>,
    length: u64,
}

impl Stamp {
    pub fn of(file: &Path) -> Self {
        let seen = std::fs::metadata(file).ok();
        Self {
            file: file.to_path_buf(),
            modified: seen.as_ref().and_then(|m| m.modified().ok()),
            length: seen.map_or(0, |m| m.len()),
        }
    }

    pub fn is_missing(&self) -> bool {
        self.modified.is_none()
    }

    /// Whether the file may have changed again without showing it.
    pub fn is_fresh(&self) -> bool {
        let age = self.modified.map(|at| match at.elapsed() {
            Ok(age) => age,
            Err(ahead) => ahead.duration(),
        });
        age.is_some_and(|age| age < STEP)
    }
}

/// A hash of files' names in `root` and of what they hold; a file that is not there holds nothing.
pub(super) fn hash<'a>(
    root: &Path,
    files: impl IntoIterator<Item = &'a PathBuf>,
    text: impl Fn(&Path) -> Vec<u8>,
) -> String {
    let mut hash = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(file);
        hash.update(name.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(text(file));
        hash.update([0]);
    }
    hex::encode(hash.finalize())
}
