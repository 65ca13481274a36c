//! Opening change streams: the arguments of `watch`, on a collection, a database or everything.

use std::time::Duration;

use bson::{Bson, Document, Timestamp};
use mongodb::change_stream::event::ResumeToken;
use mongodb::options::{
    ChangeStreamOptions, Collation, FullDocumentBeforeChangeType, FullDocumentType, ReadConcern,
};
use rhai::Dynamic;

use super::change_stream::{ChangeStreamCursor, Changes};
use super::read_preference::from_option;
use super::{Core, Paging, Source as _};
use crate::client::redact;
use crate::script::Doc;
use crate::script::api::{Call, Options};
use crate::script::convert::{self, owned_document};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::target::Target;

/// Options of `watch`.
pub const OPTIONS: &[&str] = &[
    "batchSize",
    "collation",
    "comment",
    "fullDocument",
    "fullDocumentBeforeChange",
    "maxAwaitTimeMS",
    "readConcern",
    "readPreference",
    "resumeAfter",
    "showExpandedEvents",
    "startAfter",
    "startAtOperationTime",
];

/// What is watched.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// One collection.
    Collection(&'a str),
    /// All collections of the database.
    Database,
    /// All databases.
    Cluster,
}

/// `watch(pipeline?, options?)` or `watch(options)`: a change stream that is open when this
/// returns, so that it sees every change from here on. With a function in the pipeline's place,
/// which is how `watch(db.orders, f)` comes here, that is called with each change.
///
/// # Errors
/// Where an argument is of the wrong type, or an option unknown; the server's.
pub fn watch(call: &Call<'_>, target: &Target, scope: Scope<'_>) -> Outcome {
    if call.arg(0).is_fnptr() {
        return foreground(call, target, scope);
    }
    let (pipeline, options) = arguments(call)?;
    let options = stream_options(call, target, &options)?;
    let changes = Changes::open(call.host, target, scope, pipeline, options)?;
    let core = Core::open(call.host, Box::new(changes));
    Paging::of(call.host).set(&core);
    Ok(Dynamic::from(ChangeStreamCursor {
        core,
        on: name(target, scope).into(),
    }))
}

/// What mongosh calls the stream when it prints it.
fn name(target: &Target, scope: Scope<'_>) -> String {
    match scope {
        Scope::Collection(name) => name.to_string(),
        Scope::Database => target.database.to_string(),
        Scope::Cluster => redact(target.mongo.uri().unwrap_or_default()),
    }
}

fn arguments(call: &Call<'_>) -> Result<(Vec<Document>, Options), Fault> {
    let first = call.arg(0);
    if first.is_array() || call.given(0).is_none() {
        return Ok((stages(call)?, call.options(1, OPTIONS)?));
    }
    Ok((Vec::new(), call.options(0, OPTIONS)?))
}

fn stages(call: &Call<'_>) -> Result<Vec<Document>, Fault> {
    if call.given(0).is_none() {
        return Ok(Vec::new());
    }
    let stages = call.array(0)?;
    let documents = stages.iter().map(|stage| match stage.read_lock::<Doc>() {
        Some(doc) => Ok(owned_document(&doc)?),
        None => Err(call.expected(0, "an array of stages, each a document,")),
    });
    documents.collect()
}

fn stream_options(
    call: &Call<'_>,
    target: &Target,
    given: &Options,
) -> Result<ChangeStreamOptions, Fault> {
    let settings = target.mongo.settings();
    let selection = match given.bson("readPreference")? {
        Some(preference) => Some(from_option(preference)?),
        None => settings.selection,
    };
    if given.get("comment").is_some_and(|c| !c.is_unit()) {
        // The driver (3.9) writes it into the $changeStream stage too, which servers refuse.
        call.warn(
            "watch: the comment is left out: the driver sends it in a way that servers refuse",
        );
    }
    let options = ChangeStreamOptions::builder()
        .full_document(given.string("fullDocument")?.and_then(full_document))
        .full_document_before_change(given.string("fullDocumentBeforeChange")?.map(before))
        .resume_after(token(given, "resumeAfter")?)
        .start_after(token(given, "startAfter")?)
        .start_at_operation_time(time(call, given)?)
        .max_await_time(given.int("maxAwaitTimeMS")?.map(milliseconds).transpose()?)
        .batch_size(given.int("batchSize")?.map(batch_size).transpose()?)
        .collation(given.document("collation")?.map(collation).transpose()?)
        .show_expanded_events(given.flag("showExpandedEvents")?)
        .read_concern(read_concern(given)?.or(settings.read_concern))
        .selection_criteria(selection);
    Ok(options.build())
}

/// `default` is what a server does that is told nothing; the driver has no word for it.
fn full_document(name: String) -> Option<FullDocumentType> {
    Some(match name.as_str() {
        "default" => return None,
        "updateLookup" => FullDocumentType::UpdateLookup,
        "whenAvailable" => FullDocumentType::WhenAvailable,
        "required" => FullDocumentType::Required,
        _ => FullDocumentType::Other(name),
    })
}

fn before(name: String) -> FullDocumentBeforeChangeType {
    match name.as_str() {
        "whenAvailable" => FullDocumentBeforeChangeType::WhenAvailable,
        "required" => FullDocumentBeforeChangeType::Required,
        "off" => FullDocumentBeforeChangeType::Off,
        _ => FullDocumentBeforeChangeType::Other(name),
    }
}

/// A resume token as `getResumeToken` and the `_id` of an event give it.
fn token(given: &Options, name: &str) -> Result<Option<ResumeToken>, Fault> {
    let Some(token) = given.document(name)? else {
        return Ok(None);
    };
    Ok(Some(bson::deserialize_from_bson(Bson::Document(token))?))
}

fn time(call: &Call<'_>, given: &Options) -> Result<Option<Timestamp>, Fault> {
    match given.bson("startAtOperationTime")? {
        None | Some(Bson::Null) => Ok(None),
        Some(Bson::Timestamp(at)) => Ok(Some(at)),
        Some(_) => {
            let name = call.method.name;
            let message = format!("{name}: option `startAtOperationTime` must be a Timestamp");
            Err(ScriptError::argument(message)
                .hint("Timestamp(seconds, counter), or the operationTime of a command's reply")
                .into())
        }
    }
}

fn milliseconds(n: i64) -> Result<Duration, Fault> {
    u64::try_from(n)
        .map(Duration::from_millis)
        .map_err(|_| ScriptError::argument("maxAwaitTimeMS cannot be negative").into())
}

fn batch_size(n: i64) -> Result<u32, Fault> {
    u32::try_from(n).map_err(|_| ScriptError::argument(format!("batchSize cannot be {n}")).into())
}

fn collation(spec: Document) -> Result<Collation, Fault> {
    Ok(bson::deserialize_from_document(spec)?)
}

fn read_concern(given: &Options) -> Result<Option<ReadConcern>, Fault> {
    match given.bson("readConcern")? {
        Some(Bson::String(level)) => Ok(Some(ReadConcern::custom(level))),
        Some(Bson::Document(concern)) => Ok(Some(bson::deserialize_from_document(concern)?)),
        _ => Ok(None),
    }
}

/// `watch(target, handler, options?)`: calls a function with each change until it gives false, or
/// the stream ends. Gives how many there were.
fn foreground(call: &Call<'_>, target: &Target, scope: Scope<'_>) -> Outcome {
    let handler = call.callback(0)?;
    let options = call.options(1, OPTIONS)?;
    let options = stream_options(call, target, &options)?;
    let mut changes = Changes::open(call.host, target, scope, Vec::new(), options)?;
    let mut count: i64 = 0;
    while let Some(change) = changes.next(call.host)? {
        count += 1;
        let change = convert::document(&change)?;
        let result = call.call_back(&handler, vec![Dynamic::from(change)])?;
        if result.as_bool() == Ok(false) {
            break;
        }
    }
    Ok(count.into())
}
