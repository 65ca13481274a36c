//! What is set on a connection: where it reads, what it waits for.

use std::time::Duration;

use bson::{Bson, Document, doc};
use mongodb::options::{ReadConcern, ReadPreference, SelectionCriteria, WriteConcern};
use rhai::Dynamic;

use super::Mongo;
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::convert::{self, document_from};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::cursor::read_preference;
use crate::script::shell::invalid;

pub(super) const METHODS: &[Method] = methods! {
    /// Where the connection reads: mode, tags, hedging.
    ///
    /// ```js
    /// db.getMongo().getReadPref().mode
    /// ```
    getReadPref("") => get_read_pref;
    /// The mode of where the connection reads: primary, secondary, nearest, …
    ///
    /// ```js
    /// db.getMongo().getReadPrefMode()
    /// ```
    getReadPrefMode("") => get_read_pref_mode;
    /// The tags of the members that the connection reads from, if any are set.
    ///
    /// ```js
    /// db.getMongo().getReadPrefTagSet()
    /// ```
    getReadPrefTagSet("") => get_read_pref_tag_set;
    /// Sets where the connection reads.
    ///
    /// ```js
    /// db.getMongo().setReadPref("secondaryPreferred")
    /// ```
    setReadPref("mode, tagSet?, hedgeOptions?") => set_read_pref;
    /// The level of the connection's read concern, if one is set.
    ///
    /// ```js
    /// db.getMongo().getReadConcern()
    /// ```
    getReadConcern("") => get_read_concern;
    /// Sets the level of the connection's read concern.
    ///
    /// ```js
    /// db.getMongo().setReadConcern("majority")
    /// ```
    setReadConcern("level") => set_read_concern;
    /// The connection's write concern, if one is set.
    ///
    /// ```js
    /// db.getMongo().getWriteConcern()
    /// ```
    getWriteConcern("") => get_write_concern;
    /// Sets the connection's write concern: a document, or w, milliseconds and journaling.
    ///
    /// ```js
    /// db.getMongo().setWriteConcern("majority", 5000, true)
    /// ```
    setWriteConcern("concernOrW, wtimeoutMS?, j?") => set_write_concern;
    /// Not possible for a whole connection: see startSession.
    ///
    /// ```js no_run
    /// db.getMongo().setCausalConsistency(true)
    /// ```
    setCausalConsistency("value?") => set_causal_consistency;
    /// Not possible for a whole connection: see the options of a session.
    ///
    /// ```js no_run
    /// db.getMongo().isCausalConsistency()
    /// ```
    isCausalConsistency("") => is_causal_consistency;
};

/// Where the connection reads, as a document; `primary` where nothing is set.
fn preference(call: &Call<'_>) -> Result<Document, Fault> {
    let mongo = call.this::<Mongo>()?;
    let selection = match mongo.settings().selection {
        Some(selection) => Some(selection),
        None => mongo
            .cluster(call.host)?
            .client()
            .selection_criteria()
            .cloned(),
    };
    let preference = match selection {
        Some(SelectionCriteria::ReadPreference(preference)) => preference,
        _ => ReadPreference::Primary,
    };
    let mut found = bson::serialize_to_document(&preference)?;
    if let Some(tags) = found.remove("tagSets") {
        found.insert("tags", tags);
    }
    Ok(found)
}

fn get_read_pref(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(document_from(preference(call)?)))
}

fn get_read_pref_mode(call: &mut Call<'_>) -> Outcome {
    Ok(field(preference(call)?, "mode"))
}

fn get_read_pref_tag_set(call: &mut Call<'_>) -> Outcome {
    Ok(field(preference(call)?, "tags"))
}

fn field(mut document: Document, name: &str) -> Dynamic {
    let found = document.remove(name);
    found.map_or(Dynamic::UNIT, convert::value_from)
}

fn set_read_pref(call: &mut Call<'_>) -> Outcome {
    let given = |i| call.given(i).map(|_| call.bson(i)).transpose();
    let selection = read_preference::selection(&call.string(0)?, given(1)?, given(2)?, None)?;
    let mongo = call.this::<Mongo>()?;
    mongo.set(|settings| settings.selection = Some(selection));
    Ok(Dynamic::UNIT)
}

fn get_read_concern(call: &mut Call<'_>) -> Outcome {
    let mongo = call.this::<Mongo>()?;
    let concern = match mongo.settings().read_concern {
        Some(concern) => Some(concern),
        None => mongo.cluster(call.host)?.client().read_concern().cloned(),
    };
    let concern = concern
        .map(|c| bson::serialize_to_document(&c))
        .transpose()?;
    Ok(concern.map_or(Dynamic::UNIT, |c| field(c, "level")))
}

fn set_read_concern(call: &mut Call<'_>) -> Outcome {
    let concern = ReadConcern::custom(call.string(0)?);
    let mongo = call.this::<Mongo>()?;
    mongo.set(|settings| settings.read_concern = Some(concern));
    Ok(Dynamic::UNIT)
}

fn get_write_concern(call: &mut Call<'_>) -> Outcome {
    let mongo = call.this::<Mongo>()?;
    let concern = match mongo.settings().write_concern {
        Some(concern) => Some(concern),
        None => match mongo.cluster(call.host)?.client().write_concern() {
            Some(concern) => Some(bson::serialize_to_document(&concern)?),
            None => None,
        },
    };
    Ok(concern.map_or(Dynamic::UNIT, |c| Dynamic::from(document_from(c))))
}

fn set_write_concern(call: &mut Call<'_>) -> Outcome {
    let concern = match call.bson(0)? {
        Bson::Document(concern) if call.count() == 1 => concern,
        Bson::Document(_) => {
            return Err(invalid(
                "If concern is given as an object no other arguments must be specified",
            )
            .into());
        }
        w => concern_of(call, w)?,
    };
    let concern = bson::serialize_to_document(&write_concern(concern)?)?;
    let mongo = call.this::<Mongo>()?;
    mongo.set(|settings| settings.write_concern = Some(concern));
    Ok(Dynamic::UNIT)
}

fn concern_of(call: &Call<'_>, w: Bson) -> Result<Document, Fault> {
    let negative = match &w {
        Bson::Int32(n) => *n < 0,
        Bson::Int64(n) => *n < 0,
        Bson::String(_) => false,
        _ => return Err(call.expected(0, "a number, a string or a document")),
    };
    if negative {
        return Err(invalid(format!(
            "w value must be equal to or greather than 0, got: {w}"
        ))
        .into());
    }
    let mut concern = doc! { "w": w };
    if let Some(wait) = call.opt_int(1)? {
        if wait < 0 {
            return Err(invalid(format!(
                "wtimeoutMS must be equal to or greather than 0, got: {wait}"
            ))
            .into());
        }
        concern.insert("wtimeout", wait);
    }
    if let Some(journal) = call.opt_bool(2)? {
        concern.insert("j", journal);
    }
    Ok(concern)
}

/// A write concern in the driver's form, from a document with `w`, `wtimeout` or `wtimeoutMS`,
/// and `j` or `journal`.
///
/// # Errors
/// Where a field is unknown or of the wrong type.
pub fn write_concern(fields: Document) -> Result<WriteConcern, Fault> {
    let wrong = |name: &str, value: &Bson| {
        ScriptError::argument(format!("the write concern cannot have {name}: {value}"))
    };
    let mut concern = WriteConcern::default();
    for (name, value) in &fields {
        match (name.as_str(), value) {
            ("w", Bson::String(tag)) => concern.w = Some(tag.as_str().into()),
            ("wtimeout" | "wtimeoutMS", Bson::Int32(_) | Bson::Int64(_)) => {
                let wait = whole(value).ok_or_else(|| wrong(name, value))?;
                concern.w_timeout = Some(Duration::from_millis(u64::from(wait)));
            }
            ("w", _) => {
                concern.w = Some(whole(value).ok_or_else(|| wrong(name, value))?.into());
            }
            ("j" | "journal" | "fsync", Bson::Boolean(on)) => concern.journal = Some(*on),
            _ => return Err(wrong(name, value).into()),
        }
    }
    Ok(concern)
}

fn whole(value: &Bson) -> Option<u32> {
    match value {
        Bson::Int32(n) => u32::try_from(*n).ok(),
        Bson::Int64(n) => u32::try_from(*n).ok(),
        _ => None,
    }
}

/// A read concern in the driver's form, from a level or a document with one.
///
/// # Errors
/// Where there is no level.
pub fn read_concern(value: &Bson) -> Result<ReadConcern, Fault> {
    let level = match value {
        Bson::String(level) => Some(level.as_str()),
        Bson::Document(fields) => fields.get_str("level").ok(),
        _ => None,
    };
    match level {
        Some(level) => Ok(ReadConcern::custom(level)),
        None => Err(ScriptError::argument(format!("the read concern {value} has no level")).into()),
    }
}

fn set_causal_consistency(_: &mut Call<'_>) -> Outcome {
    Err(ScriptError::unsupported(
        "[COMMON-90002] It is not possible to set causal consistency for an entire connection due to the \
         driver, use startSession({causalConsistency: <>}) instead.",
    )
    .into())
}

fn is_causal_consistency(_: &mut Call<'_>) -> Outcome {
    Err(ScriptError::unsupported(
        "[COMMON-90002] Causal consistency for drivers is set via Mongo.startSession and can be checked via \
         session.getOptions. The default value is true",
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_concerns_are_read_from_every_spelling() {
        let cases = [
            (doc! { "w": "majority" }, doc! { "w": "majority" }),
            (
                doc! { "w": 2, "wtimeoutMS": 50_i64, "journal": true },
                doc! { "w": 2, "wtimeout": 50, "j": true },
            ),
        ];
        for (given, want) in cases {
            let got = write_concern(given).expect("concern");
            assert_eq!(bson::serialize_to_document(&got).expect("document"), want);
        }
    }

    #[test]
    fn what_is_no_write_concern_is_refused() {
        for given in [doc! { "w": -1 }, doc! { "nope": 1 }, doc! { "j": 1 }] {
            assert!(write_concern(given).is_err());
        }
    }
}
