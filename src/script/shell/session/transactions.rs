//! Transactions, step by step and as a whole.

use std::time::{Duration, Instant};

use rhai::{Dynamic, EvalAltResult, FnPtr};

use super::convenient::{self, Attempt};
use super::{Session, Transaction, options};
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::error::{Fault, Outcome, ScriptError};

pub(super) const METHODS: &[Method] = methods! {
    /// Starts a transaction: options are `readConcern`, `writeConcern`, `readPreference` and
    /// `maxCommitTimeMS`.
    ///
    /// ```js
    /// db.createCollection("orders");
    /// let session = db.getMongo().startSession();
    /// session.startTransaction({ writeConcern: { w: "majority" } });
    /// session.getDatabase(db.getName()).orders.insertOne({ a: 1 });
    /// session.commitTransaction()
    /// ```
    startTransaction("options?") => start_transaction;
    /// Commits the transaction; may be called again where the outcome is unknown.
    ///
    /// ```js
    /// let session = db.getMongo().startSession();
    /// session.startTransaction();
    /// session.commitTransaction()
    /// ```
    commitTransaction("") => commit_transaction;
    /// Aborts the transaction: nothing of it is kept.
    ///
    /// ```js
    /// let session = db.getMongo().startSession();
    /// session.startTransaction();
    /// session.abortTransaction()
    /// ```
    abortTransaction("") => abort_transaction;
    /// Runs a function in a transaction and commits it. Where another transaction is in the way or
    /// the primary changes, all of it runs again, for up to two minutes; another error aborts it.
    ///
    /// ```js
    /// db.createCollection("orders");
    /// let session = db.getMongo().startSession();
    /// let orders = session.getDatabase(db.getName()).orders;
    /// session.withTransaction(() => { orders.insertOne({ a: 1 }); orders.insertOne({ a: 2 }) })
    /// ```
    withTransaction("callback, options?") => with_transaction;
};

fn start_transaction(call: &mut Call<'_>) -> Outcome {
    let session = call.this::<Session>()?;
    start(call, &session, 0)?;
    Ok(Dynamic::UNIT)
}

fn commit_transaction(call: &mut Call<'_>) -> Outcome {
    commit(call, &call.this::<Session>()?)?;
    Ok(Dynamic::UNIT)
}

fn abort_transaction(call: &mut Call<'_>) -> Outcome {
    abort(call, &call.this::<Session>()?)?;
    Ok(Dynamic::UNIT)
}

/// Starts a transaction with the options in argument `i`.
fn start(call: &Call<'_>, session: &Session, i: usize) -> Result<(), Fault> {
    let settings = session.mongo.settings();
    let options = options::of_transaction(call, i, &session.options, settings)?;
    let reads = options.selection_criteria.clone();
    let started = session
        .handle
        .with(|s| call.host.run(s.start_transaction().with_options(options)))?;
    started.map_err(in_mongosh_words)?;
    session.handle.set_transaction(Transaction::Running);
    session.handle.set_reads(reads);
    Ok(())
}

/// Commits. A transaction whose commit failed counts as committed, as for the driver: the commit
/// may be sent again, an abort may not.
fn commit(call: &Call<'_>, session: &Session) -> Result<(), Fault> {
    let done = session
        .handle
        .with(|s| call.host.run(s.commit_transaction()))?;
    if session.handle.in_transaction() {
        session.handle.set_transaction(Transaction::Committed);
    }
    done.map_err(in_mongosh_words)
}

fn abort(call: &Call<'_>, session: &Session) -> Result<(), Fault> {
    let done = session
        .handle
        .with(|s| call.host.run(s.abort_transaction()))?;
    if session.handle.in_transaction() {
        session.handle.set_transaction(Transaction::Aborted);
    }
    done.map_err(in_mongosh_words)
}

/// The driver's errors about a transaction's state in the words of mongosh, whose begin with a
/// capital.
fn in_mongosh_words(fault: Fault) -> Fault {
    match fault {
        Fault::Script(mut e) if e.name == "MongoTransactionError" => {
            if let Some(first) = e.message.get(..1) {
                e.message = first.to_uppercase() + &e.message[1..];
            }
            match e.message.as_str() {
                "Transactions are not supported in snapshot sessions" => {
                    e.name = "MongoCompatibilityError".into();
                }
                "Transactions do not support unacknowledged write concerns" => {
                    e.message.pop();
                }
                _ => {}
            }
            Fault::Script(e)
        }
        other => other,
    }
}

fn with_transaction(call: &mut Call<'_>) -> Outcome {
    let callback = call.callback(0)?;
    let session = call.this::<Session>()?;
    convenient::run(&mut InSession {
        call,
        session,
        callback,
        started: Instant::now(),
    })
}

/// `withTransaction` on a real session.
struct InSession<'a, 'b> {
    call: &'a Call<'b>,
    session: Session,
    callback: FnPtr,
    started: Instant,
}

impl Attempt for InSession<'_, '_> {
    type Value = Dynamic;

    fn start(&mut self) -> Result<(), Fault> {
        start(self.call, &self.session, 1)
    }

    fn body(&mut self) -> Outcome {
        let session = Dynamic::from(self.session.clone());
        let outcome = self.call.call_back(&self.callback, vec![session]);
        if outcome.as_ref().is_err_and(is_stop) {
            self.session.handle.abort_in_haste();
        }
        outcome
    }

    fn is_running(&self) -> bool {
        self.session.handle.in_transaction()
    }

    fn abort(&mut self) -> Result<(), Fault> {
        abort(self.call, &self.session)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        commit(self.call, &self.session)
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn pause(&mut self, time: Duration) -> Result<(), Fault> {
        self.call
            .host
            .wait(async { tokio::time::sleep(time).await })
    }
}

fn is_stop(fault: &Fault) -> bool {
    match fault {
        Fault::Rhai(e) => matches!(e.unwrap_inner(), EvalAltResult::ErrorTerminated(..)),
        Fault::Script(_) => false,
    }
}

/// The script error in a fault, also where it passed through functions of the script or was
/// caught and thrown again.
pub(super) fn thrown(fault: &Fault) -> Option<ScriptError> {
    match fault {
        Fault::Script(e) => Some((**e).clone()),
        Fault::Rhai(e) => match e.unwrap_inner() {
            EvalAltResult::ErrorRuntime(value, _) => {
                value.read_lock::<ScriptError>().map(|e| e.clone())
            }
            _ => None,
        },
    }
}
