//! The registry of open cursors.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bson::{Document, Timestamp};
use bytes::Bytes;

use crate::embedded::commands::SessionId;
use crate::embedded::server::random;
use crate::mql::stage::Namespace;
use crate::mql::{Error, Interrupt, Result, error::code};

/// Where a cursor's documents come from.
pub trait Source: Send {
    /// The next document in bytes; `None` when there is none now. After `None` a source that
    /// [`Source::may_have_more`] can be asked again.
    ///
    /// # Errors
    /// What reading says; the cursor is over then.
    fn next(&mut self) -> Result<Option<Bytes>>;

    /// Whether more may come after `None` (tailable cursors, change streams).
    fn may_have_more(&self) -> bool {
        false
    }

    /// Whether it is known to have no more, without being asked (a limit that is reached).
    fn is_done(&self) -> bool {
        false
    }

    /// The time up to which it has seen everything, for waiting beyond it.
    fn seen(&self) -> Option<Timestamp> {
        None
    }

    /// A change stream's `postBatchResumeToken`.
    fn resume_token(&self) -> Option<Document> {
        None
    }

    /// The document that was read last had no room in its batch, or now has.
    fn hold(&mut self, _held: bool) {}
}

/// How far a change stream has come. Shared by its source and its cursor.
pub trait Progress: Send + Sync {
    /// The token from which it would go on (`postBatchResumeToken`).
    fn token(&self) -> Document;

    /// The time up to which it has seen the history.
    fn seen(&self) -> Timestamp;

    /// Whether it was invalidated, and its last event is given out.
    fn is_over(&self) -> bool;

    /// An event has come out of the pipeline: it must still have its token.
    ///
    /// # Errors
    /// `ChangeStreamFatalError` if it has not.
    fn check(&self, event: &Document) -> Result<()>;

    /// The event that was checked last had no room in its batch, or now has.
    fn hold(&self, held: bool);
}

/// Whose a cursor is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    /// The session that opened it.
    pub session: Option<SessionId>,
    /// The transaction that opened it.
    pub transaction: Option<i64>,
    /// The user that opened it.
    pub user: Option<String>,
}

/// An open cursor.
pub struct Cursor {
    /// Its number.
    pub id: i64,
    /// What it reads.
    pub namespace: Namespace,
    /// Whose it is.
    pub owner: Owner,
    /// Its documents.
    pub source: Box<dyn Source>,
    /// A document that was read and had no room in the last batch.
    pub held: Option<Bytes>,
    /// Whether it is tailable.
    pub tailable: bool,
    /// Whether a `getMore` waits for documents.
    pub await_data: bool,
    /// Whether it stays however long nobody reads it.
    pub no_timeout: bool,
    /// The way to stop whoever reads it. Its streams hold the same.
    pub interrupt: Interrupt,
    /// What is left of the time limit of the command that opened it.
    pub time_left: Option<Duration>,
    /// The command that opened it, for `currentOp`.
    pub command: Arc<Document>,
    /// `atClusterTime`, of a snapshot read.
    pub at_cluster_time: Option<Timestamp>,
    /// Whether it is a change stream's.
    pub change_stream: bool,
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor")
            .field("id", &self.id)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

struct Entry {
    namespace: Namespace,
    owner: Owner,
    interrupt: Interrupt,
    no_timeout: bool,
    change_stream: bool,
    /// Not there while somebody reads it.
    cursor: Option<Box<Cursor>>,
    used: Instant,
}

/// What is known of a cursor without taking it.
#[derive(Debug, Clone)]
pub struct Idle {
    /// Its number.
    pub id: i64,
    /// What it reads.
    pub namespace: Namespace,
    /// Whose it is.
    pub owner: Owner,
    /// The command that opened it.
    pub command: Arc<Document>,
    /// Whether it is tailable, and whether it waits.
    pub tailable: (bool, bool),
    /// Whether it stays however long nobody reads it.
    pub no_timeout: bool,
}

/// All open cursors.
pub struct Cursors {
    /// In milliseconds.
    timeout: AtomicU64,
    entries: Mutex<HashMap<i64, Entry>>,
    timed_out: AtomicU64,
}

impl Cursors {
    /// No cursors.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self {
            timeout: AtomicU64::new(millis(timeout)),
            entries: Mutex::default(),
            timed_out: AtomicU64::new(0),
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<i64, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a cursor is kept that nobody reads.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout.load(Ordering::Relaxed))
    }

    /// The same from now on.
    pub fn set_timeout(&self, timeout: Duration) {
        self.timeout.store(millis(timeout), Ordering::Relaxed);
    }

    /// Registers a cursor; its id.
    pub fn add(&self, mut cursor: Cursor) -> i64 {
        let mut entries = self.entries();
        let id = loop {
            let id = (random() >> 1).cast_signed();
            if id != 0 && !entries.contains_key(&id) {
                break id;
            }
        };
        cursor.id = id;
        entries.insert(
            id,
            Entry {
                namespace: cursor.namespace.clone(),
                owner: cursor.owner.clone(),
                interrupt: cursor.interrupt.clone(),
                no_timeout: cursor.no_timeout,
                change_stream: cursor.change_stream,
                cursor: Some(Box::new(cursor)),
                used: Instant::now(),
            },
        );
        id
    }

    /// Takes a cursor to read it. `check` sees its namespace and owner first; where it refuses, the cursor
    /// stays.
    ///
    /// # Errors
    /// `CursorNotFound`, `CursorInUse`, or what `check` says.
    pub fn take(
        &self,
        id: i64,
        check: impl FnOnce(&Namespace, &Owner) -> Result<()>,
    ) -> Result<Box<Cursor>> {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(&id) else {
            return Err(not_found(id));
        };
        check(&entry.namespace, &entry.owner)?;
        entry.cursor.take().ok_or_else(|| {
            let what = format!("cursor already in use (id: {id})");
            Error::new(code::CURSOR_IN_USE, what)
        })
    }

    /// Puts a cursor back after reading; one that was killed meanwhile is gone.
    pub fn put_back(&self, cursor: Box<Cursor>) {
        let mut entries = self.entries();
        if let Some(entry) = entries.get_mut(&cursor.id) {
            entry.used = Instant::now();
            entry.cursor = Some(cursor);
        }
    }

    /// Whether a cursor is open.
    #[must_use]
    pub fn contains(&self, id: i64) -> bool {
        self.entries().contains_key(&id)
    }

    /// Closes a cursor that was taken.
    pub fn close(&self, id: i64) {
        let entry = self.entries().remove(&id);
        drop(entry);
    }

    /// Kills a cursor, and stops who reads it. Whether there was one; `check` may refuse.
    ///
    /// # Errors
    /// What `check` says.
    pub fn kill(
        &self,
        id: i64,
        check: impl FnOnce(&Namespace, &Owner) -> Result<()>,
    ) -> Result<bool> {
        let mut entries = self.entries();
        let Some(entry) = entries.get(&id) else {
            return Ok(false);
        };
        check(&entry.namespace, &entry.owner)?;
        let entry = entries.remove(&id);
        drop(entries);
        if let Some(entry) = &entry {
            entry.interrupt.kill();
        }
        Ok(true)
    }

    /// Kills all cursors of a session (of one of its transactions).
    pub fn kill_session(&self, session: SessionId, transaction: Option<i64>) {
        self.kill_if(|entry| {
            entry.owner.session == Some(session)
                && (transaction.is_none() || entry.owner.transaction == transaction)
        });
    }

    /// Kills all cursors on a namespace (a collection that is dropped or renamed). Change streams are told by
    /// their last event.
    pub fn kill_namespace(&self, of: impl Fn(&Namespace) -> bool) {
        self.kill_if(|entry| of(&entry.namespace) && !entry.change_stream);
    }

    fn kill_if(&self, of: impl Fn(&Entry) -> bool) -> usize {
        let mut entries = self.entries();
        let ids: Vec<_> = entries
            .iter()
            .filter(|(_, entry)| of(entry))
            .map(|(id, _)| *id)
            .collect();
        let killed: Vec<_> = ids.iter().filter_map(|id| entries.remove(id)).collect();
        // What cursors hold is dropped outside of the lock.
        drop(entries);
        killed.iter().for_each(|entry| entry.interrupt.kill());
        killed.len()
    }

    /// Closes those that nobody has read for too long.
    pub fn expire(&self) {
        let now = Instant::now();
        let timeout = self.timeout();
        let gone = self.kill_if(|entry| {
            let idle = entry.cursor.is_some() && now.duration_since(entry.used) >= timeout;
            idle && !entry.no_timeout
        });
        let counter = &self.timed_out;
        counter.fetch_add(gone as u64, Ordering::Relaxed);
    }

    /// How many there are, how many of them never time out, and how many have timed out.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, u64) {
        let entries = self.entries();
        let forever = entries.values().filter(|entry| entry.no_timeout).count();
        let timed_out = self.timed_out.load(Ordering::Relaxed);
        (entries.len(), forever, timed_out)
    }

    /// Those that nobody reads now.
    #[must_use]
    pub fn idle(&self) -> Vec<Idle> {
        let entries = self.entries();
        let cursors = entries.values().filter_map(|entry| entry.cursor.as_ref());
        cursors
            .map(|cursor| Idle {
                id: cursor.id,
                namespace: cursor.namespace.clone(),
                owner: cursor.owner.clone(),
                command: cursor.command.clone(),
                tailable: (cursor.tailable, cursor.await_data),
                no_timeout: cursor.no_timeout,
            })
            .collect()
    }
}

/// `cursor id 1 not found`
#[must_use]
pub fn not_found(id: i64) -> Error {
    Error::new(code::CURSOR_NOT_FOUND, format!("cursor id {id} not found"))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
