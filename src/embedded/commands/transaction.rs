//! `commitTransaction` and `abortTransaction`

use bson::Document;

use super::{CommandContext, Field, Fields, Kind, Request};
use crate::mql::{Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::new("recoveryToken", Kind::Document),
    Field::new("commitTimestamp", Kind::Timestamp),
    Field::new("participants", Kind::Array),
];

/// Commits the session's transaction; a second time it is as good as the first.
pub fn commit(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    check(cx, request)?;
    cx.operation.commit_transaction()?;
    close_cursors(cx);
    Ok(Document::new())
}

/// Aborts the session's transaction.
pub fn abort(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    check(cx, request)?;
    cx.operation.abort_transaction();
    close_cursors(cx);
    Ok(Document::new())
}

/// What the transaction's cursors would still show nobody may see.
fn close_cursors(cx: &CommandContext<'_>) {
    if let Some(session) = &cx.session {
        cx.server
            .cursors
            .kill_session(session.lsid, session.txn_number);
    }
}

fn check(cx: &CommandContext<'_>, request: &Request) -> Result<()> {
    Fields::parse(&request.name, request.body(), FIELDS)?;
    if cx.operation.in_transaction() {
        return Ok(());
    }
    let text = format!("{} must be run within a transaction", request.name);
    Err(Error::new(code::COMMAND_FAILED, text))
}
