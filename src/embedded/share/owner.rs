//! The process that has the store: store, engine and server, opened in this order and closed in the other.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tracing::warn;

use super::listen::Front;
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
    engine: Arc<Engine>,
    _lock: Option<File>,
}

impl Owner {
    /// Serves an empty store in memory.
    pub fn in_memory(socket: &Path, options: &ShareOptions) -> Result<Self, ShareError> {
        let engine = engine(Store::memory())?;
        let server = serve(&engine, socket, options)?;
        Ok(Self::new(engine, server, None))
    }

    /// Opens the folder's store, whose lock the caller has, and serves it.
    pub fn in_folder(
        folder: &Folder,
        socket: &Path,
        lock: File,
        options: &ShareOptions,
    ) -> Result<Self, ShareError> {
        let engine = engine(open(&folder.store())?)?;
        sign(&lock);
        let server = serve(&engine, socket, options)?;
        Ok(Self::new(engine, server, Some(lock)))
    }

    /// The same after another process's end. Who shares the database needs its socket, so that it is served
    /// even where the front is not to be had: its port may be another program's by now.
    pub fn after_another(
        folder: &Folder,
        socket: &Path,
        lock: File,
        options: &ShareOptions,
    ) -> Result<Self, ShareError> {
        let engine = engine(open(&folder.store())?)?;
        sign(&lock);
        let server = serve(&engine, socket, options).or_else(|e| {
            if options.front.addresses.is_empty() {
                return Err(e);
            }
            let alone = ShareOptions {
                front: Front::default(),
                ..options.clone()
            };
            let server = serve(&engine, socket, &alone)?;
            warn!("{e}; only processes that share the database reach it");
            Ok(server)
        })?;
        Ok(Self::new(engine, server, Some(lock)))
    }

    fn new(engine: Arc<Engine>, server: ServerHandle, lock: Option<File>) -> Self {
        Self {
            server,
            engine,
            _lock: lock,
        }
    }

    /// The TCP addresses that it serves.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        let tcp = |address: &Address| match address {
            Address::Tcp(address) => Some(address.to_string()),
            Address::Unix(_) => None,
        };
        self.server.addresses().iter().filter_map(tcp)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.server.shutdown();
        // Nothing is asked of the engine any more; its housekeeper would keep the store open.
        self.engine.stop();
    }
}

fn engine(store: Store) -> Result<Arc<Engine>, ShareError> {
    Engine::open(EngineOptions::new(store)).map_err(|e| ShareError::Engine {
        reason: e.to_string(),
    })
}

fn serve(
    engine: &Arc<Engine>,
    socket: &Path,
    options: &ShareOptions,
) -> Result<ServerHandle, ShareError> {
    let server = Server::start(engine.clone(), server_options(socket, options));
    server.map_err(|reason| ShareError::Listen {
        what: match options.front.names() {
            tcp if tcp.is_empty() => socket.display().to_string(),
            tcp => tcp,
        },
        reason,
    })
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_taken_port_matters_at_the_first_opening_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(dir.path()).unwrap();
        let socket = folder.socket().unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let options = ShareOptions {
            front: Front {
                addresses: vec![taken.local_addr().unwrap()],
                ..Front::default()
            },
            ..ShareOptions::default()
        };
        let lock = || folder.lock_file().unwrap();
        let refused = Owner::in_folder(&folder, &socket, lock(), &options);
        assert!(matches!(refused, Err(ShareError::Listen { .. })));
        let owner = Owner::after_another(&folder, &socket, lock(), &options).unwrap();
        assert_eq!(owner.addresses().count(), 0);
        assert!(std::os::unix::net::UnixStream::connect(&socket).is_ok());
    }
}
