//! `getMore`

use std::time::{Duration, Instant};

use bson::RawDocumentBuf;

use super::context::CommandContext;
use super::fields::{Field, Fields, Kind};
use super::open::{Filled, fill, in_context, reply};
use super::request::Request;
use super::session::SessionId;
use crate::embedded::cursor::{Batch, Cursor, Owner};
use crate::mql::error::code;
use crate::mql::stage::Namespace;
use crate::mql::{Error, Result};

const FIELDS: &[Field] = &[
    Field::required("getMore", Kind::Long),
    Field::required("collection", Kind::String),
    Field::new("batchSize", Kind::SafeLong),
    Field::new("term", Kind::SafeLong),
    Field::new("lastKnownCommittedOpTime", Kind::Document),
];

/// What an error while reading begins with.
const CONTEXT: &str = "Executor error during getMore";

/// How long an `awaitData` cursor waits where the command does not say.
const AWAIT: Duration = Duration::from_secs(1);

/// `getMore`
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<RawDocumentBuf> {
    let fields = Fields::parse("getMore", request.body(), FIELDS)?;
    let id = fields.long("getMore").unwrap_or(0);
    let name = fields.str("collection").unwrap_or_default();
    if name.is_empty() {
        let what = "Collection names cannot be empty";
        return Err(Error::new(code::INVALID_NAMESPACE, what));
    }
    let namespace = Namespace::new(&request.db, name);
    let batch_size = fields.non_negative("batchSize")?.filter(|n| *n > 0);
    let owner = super::open::owner(cx);
    let cursor = cx
        .server
        .cursors
        .take(id, |of, whose| check(id, &namespace, of, &owner, whose))?;
    cx.change_stream = cursor.change_stream;
    if cx.max_time.is_some() && !cursor.await_data {
        cx.server.cursors.put_back(cursor);
        return Err(Error::bad_value(
            "cannot set maxTimeMS on getMore command for a non-awaitData cursor",
        ));
    }
    if let Some(error) = failing(cx) {
        cx.server.cursors.close(cursor.id);
        return Err(error);
    }
    read(cx, cursor, batch_size)
}

/// The fail point that strikes once a cursor is taken.
fn failing(cx: &CommandContext<'_>) -> Option<Error> {
    const NAME: &str = "failGetMoreAfterCursorCheckout";
    let data = cx.server.fail_points.strike(NAME, |_| true)?;
    let code = data.get("errorCode").and_then(super::fields::long)?;
    let code = i32::try_from(code).ok()?;
    Some(Error::new(code, format!("Hit the '{NAME}' failpoint")))
}

/// Whether this command may read that cursor.
fn check(
    id: i64,
    namespace: &Namespace,
    of: &Namespace,
    reader: &Owner,
    whose: &Owner,
) -> Result<()> {
    if namespace != of {
        return Err(Error::new(
            code::UNAUTHORIZED,
            format!(
                "Requested getMore on namespace '{namespace}', but cursor belongs to a different namespace {of}"
            ),
        ));
    }
    if reader.user != whose.user {
        let what = format!("cursor id {id} was not created by the authenticated user");
        return Err(Error::new(code::UNAUTHORIZED, what));
    }
    check_session(id, reader, whose)
}

fn check_session(id: i64, reader: &Owner, whose: &Owner) -> Result<()> {
    let refused = |code: i32, what: String| {
        Err(Error::new(
            code,
            format!("Cannot run getMore on cursor {id}, which was {what}"),
        ))
    };
    match (reader.session, whose.session) {
        (Some(mine), None) => {
            return refused(
                50736,
                format!("not created in a session, in session {}", shown(mine)),
            );
        }
        (None, Some(its)) => {
            return refused(
                50737,
                format!("created in session {}, without an lsid", shown(its)),
            );
        }
        (Some(mine), Some(its)) if mine != its => {
            let what = format!(
                "created in session {}, in session {}",
                shown(its),
                shown(mine)
            );
            return refused(50738, what);
        }
        _ => {}
    }
    match (reader.transaction, whose.transaction) {
        (Some(mine), None) => refused(
            50739,
            format!("not created in a transaction, in transaction {mine}"),
        ),
        (None, Some(its)) => refused(
            50740,
            format!("created in transaction {its}, without a txnNumber"),
        ),
        (Some(mine), Some(its)) if mine != its => refused(
            50741,
            format!("created in transaction {its}, in transaction {mine}"),
        ),
        _ => Ok(()),
    }
}

/// A session as the server writes it.
fn shown(session: SessionId) -> String {
    use base64::Engine as _;
    let id = uuid::Uuid::from_bytes(session.id);
    let uid = base64::engine::general_purpose::STANDARD.encode(session.uid);
    format!("{id} - {uid} -  - ")
}

fn read(
    cx: &mut CommandContext<'_>,
    mut cursor: Box<Cursor>,
    batch_size: Option<u64>,
) -> Result<RawDocumentBuf> {
    // The cursor's streams look at the flag that they were made with.
    cx.slot.use_interrupt(&cursor.interrupt);
    cx.env.interrupt = cursor.interrupt.clone();
    let limit = batch_size.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let mut batch = Batch::new("nextBatch", limit);
    let filled = within_time(cx, &mut cursor, &mut batch);
    let over = match filled {
        Ok(over) => over,
        Err(error) => {
            let id = cursor.id;
            let was_killed = !cx.server.cursors.contains(id);
            cx.server.cursors.close(id);
            return Err(match was_killed {
                true => killed(id, error),
                false => error,
            });
        }
    };
    let token = cursor.source.resume_token();
    let (namespace, at, id) = (cursor.namespace.clone(), cursor.at_cluster_time, cursor.id);
    let id = if over {
        cx.server.cursors.close(id);
        0
    } else {
        cx.server.cursors.put_back(cursor);
        id
    };
    cx.more = cx.flags.takes_many && id != 0;
    reply(batch, token, id, &namespace, at)
}

/// The same within what is left of the opening command's time; waiting is not counted.
fn within_time(cx: &CommandContext<'_>, cursor: &mut Cursor, batch: &mut Batch) -> Result<bool> {
    let Some(left) = cursor.time_left.filter(|_| !cursor.await_data) else {
        return next_batch(cx, cursor, batch);
    };
    let timed_out = cx
        .server
        .fail_points
        .strike("maxTimeAlwaysTimeOut", |_| true);
    if timed_out.is_some() {
        let what = "operation exceeded time limit";
        return Err(Error::new(code::MAX_TIME_MS_EXPIRED, what));
    }
    let began = Instant::now();
    cursor.interrupt.set_deadline(Some(began + left));
    let filled = next_batch(cx, cursor, batch);
    cursor.interrupt.set_deadline(None);
    cursor.time_left = Some(left.saturating_sub(began.elapsed()));
    filled
}

fn killed(id: i64, error: Error) -> Error {
    if error.code != code::INTERRUPTED {
        return error;
    }
    Error::new(237, format!("cursor id {id} was killed"))
}

/// Fills a batch; waits for its first document if the cursor does. Whether the cursor is over.
fn next_batch(cx: &CommandContext<'_>, cursor: &mut Cursor, batch: &mut Batch) -> Result<bool> {
    let deadline = Instant::now() + cx.max_time.unwrap_or(AWAIT);
    let interrupt = cursor.interrupt.clone();
    loop {
        let filled = fill(&mut *cursor.source, &mut cursor.held, batch, &interrupt);
        let Filled { over, held } = filled.map_err(reading)?;
        cursor.held = held;
        let over = over && !cursor.source.may_have_more();
        if over || batch.count() > 0 || !cursor.await_data {
            return Ok(over);
        }
        let Some(seen) = cursor.source.seen() else {
            return Ok(over);
        };
        if cx.server.topology.is_stopping() {
            return Ok(false);
        }
        if !cx
            .engine
            .oplog()
            .wait_beyond(seen, Some(deadline), &interrupt)?
        {
            return Ok(false);
        }
        if Instant::now() >= deadline {
            return Ok(false);
        }
    }
}

/// An error while reading. What stops a tailable cursor or a change stream keeps its own words.
fn reading(error: Error) -> Error {
    const BARE: [i32; 4] = [
        code::INTERRUPTED,
        code::MAX_TIME_MS_EXPIRED,
        code::CAPPED_POSITION_LOST,
        code::QUERY_PLAN_KILLED,
    ];
    if BARE.contains(&error.code) {
        return error;
    }
    in_context(error, CONTEXT)
}
