//! Read preferences in the words of mongosh.

use bson::{Bson, Document, doc};
use mongodb::options::{ReadPreference, SelectionCriteria};

use crate::script::error::{Fault, ScriptError};

const MODES: [&str; 5] = [
    "primary",
    "primaryPreferred",
    "secondary",
    "secondaryPreferred",
    "nearest",
];

/// Where to read: a mode, tag sets, hedging and the greatest staleness in seconds.
///
/// # Errors
/// Where the mode is none, or what goes with it does not fit it.
pub fn selection(
    mode: &str,
    tags: Option<Bson>,
    hedge: Option<Bson>,
    max_staleness: Option<Bson>,
) -> Result<SelectionCriteria, Fault> {
    let Some(mode) = MODES.iter().find(|m| m.eq_ignore_ascii_case(mode)) else {
        return Err(invalid(format!("Invalid read preference mode \"{mode}\"")));
    };
    let mut spec = doc! { "mode": *mode };
    spec.extend(tags.map(|tags| ("tagSets".to_string(), tags)));
    spec.extend(hedge.map(|hedge| ("hedge".to_string(), hedge)));
    spec.extend(max_staleness.map(|s| ("maxStalenessSeconds".to_string(), s)));
    let preference: ReadPreference = bson::deserialize_from_document(spec)
        .map_err(|e| invalid(format!("Invalid read preference: {e}")))?;
    Ok(SelectionCriteria::ReadPreference(preference))
}

/// The same from an option's value: a mode, or a document with `mode`, `tags`, `hedge` and
/// `maxStalenessSeconds`.
///
/// # Errors
/// As [`selection`].
pub fn from_option(value: Bson) -> Result<SelectionCriteria, Fault> {
    match value {
        Bson::String(mode) => selection(&mode, None, None, None),
        Bson::Document(mut spec) => from_document(&mut spec),
        other => Err(invalid(format!("Invalid read preference: {other}"))),
    }
}

fn from_document(spec: &mut Document) -> Result<SelectionCriteria, Fault> {
    let mode = spec.get_str("mode").unwrap_or_default().to_string();
    let tags = spec.remove("tags").or_else(|| spec.remove("tagSets"));
    selection(
        &mode,
        tags,
        spec.remove("hedge"),
        spec.remove("maxStalenessSeconds"),
    )
}

fn invalid(message: String) -> Fault {
    ScriptError::new("MongoInvalidArgumentError", message)
        .hint(format!("the modes are {}", MODES.join(", ")))
        .into()
}
