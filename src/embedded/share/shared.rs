//! A database that this process shares with others: as its owner, or as a guest.

use std::fs::{File, TryLockError};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::ShareError;
use super::listen::Front;
use super::owner::Owner;
use super::place::{self, Folder, Place};
use super::proxy::Proxy;

/// How long an owner may take to answer a new guest: it may be recovering a large store.
const PATIENCE: Duration = Duration::from_secs(30);

/// How soon a guest looks again for an owner that is just starting or just gone.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What the server of a shared database is like.
#[derive(Debug, Clone, Default)]
pub struct ShareOptions {
    /// Whether it takes `configureFailPoint` and the other commands of drivers' test suites.
    pub test_commands: bool,
    /// Where other programs find it.
    pub front: Front,
}

/// A database that this process uses, alone or with others. Dropping it ends this process's part: an owner
/// lets running commands finish, puts everything on disk, and frees the lock for the next.
pub struct Shared {
    uri: String,
    part: Arc<Part>,
}

/// What the thread that waits for the lock, and the value that the process holds, share.
struct Part {
    state: Mutex<State>,
}

enum State {
    /// With what passes TCP connections on to the owner, where that is asked for.
    Guest(Option<Proxy>),
    Owner(Owner),
    Closed,
}

impl Shared {
    /// Opens the database at a place; returns when somebody serves it.
    ///
    /// # Errors
    /// Where the place cannot be used, or whoever owns it does not answer.
    pub fn open(place: &Place, options: ShareOptions) -> Result<Self, ShareError> {
        match place {
            Place::Memory => {
                let socket = place::socket_folder()?
                    .join(format!("memory-{}.sock", uuid::Uuid::new_v4().simple()));
                let owner = Owner::in_memory(&socket, &options)?;
                Ok(Self::new(&socket, State::Owner(owner)))
            }
            Place::Folder(path) => Self::in_folder(&Folder::prepare(path)?, options),
        }
    }

    /// The connection string for drivers.
    #[must_use]
    pub fn uri(&self) -> String {
        self.uri.clone()
    }

    /// Whether this process owns the store now.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        matches!(*self.part.lock(), State::Owner(_))
    }

    /// The TCP addresses that this process serves.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        match &*self.part.lock() {
            State::Owner(owner) => owner.addresses().collect(),
            State::Guest(Some(proxy)) => {
                proxy.addresses().iter().map(ToString::to_string).collect()
            }
            State::Guest(None) | State::Closed => Vec::new(),
        }
    }

    fn new(socket: &Path, state: State) -> Self {
        let state = Mutex::new(state);
        let uri = uri(socket);
        Self {
            uri,
            part: Arc::new(Part { state }),
        }
    }

    fn in_folder(folder: &Folder, options: ShareOptions) -> Result<Self, ShareError> {
        let socket = folder.socket()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(lock) = try_lock(folder)? {
                let owner = Owner::in_folder(folder, &socket, lock, &options)?;
                return Ok(Self::new(&socket, State::Owner(owner)));
            }
            if UnixStream::connect(&socket).is_ok() {
                let shared = Self::new(&socket, State::Guest(proxy(&socket, &options)?));
                shared.stand_by(folder.clone(), socket, options);
                return Ok(shared);
            }
            if Instant::now() >= deadline {
                let (path, owner) = (folder.path().to_path_buf(), folder.owner());
                return Err(ShareError::OwnerHangs { path, owner });
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits for the lock beside everything else, and takes over when it comes.
    fn stand_by(&self, folder: Folder, socket: PathBuf, options: ShareOptions) {
        let part = Arc::downgrade(&self.part);
        let wait = move || {
            // Blocks until the owner's process is gone or has closed the database.
            let lock = folder.lock_file().and_then(|file| {
                let locked = file.lock().map(|()| file);
                locked.map_err(|e| ShareError::io(folder.path(), &e))
            });
            // A process that has closed its part meanwhile lets the next one have it.
            let Some(part) = part.upgrade() else { return };
            match lock {
                Ok(lock) => part.take_over(&folder, &socket, lock, &options),
                Err(e) => warn!("cannot wait for {}: {e}", folder.path().display()),
            }
        };
        let spawned = thread::Builder::new()
            .name("rhaiver-stand-by".into())
            .spawn(wait);
        if let Err(e) = spawned {
            warn!("this process cannot take the database over: {e}");
        }
    }
}

impl Part {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_over(&self, folder: &Folder, socket: &Path, lock: File, options: &ShareOptions) {
        let mut state = self.lock();
        if matches!(*state, State::Closed) {
            return;
        }
        let started = Instant::now();
        let mut options = options.clone();
        if let State::Guest(Some(proxy)) = std::mem::replace(&mut *state, State::Guest(None)) {
            // Where a free port was asked for, it stays the one that was told.
            options.front.addresses = proxy.addresses().to_vec();
        }
        match Owner::in_folder(folder, socket, lock, &options) {
            Ok(owner) => {
                info!(
                    ms = started.elapsed().as_millis(),
                    "took {} over",
                    folder.path().display()
                );
                *state = State::Owner(owner);
            }
            Err(e) => warn!("cannot take {} over: {e}", folder.path().display()),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut *self.part.lock(), State::Closed);
        drop(state);
    }
}

fn proxy(socket: &Path, options: &ShareOptions) -> Result<Option<Proxy>, ShareError> {
    if options.front.addresses.is_empty() {
        return Ok(None);
    }
    let started = Proxy::start(socket, options);
    started.map(Some).map_err(|reason| ShareError::Listen {
        what: options.front.names(),
        reason,
    })
}

/// The lock of the folder, unless another process has it.
fn try_lock(folder: &Folder) -> Result<Option<File>, ShareError> {
    let file = folder.lock_file()?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(ShareError::io(folder.path(), &e)),
    }
}

/// The connection string of a socket. Its server is what is connected to, whatever it says of itself: it has
/// no other address.
fn uri(socket: &Path) -> String {
    let mut encoded = String::new();
    for byte in socket.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(*byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("mongodb://{encoded}/?directConnection=true")
}
