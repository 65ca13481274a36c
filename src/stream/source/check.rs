//! Whether what a stream asks can be asked, and its events still be told apart afterwards.

use bson::{Bson, Document};

use super::opening::SPLIT;
use crate::stream::bookkeeping;
use crate::stream::spec::{Namespace, STAGES, StreamSpec};

/// Why a stream cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecFault {
    /// It watches nothing.
    #[error("the stream watches nothing: name a collection, a database or \"*\" in `watch`")]
    NothingToWatch,
    /// It watches the streams' own books.
    #[error("{0} holds the books of streams, which change with every event: it cannot be watched")]
    Own(String),
    /// A stage that is none.
    #[error("stage {index} of the pipeline must be a document with one field, the stage's name")]
    NoStage {
        /// Its place, from 0.
        index: usize,
    },
    /// A stage that change streams do not take.
    #[error(
        "stage {index} of the pipeline is {name}, which a change stream does not take; it takes \
         $match, $project, $addFields, $set, $unset, $replaceRoot, $replaceWith and $redact"
    )]
    Stage {
        /// Its place, from 0.
        index: usize,
        /// Its name.
        name: String,
    },
    /// A stage that takes away or changes the token.
    #[error(
        "stage {index} of the pipeline ({name}) drops or changes _id, the event's resume token: \
         the stream could not go on after it; leave _id as it is"
    )]
    DropsToken {
        /// Its place, from 0.
        index: usize,
        /// Its name.
        name: String,
    },
}

/// Looks at what is watched and at the stages of the stream's own.
pub(super) fn check(spec: &StreamSpec) -> Result<(), SpecFault> {
    for namespace in &spec.watch {
        let own = match namespace {
            Namespace::Cluster => None,
            Namespace::Database(database) => {
                (database == bookkeeping::DATABASE).then(|| database.clone())
            }
            Namespace::Collection(database, collection) => (database == bookkeeping::DATABASE
                || collection == bookkeeping::RESUME_TOKENS)
                .then(|| format!("{database}.{collection}")),
        };
        if let Some(own) = own {
            return Err(SpecFault::Own(own));
        }
    }
    let mut stages = spec.pipeline.iter().enumerate();
    stages.try_for_each(|(index, stage)| check_stage(index, stage))
}

fn check_stage(index: usize, stage: &Document) -> Result<(), SpecFault> {
    let mut fields = stage.iter();
    let (Some((name, value)), None) = (fields.next(), fields.next()) else {
        return Err(SpecFault::NoStage { index });
    };
    let name = name.clone();
    if name != SPLIT && !STAGES.contains(&name.as_str()) {
        return Err(SpecFault::Stage { index, name });
    }
    match drops_token(&name, value) {
        true => Err(SpecFault::DropsToken { index, name }),
        false => Ok(()),
    }
}

/// Whether the stage certainly takes the token away or changes it. What `$replaceWith` and
/// `$redact` make of it is seen by the server only.
fn drops_token(name: &str, value: &Bson) -> bool {
    let of_id = |path: &str| path == "_id" || path.starts_with("_id.");
    match (name, value) {
        ("$unset", Bson::String(path)) => of_id(path),
        ("$unset", Bson::Array(paths)) => paths.iter().filter_map(Bson::as_str).any(of_id),
        ("$set" | "$addFields", Bson::Document(fields)) => fields.keys().any(|k| of_id(k)),
        ("$project", Bson::Document(fields)) => fields
            .iter()
            .any(|(path, value)| of_id(path) && !(path == "_id" && keeps(value))),
        _ => false,
    }
}

/// Whether a value of `$project` keeps the field as it is.
fn keeps(value: &Bson) -> bool {
    match value {
        Bson::Boolean(keep) => *keep,
        Bson::Int32(n) => *n != 0,
        Bson::Int64(n) => *n != 0,
        Bson::Double(n) => *n != 0.0,
        Bson::String(path) => path == "$_id" || path == "$$ROOT._id",
        _ => false,
    }
}

/// Whether a field of events is named anywhere in a stage: as a key, or in a path of an expression.
pub(super) fn names(stage: &Document, field: &str) -> bool {
    let at = |text: &str| {
        let path = text.trim_start_matches('$');
        let path = path.strip_prefix("ROOT.").unwrap_or(path);
        let path = path.strip_prefix("CURRENT.").unwrap_or(path);
        let rest = path.strip_prefix(field);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) || text == "$$ROOT"
    };
    fn any(value: &Bson, at: &dyn Fn(&str) -> bool) -> bool {
        match value {
            Bson::String(text) => at(text),
            Bson::Array(items) => items.iter().any(|item| any(item, at)),
            Bson::Document(fields) => fields.iter().any(|(key, value)| at(key) || any(value, at)),
            _ => false,
        }
    }
    stage.iter().any(|(key, value)| at(key) || any(value, &at))
}
