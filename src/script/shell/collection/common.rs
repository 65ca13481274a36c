//! What inserts, updates and deletes have in common: where they go, and how they fail.

use bson::{Bson, Document};

use super::Collection;
use crate::client::in_reply;
use crate::script::api::{Call, Options};
use crate::script::error::{Fault, ScriptError};
use crate::script::shell::session::SessionHandle;
use crate::script::shell::target::Target;

/// The fields that a write command takes beside its statements, in the server's order.
pub(super) const COMMAND_FIELDS: [&str; 5] = [
    "let",
    "bypassDocumentValidation",
    "maxTimeMS",
    "comment",
    "writeConcern",
];

/// Where a call's command goes: in the session of its options, where they name one.
pub(super) fn target(collection: &Collection, options: &Options) -> Result<Target, Fault> {
    let mut target = collection.target().clone();
    if let Some(value) = options.get("session").filter(|v| !v.is_unit()) {
        let session = value.read_lock::<SessionHandle>().ok_or_else(|| {
            ScriptError::argument("option `session` must be a session")
                .hint("db.getMongo().startSession() gives one")
        })?;
        target.session = Some(session.clone());
    }
    Ok(target)
}

/// Sends one statement that touches a single document or, with `many`, several; an error of the
/// statement is an error of the call.
pub(super) fn send(
    call: &Call<'_>,
    collection: &Collection,
    options: &Options,
    mut command: Document,
    many: bool,
) -> Result<Written, Fault> {
    options.copy_into(&mut command, &COMMAND_FIELDS)?;
    let acknowledged = !is_unacknowledged(&command);
    let reply = target(collection, options)?.write(call.host, command, !many)?;
    match in_reply(&reply) {
        Some(error) => Err(error.into()),
        None => Ok(Written {
            reply,
            acknowledged,
        }),
    }
}

/// A write that the server did.
pub(super) struct Written {
    reply: Document,
    /// Whether the reply says anything.
    pub(super) acknowledged: bool,
}

impl Written {
    /// A counter of the reply.
    pub(super) fn count(&self, field: &str) -> i64 {
        count(&self.reply, field)
    }

    /// The `_id` that an upsert inserted.
    pub(super) fn upserted(&self) -> Option<Bson> {
        let first = self.reply.get_array("upserted").ok()?.first()?;
        first.as_document()?.get("_id").cloned()
    }
}

/// A counter of a reply; 0 where there is none.
pub(super) fn count(reply: &Document, field: &str) -> i64 {
    match reply.get(field) {
        Some(Bson::Int32(n)) => i64::from(*n),
        Some(Bson::Int64(n)) => *n,
        #[allow(clippy::cast_possible_truncation)] // counters are whole
        Some(Bson::Double(n)) => *n as i64,
        _ => 0,
    }
}

/// Whether the command asks for no reply (`w: 0`).
pub(super) fn is_unacknowledged(command: &Document) -> bool {
    let w = command
        .get_document("writeConcern")
        .ok()
        .and_then(|wc| wc.get("w"));
    matches!(w, Some(Bson::Int32(0) | Bson::Int64(0)))
}

/// Refuses an update that is a replacement, as the driver does before anything is sent.
pub(in crate::script::shell) fn check_update(update: &Bson) -> Result<(), Fault> {
    let is_update = match update {
        Bson::Array(_) => true,
        Bson::Document(doc) => doc.keys().next().is_some_and(|key| key.starts_with('$')),
        _ => false,
    };
    if is_update {
        return Ok(());
    }
    let error = ScriptError::new(
        "MongoInvalidArgumentError",
        "Update document requires atomic operators",
    );
    Err(error
        .hint("write { $set: { … } }, or use replaceOne")
        .into())
}

/// Refuses a replacement that is an update.
pub(in crate::script::shell) fn check_replacement(replacement: &Document) -> Result<(), Fault> {
    match replacement.keys().next() {
        Some(key) if key.starts_with('$') => Err(ScriptError::new(
            "MongoInvalidArgumentError",
            "Replacement document must not contain atomic operators",
        )
        .hint("use updateOne for operators")
        .into()),
        _ => Ok(()),
    }
}
