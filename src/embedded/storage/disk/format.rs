//! The file that says what a data directory is, and in which format.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::super::lock::refused;
use super::super::{Error, Result};

/// Its name.
pub(in super::super) const FORMAT_FILE: &str = "rhaiver.format";
/// The format that this version writes. Every change of what is on disk gets a new number.
const FORMAT: u32 = 1;
const WORDS: &str = "rhaiver data directory, format ";

/// Checks that the directory is a database of a format that is known here, and makes a new one of an empty
/// directory.
pub(super) fn check(dir: &Path) -> Result<()> {
    match fs::read_to_string(dir.join(FORMAT_FILE)) {
        Ok(text) => known(dir, &text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => create(dir),
        Err(e) if e.kind() == io::ErrorKind::InvalidData => Err(unreadable()),
        Err(e) => Err(refused(dir, &e)),
    }
}

fn known(dir: &Path, text: &str) -> Result<()> {
    let number = text
        .trim_end()
        .strip_prefix(WORDS)
        .and_then(|n| n.parse().ok());
    match number {
        Some(found) if found > FORMAT => Err(Error::NewerFormat {
            dir: dir.to_owned(),
            found,
            supported: FORMAT,
        }),
        Some(_) => Ok(()),
        None => Err(unreadable()),
    }
}

fn unreadable() -> Error {
    Error::Corrupt(format!("{FORMAT_FILE} does not say its format"))
}

/// The file appears whole or not at all: a crash in between leaves a directory that is still new.
fn create(dir: &Path) -> Result<()> {
    let fail = |e: io::Error| refused(dir, &e);
    // Others of the program's files may be there already (a lock, a socket), but no other's data.
    for entry in fs::read_dir(dir).map_err(fail)? {
        let name = entry.map_err(fail)?.file_name();
        let ours = name.to_str().is_some_and(|name| {
            name == "LOCK"
                || name.starts_with(FORMAT_FILE)
                || name.ends_with(".sock")
                || name.starts_with('.')
        });
        if !ours {
            return Err(Error::NotADatabase {
                dir: dir.to_owned(),
                missing: FORMAT_FILE,
            });
        }
    }
    let new = dir.join(format!("{FORMAT_FILE}.new"));
    let mut file = File::create(&new).map_err(fail)?;
    writeln!(file, "{WORDS}{FORMAT}").map_err(fail)?;
    file.sync_all().map_err(fail)?;
    fs::rename(&new, dir.join(FORMAT_FILE)).map_err(fail)?;
    sync_dir(dir).map_err(fail)
}

/// Makes names in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
