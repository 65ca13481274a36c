//! The fields of a stream's document, to and fro.

use bson::{Bson, Document, doc};

use super::{About, Entry, Owner, Progress};

/// What a stream is, as fields of a pipeline's `$set`.
pub(in crate::stream) fn about(about: &About) -> Document {
    literal(doc! {
        "watch": &about.watch,
        "database": &about.database,
        "delivery": &about.delivery,
        "lanes": i64::from(about.lanes),
        "generation": &about.generation,
    })
}

/// How far a stream is, as fields of a pipeline's `$set`.
pub(in crate::stream) fn progress(progress: &Progress) -> Document {
    let error = progress.last_error.as_ref();
    let mut fields = doc! {
        "lag": progress.lag,
        "handled": progress.handled,
        "failed": progress.failed,
        "retried": progress.retried,
        "deadLetters": progress.dead_letters,
        "lastError": error.map_or(Bson::Null, |(message, at)| {
            Bson::Document(doc! { "message": message, "at": *at })
        }),
    };
    // What is not known yet does not overwrite what was.
    if !progress.generation.is_empty() {
        fields.insert("generation", &progress.generation);
    }
    if progress.lanes > 0 {
        fields.insert("lanes", i64::from(progress.lanes));
    }
    if let Some(token) = &progress.token {
        fields.insert("token", token.clone());
    }
    if let Some(time) = progress.cluster_time {
        fields.insert("clusterTime", time);
    }
    literal(fields)
}

/// A text that begins with a dollar sign is a text, and no path.
fn literal(fields: Document) -> Document {
    let wrap = |(name, value): (String, Bson)| (name, Bson::Document(doc! { "$literal": value }));
    fields.into_iter().map(wrap).collect()
}

/// A whole number, however it is kept.
pub(super) fn number(document: &Document, field: &str) -> i64 {
    match document.get(field) {
        Some(Bson::Int32(n)) => i64::from(*n),
        Some(Bson::Int64(n)) => *n,
        #[allow(clippy::cast_possible_truncation)] // counts
        Some(Bson::Double(n)) => *n as i64,
        _ => 0,
    }
}

impl Entry {
    /// Reads a document of the registry.
    pub(super) fn read(mut document: Document, dead_letters: i64) -> Self {
        let expired = matches!(document.remove("expired"), Some(Bson::Boolean(true)));
        let text = |field: &str| document.get_str(field).unwrap_or_default().to_string();
        let state = match expired {
            true => "expired".to_string(),
            false => text("state"),
        };
        let owner = document.get_document("owner").ok();
        let date = |field: &str| document.get_datetime(field).ok().copied();
        Self {
            id: text("_id"),
            state,
            owner: owner.and_then(Owner::from_document),
            epoch: number(&document, "epoch"),
            about: about_of(&document),
            progress: progress_of(&document),
            dead_letters,
            started_at: date("startedAt"),
            updated_at: date("updatedAt"),
            document,
        }
    }
}

fn about_of(document: &Document) -> About {
    let text = |field: &str| document.get_str(field).unwrap_or_default().to_string();
    let watch = document.get_array("watch").ok().into_iter().flatten();
    About {
        watch: watch.filter_map(Bson::as_str).map(str::to_string).collect(),
        database: text("database"),
        delivery: text("delivery"),
        lanes: u32::try_from(number(document, "lanes")).unwrap_or(0),
        generation: text("generation"),
    }
}

fn progress_of(document: &Document) -> Progress {
    let error = document.get_document("lastError").ok();
    let read = |error: &Document| {
        let message = error.get_str("message").ok()?.to_string();
        Some((message, *error.get_datetime("at").ok()?))
    };
    Progress {
        generation: document
            .get_str("generation")
            .unwrap_or_default()
            .to_string(),
        lanes: u32::try_from(number(document, "lanes")).unwrap_or(0),
        token: document.get("token").filter(|t| **t != Bson::Null).cloned(),
        cluster_time: document.get_timestamp("clusterTime").ok(),
        lag: number(document, "lag"),
        handled: number(document, "handled"),
        failed: number(document, "failed"),
        retried: number(document, "retried"),
        dead_letters: number(document, "deadLetters"),
        last_error: error.and_then(read),
    }
}
