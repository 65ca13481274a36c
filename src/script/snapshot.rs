//! [`Snapshot`]: the files of one version of a script, as they were when they were read.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The texts of a script's files, and what its imports meant. An instance that is made of one reads
/// no file that is in it, whatever became of the files since.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The texts, by file.
    pub(super) texts: BTreeMap<PathBuf, Arc<str>>,
    /// The file that an import or a `load` meant, by the source that asked and its words.
    pub(super) meanings: HashMap<(String, String), PathBuf>,
}

impl Snapshot {
    /// What a file held.
    #[must_use]
    pub fn text(&self, file: &Path) -> Option<&Arc<str>> {
        self.texts.get(file)
    }

    /// The file that `path` meant in `source`.
    #[must_use]
    pub fn meaning(&self, source: Option<&str>, path: &str) -> Option<&PathBuf> {
        let key = (source.unwrap_or_default().to_string(), path.to_string());
        self.meanings.get(&key)
    }

    /// Its files.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.texts.keys()
    }
}
