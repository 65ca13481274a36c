//! A stream's fields, read from a document.

use std::time::Duration;

use bson::{Bson, Document};

use super::value::{count, duration, text, time, whole, word, wrong};
use super::{
    At, Batch, BeforeChange, Delivery, FullDocument, Namespace, OnFailure, OnLostHistory,
    OnRegression, Retry, SpecError, StartAt, StreamSpec, check, pipeline,
};
use crate::diag::nearest;

/// The fields that a stream has.
pub const FIELDS: [&str; 18] = [
    "id",
    "watch",
    "pipeline",
    "fullDocument",
    "fullDocumentBeforeChange",
    "startAt",
    "delivery",
    "lanes",
    "batch",
    "retry",
    "onFailure",
    "onLostHistory",
    "timeout",
    "allow",
    "onRegression",
    "maxDepth",
    "database",
    "handler",
];

/// What a stream may be warned about.
const ALLOWED: [&str; 1] = ["self-writes"];

/// After how many events of a new version it is judged, unless the field says otherwise.
const JUDGED_AFTER: u32 = 100;

/// What fields that are not given follow from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The handler file's name without its extension; begins the stream's id.
    pub stem: String,
    /// The database of the connection string, for streams that watch several.
    pub database: Option<String>,
}

impl StreamSpec {
    /// Reads a stream's fields. A field that is null counts as not given.
    ///
    /// # Errors
    /// The first field that is unknown, of the wrong type, or at odds with another one.
    pub fn read(fields: &Document, origin: &Origin) -> Result<Self, SpecError> {
        for name in fields.keys() {
            known(name, "", &FIELDS)?;
        }
        let watch = match given(fields, "watch") {
            Some(value) => watched(value)?,
            None => return Err(nothing_watched()),
        };
        let id = match given(fields, "id") {
            Some(value) => named("id", value)?,
            None => format!("{}:{}", origin.stem, shown(&watch)),
        };
        let database = match given(fields, "database") {
            Some(value) => named("database", value)?,
            None => database_of(&watch, origin),
        };
        let mut spec = Self::new(&id, watch, &database);
        for (name, value) in fields.iter().filter(|(_, v)| **v != Bson::Null) {
            spec.set(name, value)?;
        }
        check::check(&spec, fields)?;
        Ok(spec)
    }

    fn set(&mut self, name: &str, value: &Bson) -> Result<(), SpecError> {
        match name {
            "pipeline" => self.pipeline = pipeline::read(value)?,
            "fullDocument" => self.full_document = full_document(value)?,
            "fullDocumentBeforeChange" => self.full_document_before_change = before(value)?,
            "startAt" => self.start_at = start_at(value)?,
            "delivery" => self.delivery = delivery(value)?,
            "lanes" => self.lanes = count(name, value)?,
            "batch" => self.batch = batch(value)?,
            "retry" => self.retry = retry(value)?,
            "onFailure" => self.on_failure = on_failure(value)?,
            "onLostHistory" => self.on_lost_history = on_lost_history(value)?,
            "timeout" => self.timeout = Some(duration(name, value)?),
            "allow" => self.allow = allow(value)?,
            "onRegression" => self.on_regression = on_regression(value)?,
            "maxDepth" => self.max_depth = count(name, value)?,
            "handler" => drop(named(name, value)?),
            _ => {}
        }
        Ok(())
    }
}

fn given<'a>(fields: &'a Document, name: &str) -> Option<&'a Bson> {
    fields.get(name).filter(|value| **value != Bson::Null)
}

/// Refuses a name that no field has; `of` is the field that it stands in.
fn known(name: &str, of: &str, fields: &[&str]) -> Result<(), SpecError> {
    if fields.contains(&name) {
        return Ok(());
    }
    let (path, owner) = match of {
        "" => (name.to_string(), "a stream".to_string()),
        of => (format!("{of}.{name}"), format!("`{of}`")),
    };
    let error = SpecError::key(path, format!("{owner} has no field `{name}`"));
    Err(match nearest(name, fields.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("its fields are {}", fields.join(", "))),
    })
}

fn nothing_watched() -> SpecError {
    SpecError::new(
        "watch",
        At::Missing,
        "it is not said what the stream watches",
    )
    .hint("write const STREAM = #{ watch: \"db.collection\" }; or pass --watch db.collection")
}

/// A name that is not empty.
fn named(field: &str, value: &Bson) -> Result<String, SpecError> {
    match text(field, value)? {
        "" => Err(SpecError::value(field, format!("`{field}` is empty"))),
        name => Ok(name.to_string()),
    }
}

fn watched(value: &Bson) -> Result<Vec<Namespace>, SpecError> {
    let one = std::slice::from_ref(value);
    let items = match value {
        Bson::Array(items) if items.is_empty() => {
            return Err(SpecError::value("watch", "`watch` is an empty list"));
        }
        Bson::Array(items) => items,
        _ => one,
    };
    let mut all: Vec<Namespace> = Vec::with_capacity(items.len());
    for item in items {
        let Some(text) = item.as_str() else {
            return Err(wrong("watch", "text, or a list of texts", item)
                .hint("write \"db.collection\", \"db\", \"*\", or several in an array"));
        };
        let namespace = Namespace::parse(text).map_err(|why| {
            SpecError::value("watch", format!("\"{text}\" cannot be watched: {why}"))
                .hint("write \"db.collection\", \"db\" or \"*\"")
        })?;
        all.push(namespace);
    }
    Ok(all)
}

/// As a person reads it: `shop.orders`, or several with commas.
fn shown(watch: &[Namespace]) -> String {
    let names: Vec<String> = watch.iter().map(Namespace::to_string).collect();
    names.join(",")
}

/// What `db` means: the watched database where there is one, else the connection string's.
fn database_of(watch: &[Namespace], origin: &Origin) -> String {
    let mut databases = watch.iter().map(Namespace::database);
    let first = databases.next().flatten();
    match first {
        Some(name) if databases.all(|d| d == Some(name)) => name.to_string(),
        _ => origin.database.clone().unwrap_or_else(|| "test".into()),
    }
}

fn full_document(value: &Bson) -> Result<FullDocument, SpecError> {
    let words = [
        ("default", FullDocument::Default),
        ("updateLookup", FullDocument::UpdateLookup),
        ("whenAvailable", FullDocument::WhenAvailable),
        ("required", FullDocument::Required),
    ];
    word("fullDocument", value, &words)
}

fn before(value: &Bson) -> Result<BeforeChange, SpecError> {
    let words = [
        ("off", BeforeChange::Off),
        ("whenAvailable", BeforeChange::WhenAvailable),
        ("required", BeforeChange::Required),
    ];
    word("fullDocumentBeforeChange", value, &words)
}

fn delivery(value: &Bson) -> Result<Delivery, SpecError> {
    let words = [
        ("exactly-once", Delivery::ExactlyOnce),
        ("at-least-once", Delivery::AtLeastOnce),
    ];
    word("delivery", value, &words)
}

fn on_failure(value: &Bson) -> Result<OnFailure, SpecError> {
    let words = [
        ("dead-letter", OnFailure::DeadLetter),
        ("block-key", OnFailure::BlockKey),
        ("stop", OnFailure::Stop),
    ];
    word("onFailure", value, &words)
}

fn start_at(value: &Bson) -> Result<StartAt, SpecError> {
    if value.as_str() == Some("now") {
        return Ok(StartAt::Now);
    }
    if let Some(at) = time(value) {
        return Ok(StartAt::Time(at));
    }
    match value {
        Bson::Document(token) if token.contains_key("_data") => Ok(StartAt::After(value.clone())),
        Bson::String(text) => {
            let message = format!("`startAt` is no time: \"{text}\"");
            Err(SpecError::value("startAt", message)
                .hint("write \"now\", ISODate(\"2024-05-01T00:00:00Z\"), or the _id of an event"))
        }
        _ => Err(wrong("startAt", "a time", value)
            .hint("write \"now\", ISODate(…), Timestamp(…), or the _id of an event")),
    }
}

fn on_lost_history(value: &Bson) -> Result<OnLostHistory, SpecError> {
    const FIELD: &str = "onLostHistory";
    const RESTART_AT: &str =
        "write onLostHistory: #{ restartAt: ISODate(\"2024-05-01T00:00:00Z\") }";
    if let Bson::Document(fields) = value {
        for name in fields.keys() {
            known(name, FIELD, &["restartAt"])?;
        }
        let at = fields.get("restartAt").and_then(time);
        return match at {
            Some(at) => Ok(OnLostHistory::RestartAt(at)),
            None => Err(SpecError::value(FIELD, "`restartAt` must be a time").hint(RESTART_AT)),
        };
    }
    if matches!(value.as_str(), Some("restart-at" | "restartAt")) {
        let message = "`onLostHistory` does not say at what time to restart";
        return Err(SpecError::value(FIELD, message).hint(RESTART_AT));
    }
    let words = [
        ("stop", OnLostHistory::Stop),
        ("restart-now", OnLostHistory::RestartNow),
    ];
    word(FIELD, value, &words)
}

fn on_regression(value: &Bson) -> Result<OnRegression, SpecError> {
    const FIELD: &str = "onRegression";
    let Bson::Document(fields) = value else {
        let words = [
            ("go-on", OnRegression::GoOn),
            (
                "rollback",
                OnRegression::Rollback {
                    after: JUDGED_AFTER,
                },
            ),
        ];
        return word(FIELD, value, &words);
    };
    for name in fields.keys() {
        known(name, FIELD, &["rollbackAfter"])?;
    }
    match fields.get("rollbackAfter") {
        Some(after) => Ok(OnRegression::Rollback {
            after: count("onRegression.rollbackAfter", after)?,
        }),
        None => Err(SpecError::value(FIELD, "`onRegression` is empty")
            .hint("write \"rollback\", or #{ rollbackAfter: 100 }")),
    }
}

fn batch(value: &Bson) -> Result<Batch, SpecError> {
    let mut batch = Batch::default();
    let Bson::Document(fields) = value else {
        if whole(value).is_none() {
            return Err(wrong("batch", "a number of events, or a document", value)
                .hint("write 500, or #{ events: 500, bytes: 1048576, time: \"1s\" }"));
        }
        batch.events = count("batch", value)? as usize;
        return Ok(batch);
    };
    for (name, value) in fields {
        let path = format!("batch.{name}");
        match name.as_str() {
            "events" => batch.events = count(&path, value)? as usize,
            "bytes" => batch.bytes = count(&path, value)? as usize,
            "time" => batch.time = duration(&path, value)?,
            _ => known(name, "batch", &["events", "bytes", "time"])?,
        }
    }
    Ok(batch)
}

fn retry(value: &Bson) -> Result<Retry, SpecError> {
    let mut retry = Retry::default();
    let Bson::Document(fields) = value else {
        if whole(value).is_none() {
            return Err(wrong("retry", "a number of attempts, or a document", value)
                .hint("write 5, or #{ attempts: 5, first: \"100ms\", longest: \"10s\" }"));
        }
        retry.attempts = count("retry", value)?;
        return Ok(retry);
    };
    for (name, value) in fields {
        let path = format!("retry.{name}");
        match name.as_str() {
            "attempts" => retry.attempts = count(&path, value)?,
            "first" => retry.first = duration(&path, value)?,
            "longest" => retry.longest = duration(&path, value)?,
            _ => known(name, "retry", &["attempts", "first", "longest"])?,
        }
    }
    if !fields.contains_key("longest") {
        retry.longest = retry.longest.max(retry.first);
    } else if !fields.contains_key("first") {
        retry.first = retry.first.min(retry.longest).max(Duration::from_millis(1));
    }
    Ok(retry)
}

fn allow(value: &Bson) -> Result<Vec<String>, SpecError> {
    let one = std::slice::from_ref(value);
    let items = match value {
        Bson::Array(items) => items,
        _ => one,
    };
    let words = ALLOWED.map(|name| (name, name));
    let each = items.iter().map(|item| word("allow", item, &words));
    each.map(|name| name.map(String::from)).collect()
}
