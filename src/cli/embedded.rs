//! The embedded database as the server of a command that names no other.

use std::sync::{Arc, Mutex, PoisonError};

use super::args::Global;
use crate::client::{ConnectError, LocalServer};
use crate::diag::{Diagnostic, Kind};
use crate::embedded::share::{Place, ShareError, ShareOptions, Shared};

/// The embedded database at its place; opened at first use, shared with every process that names the place.
pub struct Embedded {
    place: Place,
    shared: Mutex<Option<Shared>>,
}

impl Embedded {
    /// The embedded database, unless the command line or the environment names a server.
    ///
    /// # Errors
    /// Where the command line names both a server and a data directory, or there is no place for data.
    pub fn unless_named(global: &Global) -> Result<Option<Arc<Self>>, Diagnostic> {
        if let Some(uri) = &global.uri {
            let of_environment = std::env::var("RHAIVER_URI").is_ok_and(|named| named == *uri);
            match &global.data {
                None => return Ok(None),
                // What is written on the command line counts more than the environment.
                Some(_) if of_environment => {}
                Some(_) => {
                    let message = "both a server (--uri) and a data directory (--data) are named";
                    return Err(
                        Diagnostic::new(Kind::Usage, message).hint("leave one of them away")
                    );
                }
            }
        }
        let place = place(global)?;
        let shared = Mutex::default();
        Ok(Some(Arc::new(Self { place, shared })))
    }

    /// One of its own, in memory, that vanishes with its last owner.
    pub fn throw_away() -> Arc<Self> {
        Arc::new(Self {
            place: Place::Memory,
            shared: Mutex::default(),
        })
    }

    /// Closes it if it was opened: what is written is on disk, and another process that shares it takes over.
    pub fn close(this: Option<Arc<Self>>) {
        if let Some(this) = this {
            let shared = this
                .shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            drop(shared);
        }
    }
}

/// Where the data is.
///
/// # Errors
/// Where the environment names no home and the command line no folder.
pub fn place(global: &Global) -> Result<Place, Diagnostic> {
    match &global.data {
        Some(named) => Ok(Place::named(named)),
        None => Place::of_user().map_err(|e| refused(&e)),
    }
}

/// A data directory that cannot be used, for people.
pub fn refused(e: &ShareError) -> Diagnostic {
    Diagnostic::new(Kind::Unavailable, e.to_string()).hint(e.hint())
}

impl LocalServer for Embedded {
    fn open(&self) -> Result<String, ConnectError> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.is_none() {
            let opened = Shared::open(&self.place, ShareOptions::default());
            *shared = Some(opened.map_err(|e| ConnectError::Embedded {
                reason: e.to_string(),
                hint: e.hint().into(),
            })?);
        }
        Ok(shared.as_ref().map(Shared::uri).unwrap_or_default())
    }

    fn describe(&self) -> String {
        match &self.place {
            Place::Memory => "the embedded database in memory".into(),
            Place::Folder(path) => format!("the embedded database in {}", path.display()),
        }
    }
}
