//! `fn test_…()`: a version's own tests, before it takes over.
//!
//! Each runs in an instance of its own, on an empty throw-away database; `assert` and `assert_eq`
//! throw. A version whose tests fail is refused with the first failure and the names of all.

use std::rc::Rc;
use std::time::Duration;

use super::program::ScriptProgramConfig;
use super::trial::watch_over;
use crate::client::{self, Cluster, ConnectError};
use crate::diag::{Diagnostic, Kind};
use crate::script::{Captured, HostConfig, Interrupt, Session, root_of};

/// The names of tests begin with this.
const PREFIX: &str = "test_";

/// How long one test may take.
const LONGEST: Duration = Duration::from_secs(10);

/// Databases that every server has.
const INTERNAL: [&str; 3] = ["admin", "config", "local"];

/// The tests of a file that ran in `session`, in order.
pub(super) fn tests(session: &Session) -> Vec<String> {
    let names = session.function_names().into_iter();
    let mut tests: Vec<String> = names
        .filter(|name| name.starts_with(PREFIX) && session.function_arities(name).contains(&0))
        .collect();
    tests.sort();
    tests
}

/// Runs the tests of a file that ran in `session`.
pub(super) fn run(
    config: &ScriptProgramConfig,
    session: &Session,
    database: &str,
) -> Result<(), Box<Diagnostic>> {
    let tests = tests(session);
    let Some(server) = config.tests.as_ref().filter(|_| !tests.is_empty()) else {
        return Ok(());
    };
    let cluster = server
        .open()
        .and_then(|uri| config.runtime.block_on(client::connect(&uri)));
    let cluster = cluster.map_err(|e| Box::new(no_database(&e)))?;
    let mut failed: Vec<(&str, Diagnostic)> = Vec::new();
    for test in &tests {
        if let Err(diagnostic) = one(config, session, &cluster, database, test) {
            failed.push((test, diagnostic));
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Box::new(refusal(failed, tests.len()))),
    }
}

fn no_database(e: &ConnectError) -> Diagnostic {
    let message = format!("there is no database for the tests of this file: {e}");
    Diagnostic::new(Kind::Unavailable, message)
}

fn one(
    config: &ScriptProgramConfig,
    trial: &Session,
    cluster: &Cluster,
    database: &str,
    test: &str,
) -> Result<(), Diagnostic> {
    config
        .runtime
        .block_on(empty(cluster))
        .map_err(|e| Diagnostic::new(Kind::Unavailable, e.to_string()))?;
    let interrupt = Interrupt::default();
    let host = HostConfig {
        interrupt: interrupt.clone(),
        uri: Some(cluster.uri().to_string()),
        cluster: Some(cluster.clone()),
        database: Some(database.to_string()),
        root: root_of(&config.file),
        snapshot: trial.snapshot().into(),
        ..HostConfig::new(config.runtime.clone(), Rc::new(Captured::default()))
    };
    let mut session = Session::new(host, config.limits);
    let timer = watch_over(config.interrupt.clone(), interrupt, LONGEST);
    let timer = config.runtime.spawn(timer);
    let source = config.file.display().to_string();
    let result = session.run_file(&config.file);
    let result = result.and_then(|_| session.call(&source, test, Vec::new()));
    timer.abort();
    result.map(drop)
}

/// Drops everything that an earlier test left.
async fn empty(cluster: &Cluster) -> Result<(), mongodb::error::Error> {
    for name in cluster.client().list_database_names().await? {
        if !INTERNAL.contains(&name.as_str()) {
            cluster.client().database(&name).drop().await?;
        }
    }
    Ok(())
}

fn refusal(failed: Vec<(&str, Diagnostic)>, all: usize) -> Diagnostic {
    let names: Vec<&str> = failed.iter().map(|(name, _)| *name).collect();
    let count = failed.len();
    let list = names.join(", ");
    let mut failed = failed.into_iter();
    let Some((name, mut first)) = failed.next() else {
        return Diagnostic::new(Kind::Bug, "no test failed");
    };
    first.message = format!("the test {name} failed: {}", first.message);
    first.kind = Kind::Script;
    match count {
        1 => first,
        _ => first.hint(format!("{count} of {all} tests failed: {list}")),
    }
}
