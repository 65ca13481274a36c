//! Whether two answers are one.

use mongodb::bson::{Bson, Document};

use super::ask::text;
use super::table::Line;

/// What became of a case.
pub enum Verdict {
    Same,
    /// mongod itself does not answer as when the table was recorded, so nothing is compared.
    Unstable(String),
    Different(String),
}

pub fn judge(case: &Line, real: &Bson, embedded: &Bson) -> Verdict {
    let is = without_new_ids(&case.is.clone().unwrap_or(Bson::Null));
    let (real, embedded) = (&without_new_ids(real), &without_new_ids(embedded));
    let line = text(&Bson::Document(case.body.clone()));
    let told = |what: &str, other: &Bson| {
        format!(
            "   case {line}\n     {what} {}\n    got {}",
            text(real),
            text(other)
        )
    };
    if text(&plain(&is)) != text(&plain(real)) {
        return Verdict::Unstable(told("was", &is));
    }
    match text(real) == text(embedded) {
        true => Verdict::Same,
        false => Verdict::Different(told("is", embedded)),
    }
}

/// As the recorder's driver sees it, which does not know two old types.
fn plain(value: &Bson) -> Bson {
    match value {
        Bson::Undefined => Bson::Null,
        Bson::Symbol(text) => Bson::String(text.clone()),
        other => each(other, plain),
    }
}

/// Ids that the servers made are not the same; those of the tables are of the first days of time.
fn without_new_ids(value: &Bson) -> Bson {
    const LONG_AGO: i64 = 1_000_000_000_000;
    match value {
        Bson::ObjectId(id) if id.timestamp().timestamp_millis() > LONG_AGO => {
            Bson::String("a new id".to_owned())
        }
        other => each(other, without_new_ids),
    }
}

/// The same with all values within replaced.
fn each(value: &Bson, with: impl Fn(&Bson) -> Bson) -> Bson {
    match value {
        Bson::Array(items) => Bson::Array(items.iter().map(with).collect()),
        Bson::Document(document) => {
            let field = |(name, value): (&String, &Bson)| (name.clone(), with(value));
            Bson::Document(document.iter().map(field).collect::<Document>())
        }
        other => other.clone(),
    }
}
