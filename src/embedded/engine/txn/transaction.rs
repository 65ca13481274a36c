//! A transaction by its number: how far it is.

use std::time::Instant;

use super::OpenTransaction;
use crate::embedded::engine::Engine;
use crate::mql::{Error, Result, error::code};

/// A transaction by its number.
#[derive(Debug)]
pub(in crate::embedded::engine) struct Transaction {
    pub number: i64,
    pub progress: Progress,
}

/// How far a transaction is.
#[derive(Debug)]
pub(in crate::embedded::engine) enum Progress {
    Open(Box<OpenTransaction>),
    Committed,
    Aborted,
}

impl Transaction {
    pub fn committed(number: i64) -> Self {
        Self {
            number,
            progress: Progress::Committed,
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(self.progress, Progress::Open(_))
    }

    pub fn is_expired(&self, now: Instant) -> bool {
        matches!(&self.progress, Progress::Open(open) if open.expires <= now)
    }

    /// Whether a statement may run in it.
    pub fn check_open(&self) -> Result<()> {
        self.check_not_aborted()?;
        match self.progress {
            Progress::Committed => Err(Error::new(
                code::TRANSACTION_COMMITTED,
                format!(
                    "Transaction with {{ txnNumber: {} }} has been committed.",
                    self.number
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Whether it may be committed, or is.
    pub fn check_not_aborted(&self) -> Result<()> {
        match self.progress {
            Progress::Aborted => Err(Error::new(
                code::NO_SUCH_TRANSACTION,
                format!(
                    "Transaction with {{ txnNumber: {} }} has been aborted.",
                    self.number
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Aborts it if it is open.
    pub fn abort(&mut self, engine: &Engine) {
        if let Progress::Open(open) = &mut self.progress {
            open.release(engine);
            self.progress = Progress::Aborted;
        }
    }

    /// Its state, if it is open.
    pub fn open(&mut self) -> Result<&mut OpenTransaction> {
        self.check_open()?;
        match &mut self.progress {
            Progress::Open(open) => Ok(open),
            _ => Err(Error::new(
                code::NO_SUCH_TRANSACTION,
                "the transaction has ended",
            )),
        }
    }
}

impl Engine {
    /// A transaction that begins now.
    pub(in crate::embedded::engine) fn new_transaction(&self, number: i64) -> Transaction {
        let id = self.writer().next_transaction();
        let expires = Instant::now() + self.transaction_lifetime();
        let open = OpenTransaction::new(id, self.view(), expires);
        Transaction {
            number,
            progress: Progress::Open(Box::new(open)),
        }
    }
}
