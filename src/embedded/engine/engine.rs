//! The engine itself: what all operations share.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use bson::Timestamp;

use super::oplog::Oplog;
use super::overlay::Overlay;
use super::{EngineOptions, Operation, Statement, View};
use crate::embedded::catalog::Catalog;
use crate::embedded::storage::Store;
use crate::mql::Result;

/// The embedded database under its commands.
pub struct Engine {
    options: EngineOptions,
    /// The newest catalog. A view takes it together with a snapshot of the store under the read lock, a change of it is
    /// written under the write lock: so the two always agree.
    catalog: RwLock<Arc<Catalog>>,
    writer: Mutex<Writer>,
    /// A transaction has ended.
    released: Condvar,
    oplog: Oplog,
}

/// What the write mutex protects.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) last: Option<Timestamp>,
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
        let none = Timestamp {
            time: 0,
            increment: 0,
        };
        let oplog = Oplog::new(options.store.clone(), none, none, 0);
        Ok(Arc::new(Self {
            options,
            catalog: RwLock::default(),
            writer: Mutex::default(),
            released: Condvar::new(),
            oplog,
        }))
    }

    /// Begins a command: checks its session, its transaction number and state, as the server does.
    ///
    /// # Errors
    /// `NoSuchTransaction`, `TransactionTooOld` and the like, with their labels.
    pub fn begin(self: &Arc<Self>, statement: &Statement<'_>) -> Result<Operation> {
        Ok(Operation {
            engine: self.clone(),
            session: statement.session.cloned(),
            interrupt: statement.interrupt.clone(),
            written: None,
        })
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

    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
