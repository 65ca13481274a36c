//! The process that has the store: store, engine and server, opened in this order and closed in the other.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::place::Folder;
use super::{ShareError, ShareOptions};
use crate::embedded::engine::{Engine, EngineOptions};
use crate::embedded::server::{Address, Listen, Server, ServerHandle, ServerOptions};
use crate::embedded::storage::{Error, Store, StoreOptions};

/// How long the process before may take to let go of the store.
const PATIENCE: Duration = Duration::from_secs(10);

/// An opened store that is served. The fields are dropped in their order: the server lets commands finish and
/// takes the socket away, the engine and its store put everything on disk, the lock is freed.
#[derive(Debug)]
pub struct Owner {
    server: ServerHandle,
    _engine: Arc<Engine>,
    _lock: Option<File>,
}

impl Owner {
    /// Serves an empty store in memory.
    pub fn in_memory(socket: &Path, options: &ShareOptions) -> Result<Self, ShareError> {
        Self::serve(Store::memory(), socket, None, options)
    }

    /// Opens the folder's store, whose lock the caller has, and serves it.
    pub fn in_folder(
        folder: &Folder,
        socket: &Path,
        lock: File,
        options: &ShareOptions,
    ) -> Result<Self, ShareError> {
        let store = open(&folder.store())?;
        sign(&lock);
        Self::serve(store, socket, Some(lock), options)
    }

    /// The TCP addresses that it serves.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        let tcp = |address: &Address| match address {
            Address::Tcp(address) => Some(address.to_string()),
            Address::Unix(_) => None,
        };
        self.server.addresses().iter().filter_map(tcp)
    }

    fn serve(
        store: Store,
        socket: &Path,
        lock: Option<File>,
        options: &ShareOptions,
    ) -> Result<Self, ShareError> {
        let engine = Engine::open(EngineOptions::new(store)).map_err(|e| ShareError::Engine {
            reason: e.to_string(),
        })?;
        let server = Server::start(engine.clone(), server_options(socket, options));
        let server = server.map_err(|reason| ShareError::Listen {
            what: match options.front.names() {
                tcp if tcp.is_empty() => socket.display().to_string(),
                tcp => tcp,
            },
            reason,
        })?;
        Ok(Self {
            server,
            _engine: engine,
            _lock: lock,
        })
    }
}

/// Opens the store. A process that closes its part frees the folder's lock before the last of its threads has
/// let go of the store, so that this may take a moment.
fn open(path: &Path) -> Result<Store, ShareError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match Store::open(path, StoreOptions::default()) {
            Err(Error::InUse(_)) if Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(2))
            }
            opened => return opened.map_err(ShareError::Store),
        }
    }
}

fn server_options(socket: &Path, options: &ShareOptions) -> ServerOptions {
    let front = &options.front;
    let tcp = front.addresses.iter().copied().map(Listen::Tcp);
    ServerOptions {
        listeners: std::iter::once(Listen::Unix(socket.to_path_buf()))
            .chain(tcp)
            .collect(),
        auth: front.users.clone(),
        tls: front.tls.clone(),
        test_commands: options.test_commands,
        command_line: std::env::args().collect(),
        ..ServerOptions::default()
    }
}

/// Writes this process's id into the lock's file, for other processes' messages. It is of no other use, so a
/// full disk does not matter here.
fn sign(mut lock: &File) {
    let _ = lock
        .set_len(0)
        .and_then(|()| lock.rewind())
        .and_then(|()| writeln!(lock, "{}", std::process::id()));
}
