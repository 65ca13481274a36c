//! Sorted items in a file without a name.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::Path;

use bson::{Bson, Document, RawDocumentBuf};

use super::key::SortKey;
use super::sorter::Entry;
use crate::mql::error::code;
use crate::mql::{Error, Result, size};

/// What a sorter can put on disk.
pub trait Spill: Sized {
    /// About how many bytes it takes in memory.
    fn size(&self) -> usize;

    /// It as bytes.
    ///
    /// # Errors
    /// When it cannot be written as BSON.
    fn to_bytes(&self) -> Result<Vec<u8>>;

    /// What was made into these bytes.
    ///
    /// # Errors
    /// When the bytes are something else.
    fn from_bytes(bytes: Vec<u8>) -> Result<Self>;
}

impl Spill for Document {
    fn size(&self) -> usize {
        size::of_document(self)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        self.to_vec().map_err(damaged)
    }

    fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        Document::from_reader(bytes.as_slice()).map_err(damaged)
    }
}

impl Spill for RawDocumentBuf {
    fn size(&self) -> usize {
        self.as_bytes().len()
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        Ok(self.as_bytes().to_vec())
    }

    fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        RawDocumentBuf::from_bytes(bytes).map_err(damaged)
    }
}

/// A file of sorted items.
pub(super) struct Run {
    file: File,
}

impl Run {
    /// Writes items; the file has no name and ends with the process at the latest.
    pub fn write<T: Spill>(folder: &Path, entries: &[Entry<T>]) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(disk)?;
        let file = tempfile::tempfile_in(folder).map_err(disk)?;
        let mut writer = BufWriter::new(file);
        for entry in entries {
            let key = key_document(&entry.key).to_vec().map_err(damaged)?;
            write_part(&mut writer, &key)?;
            write_part(&mut writer, &entry.item.to_bytes()?)?;
        }
        let file = writer.into_inner().map_err(|e| disk(e.into_error()))?;
        Ok(Self { file })
    }

    /// Reads it from its beginning.
    pub fn open<T: Spill>(mut self) -> Result<Reader<T>> {
        self.file.rewind().map_err(disk)?;
        let mut reader = Reader {
            file: BufReader::new(self.file),
            next: None,
        };
        reader.next = reader.read()?;
        Ok(reader)
    }
}

/// Reads a run, one item ahead.
pub(super) struct Reader<T> {
    file: BufReader<File>,
    next: Option<(SortKey, T)>,
}

impl<T: Spill> Reader<T> {
    pub fn key(&self) -> Option<&SortKey> {
        self.next.as_ref().map(|(key, _)| key)
    }

    pub fn take(&mut self) -> Result<Option<T>> {
        let next = self.read()?;
        let taken = std::mem::replace(&mut self.next, next);
        Ok(taken.map(|(_, item)| item))
    }

    fn read(&mut self) -> Result<Option<(SortKey, T)>> {
        let Some(key) = read_part(&mut self.file)? else {
            return Ok(None);
        };
        let item = read_part(&mut self.file)?.unwrap_or_default();
        Ok(Some((
            key_of(Document::from_bytes(key)?),
            T::from_bytes(item)?,
        )))
    }
}

fn key_document(key: &SortKey) -> Document {
    let values = key.0.iter().cloned();
    values
        .enumerate()
        .map(|(i, v)| (i.to_string(), v))
        .collect()
}

fn key_of(document: Document) -> SortKey {
    SortKey(
        document
            .into_iter()
            .map(|(_, value): (String, Bson)| value)
            .collect(),
    )
}

fn write_part(writer: &mut impl Write, bytes: &[u8]) -> Result<()> {
    let length = u32::try_from(bytes.len()).map_err(damaged)?;
    writer.write_all(&length.to_le_bytes()).map_err(disk)?;
    writer.write_all(bytes).map_err(disk)
}

/// The next part, `None` at the end.
fn read_part(reader: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match reader.read_exact(&mut length) {
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other.map_err(disk)?,
    }
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    reader.read_exact(&mut bytes).map_err(disk)?;
    Ok(Some(bytes))
}

fn disk(e: std::io::Error) -> Error {
    let code = match e.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => code::OUT_OF_DISK_SPACE,
        _ => code::INTERNAL_ERROR,
    };
    Error::new(code, format!("sorting on disk failed: {e}"))
}

fn damaged(e: impl std::fmt::Display) -> Error {
    Error::new(code::INTERNAL_ERROR, format!("sorting on disk failed: {e}"))
}
