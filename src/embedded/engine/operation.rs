//! One command's business with the engine.

use std::sync::Arc;

use bson::{DateTime, Timestamp};

use super::error::TRANSIENT;
use super::session::{Checkout, Retryable, Use};
use super::txn::OpenTransaction;
use super::{Engine, View};
use crate::embedded::catalog::{Collection, Namespace};
use crate::embedded::commands::{ReadConcern, ReadConcernLevel, SessionContext, WriteConcern};
use crate::embedded::storage::Seq;
use crate::mql::error::code;
use crate::mql::{Env, Error, Interrupt, Result};

/// What the engine must know of a command before it runs.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// The command's name.
    pub command: &'a str,
    /// Its database.
    pub db: &'a str,
    /// Its session, as its fields say it.
    pub session: Option<&'a SessionContext>,
    /// Its read concern.
    pub read_concern: &'a ReadConcern,
    /// The way to stop it.
    pub interrupt: &'a Interrupt,
}

/// One command's business with the engine: made by the dispatcher before the command's handler, given to
/// it, and asked at the end what to add to the reply.
///
/// In a transaction, and for a write that may be retried, it holds the session, so that commands of one
/// session run one after the other.
pub struct Operation {
    pub(super) engine: Arc<Engine>,
    pub(super) session: Option<SessionContext>,
    pub(super) interrupt: Interrupt,
    /// The last write: what a durable write concern waits for.
    pub(super) written: Option<(Seq, Timestamp)>,
    checkout: Option<Checkout>,
    /// Whether the command is the end of a transaction.
    is_ending: bool,
    /// Whether it is a snapshot read outside of a transaction, and of what time.
    moment: Option<Moment>,
}

/// What a snapshot read outside of a transaction reads at.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The newest state when it first looks.
    Newest,
    /// A time that was read at before.
    At(Timestamp),
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operation")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Begins a command: checks its session, its transaction number and state, as the server does.
    ///
    /// # Errors
    /// `NoSuchTransaction`, `TransactionTooOld` and the like, with their labels.
    pub fn begin(self: &Arc<Self>, statement: &Statement<'_>) -> Result<Operation> {
        let mut operation = Operation {
            engine: self.clone(),
            session: statement.session.cloned(),
            interrupt: statement.interrupt.clone(),
            written: None,
            checkout: None,
            moment: moment(statement),
            is_ending: matches!(statement.command, "commitTransaction" | "abortTransaction"),
        };
        if let Some(session) = statement.session {
            match session.txn_number {
                None => self.touch_session(session.lsid),
                Some(number) => {
                    let taken = self.take_up(session, number, statement);
                    let taken = taken.map_err(|e| labelled(e, session.in_transaction))?;
                    operation.checkout = Some(taken);
                }
            }
        }
        Ok(operation)
    }

    /// An operation of the engine's own (expiry, building), outside of sessions.
    pub(super) fn own_operation(self: &Arc<Self>, interrupt: &Interrupt) -> Operation {
        Operation {
            engine: self.clone(),
            session: None,
            interrupt: interrupt.clone(),
            written: None,
            checkout: None,
            moment: None,
            is_ending: false,
        }
    }
}

fn moment(statement: &Statement<'_>) -> Option<Moment> {
    let concern = statement.read_concern;
    let alone = statement.session.is_none_or(|s| !s.in_transaction);
    let snapshot = concern.level == ReadConcernLevel::Snapshot && alone;
    snapshot.then(|| concern.at_cluster_time.map_or(Moment::Newest, Moment::At))
}

impl Operation {
    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// What reads of this command see: the newest state, or in a transaction its snapshot with its own
    /// writes.
    ///
    /// # Errors
    /// When the transaction is gone.
    pub fn view(&mut self) -> Result<View> {
        if self.in_transaction() {
            return Ok(self.open_transaction()?.view.clone());
        }
        match self.moment {
            None => Ok(self.engine.view()),
            Some(Moment::At(time)) => self.engine.moments.at(time),
            Some(Moment::Newest) => {
                let view = self.engine.view();
                self.engine.moments.keep(&view, self.engine.now_millis());
                self.moment = Some(Moment::At(view.time()));
                Ok(view)
            }
        }
    }

    /// `atClusterTime` of a snapshot read outside of a transaction, once it has looked.
    #[must_use]
    pub fn snapshot_time(&self) -> Option<Timestamp> {
        match self.moment {
            Some(Moment::At(time)) => Some(time),
            Some(Moment::Newest) => Some(self.engine.oplog().last()),
            None => None,
        }
    }

    /// A collection as this command sees it now.
    ///
    /// # Errors
    /// When the transaction is gone.
    pub fn collection(&mut self, ns: &Namespace) -> Result<Option<Arc<Collection>>> {
        if self.in_transaction() {
            return Ok(self.open_transaction()?.view.catalog.get(ns).cloned());
        }
        Ok(self.engine.catalog().get(ns).cloned())
    }

    /// Whether the command is part of a transaction.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.session.as_ref().is_some_and(|s| s.in_transaction)
    }

    /// The way to stop the command.
    #[must_use]
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// `$$NOW` and `$$CLUSTER_TIME` for an environment of this command.
    #[must_use]
    pub fn env(&self) -> Env {
        let mut env = Env::at(DateTime::from_millis(self.engine.now_millis()));
        env.cluster_time = Some(self.engine.oplog().last());
        env.interrupt = self.interrupt.clone();
        env
    }

    /// Waits until what this command wrote (or, if it wrote nothing, what it may have seen) is as safe as
    /// the write concern asks. Called by the dispatcher after the handler, outside of all locks.
    ///
    /// # Errors
    /// What the disk says.
    pub fn settle(&self, concern: &WriteConcern) -> Result<()> {
        if !concern.durable {
            return Ok(());
        }
        let seq = self
            .written
            .map_or_else(|| self.engine.store().snapshot().seq(), |w| w.0);
        Ok(self.engine.store().wait_durable(seq)?)
    }

    /// `operationTime`: the time of the command's last write, or of what it has read.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.written
            .map_or_else(|| self.engine.oplog().last(), |w| w.1)
    }

    /// The command has failed: aborts its transaction, and gives the error its labels
    /// (`TransientTransactionError`). The dispatcher calls it with every error of a handler.
    #[must_use]
    pub fn failed(&mut self, error: Error) -> Error {
        let in_transaction = self.in_transaction();
        // A commit that has failed says itself what became of the transaction.
        if in_transaction && !self.is_ending {
            self.abort_transaction();
        }
        labelled(error, in_transaction)
    }

    /// Aborts the transaction of this command, if it has one that is open.
    pub fn abort_transaction(&mut self) {
        let engine = self.engine.clone();
        if let Some(Use::Transaction(transaction)) = self.using() {
            transaction.abort(&engine);
        }
    }

    pub(super) fn using(&mut self) -> Option<&mut Use> {
        self.checkout
            .as_mut()
            .map(|checkout| &mut checkout.state().using)
    }

    /// The open transaction of this command.
    pub(super) fn open_transaction(&mut self) -> Result<&mut OpenTransaction> {
        match self.using() {
            Some(Use::Transaction(transaction)) => transaction.open(),
            _ => Err(Error::new(
                code::NO_SUCH_TRANSACTION,
                "the transaction has ended",
            )),
        }
    }

    /// What this command's retries are told, if it may be retried.
    pub(super) fn retry(&mut self) -> Option<&mut Retryable> {
        match self.using() {
            Some(Use::Retryable(retryable)) => Some(retryable),
            _ => None,
        }
    }
}

/// An error of a command in a transaction, with its label.
fn labelled(error: Error, in_transaction: bool) -> Error {
    const SNAPSHOT_UNAVAILABLE: i32 = 246;
    let transient = matches!(
        error.code,
        code::WRITE_CONFLICT
            | SNAPSHOT_UNAVAILABLE
            | code::LOCK_TIMEOUT
            | code::NO_SUCH_TRANSACTION
    );
    if !in_transaction || !transient || error.extra.contains_key("errorLabels") {
        return error;
    }
    error.with("errorLabels", vec![TRANSIENT])
}
