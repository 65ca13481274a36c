//! The rules of `withTransaction`, apart from servers and clocks.
//!
//! They are the drivers' (Convenient API for Transactions specification): an error that carries
//! the label TransientTransactionError, from the callback or from the commit, runs all of it
//! again; a commit whose outcome is unknown is sent again; after two minutes the last error is
//! thrown as it is, as the Node.js driver does; any other error aborts and passes through.

use std::time::Duration;

use super::transactions::thrown;
use crate::script::error::Fault;

/// How long it is tried.
const LIMIT: Duration = Duration::from_secs(120);

/// The shortest and the longest of the pauses between tries, before chance shortens them.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(500));

/// MaxTimeMSExpired: a commit that took longer than it may is not sent again.
const MAX_TIME_EXPIRED: i32 = 50;

/// What `withTransaction` acts on.
pub(super) trait Attempt {
    /// What the callback returns.
    type Value;
    /// Starts a transaction.
    fn start(&mut self) -> Result<(), Fault>;
    /// Runs the callback.
    fn body(&mut self) -> Result<Self::Value, Fault>;
    /// Whether the transaction that was started still runs.
    fn is_running(&self) -> bool;
    /// Aborts the transaction.
    fn abort(&mut self) -> Result<(), Fault>;
    /// Commits the transaction, or sends the commit again.
    fn commit(&mut self) -> Result<(), Fault>;
    /// The time since it began.
    fn elapsed(&self) -> Duration;
    /// Waits.
    fn pause(&mut self, time: Duration) -> Result<(), Fault>;
    /// A number in 0..1 that shortens a pause, so that two that were in each other's way meet no
    /// second time.
    fn chance(&mut self) -> f64 {
        let bits = uuid::Uuid::new_v4().as_u128() >> 96;
        bits as f64 / f64::from(u32::MAX)
    }
}

/// Runs a callback in a transaction.
pub(super) fn run<A: Attempt>(attempt: &mut A) -> Result<A::Value, Fault> {
    let mut tries = 0;
    loop {
        attempt.start()?;
        let failed = match attempt.body() {
            // The callback committed or aborted by itself.
            Ok(value) if !attempt.is_running() => return Ok(value),
            Ok(value) => match commit(attempt) {
                Ok(()) => return Ok(value),
                Err(e) => e,
            },
            Err(e) => {
                if attempt.is_running() {
                    attempt.abort()?;
                }
                e
            }
        };
        if !has_label(&failed, "TransientTransactionError") {
            return Err(failed);
        }
        tries += 1;
        let pause = pause_before(tries).mul_f64(attempt.chance());
        if attempt.elapsed() + pause >= LIMIT {
            return Err(failed);
        }
        attempt.pause(pause)?;
    }
}

/// Commits, as long as the outcome stays unknown.
fn commit<A: Attempt>(attempt: &mut A) -> Result<(), Fault> {
    loop {
        let failed = match attempt.commit() {
            Ok(()) => return Ok(()),
            Err(e) => e,
        };
        let unknown = has_label(&failed, "UnknownTransactionCommitResult");
        if !unknown || is_max_time_expired(&failed) || attempt.elapsed() >= LIMIT {
            return Err(failed);
        }
    }
}

/// The longest pause before try number `tries` + 1.
fn pause_before(tries: u32) -> Duration {
    let grown = PAUSES.0.as_secs_f64() * 1.5_f64.powf(f64::from(tries));
    PAUSES.1.min(Duration::from_secs_f64(grown.min(1.0)))
}

fn has_label(fault: &Fault, label: &str) -> bool {
    thrown(fault).is_some_and(|e| e.labels.iter().any(|l| l == label))
}

fn is_max_time_expired(fault: &Fault) -> bool {
    let Some(e) = thrown(fault) else { return false };
    let concern = e.details.as_ref().and_then(|reply| {
        let error = reply.get_document("writeConcernError").ok()?;
        error.get_i32("code").ok()
    });
    e.code == Some(MAX_TIME_EXPIRED) || concern == Some(MAX_TIME_EXPIRED)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::script::error::ScriptError;

    /// A transaction whose steps go as they were told to, and a clock that they move.
    struct Told {
        bodies: VecDeque<Result<i32, Fault>>,
        commits: VecDeque<Result<(), Fault>>,
        step: Duration,
        clock: Duration,
        running: bool,
        ends_itself: bool,
        did: Vec<&'static str>,
    }

    impl Told {
        fn new(bodies: Vec<Result<i32, Fault>>, commits: Vec<Result<(), Fault>>) -> Self {
            Self {
                bodies: bodies.into(),
                commits: commits.into(),
                step: Duration::ZERO,
                clock: Duration::ZERO,
                running: false,
                ends_itself: false,
                did: Vec::new(),
            }
        }
    }

    impl Attempt for Told {
        type Value = i32;

        fn start(&mut self) -> Result<(), Fault> {
            self.did.push("start");
            self.running = true;
            Ok(())
        }

        fn body(&mut self) -> Result<i32, Fault> {
            self.did.push("body");
            self.clock += self.step;
            self.running = !self.ends_itself;
            self.bodies.pop_front().expect("a body")
        }

        fn is_running(&self) -> bool {
            self.running
        }

        fn abort(&mut self) -> Result<(), Fault> {
            self.did.push("abort");
            self.running = false;
            Ok(())
        }

        fn commit(&mut self) -> Result<(), Fault> {
            self.did.push("commit");
            self.clock += self.step;
            self.running = false;
            self.commits.pop_front().expect("a commit")
        }

        fn elapsed(&self) -> Duration {
            self.clock
        }

        fn pause(&mut self, time: Duration) -> Result<(), Fault> {
            self.did.push("pause");
            self.clock += time;
            Ok(())
        }

        fn chance(&mut self) -> f64 {
            1.0
        }
    }

    fn error(label: &str) -> Fault {
        let mut e = ScriptError::new("MongoServerError", label);
        e.labels.push(label.to_string());
        e.into()
    }

    fn transient() -> Fault {
        error("TransientTransactionError")
    }

    fn unknown() -> Fault {
        error("UnknownTransactionCommitResult")
    }

    fn message(outcome: Result<i32, Fault>) -> String {
        match outcome {
            Ok(value) => value.to_string(),
            Err(fault) => thrown(&fault).expect("a script error").message,
        }
    }

    #[test]
    fn the_callbacks_value_comes_back() {
        let mut told = Told::new(vec![Ok(7)], vec![Ok(())]);
        assert_eq!(message(run(&mut told)), "7");
        assert_eq!(told.did, ["start", "body", "commit"]);
    }

    #[test]
    fn a_transient_error_runs_all_of_it_again() {
        let mut told = Told::new(
            vec![Err(transient()), Ok(1), Ok(2)],
            vec![Err(transient()), Ok(())],
        );
        assert_eq!(message(run(&mut told)), "2");
        let once = ["start", "body", "abort", "pause"];
        let twice = ["start", "body", "commit", "pause"];
        let last = ["start", "body", "commit"];
        assert_eq!(told.did, [&once[..], &twice, &last].concat());
    }

    #[test]
    fn another_error_aborts_and_passes_through() {
        let mut told = Told::new(vec![Err(error("Other"))], vec![]);
        assert_eq!(message(run(&mut told)), "Other");
        assert_eq!(told.did, ["start", "body", "abort"]);
    }

    #[test]
    fn a_callback_that_ends_the_transaction_is_left_alone() {
        let mut told = Told::new(vec![Ok(3)], vec![]);
        told.ends_itself = true;
        assert_eq!(message(run(&mut told)), "3");
        assert_eq!(told.did, ["start", "body"]);
    }

    #[test]
    fn an_unknown_commit_is_sent_again() {
        let mut told = Told::new(vec![Ok(3)], vec![Err(unknown()), Err(unknown()), Ok(())]);
        assert_eq!(message(run(&mut told)), "3");
        assert_eq!(told.did, ["start", "body", "commit", "commit", "commit"]);
    }

    #[test]
    fn an_unknown_commit_that_ran_out_of_time_is_not() {
        let mut expired = ScriptError::new("MongoServerError", "expired");
        expired.labels.push("UnknownTransactionCommitResult".into());
        expired.code = Some(MAX_TIME_EXPIRED);
        let mut told = Told::new(vec![Ok(3)], vec![Err(expired.into())]);
        assert_eq!(message(run(&mut told)), "expired");
    }

    #[test]
    fn after_two_minutes_the_last_error_is_thrown() {
        let bodies = (0..3).map(|_| Err(transient())).collect();
        let mut told = Told::new(bodies, vec![]);
        told.step = Duration::from_secs(50);
        assert_eq!(message(run(&mut told)), "TransientTransactionError");
        assert_eq!(told.did.iter().filter(|d| **d == "body").count(), 3);

        let mut told = Told::new(vec![Ok(1)], vec![Err(unknown()), Err(unknown())]);
        told.step = Duration::from_secs(45);
        assert_eq!(message(run(&mut told)), "UnknownTransactionCommitResult");
        assert_eq!(told.did, ["start", "body", "commit", "commit"]);
    }

    #[test]
    fn pauses_grow_to_half_a_second() {
        let millis = |tries| pause_before(tries).as_millis();
        assert_eq!((millis(1), millis(2), millis(40)), (7, 11, 500));
    }
}
