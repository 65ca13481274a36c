//! `startSession`, `refreshSessions`, `endSessions`, `killSessions` and their kin

use bson::spec::BinarySubtype;
use bson::{Bson, Document, Uuid, doc};

use super::session::SessionId;
use super::{CommandContext, Field, Fields, Kind, Request, fields};
use crate::mql::{Error, Result};

/// `startSession`: makes a session id.
pub fn start(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    Fields::parse("startSession", request.body(), &[])?;
    let id = Uuid::new();
    cx.engine.touch_session(SessionId::of(id.bytes()));
    let minutes = i32::try_from(cx.engine.session_timeout().as_secs() / 60).unwrap_or(30);
    Ok(doc! { "id": { "id": id }, "timeoutMinutes": minutes })
}

/// `refreshSessions`: the sessions are used now.
pub fn refresh(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    for id in ids(request)? {
        cx.engine.touch_session(id);
    }
    Ok(Document::new())
}

/// `endSessions`: the sessions are used no more.
pub fn end(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    for id in ids(request)? {
        cx.server.cursors.kill_session(id, None);
        cx.engine.end_session(&id)?;
    }
    Ok(Document::new())
}

/// `killSessions`: what the sessions do is stopped, their transactions are aborted.
pub fn kill(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let ids = ids(request)?;
    match ids.is_empty() {
        true => kill_all(cx),
        false => ids.iter().for_each(|id| kill_one(cx, id)),
    }
    Ok(Document::new())
}

/// `killAllSessions` and `killAllSessionsByPattern`: those of all users, or of the named ones.
pub fn kill_all_sessions(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    if let Some(other) = request
        .body()
        .get(&request.name)
        .filter(|v| v.as_array().is_none())
    {
        return Err(wrong("KillAllSessionsCmd", &request.name, other, "array"));
    }
    kill_all(cx);
    Ok(Document::new())
}

fn kill_all(cx: &CommandContext<'_>) {
    for info in cx.engine.sessions() {
        kill_one(cx, &info.id);
    }
}

fn kill_one(cx: &CommandContext<'_>, id: &SessionId) {
    // The command's own session would wait for itself.
    if cx.session.as_ref().is_none_or(|own| own.lsid != *id) {
        cx.server.operations.kill_session(*id);
        cx.server.cursors.kill_session(*id, None);
        cx.engine.kill_session(id);
    }
}

const ID: &[Field] = &[
    Field::required("id", Kind::Uuid),
    Field::new("uid", Kind::Any),
];

/// The session ids that a command lists.
fn ids(request: &Request) -> Result<Vec<SessionId>> {
    let name = request.name.as_str();
    Fields::parse(name, request.body(), &[])?;
    // What the server calls the command, and the field, inside.
    let own = match name {
        "endSessions" => ("endSessions", "endSessionsFromClient"),
        "killSessions" => ("KillSessionsCmd", name),
        _ => (name, name),
    };
    let list = match request.body().get(name) {
        Some(Bson::Array(list)) => list,
        Some(other) => return Err(wrong(own.0, name, other, "array")),
        None => return Ok(Vec::new()),
    };
    let mut ids = Vec::with_capacity(list.len());
    for (n, value) in list.iter().enumerate() {
        let Bson::Document(id) = value else {
            return Err(wrong(own.0, &format!("{}.{n}", own.1), value, "object"));
        };
        let inner = format!("{}.{}", own.0, own.1);
        let fields = Fields::parse_inner(&inner, id, ID)?;
        if let Some(Bson::Binary(binary)) = fields.get("id")
            && binary.subtype == BinarySubtype::Uuid
            && let Ok(bytes) = <[u8; 16]>::try_from(&binary.bytes[..])
        {
            ids.push(SessionId::of(bytes));
        }
    }
    Ok(ids)
}

fn wrong(command: &str, field: &str, got: &Bson, expected: &str) -> Error {
    let kind = fields::type_name(got);
    Error::type_mismatch(format!(
        "BSON field '{command}.{field}' is the wrong type '{kind}', expected type '{expected}'"
    ))
}
