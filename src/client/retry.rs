//! Retrying one write or one read after a failover, for operations that are sent as commands.
//!
//! The driver retries its typed methods itself (Retryable Writes and Retryable Reads
//! specifications) but never a command that it is handed as a document. The rules here are the
//! same: one more try, after an error that says that the primary went away or that the connection
//! broke; a write carries a transaction number, so that the server does it once.

use std::sync::{Arc, Mutex, PoisonError};

use mongodb::ClientSession;
use mongodb::bson::raw::cstr;
use mongodb::bson::{Document, RawDocumentBuf};
use mongodb::error::{Error, ErrorKind};

use super::{ClientError, labels_of};

/// Codes after which a read may be tried once more (Retryable Reads specification, "Retryable
/// Error"): the node is not, or no longer, what the command needs.
const RETRYABLE: [i32; 12] = [
    6,     // HostUnreachable
    7,     // HostNotFound
    89,    // NetworkTimeout
    91,    // ShutdownInProgress
    134,   // ReadConcernMajorityNotAvailableYet
    189,   // PrimarySteppedDown
    262,   // ExceededTimeLimit
    9001,  // SocketException
    10107, // NotWritablePrimary
    11600, // InterruptedAtShutdown
    11602, // InterruptedDueToReplStateChange
    13435, // NotPrimaryNoSecondaryOk
];

/// Where transaction numbers of commands start: far above the driver's own, which count from 1 on
/// the same pooled server sessions.
const FIRST_NUMBER: i64 = 1 << 40;

/// Whether the operation may be tried once more.
#[must_use]
pub fn is_retryable(error: &Error) -> bool {
    error.contains_label("RetryableWriteError")
        || match error.kind.as_ref() {
            ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => true,
            ErrorKind::Command(e) => RETRYABLE.contains(&e.code) || e.code == 13436,
            _ => false,
        }
}

/// Whether an operation that failed with this code may succeed soon, as it is.
#[must_use]
pub fn is_transient_code(code: i32) -> bool {
    // 112 WriteConflict, 251 NoSuchTransaction: the transaction was aborted, and can be run again
    RETRYABLE.contains(&code) || matches!(code, 13436 | 112 | 251)
}

/// Whether an operation of the host's own may succeed soon, as it is.
///
/// Beside failovers, that is one that was killed (11601, Interrupted): whoever takes a stream over
/// kills the sessions of the owner before, and the driver may use those for other things by then.
#[must_use]
pub fn may_pass(error: &ClientError) -> bool {
    const INTERRUPTED: i32 = 11601;
    error.is_unavailable()
        || error.has_label("RetryableWriteError")
        || error.has_label("TransientTransactionError")
        || error
            .code
            .is_some_and(|code| code == INTERRUPTED || is_transient_code(code))
}

/// The sessions of one cluster that write commands were sent in. They are kept for the next ones
/// and never go back to the driver's pool, whose own numbers the server would then refuse as old.
#[derive(Debug, Clone, Default)]
pub struct WriteSessions(Arc<Mutex<Vec<WriteSession>>>);

impl WriteSessions {
    /// A session that nobody uses now; give it back with [`WriteSessions::put`] whatever happens.
    ///
    /// # Errors
    /// Where the cluster has no sessions or does not answer.
    pub async fn take(&self, client: &mongodb::Client) -> Result<WriteSession, Error> {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(session) => Ok(session),
            None => WriteSession::start(client).await,
        }
    }

    /// Keeps a session for the next write.
    pub fn put(&self, session: WriteSession) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(session);
    }
}

/// The session whose transaction numbers make single writes retryable.
#[derive(Debug)]
pub struct WriteSession {
    session: ClientSession,
    number: i64,
}

impl WriteSession {
    async fn start(client: &mongodb::Client) -> Result<Self, Error> {
        Ok(Self {
            session: client.start_session().await?,
            number: FIRST_NUMBER,
        })
    }

    /// Sends a write command (`insert`, `update`, `delete`, `findAndModify`, none of them multi)
    /// under a new transaction number, and once more under the same one where that is safe.
    ///
    /// # Errors
    /// The last try's.
    pub async fn send(
        &mut self,
        db: &mongodb::Database,
        mut command: RawDocumentBuf,
    ) -> Result<Document, Error> {
        self.number += 1;
        command.append(cstr!("txnNumber"), self.number);
        let first = db
            .run_raw_command(command.clone())
            .session(&mut self.session)
            .await;
        let again = match &first {
            Ok(reply) => labels_of(reply).iter().any(|l| l == "RetryableWriteError"),
            Err(error) => is_retryable(error),
        };
        if !again {
            return first;
        }
        db.run_raw_command(command).session(&mut self.session).await
    }
}
