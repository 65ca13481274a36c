//! One file of the log.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::super::Result;
use super::log::SharedFile;

/// What a file begins with, before its generation and the checksum of that.
const MAGIC: [u8; 8] = *b"rhailog1";
const HEADER: u64 = 20;
/// By how much a file grows.
const STEP: usize = 512 * 1024;

/// A file of records of one generation.
pub(super) struct Segment {
    path: PathBuf,
    file: SharedFile,
    generation: u64,
    used: u64,
    allocated: u64,
}

fn path(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("{generation:016x}.log"))
}

fn header(generation: u64) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend(generation.to_le_bytes());
    header.extend(crc32fast::hash(&header).to_le_bytes());
    header
}

impl Segment {
    /// A new, empty file.
    pub(super) fn create(dir: &Path, generation: u64) -> Result<Segment> {
        let path = path(dir, generation);
        // One of the same name is left of a creation that did not come to its end.
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        let mut segment = Segment {
            path,
            file: Arc::new(file),
            generation,
            used: HEADER,
            allocated: 0,
        };
        let made = segment.reserve(HEADER);
        if let Err(e) = made.and_then(|()| Ok(segment.file.write_all_at(&header(generation), 0)?)) {
            segment.remove();
            return Err(e);
        }
        Ok(segment)
    }

    /// The same file under a new generation: what it held is no longer valid.
    pub(super) fn reuse(mut self, dir: &Path, generation: u64) -> Result<Segment> {
        self.file.write_all_at(&header(generation), 0)?;
        let path = path(dir, generation);
        fs::rename(&self.path, &path)?;
        (self.path, self.generation, self.used) = (path, generation, HEADER);
        Ok(self)
    }

    /// The files of a directory, by generation.
    pub(super) fn list(dir: &Path) -> Result<Vec<(u64, PathBuf)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let generation =
                name.and_then(|name| u64::from_str_radix(name.strip_suffix(".log")?, 16).ok());
            if let Some(generation) = generation {
                found.push((generation, path));
            }
        }
        found.sort();
        Ok(found)
    }

    /// A file that is there, and its records; none where the file was never finished.
    pub(super) fn read(generation: u64, path: &Path) -> Result<Option<(Segment, Bytes)>> {
        let mut bytes = Bytes::from(fs::read(path)?);
        let length = bytes.len() as u64;
        if !bytes.starts_with(&header(generation)) {
            return Ok(None);
        }
        bytes.advance(HEADER as usize);
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let (path, file) = (path.to_owned(), Arc::new(file));
        let segment = Segment {
            path,
            file,
            generation,
            used: length,
            allocated: length,
        };
        Ok(Some((segment, bytes)))
    }

    /// Adds bytes of a length at the end, in their parts.
    pub(super) fn append<'a>(
        &mut self,
        length: u64,
        parts: impl Iterator<Item = &'a [u8]>,
    ) -> Result<()> {
        let end = self.used + length;
        self.reserve(end)?;
        let mut at = self.used;
        for part in parts {
            self.file.write_all_at(part, at)?;
            at += part.len() as u64;
        }
        self.used = end;
        Ok(())
    }

    /// Takes space on the disk up to `end`.
    fn reserve(&mut self, end: u64) -> Result<()> {
        static ZEROS: [u8; STEP] = [0; STEP];
        while self.allocated < end {
            self.file.write_all_at(&ZEROS, self.allocated)?;
            self.allocated += STEP as u64;
        }
        Ok(())
    }

    pub(super) fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    pub(super) fn is_empty(&self) -> bool {
        self.used == HEADER
    }

    pub(super) fn allocated(&self) -> u64 {
        self.allocated
    }

    pub(super) fn file(&self) -> Arc<File> {
        self.file.clone()
    }
}
