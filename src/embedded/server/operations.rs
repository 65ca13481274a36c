//! What runs: every connection's current command, for `currentOp`, `killOp`, hang-ups and shutdown.
//!
//! A command costs two short locks of its own connection's slot; nobody else touches that lock but who asks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::socket::Socket;
use crate::embedded::commands::{Request, SessionId};
use crate::mql::Interrupt;

/// One connection's place in the registry.
#[derive(Debug)]
pub struct Slot {
    /// The connection's number.
    pub id: i64,
    /// The client's address.
    pub remote: String,
    /// Its socket.
    pub socket: Arc<Socket>,
    current: Mutex<Option<Current>>,
    client: Mutex<Option<bson::Document>>,
}

/// A command that runs.
#[derive(Debug, Clone)]
pub struct Current {
    /// `opid`
    pub id: i32,
    /// The command.
    pub request: Arc<Request>,
    /// Its session.
    pub session: Option<SessionId>,
    /// When it began.
    pub since: Instant,
    /// The way to stop it.
    pub interrupt: Interrupt,
    /// Whether it was killed.
    pub killed: bool,
}

/// A command as [`Operations::running`] lists it.
#[derive(Debug, Clone)]
pub struct Running {
    /// The connection.
    pub slot: Arc<Slot>,
    /// Its command; `None` where it is idle.
    pub current: Option<Current>,
}

/// All connections and what they run.
#[derive(Debug, Default)]
pub struct Operations {
    slots: Mutex<BTreeMap<i64, Arc<Slot>>>,
    gone: Condvar,
    next_connection: AtomicI64,
    next_operation: AtomicU64,
    total: AtomicU64,
    watching: Mutex<bool>,
    watch: Condvar,
    idle: AtomicBool,
}

/// How often the watcher looks for clients that are gone, while anything runs.
const WATCH: Duration = Duration::from_millis(100);

impl Slot {
    /// What the client's hello said of it.
    #[must_use]
    pub fn client(&self) -> Option<bson::Document> {
        lock(&self.client).clone()
    }

    /// Remembers what the client's hello said of it.
    pub fn set_client(&self, client: bson::Document) {
        *lock(&self.client) = Some(client);
    }

    /// The current command is stopped by this from now on: it reads a cursor that was made with it.
    pub fn use_interrupt(&self, interrupt: &Interrupt) {
        if let Some(current) = lock(&self.current).as_mut() {
            if current.killed {
                interrupt.kill();
            }
            current.interrupt = interrupt.clone();
        }
    }

    fn kill(&self, of: impl Fn(&Current) -> bool) -> bool {
        let mut current = lock(&self.current);
        match current.as_mut().filter(|c| of(c)) {
            Some(current) => {
                current.killed = true;
                current.interrupt.kill();
                true
            }
            None => false,
        }
    }
}

impl Operations {
    /// A new connection.
    pub fn connect(&self, socket: Arc<Socket>, remote: String) -> Arc<Slot> {
        let id = self.next_connection.fetch_add(1, Ordering::Relaxed) + 1;
        self.total.fetch_add(1, Ordering::Relaxed);
        let slot = Arc::new(Slot {
            id,
            remote,
            socket,
            current: Mutex::new(None),
            client: Mutex::new(None),
        });
        lock(&self.slots).insert(id, slot.clone());
        slot
    }

    /// A connection is over.
    pub fn disconnect(&self, slot: &Slot) {
        lock(&self.slots).remove(&slot.id);
        self.gone.notify_all();
    }

    /// How many connections there are, and how many there were.
    #[must_use]
    pub fn connections(&self) -> (usize, u64) {
        (lock(&self.slots).len(), self.total.load(Ordering::Relaxed))
    }

    /// A command begins.
    pub fn begin(
        &self,
        slot: &Slot,
        request: &Arc<Request>,
        session: Option<SessionId>,
        interrupt: &Interrupt,
    ) -> i32 {
        let number = self.next_operation.fetch_add(1, Ordering::Relaxed) + 1;
        let id = i32::try_from(number & 0x7fff_ffff).unwrap_or(1);
        *lock(&slot.current) = Some(Current {
            id,
            request: request.clone(),
            session,
            since: Instant::now(),
            interrupt: interrupt.clone(),
            killed: false,
        });
        if self.idle.load(Ordering::Relaxed) {
            self.wake_watcher();
        }
        id
    }

    /// It is over.
    pub fn end(slot: &Slot) {
        *lock(&slot.current) = None;
    }

    /// All connections with what they run.
    #[must_use]
    pub fn running(&self) -> Vec<Running> {
        let slots: Vec<_> = lock(&self.slots).values().cloned().collect();
        let running = slots.into_iter().map(|slot| {
            let current = lock(&slot.current).clone();
            Running { slot, current }
        });
        running.collect()
    }

    /// Stops a command by its number.
    pub fn kill(&self, id: i32) -> bool {
        self.kill_if(|current| current.id == id)
    }

    /// Stops all commands of a session.
    pub fn kill_session(&self, session: SessionId) -> bool {
        self.kill_if(|current| current.session == Some(session))
    }

    fn kill_if(&self, of: impl Fn(&Current) -> bool) -> bool {
        let slots: Vec<_> = lock(&self.slots).values().cloned().collect();
        slots.iter().filter(|slot| slot.kill(&of)).count() > 0
    }

    /// Stops all commands.
    pub fn kill_all(&self) {
        self.kill_if(|_| true);
    }

    /// No connection takes another command; those that wait for one end.
    pub fn stop_reading(&self) {
        for slot in lock(&self.slots).values() {
            slot.socket.shutdown(std::net::Shutdown::Read);
        }
    }

    /// Ends all connections, whatever they do.
    pub fn cut(&self) {
        for slot in lock(&self.slots).values() {
            slot.socket.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Waits until all connections are over.
    pub fn wait_for_none(&self, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        let mut slots = lock(&self.slots);
        while !slots.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.gone.wait_timeout(slots, left);
            slots = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Watches for clients that are gone while their command runs, and stops it. Returns when told to by
    /// [`Operations::stop_watching`]. While nothing runs it sleeps.
    pub fn watch_hang_ups(&self) {
        let mut quiet = 0;
        loop {
            let stop = lock(&self.watching);
            if *stop {
                return;
            }
            let sleep = if quiet > 10 {
                self.idle.store(true, Ordering::Relaxed);
                Duration::from_secs(3600)
            } else {
                WATCH
            };
            let woken = self.watch.wait_timeout(stop, sleep);
            drop(woken.unwrap_or_else(PoisonError::into_inner));
            self.idle.store(false, Ordering::Relaxed);
            quiet = if self.look() { 0 } else { quiet + 1 };
        }
    }

    /// Stops the commands of clients that are gone. Whether anything runs.
    fn look(&self) -> bool {
        let slots: Vec<_> = lock(&self.slots).values().cloned().collect();
        let mut any = false;
        for slot in slots {
            let running = lock(&slot.current).as_ref().map(|c| c.since.elapsed());
            any |= running.is_some();
            if running.is_some_and(|time| time >= WATCH) && slot.socket.is_hung_up() {
                tracing::debug!(
                    connection = slot.id,
                    "client is gone, its command is stopped"
                );
                slot.kill(|_| true);
            }
        }
        any
    }

    fn wake_watcher(&self) {
        let _stop = lock(&self.watching);
        self.watch.notify_all();
    }

    /// Ends [`Operations::watch_hang_ups`].
    pub fn stop_watching(&self) {
        *lock(&self.watching) = true;
        self.watch.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
