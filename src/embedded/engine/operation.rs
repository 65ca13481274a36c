//! One command's business with the engine.

use std::sync::Arc;

use bson::{DateTime, Timestamp};

use super::{Engine, View};
use crate::embedded::commands::{ReadConcern, SessionContext, WriteConcern};
use crate::embedded::storage::Seq;
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
/// In a transaction it holds the session, so that commands of one session run one after the other.
pub struct Operation {
    pub(super) engine: Arc<Engine>,
    pub(super) session: Option<SessionContext>,
    pub(super) interrupt: Interrupt,
    /// The last write: what a durable write concern waits for.
    pub(super) written: Option<(Seq, Timestamp)>,
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
    pub fn view(&self) -> Result<View> {
        Ok(self.engine.view())
    }

    /// Whether the command is part of a transaction.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.session.as_ref().is_some_and(|s| s.in_transaction)
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

    /// The command has failed: aborts its transaction if that error does so, and gives the error its labels
    /// (`TransientTransactionError`). The dispatcher calls it with every error of a handler.
    #[must_use]
    pub fn failed(&mut self, error: Error) -> Error {
        error
    }
}
