//! The engine itself: what all operations share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use super::ddl::Builds;
use super::housekeeping::Housekeeper;
use super::moments::Moments;
use super::oplog::Oplog;
use super::overlay::Overlay;
use super::session::{SessionInfo, Sessions};
use super::writer::Writer;
use super::{EngineOptions, View, open};
use crate::embedded::catalog::Catalog;
use crate::embedded::storage::Store;
use crate::mql::Result;

/// The embedded database under its commands.
pub struct Engine {
    options: EngineOptions,
    /// The newest catalog. A view takes it together with a snapshot of the store under the read lock, a
    /// change of it is written under the write lock: so the two always agree.
    pub(super) catalog: RwLock<Arc<Catalog>>,
    writer: Mutex<Writer>,
    /// A transaction has ended.
    pub(super) released: Condvar,
    oplog: Oplog,
    pub(super) moments: Moments,
    pub(super) sessions: Sessions,
    lifetime_millis: AtomicU64,
    pub(super) builds: Builds,
    pub(super) housekeeper: Housekeeper,
    /// When it was opened.
    pub(super) started: i64,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens what a store holds; an empty store becomes an empty database.
    ///
    /// # Errors
    /// What the disk says, or what is wrong with the stored catalog.
    pub fn open(options: EngineOptions) -> Result<Arc<Self>> {
        let found = open::read(&options.store, (options.clock)())?;
        let lifetime = u64::try_from(options.transaction_lifetime.as_millis()).unwrap_or(u64::MAX);
        let background = options.background;
        let ttl_interval = options.ttl_interval;
        let engine = Arc::new(Self {
            oplog: Oplog::new(
                options.store.clone(),
                found.oldest,
                found.writer.last,
                found.oplog_bytes,
            ),
            moments: Moments::default(),
            started: (options.clock)(),
            options,
            catalog: RwLock::new(Arc::new(found.catalog)),
            writer: Mutex::new(found.writer),
            released: Condvar::new(),
            sessions: Sessions::default(),
            lifetime_millis: AtomicU64::new(lifetime),
            builds: Builds::default(),
            housekeeper: Housekeeper::default(),
        });
        engine.set_ttl_interval(ttl_interval);
        engine.drop_unfinished_builds()?;
        engine.wake_housekeeper();
        if background {
            engine.start_housekeeper();
        }
        Ok(engine)
    }

    /// The newest state, outside of any transaction.
    #[must_use]
    pub fn view(&self) -> View {
        let catalog = self.catalog.read().unwrap_or_else(PoisonError::into_inner);
        // The time first: what the snapshot sees is then not older.
        let time = self.oplog.last();
        View {
            snapshot: self.options.store.snapshot(),
            catalog: catalog.clone(),
            overlay: Overlay::default(),
            time,
        }
    }

    /// The newest catalog.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.catalog
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The history.
    #[must_use]
    pub fn oplog(&self) -> &Oplog {
        &self.oplog
    }

    /// The store below.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.options.store
    }

    /// What time it is.
    #[must_use]
    pub fn now_millis(&self) -> i64 {
        (self.options.clock)()
    }

    /// The sessions that are known.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.sessions.list()
    }

    /// `transactionLifetimeLimitSeconds`.
    #[must_use]
    pub fn transaction_lifetime(&self) -> Duration {
        Duration::from_millis(self.lifetime_millis.load(Ordering::Relaxed))
    }

    /// Sets `transactionLifetimeLimitSeconds` for transactions that begin from now on.
    pub fn set_transaction_lifetime(&self, lifetime: Duration) {
        let millis = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        self.lifetime_millis.store(millis, Ordering::Relaxed);
    }

    pub(super) fn options(&self) -> &EngineOptions {
        &self.options
    }

    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
