//! The server: it listens, takes connections and answers their messages.
//!
//! [`Server::start`] binds every listener, then a thread per listener takes connections and a thread per
//! connection ([`connection`]) reads a message, runs its command to the end and writes the answer. Threads
//! and not tasks: a command blocks on disks, locks and other commands, and a thread that blocks disturbs
//! nobody. One more thread watches for clients that hang up while their command runs ([`operations`]) and
//! closes cursors that nobody reads.
//!
//! Invariants:
//! - A message costs one read and one write of its socket, no log line and no allocation that lasts.
//! - [`ServerHandle::shutdown`] lets commands finish that run, within a grace; then it interrupts them. When
//!   it returns, no thread of the server is left.
//! - What a connection's thread does never ends another's: a panic ends its own connection.

mod connection;
mod counters;
mod fail_points;
mod input;
mod listener;
mod operations;
mod options;
mod patience;
mod shared;
mod socket;
pub(in crate::embedded) mod tls;
mod topology;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use counters::{Counters, OPERATIONS};
pub use fail_points::FailPoints;
pub use listener::Address;
pub use operations::{Current, Operations, Running, Slot};
pub use options::{Listen, ServerOptions, TlsFiles};
pub use shared::Shared;
pub use topology::Topology;

use crate::embedded::engine::Engine;
use listener::{Closer, Listener};

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A server that runs. Dropping it stops it.
#[derive(Debug)]
pub struct ServerHandle {
    shared: Arc<Shared>,
    addresses: Vec<Address>,
    closers: Vec<Closer>,
    stopping: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// How often cursors are looked at that nobody reads.
const CURSOR_CHECK: Duration = Duration::from_secs(4);

impl Server {
    /// Listens on all addresses and serves an engine there.
    ///
    /// # Errors
    /// When an address cannot be listened on, or a TLS file is unusable.
    pub fn start(engine: Arc<Engine>, options: ServerOptions) -> io::Result<ServerHandle> {
        let tls = options.tls.as_ref().map(tls::configure).transpose()?;
        let listeners = options.listeners.iter().map(Listener::bind);
        let listeners = listeners.collect::<io::Result<Vec<_>>>()?;
        let addresses = listeners.iter().map(Listener::address);
        let addresses = addresses.collect::<io::Result<Vec<_>>>()?;
        let closers = listeners.iter().map(Listener::closer);
        let closers = closers.collect::<io::Result<Vec<_>>>()?;
        let shared = Arc::new(Shared::new(engine, options.within_limits()));
        // From here on, a failure drops the handle, which ends the threads that are there.
        let handle = ServerHandle {
            shared: shared.clone(),
            addresses,
            closers,
            stopping: Arc::new(AtomicBool::new(false)),
            threads: Mutex::default(),
        };
        let watched = shared.clone();
        handle.spawn("watch", move || watched.operations.watch_hang_ups())?;
        let (cursors, stopping) = (shared.clone(), handle.stopping.clone());
        handle.spawn("cursors", move || expire_cursors(&cursors, &stopping))?;
        for listener in listeners {
            let (shared, stopping, tls) = (shared.clone(), handle.stopping.clone(), tls.clone());
            handle.spawn("listen", move || {
                listen(&listener, &shared, &stopping, tls.as_ref());
            })?;
        }
        Ok(handle)
    }
}

impl ServerHandle {
    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = spawn(name, run)?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push(thread);
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// What all connections share.
    #[must_use]
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Takes no more connections or commands, lets those finish that run, within the grace, and returns when
    /// all is over.
    pub fn shutdown(&self) {
        if self.stopping.swap(true, Ordering::SeqCst) {
            return;
        }
        self.addresses.iter().for_each(Address::knock);
        self.closers.iter().for_each(Closer::close);
        self.shared.topology.stop();
        self.shared.operations.stop_reading();
        self.shared.engine.oplog().wake();
        if !self
            .shared
            .operations
            .wait_for_none(self.shared.options.grace)
        {
            self.shared.operations.kill_all();
            self.shared.engine.oplog().wake();
            if !self.shared.operations.wait_for_none(Duration::from_secs(1)) {
                self.shared.operations.cut();
                self.shared.operations.wait_for_none(Duration::from_secs(1));
            }
        }
        self.shared.operations.stop_watching();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.shutdown();
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(format!("rhaiver-{name}"))
        .stack_size(connection::STACK)
        .spawn(run)
}

fn expire_cursors(shared: &Shared, stopping: &AtomicBool) {
    while !stopping.load(Ordering::SeqCst) {
        std::thread::park_timeout(CURSOR_CHECK);
        shared.cursors.expire();
    }
}

fn listen(
    listener: &Listener,
    shared: &Arc<Shared>,
    stopping: &AtomicBool,
    tls: Option<&Arc<rustls::ServerConfig>>,
) {
    loop {
        let accepted = listener.accept();
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok(accepted) => {
                let tls = tls.filter(|_| accepted.is_tcp).cloned();
                connection::serve(accepted, shared, tls);
            }
            Err(e) => {
                tracing::warn!(error = %e, "cannot take a connection");
                // Too many open files: others may close some.
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// A number in `[0, 1)`.
#[must_use]
pub fn chance() -> f64 {
    const BITS: u32 = f64::MANTISSA_DIGITS;
    #[allow(clippy::cast_precision_loss)]
    let number = (random() >> (64 - BITS)) as f64;
    number / (1_u64 << BITS) as f64
}

/// A number that nobody guesses.
#[must_use]
pub fn random() -> u64 {
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    // Both halves have fixed bits; in the middle of none of their places do they meet.
    high.rotate_left(32) ^ low
}
