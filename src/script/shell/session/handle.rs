//! [`SessionHandle`]: the driver's session, shared by everything that was reached through it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use bson::Timestamp;
use mongodb::ClientSession;
use mongodb::options::SelectionCriteria;
use tokio::runtime::Handle;

use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;

/// Where the session's transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transaction {
    /// None was started, or the last one is over.
    #[default]
    None,
    /// One runs.
    Running,
    /// The last one was committed.
    Committed,
    /// The last one was aborted.
    Aborted,
}

/// A client session, shared by every object that was reached through it.
#[derive(Clone)]
pub struct SessionHandle(Rc<Inner>);

struct Inner {
    session: RefCell<Option<ClientSession>>,
    transaction: Cell<Transaction>,
    runtime: Handle,
    causal: bool,
    snapshot: bool,
    /// How many transactions began in place of earlier ones.
    replaced: Cell<u32>,
    /// Where the running transaction was told to read.
    reads: RefCell<Option<SelectionCriteria>>,
}

/// How long the abort of a transaction may take that nobody can end any more.
const LAST_ABORT: Duration = Duration::from_millis(50);

impl Drop for Inner {
    fn drop(&mut self) {
        self.abort_in_haste();
    }
}

impl Inner {
    /// Aborts the running transaction, if that is quick: the server should not hold its locks until
    /// it times out. The driver would do it in the background, which a program that ends has not.
    fn abort_in_haste(&self) {
        if self.transaction.get() != Transaction::Running {
            return;
        }
        if let Some(session) = self.session.borrow_mut().as_mut() {
            let _ = self.runtime.block_on(async {
                let abort = async { session.abort_transaction().await };
                tokio::time::timeout(LAST_ABORT, abort).await
            });
        }
        self.transaction.set(Transaction::Aborted);
    }
}

impl SessionHandle {
    /// A handle on a session that was just started: causally consistent, with reads that share a
    /// snapshot, or neither.
    #[must_use]
    pub fn new(host: &Host, session: ClientSession, causal: bool, snapshot: bool) -> Self {
        Self(Rc::new(Inner {
            session: RefCell::new(Some(session)),
            transaction: Cell::default(),
            runtime: host.runtime().clone(),
            causal,
            snapshot,
            replaced: Cell::default(),
            reads: RefCell::default(),
        }))
    }

    /// A handle on a session whose transaction whoever lends it has started, and will end.
    #[must_use]
    pub fn in_transaction_of(host: &Host, session: ClientSession) -> Self {
        let handle = Self::new(host, session, false, false);
        handle.set_transaction(Transaction::Running);
        handle
    }

    /// Notes that another transaction takes the running one's place.
    pub fn next_transaction(&self) {
        self.0.replaced.set(self.0.replaced.get() + 1);
    }

    /// How many transactions took the place of earlier ones.
    #[must_use]
    pub fn replaced(&self) -> u32 {
        self.0.replaced.get()
    }

    /// Gives the session back; every copy of the handle has ended then.
    #[must_use]
    pub fn take(&self) -> Option<ClientSession> {
        self.set_transaction(Transaction::None);
        self.0.session.borrow_mut().take()
    }

    /// Aborts the running transaction of a script that was told to stop: quickly, or not at all.
    pub(super) fn abort_in_haste(&self) {
        self.0.abort_in_haste();
    }

    /// Whether its reads share a snapshot; the driver then writes their read concern.
    #[must_use]
    pub fn is_snapshot(&self) -> bool {
        self.0.snapshot
    }

    /// Does something with the driver's session.
    ///
    /// # Errors
    /// Where the session has ended.
    pub fn with<R>(&self, work: impl FnOnce(&mut ClientSession) -> R) -> Result<R, Fault> {
        match self.0.session.borrow_mut().as_mut() {
            Some(session) => Ok(work(session)),
            None => Err(ScriptError::new(
                "MongoExpiredSessionError",
                "Use of expired sessions is not permitted",
            )
            .into()),
        }
    }

    /// Whether a transaction runs.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.0.transaction.get() == Transaction::Running
    }

    /// Where the transaction is.
    #[must_use]
    pub fn transaction(&self) -> Transaction {
        self.0.transaction.get()
    }

    /// Notes where the transaction is now.
    pub fn set_transaction(&self, state: Transaction) {
        self.0.transaction.set(state);
    }

    /// Notes where the transaction that was started reads.
    pub fn set_reads(&self, selection: Option<SelectionCriteria>) {
        *self.0.reads.borrow_mut() = selection;
    }

    /// Where the running transaction reads; the driver checks that it is the primary.
    #[must_use]
    pub fn reads(&self) -> Option<SelectionCriteria> {
        self.0.reads.borrow().clone()
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.session.borrow().is_none()
    }

    /// Ends it; a running transaction is aborted by the driver.
    pub fn end(&self) {
        self.0.session.borrow_mut().take();
        self.set_transaction(Transaction::None);
    }

    /// The time that a causally consistent read must be after.
    #[must_use]
    pub fn after(&self) -> Option<Timestamp> {
        if !self.0.causal {
            return None;
        }
        self.0
            .session
            .borrow()
            .as_ref()
            .and_then(ClientSession::operation_time)
    }

    /// Whether two handles are one session.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
