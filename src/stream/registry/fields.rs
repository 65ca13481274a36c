//! The fields of a stream's document.

use bson::{Bson, Document, doc};

use super::{About, Progress};

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
