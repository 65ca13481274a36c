//! What inserts, updates and deletes have in common: where they go, and how they fail.

use std::cell::RefCell;
use std::collections::HashSet;

use bson::{Bson, Document, doc};
use mongodb::options::Acknowledgment;
use rhai::{Array, Dynamic, Map};

use super::Collection;
use crate::client::in_reply;
use crate::script::Doc;
use crate::script::api::{Call, Options};
use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;
use crate::script::shell::explain;
use crate::script::shell::session::Session;
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
        let session = value.read_lock::<Session>().ok_or_else(|| {
            ScriptError::argument("option `session` must be a session")
                .hint("db.getMongo().startSession() gives one")
        })?;
        target.session = Some(session.handle.clone());
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
    let target = target(collection, options)?;
    let acknowledged = is_acknowledged(call.host, &target, &command)?;
    let reply = target.write(call.host, command, !many)?;
    match failure(&reply) {
        Some(error) => Err(error.into()),
        None => Ok(Written {
            reply,
            acknowledged,
        }),
    }
}

/// The plan of a command instead of what it would do, where the option `explain` asks for it.
pub(super) fn plan(
    call: &Call<'_>,
    collection: &Collection,
    options: &Options,
    command: &Document,
) -> Result<Option<Dynamic>, Fault> {
    let refused = options.get("explain").and_then(|v| v.as_bool().ok()) == Some(false);
    let Some(verbosity) = explain::wanted(options)?.filter(|_| !refused) else {
        return Ok(None);
    };
    let mut planned = command.clone();
    options.copy_into(&mut planned, &["let", "bypassDocumentValidation"])?;
    let mut explain = doc! { "explain": planned, "verbosity": verbosity };
    options.copy_into(&mut explain, &["maxTimeMS", "comment"])?;
    let reply = target(collection, options)?.command(call.host, explain)?;
    Ok(Some(explain::explanation(reply)))
}

/// The error that a reply with `ok: 1` carries; one of the write concern alone has a class of its
/// own, since the write itself was done.
pub(super) fn failure(reply: &Document) -> Option<ScriptError> {
    let mut error = ScriptError::from(in_reply(reply)?);
    if !reply.contains_key("writeErrors") {
        error.name = "MongoWriteConcernError".into();
        error
            .details
            .get_or_insert_default()
            .insert("result", Bson::Document(reply.clone()));
    }
    Some(error)
}

/// A write that the server did.
pub(super) struct Written {
    reply: Document,
    /// Whether the reply says anything.
    pub(super) acknowledged: bool,
}

impl Written {
    /// A counter of the reply; undefined where the server said nothing.
    pub(super) fn count(&self, field: &str) -> Dynamic {
        match self.acknowledged {
            true => count(&self.reply, field).into(),
            false => Dynamic::UNIT,
        }
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

/// Whether the server says what a write did: not where its write concern, or the connection's, is
/// `w: 0`.
pub(super) fn is_acknowledged(
    host: &Host,
    target: &Target,
    command: &Document,
) -> Result<bool, Fault> {
    if target.is_in_transaction(host) {
        return Ok(true);
    }
    if let Ok(own) = command.get_document("writeConcern") {
        return Ok(!asks_nothing(own));
    }
    if let Some(set) = target.mongo.settings().write_concern {
        return Ok(!asks_nothing(&set));
    }
    let cluster = target.mongo.cluster(host)?;
    let concern = cluster.client().write_concern();
    Ok(concern.and_then(|c| c.w.as_ref()) != Some(&Acknowledgment::Nodes(0)))
}

fn asks_nothing(concern: &Document) -> bool {
    matches!(concern.get("w"), Some(Bson::Int32(0) | Bson::Int64(0)))
}

/// Refuses an update that is a replacement, as the driver does before anything is sent: a document
/// whose first key is no operator, a pipeline without a stage.
pub(in crate::script::shell) fn check_update(update: &Dynamic) -> Result<(), Fault> {
    if has_operators(update) {
        return Ok(());
    }
    Err(invalid("Update document requires atomic operators")
        .hint("write { $set: { … } }, or use replaceOne")
        .into())
}

/// Refuses a replacement that is an update.
pub(in crate::script::shell) fn check_replacement(replacement: &Dynamic) -> Result<(), Fault> {
    if !has_operators(replacement) {
        return Ok(());
    }
    Err(
        invalid("Replacement document must not contain atomic operators")
            .hint("use updateOne for operators")
            .into(),
    )
}

/// Whether this is an update as the driver tells it: the first key is an operator.
pub(in crate::script::shell) fn has_operators(change: &Dynamic) -> bool {
    if let Some(stages) = change.read_lock::<Array>() {
        return stages.iter().any(has_operators);
    }
    if let Some(doc) = change.read_lock::<Doc>() {
        return doc.keys().next().is_some_and(|key| key.starts_with('$'));
    }
    let map = change.read_lock::<Map>();
    map.is_some_and(|map| map.keys().next().is_some_and(|key| key.starts_with('$')))
}

/// The methods that a script was warned of.
#[derive(Default)]
struct Warned(RefCell<HashSet<(&'static str, &'static str)>>);

/// Says, the first time in an instance, what to use instead of an older method.
pub(in crate::script::shell) fn deprecated(call: &Call<'_>, class: &'static str, instead: &str) {
    let name = call.method.name;
    let warned = call.host.slot(Warned::default);
    if warned.0.borrow_mut().insert((class, name)) {
        call.warn(&format!("{class}.{name}() is deprecated: use {instead}"));
    }
}

/// An argument that the driver refuses before anything is sent.
pub(in crate::script::shell) fn invalid(message: impl Into<String>) -> ScriptError {
    ScriptError::new("MongoInvalidArgumentError", message)
}

/// The server's `maxBsonObjectSize`.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Refuses a document that no server takes.
pub(in crate::script::shell) fn check_size(bytes: usize) -> Result<(), Fault> {
    if bytes < MOST_BYTES {
        return Ok(());
    }
    let limit = format!("Document is larger than the maximum size {MOST_BYTES}");
    Err(invalid(limit)
        .hint(format!(
            "it has {bytes} bytes; keep large data in several documents"
        ))
        .into())
}
