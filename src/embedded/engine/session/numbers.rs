//! What a command's transaction number means, by what the session's number stood for so far.

use super::retryable::{Stored, load};
use super::{Checkout, Retryable, SessionState, Use};
use crate::embedded::commands::{ReadConcernLevel, SessionContext, SessionId};
use crate::embedded::engine::txn::Transaction;
use crate::embedded::engine::{Engine, Statement};
use crate::mql::{Error, Result, error::code};

impl Engine {
    /// Takes out the session of a command that has a transaction number, and takes the number up.
    pub(in crate::embedded::engine) fn take_up(
        &self,
        session: &SessionContext,
        number: i64,
        statement: &Statement<'_>,
    ) -> Result<Checkout> {
        let now = self.now_millis();
        let mut checkout = self.sessions.take(session.lsid, now, statement.interrupt)?;
        self.recall(&session.lsid, checkout.state())?;
        if session.in_transaction {
            self.take_up_transaction(session, number, statement, checkout.state())?;
        } else {
            self.take_up_retryable(session, number, checkout.state())?;
        }
        Ok(checkout)
    }

    /// Reads what the store knows of a session that is new in this process.
    fn recall(&self, lsid: &SessionId, state: &mut SessionState) -> Result<()> {
        if !matches!(state.using, Use::Unknown) {
            return Ok(());
        }
        state.using = match load(lsid, &self.store().snapshot())? {
            Stored::Nothing => Use::Nothing,
            Stored::Retryable(retryable) => {
                state.number = retryable.number;
                Use::Retryable(Box::new(retryable))
            }
            Stored::Committed(number) => {
                state.number = number;
                Use::Transaction(Box::new(Transaction::committed(number)))
            }
        };
        Ok(())
    }

    fn take_up_retryable(
        &self,
        session: &SessionContext,
        number: i64,
        state: &mut SessionState,
    ) -> Result<()> {
        if number < state.number {
            return Err(Error::new(
                code::TRANSACTION_TOO_OLD,
                format!(
                    "Retryable write with txnNumber {number} is prohibited on session {} because a \
                     newer transaction with txnNumber {} has already started on this session.",
                    session_text(&session.lsid),
                    state.number
                ),
            ));
        }
        if number == state.number {
            return match state.using {
                Use::Transaction(_) => Err(Error::new(
                    code::INCOMPLETE_TRANSACTION_HISTORY,
                    "Cannot retry a retryable write that has been converted into a transaction",
                )),
                _ => Ok(()),
            };
        }
        self.end_open(state);
        state.number = number;
        state.using = Use::Retryable(Box::new(Retryable::new(session.lsid, number)));
        Ok(())
    }

    fn take_up_transaction(
        &self,
        session: &SessionContext,
        number: i64,
        statement: &Statement<'_>,
        state: &mut SessionState,
    ) -> Result<()> {
        if number < state.number {
            return Err(Error::new(
                code::TRANSACTION_TOO_OLD,
                format!(
                    "Cannot start transaction with {{ txnNumber: {number} }} on session {} because a \
                     newer transaction with txnNumberAndRetryCounter {{ txnNumber: {}, \
                     txnRetryCounter: 0 }} has already started on this session.",
                    session_text(&session.lsid),
                    state.number
                ),
            ));
        }
        check_database(statement)?;
        if session.start_transaction {
            return self.start(number, statement, state);
        }
        let Use::Transaction(transaction) = &mut state.using else {
            return Err(no_such(number, state.number));
        };
        if number != state.number {
            return Err(no_such(number, state.number));
        }
        if statement.read_concern.given && !is_ending(statement.command) {
            return Err(Error::new(
                code::INVALID_OPTIONS,
                "Only the first command in a transaction may specify a readConcern",
            ));
        }
        if statement.command == "commitTransaction" {
            return transaction.check_not_aborted();
        }
        transaction.check_open()
    }

    fn start(
        &self,
        number: i64,
        statement: &Statement<'_>,
        state: &mut SessionState,
    ) -> Result<()> {
        if number == state.number {
            return Err(Error::new(
                code::CONFLICTING_OPERATION_IN_PROGRESS,
                "Only servers in a sharded cluster can start a new transaction at the active \
                 transaction number",
            ));
        }
        let level = statement.read_concern.level;
        if matches!(
            level,
            ReadConcernLevel::Available | ReadConcernLevel::Linearizable
        ) {
            return Err(Error::new(
                code::INVALID_OPTIONS,
                "The readConcern level must be either 'local' (default), 'majority' or 'snapshot' in \
                 order to run in a transaction",
            ));
        }
        check_first(statement.command)?;
        self.end_open(state);
        state.number = number;
        state.using = Use::Transaction(Box::new(self.new_transaction(number)));
        Ok(())
    }

    /// A greater number ends the transaction of the one before.
    fn end_open(&self, state: &mut SessionState) {
        if let Use::Transaction(transaction) = &mut state.using {
            transaction.abort(self);
        }
    }
}

/// Databases that are no business of transactions.
fn check_database(statement: &Statement<'_>) -> Result<()> {
    let text = match statement.db {
        "config" => "Cannot run command against the config database in a transaction.",
        "local" => "Cannot run command against the 'local' database in a transaction.",
        _ => return Ok(()),
    };
    Err(Error::new(
        code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
        text,
    ))
}

/// Commands with which no transaction begins.
fn check_first(command: &str) -> Result<()> {
    let text = match command {
        "commitTransaction" => "Cannot start a transaction with a commit",
        "abortTransaction" => "Cannot start a transaction with an abort",
        "killCursors" => {
            "Cannot run killCursors as the first operation in a multi-document transaction."
        }
        _ => return Ok(()),
    };
    Err(Error::new(
        code::OPERATION_NOT_SUPPORTED_IN_TRANSACTION,
        text,
    ))
}

fn is_ending(command: &str) -> bool {
    matches!(command, "commitTransaction" | "abortTransaction")
}

fn no_such(number: i64, active: i64) -> Error {
    Error::new(
        code::NO_SUCH_TRANSACTION,
        format!(
            "Given transaction number {number} does not match any in-progress transactions. The \
             active transaction number is {active}"
        ),
    )
}

/// A session as the server writes it: its id and, in base64, its user's digest.
fn session_text(lsid: &SessionId) -> String {
    use base64::Engine as _;
    let uid = base64::engine::general_purpose::STANDARD.encode(lsid.uid);
    format!("{} - {uid} -  - ", bson::Uuid::from_bytes(lsid.id))
}
