//! Documents of groups that do not fit into memory, on disk.

use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use bson::Document;

use crate::mql::error::code;
use crate::mql::{Env, Error, Result};

/// Into how many files the keys are divided.
const FILES: usize = 16;

/// Files of records, divided by the hashes of their keys.
pub(super) struct Spill {
    files: Vec<BufWriter<std::fs::File>>,
}

/// One of the files, written.
pub(super) struct File(std::fs::File);

impl Spill {
    pub(super) fn new(env: &Env) -> Result<Self> {
        let files = (0..FILES).map(|_| create(env).map(BufWriter::new));
        Ok(Self {
            files: files
                .collect::<std::io::Result<_>>()
                .map_err(|e| failed(&e))?,
        })
    }

    /// Adds a record.
    pub(super) fn write(&mut self, hash: u64, key: Document, values: Document) -> Result<()> {
        let count = self.files.len().max(1);
        let Some(file) = self.files.get_mut((hash >> 40) as usize % count) else {
            return Ok(());
        };
        for document in [key, values] {
            let bytes = document.to_vec().map_err(|e| {
                Error::new(
                    code::INTERNAL_ERROR,
                    format!("a group cannot be written: {e}"),
                )
            })?;
            file.write_all(&bytes).map_err(|e| failed(&e))?;
        }
        Ok(())
    }

    /// The files, to be read.
    pub(super) fn into_files(self) -> impl Iterator<Item = File> + Send {
        let files = self.files.into_iter();
        files.filter_map(|file| file.into_inner().ok().map(File))
    }
}

impl File {
    /// The records, in the order in which they were written.
    pub(super) fn records(mut self) -> Result<impl Iterator<Item = Result<(Document, Document)>>> {
        self.0.seek(SeekFrom::Start(0)).map_err(|e| failed(&e))?;
        let mut reader = BufReader::new(self.0);
        Ok(std::iter::from_fn(move || {
            let key = read(&mut reader).transpose()?;
            let values = read(&mut reader).transpose()?;
            Some(key.and_then(|key| Ok((key, values?))))
        }))
    }
}

fn read(reader: &mut impl Read) -> Result<Option<Document>> {
    let mut length = [0; 4];
    match reader.read_exact(&mut length) {
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other.map_err(|e| failed(&e))?,
    }
    let rest = reader.take(u64::from(u32::from_le_bytes(length)).saturating_sub(4));
    let mut whole = std::io::Cursor::new(length).chain(rest);
    Document::from_reader(&mut whole).map(Some).map_err(|e| {
        Error::new(
            code::INTERNAL_ERROR,
            format!("a spilled group cannot be read: {e}"),
        )
    })
}

/// A file without a name, which is gone when it is closed.
fn create(env: &Env) -> std::io::Result<std::fs::File> {
    match &env.spill_dir {
        Some(folder) => tempfile::tempfile_in(folder),
        None => tempfile::tempfile(),
    }
}

fn failed(e: &std::io::Error) -> Error {
    Error::new(
        code::OPERATION_FAILED,
        format!("spilling $group to disk failed: {e}"),
    )
}
