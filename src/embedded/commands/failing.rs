//! What the fail point `failCommand` asks of a command.

use std::time::{Duration, Instant};

use bson::{Bson, Document};

use super::context::ConnectionInfo;
use super::fields::long;
use super::request::Request;
use crate::embedded::server::Shared;
use crate::mql::{Error, Interrupt};

/// What the fail point asks of a command.
#[derive(Debug, Default)]
pub struct Failing {
    /// The connection is closed.
    pub close: bool,
    /// The command fails, and nothing of it is done.
    pub error: Option<Error>,
    /// It is done, and its write concern fails.
    pub write_concern_error: Option<Bson>,
    /// `errorLabels` of the reply.
    pub labels: Option<Bson>,
}

impl Failing {
    /// What is asked of this command; waits first, if that is asked, too.
    pub fn of(
        server: &Shared,
        connection: &ConnectionInfo,
        request: &Request,
        interrupt: &Interrupt,
    ) -> Self {
        let meant = |data: &Document| is_meant(data, connection, request);
        let Some(data) = server.fail_points.strike("failCommand", meant) else {
            return Self::default();
        };
        if data.get_bool("blockConnection").unwrap_or(false) {
            let millis = data.get("blockTimeMS").and_then(long).unwrap_or(0);
            block(interrupt, u64::try_from(millis).unwrap_or(0));
        }
        Self {
            close: data.get_bool("closeConnection").unwrap_or(false),
            error: error(&data),
            write_concern_error: data.get("writeConcernError").cloned(),
            labels: data.get("errorLabels").cloned(),
        }
    }

    /// The fail point of writes that may be retried, where it asks that they fail before they are done. It
    /// strikes once per statement.
    pub fn before_write(&mut self, server: &Shared, request: &Request) {
        const FIELD: &str = "failBeforeCommitExceptionCode";
        let strike = || {
            server
                .fail_points
                .strike(WRITE, |data| data.contains_key(FIELD))
        };
        let Some(data) = (0..statements(request)).find_map(|_| strike()) else {
            return;
        };
        let code = data.get(FIELD).and_then(long).unwrap_or(1);
        self.close = closes(&data);
        self.error = i32::try_from(code).ok().map(|code| {
            let what = format!("Failing write due to the fail point {WRITE}");
            Error::new(code, what)
        });
    }
}

/// The fail point of writes that may be retried.
const WRITE: &str = "onPrimaryTransactionalWrite";

/// Whether the fail point of writes that may be retried asks that the connection is closed after one that was done.
pub fn closes_after_write(server: &Shared) -> bool {
    let meant = |data: &Document| !data.contains_key("failBeforeCommitExceptionCode");
    let struck = server.fail_points.strike(WRITE, meant);
    struck.is_some_and(|data| closes(&data))
}

fn closes(data: &Document) -> bool {
    data.get("closeConnection").is_none_or(super::fields::truth)
}

/// How many statements a write has.
fn statements(request: &Request) -> usize {
    let beside = request
        .sequences
        .iter()
        .map(|(_, documents)| documents.len());
    let within = ["documents", "updates", "deletes"].into_iter();
    let within = within.filter_map(|name| request.body().get_array(name).ok().map(Vec::len));
    beside.chain(within).sum::<usize>().max(1)
}

fn error(data: &Document) -> Option<Error> {
    let code = data.get("errorCode").and_then(long)?;
    let code = i32::try_from(code).ok()?;
    let mut error = Error::new(code, "Failing command via 'failCommand' failpoint");
    if let Ok(info) = data.get_document("errorExtraInfo") {
        error.extra.extend(info.clone());
    }
    if let Some(labels) = data.get("errorLabels") {
        error.extra.insert("errorLabels", labels.clone());
    }
    Some(error)
}

fn is_meant(data: &Document, connection: &ConnectionInfo, request: &Request) -> bool {
    let named = |list: &Vec<Bson>| list.iter().any(|n| n.as_str() == Some(&request.name));
    let listed = data.get_array("failCommands").is_ok_and(named);
    let all = data.get_bool("failAllCommands").unwrap_or(false);
    if !(listed || all && request.name != "configureFailPoint") {
        return false;
    }
    let client = connection.client.as_ref();
    let app = client
        .and_then(|client| client.get_document("application").ok())
        .and_then(|app| app.get_str("name").ok());
    if data.get_str("appName").is_ok_and(|name| app != Some(name)) {
        return false;
    }
    data.get_str("namespace").map_or(true, |namespace| {
        let collection = request.body().get_str(&request.name).unwrap_or_default();
        namespace == format!("{}.{collection}", request.db)
    })
}

/// Blocks a connection, until it is interrupted.
fn block(interrupt: &Interrupt, millis: u64) {
    let until = Instant::now() + Duration::from_millis(millis);
    while interrupt.check().is_ok() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left.min(Duration::from_millis(5)));
    }
}
