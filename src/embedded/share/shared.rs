//! A database that this process shares with others: as its owner, or as a guest.

use std::fs::{File, TryLockError};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
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

/// How soon a takeover that failed is tried again: at first, and later on.
const TRY_AGAIN: Duration = Duration::from_millis(50);
const TRY_AGAIN_AT_MOST: Duration = Duration::from_secs(1);

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
    closed: Condvar,
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
                let socket = place::memory_socket()?;
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
        let part = Part {
            state: Mutex::new(state),
            closed: Condvar::new(),
        };
        Self {
            uri: uri(socket),
            part: Arc::new(part),
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
            let Some(lock) = wait_for_lock(&folder, &part) else {
                return;
            };
            // A process that has closed its part meanwhile lets the next one have it.
            if let Some(part) = part.upgrade() {
                part.take_over(&folder, &socket, &lock, options);
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

    /// Tries until it works or the part is closed; the lock is kept meanwhile.
    fn take_over(&self, folder: &Folder, socket: &Path, lock: &File, mut options: ShareOptions) {
        let mut pause = TRY_AGAIN;
        let mut state = self.lock();
        loop {
            if matches!(*state, State::Closed) {
                return;
            }
            if let State::Guest(Some(proxy)) = std::mem::replace(&mut *state, State::Guest(None)) {
                // Where a free port was asked for, it stays the one that was told.
                options.front.addresses = proxy.addresses().to_vec();
            }
            match own(folder, socket, lock, &options) {
                Ok(owner) => {
                    *state = State::Owner(owner);
                    return;
                }
                Err(e) => warn!("cannot take {} over yet: {e}", folder.path().display()),
            }
            state = self.pause(state, pause);
            pause = longer(pause);
        }
    }

    /// Lets others have the state for a while, which ends when the part is closed.
    fn pause<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        let open = |state: &mut State| !matches!(state, State::Closed);
        let waited = self.closed.wait_timeout_while(state, time, open);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn longer(pause: Duration) -> Duration {
    TRY_AGAIN_AT_MOST.min(pause * 2)
}

/// One try to become the owner.
fn own(
    folder: &Folder,
    socket: &Path,
    lock: &File,
    options: &ShareOptions,
) -> Result<Owner, ShareError> {
    let started = Instant::now();
    let lock = lock.try_clone();
    let lock = lock.map_err(|e| ShareError::io(folder.path(), &e))?;
    let owner = Owner::after_another(folder, socket, lock, options)?;
    let (ms, path) = (started.elapsed().as_millis(), folder.path().display());
    info!(ms, "took {path} over");
    Ok(owner)
}

/// Blocks until the owner's process is gone or has closed the database. Nothing where the part is closed.
fn wait_for_lock(folder: &Folder, part: &Weak<Part>) -> Option<File> {
    let mut pause = TRY_AGAIN;
    loop {
        let lock = folder.lock_file().and_then(|file| {
            let locked = file.lock().map(|()| file);
            locked.map_err(|e| ShareError::io(folder.path(), &e))
        });
        match lock {
            Ok(lock) => return Some(lock),
            Err(e) => warn!("cannot wait for {}: {e}", folder.path().display()),
        }
        thread::sleep(pause);
        pause = longer(pause);
        if part.strong_count() == 0 {
            return None;
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut *self.part.lock(), State::Closed);
        self.part.closed.notify_all();
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_takeover_that_fails_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::Folder(dir.path().to_path_buf());
        let owner = Shared::open(&place, ShareOptions::default()).unwrap();
        let guests = [(); 2].map(|()| Shared::open(&place, ShareOptions::default()).unwrap());
        assert!(owner.is_owner() && guests.iter().all(|guest| !guest.is_owner()));
        let format = dir.path().join("store/rhaiver.format");
        let good = fs::read(&format).unwrap();
        fs::write(&format, "rhaiver data directory, format 99\n").unwrap();
        drop(owner);
        thread::sleep(Duration::from_millis(200));
        assert!(guests.iter().all(|guest| !guest.is_owner()));
        fs::write(&format, good).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !guests.iter().any(Shared::is_owner) {
            assert!(Instant::now() < deadline);
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn whoever_cannot_take_over_lets_the_next_one_try() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::Folder(dir.path().to_path_buf());
        let owner = Shared::open(&place, ShareOptions::default()).unwrap();
        let guest = Shared::open(&place, ShareOptions::default()).unwrap();
        let format = dir.path().join("store/rhaiver.format");
        fs::write(&format, "rhaiver data directory, format 99\n").unwrap();
        drop(owner);
        thread::sleep(Duration::from_millis(200));
        let folder = Folder::prepare(dir.path()).unwrap();
        assert!(try_lock(&folder).unwrap().is_none());
        drop(guest);
        let deadline = Instant::now() + Duration::from_secs(20);
        while try_lock(&folder).unwrap().is_none() {
            assert!(Instant::now() < deadline);
            thread::sleep(Duration::from_millis(10));
        }
    }
}
