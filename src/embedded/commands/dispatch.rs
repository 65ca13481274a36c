//! From a request to an answer: what is the same for all commands.

use std::sync::Arc;
use std::time::Instant;

use bson::{Bson, Document, RawDocumentBuf, doc};

use super::context::{CommandContext, ConnectionInfo};
use super::failing::{Failing, closes_after_write};
use super::generic::Generic;
use super::request::{Request, check_database_name};
use super::table::{self, Command, Run};
use super::{labels, refused};
use crate::embedded::engine::{Operation, Statement};
use crate::embedded::server::{Shared, Slot};
use crate::embedded::wire::reply::Tail;
use crate::mql::{Error, Interrupt, Result, error::code};

/// What becomes of a request.
pub enum Answer {
    /// It is answered.
    Reply {
        /// The command's own fields.
        body: RawDocumentBuf,
        /// What is appended to them.
        tail: Tail,
        /// Whether more answers follow.
        more: bool,
    },
    /// The connection is closed.
    Close,
}

/// How a request came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flags {
    /// Whether the client takes several answers.
    pub takes_many: bool,
    /// Whether this is a further answer to the same request.
    pub again: bool,
}

/// Whether a command's answer may be compressed: not those of logins.
#[must_use]
pub fn may_compress(command: &str) -> bool {
    !matches!(
        command,
        "hello"
            | "isMaster"
            | "ismaster"
            | "saslStart"
            | "saslContinue"
            | "getnonce"
            | "authenticate"
    )
}

/// A connection is over: what it left is closed.
pub fn disconnected(_server: &Shared, _connection: &ConnectionInfo) {}

/// Runs a request.
pub fn run(
    server: &Arc<Shared>,
    slot: &Slot,
    connection: &mut ConnectionInfo,
    request: &Arc<Request>,
    flags: Flags,
) -> Answer {
    let found = find(connection, request);
    let (command, generic) = match found {
        Ok(found) => found,
        Err(error) => return refuse(server, &error),
    };
    if let Err(error) = check_time(server, &generic) {
        return refuse(server, &error);
    }
    server.counters.count(command.name);
    let time_limit = generic.max_time.filter(|_| !command.traits.time_is_wait);
    let interrupt = Interrupt::with_deadline(time_limit.map(|t| Instant::now() + t));
    let session = generic.session.as_ref().map(|s| s.lsid);
    let operation_id = server.operations.begin(slot, request, session, &interrupt);
    // A failing command has no effect: it does not even begin or continue its transaction.
    let mut failing = Failing::of(server, connection, request, &interrupt);
    if command.traits.retryable
        && generic
            .session
            .as_ref()
            .is_some_and(|s| s.is_retryable_write())
    {
        failing.before_write(server, request);
    }
    if failing.close {
        return Answer::Close;
    }
    if let Some(error) = &failing.error {
        let labels = labels::of_error(generic.session.as_ref(), command, request, error, false);
        return refuse_labelled(server, error, &labels);
    }
    let statement = Statement {
        command: command.name,
        db: &request.db,
        session: generic.session.as_ref(),
        read_concern: &generic.read_concern,
        interrupt: &interrupt,
    };
    let operation = match server.engine.begin(&statement) {
        Ok(operation) => operation,
        Err(error) => return refuse(server, &error),
    };
    let mut cx = context(server, slot, connection, generic, operation, flags);
    cx.env.interrupt = interrupt;
    cx.operation_id = operation_id;
    cx.ends_transaction = matches!(command.name, "commitTransaction" | "abortTransaction");
    cx.settle = command.traits.writes && !command.traits.read_concern;
    answer(&mut cx, command, request, failing)
}

fn find(connection: &ConnectionInfo, request: &Request) -> Result<(&'static Command, Generic)> {
    request.check()?;
    check_database_name(&request.db)?;
    let Some(command) = table::find(&request.name) else {
        return Err(refused::unknown(&request.name));
    };
    if command.traits.test_only && !connection.test_commands {
        return Err(refused::unknown(&request.name));
    }
    if command.traits.admin_only && request.db != "admin" {
        return Err(Error::new(
            code::UNAUTHORIZED,
            format!(
                "{} may only be run against the admin database.",
                command.name
            ),
        ));
    }
    let logged_in = connection.users.is_none() || connection.user.is_some();
    if !logged_in && !command.traits.without_login {
        return Err(Error::new(
            code::UNAUTHORIZED,
            format!("command {} requires authentication", request.name),
        ));
    }
    Ok((command, Generic::parse(&request.raw, command)?))
}

/// A read can only wait for a time that somebody has seen.
fn check_time(server: &Shared, generic: &Generic) -> Result<()> {
    let concern = &generic.read_concern;
    let Some(asked) = concern.after_cluster_time.or(concern.at_cluster_time) else {
        return Ok(());
    };
    let known = server.engine.oplog().last();
    let known = generic.cluster_time.map_or(known, |told| told.max(known));
    if asked <= known {
        return Ok(());
    }
    let shown =
        |time: bson::Timestamp| format!("{{ ts: Timestamp({}, {}) }}", time.time, time.increment);
    let field = match concern.after_cluster_time {
        Some(_) => "afterClusterTime",
        None => "atClusterTime",
    };
    Err(Error::new(
        code::INVALID_OPTIONS,
        format!(
            "readConcern {field} value must not be greater than the current clusterTime. Requested clusterTime: {}; current clusterTime: {}",
            shown(asked),
            shown(known)
        ),
    ))
}

fn context<'a>(
    server: &'a Arc<Shared>,
    slot: &'a Slot,
    connection: &'a mut ConnectionInfo,
    generic: Generic,
    operation: Operation,
    flags: Flags,
) -> CommandContext<'a> {
    let mut env = operation.env();
    env.random = server.chance.clone();
    CommandContext {
        engine: &server.engine,
        server,
        slot,
        connection,
        operation,
        env,
        session: generic.session,
        read_concern: generic.read_concern,
        write_concern: generic.write_concern,
        max_time: generic.max_time,
        comment: generic.comment,
        api_strict: generic.api_strict,
        flags,
        more: false,
        change_stream: false,
        settle: false,
        ends_transaction: false,
        operation_id: 0,
    }
}

fn answer(
    cx: &mut CommandContext<'_>,
    command: &Command,
    request: &Request,
    failing: Failing,
) -> Answer {
    match outcome(cx, command, request) {
        Ok(body) if is_retryable(cx, command) && closes_after(cx.server, &body) => Answer::Close,
        Ok(body) => success(
            cx,
            command,
            body,
            failing.write_concern_error,
            failing.labels,
        ),
        Err(error) => failure(cx, command, request, error),
    }
}

fn is_retryable(cx: &CommandContext<'_>, command: &Command) -> bool {
    let session = cx.session.as_ref();
    command.traits.retryable && session.is_some_and(|s| s.is_retryable_write())
}

/// What a handler answered.
enum Body {
    Document(Document),
    Raw(RawDocumentBuf),
}

impl Body {
    fn has(&self, field: &str) -> bool {
        match self {
            Self::Document(document) => document.contains_key(field),
            Self::Raw(document) => matches!(document.get(field), Ok(Some(_))),
        }
    }
}

/// Whether the client of a write that was done is not to hear of it. A retry does nothing, and is answered.
fn closes_after(server: &Shared, body: &Body) -> bool {
    let is_retry = ["retriedStmtIds", "retriedStmtId"];
    !is_retry.into_iter().any(|field| body.has(field)) && closes_after_write(server)
}

fn outcome(cx: &mut CommandContext<'_>, command: &Command, request: &Request) -> Result<Body> {
    let always = cx.max_time.is_some() && !command.traits.time_is_wait;
    if always
        && cx
            .server
            .fail_points
            .strike("maxTimeAlwaysTimeOut", |_| true)
            .is_some()
    {
        return Err(Error::new(
            code::MAX_TIME_MS_EXPIRED,
            "operation exceeded time limit",
        ));
    }
    match command.run {
        Run::Document(handler) => handler(cx, request).map(Body::Document),
        Run::Raw(handler) => handler(cx, request).map(Body::Raw),
    }
}

fn success(
    cx: &mut CommandContext<'_>,
    command: &Command,
    body: Body,
    failing: Option<Bson>,
    labels: Option<Bson>,
) -> Answer {
    let mut extra = Document::new();
    if cx.settle && !cx.in_open_transaction(command) {
        if let Err(error) = cx.operation.settle(&cx.write_concern) {
            extra.insert("writeConcernError", concern_error(&error));
        } else if let Some(error) = cx.write_concern.unreachable.clone() {
            extra.insert("writeConcernError", concern_error(&error));
        }
    }
    if let Some(error) = failing {
        if let Some(labels) = labels.or_else(|| concern_labels(cx, &error)) {
            extra.insert("errorLabels", labels);
        }
        extra.insert("writeConcernError", error);
    }
    let has_ok = matches!(&body, Body::Document(body) if body.contains_key("ok"));
    let body = match (body, extra.is_empty()) {
        (Body::Raw(body), true) => Ok(body),
        (Body::Document(body), true) => RawDocumentBuf::try_from(&body),
        (Body::Document(mut body), false) => {
            body.extend(extra);
            RawDocumentBuf::try_from(&body)
        }
        (Body::Raw(body), false) => Document::try_from(&*body).and_then(|mut body| {
            body.extend(extra);
            RawDocumentBuf::try_from(&body)
        }),
    };
    let tail = tail(cx, !has_ok);
    match body {
        Ok(body) => Answer::Reply {
            body,
            tail,
            more: cx.more,
        },
        Err(e) => refuse(cx.server, &Error::new(code::INTERNAL_ERROR, e.to_string())),
    }
}

fn concern_error(error: &Error) -> Document {
    let mut document = doc! {
        "code": error.code,
        "codeName": error.code_name().as_ref(),
        "errmsg": &error.message,
    };
    document.extend(Document::clone(&error.extra));
    document
}

/// A write whose concern failed by a retriable error may be sent again.
fn concern_labels(cx: &CommandContext<'_>, error: &Bson) -> Option<Bson> {
    let session = cx.session.as_ref()?;
    let code = error
        .as_document()?
        .get("code")
        .and_then(super::fields::long)?;
    let retriable = labels::is_retriable(i32::try_from(code).ok()?);
    let alone = session.is_retryable_write() || cx.ends_transaction;
    (retriable && alone).then(|| Bson::Array(vec!["RetryableWriteError".into()]))
}

fn failure(
    cx: &mut CommandContext<'_>,
    command: &Command,
    request: &Request,
    error: Error,
) -> Answer {
    let error = cx.operation.failed(error);
    let labels = labels::of_error(
        cx.session.as_ref(),
        command,
        request,
        &error,
        cx.change_stream,
    );
    let mut reply = unsettled(cx, &error);
    reply.extend(labels::reply(cx.server, &error, &labels));
    finish(reply, tail(cx, false))
}

/// The write concern is waited for also when a write was refused, but not when it was not understood.
fn unsettled(cx: &CommandContext<'_>, error: &Error) -> Document {
    const NOT_UNDERSTOOD: [i32; 5] = [
        code::TYPE_MISMATCH,
        code::FAILED_TO_PARSE,
        code::INVALID_OPTIONS,
        40414,
        40415,
    ];
    match &cx.write_concern.unreachable {
        Some(concern) if cx.settle && !NOT_UNDERSTOOD.contains(&error.code) => {
            doc! { "writeConcernError": concern_error(concern) }
        }
        _ => Document::new(),
    }
}

fn tail(cx: &CommandContext<'_>, ok: bool) -> Tail {
    let (last, time) = (cx.engine.oplog().last(), cx.operation.time());
    Tail {
        ok,
        cluster_time: Some(last.max(time)),
        operation_time: Some(time),
    }
}

/// The answer to a request that did not become a command.
fn refuse(server: &Shared, error: &Error) -> Answer {
    refuse_labelled(server, error, &[])
}

fn refuse_labelled(server: &Shared, error: &Error, labels: &[&str]) -> Answer {
    let time = server.engine.oplog().last();
    let tail = Tail {
        ok: false,
        cluster_time: Some(time),
        operation_time: Some(time),
    };
    finish(labels::reply(server, error, labels), tail)
}

fn finish(reply: Document, tail: Tail) -> Answer {
    match RawDocumentBuf::try_from(&reply) {
        Ok(body) => Answer::Reply {
            body,
            tail,
            more: false,
        },
        // An error's text with a zero byte in a key: nothing else can fail here.
        Err(_) => Answer::Close,
    }
}
