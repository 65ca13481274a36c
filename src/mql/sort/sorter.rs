//! Sorting in bounded memory.

use std::path::PathBuf;

use super::key::SortKey;
use super::run::{Reader, Run, Spill};
use super::spec::SortSpec;
use crate::mql::error::code;
use crate::mql::size;
use crate::mql::{Env, Error, Interrupt, Result};

/// What a sorter holds in memory at most, in bytes.
pub const MEMORY_LIMIT: usize = 100 * 1024 * 1024;

/// What an entry takes beside its key and its item.
const ENTRY: usize = 64;

/// How often, in entries, a sorter looks whether it was interrupted.
const CHECK_EVERY: usize = 1024;

/// Sorts items by their keys. What has the same key stays in the order in which it came.
pub struct Sorter<T> {
    spec: SortSpec,
    limit: Option<usize>,
    entries: Vec<Entry<T>>,
    used: usize,
    memory_limit: usize,
    runs: Vec<Run>,
    /// Where files may be, if at all.
    disk: Option<PathBuf>,
    /// With a limit: the last key that may still come in.
    worst: Option<SortKey>,
    interrupt: Interrupt,
}

/// An item with its key.
pub(super) struct Entry<T> {
    pub key: SortKey,
    pub item: T,
    size: usize,
}

impl<T: Spill> Sorter<T> {
    /// A sorter that gives at most so many items (the first of them). It goes to disk if the environment
    /// allows it.
    #[must_use]
    pub fn new(spec: SortSpec, limit: Option<u64>, env: &Env) -> Self {
        let folder = || match &env.spill_dir {
            Some(folder) => folder.to_path_buf(),
            None => std::env::temp_dir(),
        };
        Self {
            spec,
            limit: limit.and_then(|limit| usize::try_from(limit).ok()),
            entries: Vec::new(),
            used: 0,
            memory_limit: MEMORY_LIMIT,
            runs: Vec::new(),
            disk: env.allow_disk_use.then(folder),
            worst: None,
            interrupt: env.interrupt.clone(),
        }
    }

    /// The same with another bound of its memory.
    #[must_use]
    pub fn with_memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// The specification.
    #[must_use]
    pub fn spec(&self) -> &SortSpec {
        &self.spec
    }

    /// How many bytes it holds in memory.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.used
    }

    /// Whether it went to disk.
    #[must_use]
    pub fn used_disk(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Takes an item in.
    ///
    /// # Errors
    /// 292 when it would need more memory and may not go to disk; what the disk refuses.
    pub fn add(&mut self, key: SortKey, item: T) -> Result<()> {
        let too_late = |worst: &SortKey| self.spec.compare(&key, worst).is_ge();
        if self.worst.as_ref().is_some_and(too_late) {
            return Ok(());
        }
        let size = ENTRY + item.size() + key.0.iter().map(size::of).sum::<usize>();
        self.used += size;
        self.entries.push(Entry { key, item, size });
        self.cut();
        if self.entries.len().is_multiple_of(CHECK_EVERY) {
            self.interrupt.check()?;
        }
        if self.used > self.memory_limit {
            self.make_room()?;
        }
        Ok(())
    }

    /// With a limit: forgets what is too far back, each time that half of what is held is.
    fn cut(&mut self) {
        let Some(limit) = self.limit else { return };
        if self.entries.len() < limit.saturating_mul(2).max(16) {
            return;
        }
        self.sort();
        for gone in self.entries.drain(limit..) {
            self.used = self.used.saturating_sub(gone.size);
        }
        self.worst = self.entries.last().map(|entry| entry.key.clone());
    }

    fn sort(&mut self) {
        let spec = &self.spec;
        self.entries.sort_by(|a, b| spec.compare(&a.key, &b.key));
    }

    fn make_room(&mut self) -> Result<()> {
        self.sort();
        if let Some(limit) = self.limit
            && limit < self.entries.len()
        {
            for gone in self.entries.drain(limit..) {
                self.used = self.used.saturating_sub(gone.size);
            }
            if self.used <= self.memory_limit {
                return Ok(());
            }
        }
        let Some(folder) = &self.disk else {
            return Err(Error::new(
                code::QUERY_EXCEEDED_MEMORY_LIMIT,
                format!(
                    "Sort exceeded memory limit of {} bytes, but did not opt in to external sorting.",
                    self.memory_limit
                ),
            ));
        };
        self.runs.push(Run::write(folder, &self.entries)?);
        self.entries.clear();
        self.used = 0;
        Ok(())
    }

    /// The items in order.
    ///
    /// # Errors
    /// What the disk refuses.
    pub fn finish(mut self) -> Result<Sorted<T>> {
        self.sort();
        let runs = self.runs.into_iter().map(|run| run.open().map(Source::Run));
        let mut sources = runs.collect::<Result<Vec<_>>>()?;
        sources.push(Source::Memory(self.entries.into_iter()));
        Ok(Sorted {
            spec: self.spec,
            sources,
            left: self.limit.unwrap_or(usize::MAX),
        })
    }
}

/// Sorted items.
pub struct Sorted<T> {
    spec: SortSpec,
    /// In the order in which their items came, so that of equal ones the first stays the first.
    sources: Vec<Source<T>>,
    left: usize,
}

enum Source<T> {
    Run(Reader<T>),
    Memory(std::vec::IntoIter<Entry<T>>),
}

impl<T: Spill> Source<T> {
    fn key(&self) -> Option<&SortKey> {
        match self {
            Source::Run(reader) => reader.key(),
            Source::Memory(entries) => entries.as_slice().first().map(|entry| &entry.key),
        }
    }

    fn take(&mut self) -> Result<Option<T>> {
        match self {
            Source::Run(reader) => reader.take(),
            Source::Memory(entries) => Ok(entries.next().map(|entry| entry.item)),
        }
    }
}

impl<T: Spill> Sorted<T> {
    /// The source whose next item is the first of all.
    fn first(&mut self) -> Option<&mut Source<T>> {
        let heads = self.sources.iter().enumerate();
        let heads = heads.filter_map(|(i, source)| Some((i, source.key()?)));
        let (first, _) = heads.min_by(|(_, a), (_, b)| self.spec.compare(a, b))?;
        self.sources.get_mut(first)
    }
}

impl<T: Spill> Iterator for Sorted<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        self.first()?.take().transpose()
    }
}
