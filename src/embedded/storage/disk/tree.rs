//! The tree: what the log held before the last checkpoint, in one redb file.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use redb::{Builder, Database, Durability, ReadOnlyTable, ReadableDatabase, TableDefinition};

use super::super::{DirLock, Direction, Error, KeyRange, Result, Scan, Space};
use super::backend::{Patience, PatientFile};
use super::format::sync_dir;
use super::overlay::Overlay;
use super::tree_scan::{FIRST_RUN, Run, TreeScan};

const FILE: &str = "tree.redb";
type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// One table a space, in the order of [`Space::ALL`].
const TABLES: [Definition; Space::ALL.len()] = [
    TableDefinition::new("catalog"),
    TableDefinition::new("records"),
    TableDefinition::new("indexes"),
    TableDefinition::new("oplog"),
    TableDefinition::new("sessions"),
    TableDefinition::new("meta"),
];
/// The number of the last batch that is in the tree, under the key `applied`.
const STATE: TableDefinition<'static, &'static str, u64> = TableDefinition::new("state");
const APPLIED: &str = "applied";

/// The file; made at the first checkpoint, so that a new database opens at once.
pub(super) struct Tree {
    path: PathBuf,
    cache_bytes: usize,
    patience: Arc<Patience>,
    lock: Arc<DirLock>,
    db: Option<Arc<OpenTree>>,
    /// Whether redb has failed, after which it refuses everything.
    failed: bool,
}

/// The open file. Snapshots keep it, and with it the directory: nobody else writes while one reads.
struct OpenTree {
    db: Database,
    file: PatientFile,
    _lock: Arc<DirLock>,
}

impl OpenTree {
    fn apply(&self, overlay: &Overlay, seq: u64) -> Result<()> {
        let mut transaction = self.db.begin_write().map_err(damaged)?;
        let durable = transaction.set_durability(Durability::Immediate);
        durable.map_err(damaged)?;
        transaction.set_quick_repair(true);
        for (space, definition) in Space::ALL.into_iter().zip(TABLES) {
            let mut table = transaction.open_table(definition).map_err(damaged)?;
            for (key, value) in overlay.map(space) {
                match value {
                    Some(value) => table.insert(&key[..], &value[..]).map(drop),
                    None => table.remove(&key[..]).map(drop),
                }
                .map_err(damaged)?;
            }
        }
        let mut state = transaction.open_table(STATE).map_err(damaged)?;
        state.insert(APPLIED, seq).map_err(damaged)?;
        drop(state);
        transaction.commit().map_err(damaged)
    }
}

impl Tree {
    pub(super) fn open(
        lock: Arc<DirLock>,
        cache_bytes: usize,
        patience: Arc<Patience>,
    ) -> Result<Self> {
        let path = lock.dir().join(FILE);
        let there = path.exists();
        let mut tree = Self {
            path,
            cache_bytes,
            patience,
            lock,
            db: None,
            failed: false,
        };
        if there {
            let path = tree.path.clone();
            tree.db = Some(tree.open_file(&path)?);
        }
        Ok(tree)
    }

    fn open_file(&self, path: &Path) -> Result<Arc<OpenTree>> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        self.open_over(PatientFile::new(file, self.patience.clone()))
    }

    fn open_over(&self, file: PatientFile) -> Result<Arc<OpenTree>> {
        let mut builder = Builder::new();
        let db = builder
            .set_cache_size(self.cache_bytes)
            .create_with_backend(file.clone());
        Ok(Arc::new(OpenTree {
            db: db.map_err(damaged)?,
            file,
            _lock: self.lock.clone(),
        }))
    }

    /// Takes everything of an overlay into the tree, durably.
    pub(super) fn apply(&mut self, overlay: &Overlay, seq: u64) -> Result<()> {
        if let Some(open) = &self.db {
            let done = open.apply(overlay, seq);
            self.failed = done
                .as_ref()
                .is_err_and(|e| !matches!(e, Error::Corrupt(_)));
            return done;
        }
        // A file that is killed while it is made is no tree. It gets its name when it is one.
        let new = self.path.with_extension("new");
        match fs::remove_file(&new) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
        let open = self.open_file(&new)?;
        open.apply(overlay, seq)?;
        fs::rename(&new, &self.path)?;
        sync_dir(self.lock.dir())?;
        self.db = Some(open);
        Ok(())
    }

    /// Opens the file anew where redb has failed. It is then as after the last commit that redb made, or
    /// tried to; what the overlay covers may or may not be in it.
    pub(super) fn mend(&mut self) -> Result<Option<TreeView>> {
        let Some(open) = self.db.as_ref().filter(|_| self.failed) else {
            return Ok(None);
        };
        if self.patience.has_lost() {
            return Err(Error::Io("the tree could not be synced".to_owned()));
        }
        self.db = Some(self.open_over(open.file.anew())?);
        self.failed = false;
        Ok(Some(self.view()?.1))
    }

    /// The tree as it is now, with the number of the last batch in it.
    pub(super) fn view(&self) -> Result<(u64, TreeView)> {
        let Some(open) = &self.db else {
            return Ok((0, TreeView::default()));
        };
        let transaction = open.db.begin_read().map_err(damaged)?;
        let applied = match transaction.open_table(STATE) {
            Ok(table) => table
                .get(APPLIED)
                .map_err(damaged)?
                .map_or(0, |seq| seq.value()),
            Err(e) => return Err(damaged(e)),
        };
        let tables = TABLES.map(|definition| transaction.open_table(definition));
        let tables: Result<Vec<Table>, _> = tables.into_iter().collect();
        let view = TreeView {
            tables: tables.map_err(damaged)?,
            _open: Some(open.clone()),
        };
        Ok((applied, view))
    }
}

/// What the tree was after a checkpoint. Shared by all snapshots up to the next one.
#[derive(Default)]
pub(super) struct TreeView {
    /// Empty where there is no file.
    tables: Vec<Table>,
    _open: Option<Arc<OpenTree>>,
}

impl TreeView {
    pub(super) fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>> {
        let Some(table) = self.tables.get(space.index()) else {
            return Ok(None);
        };
        let found = table.get(key).map_err(damaged)?;
        Ok(found.map(|value| Bytes::copy_from_slice(value.value())))
    }

    /// The entries of a range, or nothing at all where there is no file.
    pub(super) fn scan(
        self: &Arc<Self>,
        space: Space,
        range: &KeyRange,
        direction: Direction,
    ) -> Option<Scan> {
        let table = self.tables.get(space.index())?;
        let bounds = (bound(&range.start), bound(&range.end));
        Some(match table.range::<&[u8]>(bounds) {
            Ok(entries) => Box::new(TreeScan {
                entries,
                direction,
                run: Run::default(),
                most: FIRST_RUN,
                failed: None,
                _view: self.clone(),
            }),
            Err(e) => Box::new(std::iter::once(Err(damaged(e)))),
        })
    }
}

fn bound(bound: &Bound<Bytes>) -> Bound<&[u8]> {
    bound.as_ref().map(|key| &key[..])
}

pub(super) fn damaged(e: impl Into<redb::Error>) -> Error {
    match e.into() {
        redb::Error::Io(e) => e.into(),
        redb::Error::Corrupted(what) => Error::Corrupt(what),
        other => Error::Io(other.to_string()),
    }
}

/// How much of the disk the tree of a directory takes.
pub(super) fn bytes_on_disk(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(dir.join(FILE)).map_or(0, |file| file.blocks() * 512)
}
