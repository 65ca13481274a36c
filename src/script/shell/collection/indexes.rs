//! Indexes: creating, listing, hiding, dropping.
//!
//! Names, results and option names as in mongosh 2; an index without a name gets the one that the
//! drivers make of its keys (`a_1_b_-1`).

use bson::{Bson, Document, doc};
use rhai::{Array, Dynamic, Map};

use super::Collection;
use crate::methods;
use crate::script::api::{Call, Method, Options};
use crate::script::convert::{self, bson_value};
use crate::script::error::{Fault, Outcome};
use crate::script::shell::invalid;
use crate::value::js::js_number;

/// What belongs to the index. `commitQuorum` and the command's own options are apart.
const INDEX_OPTIONS: &[&str] = &[
    "name",
    "unique",
    "sparse",
    "hidden",
    "background",
    "expireAfterSeconds",
    "partialFilterExpression",
    "collation",
    "storageEngine",
    "wildcardProjection",
    "weights",
    "default_language",
    "language_override",
    "textIndexVersion",
    "2dsphereIndexVersion",
    "bits",
    "min",
    "max",
    "bucketSize",
    "v",
];

const COMMAND_OPTIONS: &[&str] = &["commitQuorum", "maxTimeMS", "writeConcern", "comment"];

/// Names of the drivers' that the command spells otherwise.
const RENAMED: &[(&str, &str)] = &[
    ("version", "v"),
    ("defaultLanguage", "default_language"),
    ("languageOverride", "language_override"),
];

pub(super) const METHODS: &[Method] = methods! {
    /// Creates an index and returns its name.
    ///
    /// ```js
    /// db.orders.createIndex({ status: 1, orderDate: -1 }, { name: "by_status" })
    /// ```
    createIndex("keys, options?, commitQuorum?") => create_index;
    /// Creates several indexes with the same options and returns their names.
    ///
    /// ```js
    /// db.orders.createIndexes([{ status: 1 }, { orderDate: -1 }], { sparse: true })
    /// ```
    createIndexes("keyPatterns, options?, commitQuorum?") => create_indexes;
    /// The old name of createIndex; returns a list with the index's name.
    ///
    /// ```js
    /// db.orders.ensureIndex({ status: 1 })
    /// ```
    ensureIndex("keys, options?, commitQuorum?") => ensure_index;
    /// The collection's indexes.
    ///
    /// ```js
    /// db.orders.createIndex({ status: 1 })
    /// db.orders.getIndexes()
    /// ```
    getIndexes("") => get_indexes;
    /// The same as getIndexes.
    ///
    /// ```js
    /// db.orders.createIndex({ status: 1 })
    /// db.orders.getIndices()
    /// ```
    getIndices("") => get_indexes;
    /// The same as getIndexes.
    ///
    /// ```js
    /// db.orders.createIndex({ status: 1 })
    /// db.orders.getIndexSpecs()
    /// ```
    getIndexSpecs("") => get_indexes;
    /// The keys of the collection's indexes.
    ///
    /// ```js
    /// db.orders.createIndex({ status: 1 })
    /// db.orders.getIndexKeys()
    /// ```
    getIndexKeys("") => get_index_keys;
    /// Drops one index, by its name or its keys.
    ///
    /// ```js
    /// db.orders.createIndex({ status: 1 })
    /// db.orders.dropIndex("status_1")
    /// ```
    dropIndex("index") => drop_index;
    /// Drops the indexes of these names, or all except the one on _id.
    ///
    /// ```js
    /// db.orders.createIndexes([{ status: 1 }, { total: 1 }])
    /// db.orders.dropIndexes(["status_1"])
    /// db.orders.dropIndexes()
    /// ```
    dropIndexes("indexes?") => drop_indexes;
    /// Hides an index from the query planner, by its name or its keys.
    ///
    /// ```js
    /// db.orders.createIndex({ status: 1 })
    /// db.orders.hideIndex("status_1")
    /// ```
    hideIndex("index") => hide_index;
    /// Shows a hidden index to the query planner again.
    ///
    /// ```js
    /// db.orders.createIndex({ status: 1 }, { hidden: true })
    /// db.orders.unhideIndex({ status: 1 })
    /// ```
    unhideIndex("index") => unhide_index;
    /// Builds all indexes again; only a standalone server does this.
    ///
    /// ```js no_run
    /// db.orders.reIndex()
    /// ```
    reIndex("") => re_index;
};

fn create_index(call: &mut Call<'_>) -> Outcome {
    let names = create(call, vec![call.ordered(0)?])?;
    Ok(names.into_iter().next().unwrap_or_default().into())
}

fn ensure_index(call: &mut Call<'_>) -> Outcome {
    let names = create(call, vec![call.ordered(0)?])?;
    Ok(names
        .into_iter()
        .map(Dynamic::from)
        .collect::<Array>()
        .into())
}

fn create_indexes(call: &mut Call<'_>) -> Outcome {
    let patterns = call.array(0)?;
    let patterns = patterns.iter().map(|keys| pattern(call, keys));
    let names = create(call, patterns.collect::<Result<_, _>>()?)?;
    Ok(names
        .into_iter()
        .map(Dynamic::from)
        .collect::<Array>()
        .into())
}

/// One of several key patterns; Rhai's own maps have lost their order.
fn pattern(call: &Call<'_>, keys: &Dynamic) -> Result<Document, Fault> {
    let unordered = keys.read_lock::<Map>().is_some_and(|map| map.len() > 1);
    match bson_value(keys)? {
        Bson::Document(keys) if !unordered => Ok(keys),
        _ => Err(call.expected(0, "an array of documents")),
    }
}

/// Sends `createIndexes`; returns the names.
fn create(call: &Call<'_>, patterns: Vec<Document>) -> Result<Vec<String>, Fault> {
    let collection = call.this::<Collection>()?;
    let options = options(call)?;
    let specs = patterns
        .into_iter()
        .map(|keys| specification(keys, &options))
        .collect::<Result<Vec<_>, _>>()?;
    let names = specs
        .iter()
        .map(|s| s.get_str("name").unwrap_or_default().to_string())
        .collect();
    let mut command = doc! { "createIndexes": collection.name(), "indexes": specs };
    options.copy_into(&mut command, COMMAND_OPTIONS)?;
    if call.given(2).is_some() {
        command.insert("commitQuorum", call.bson(2)?);
    }
    collection.target().change(call.host, command)?;
    Ok(names)
}

fn options(call: &Call<'_>) -> Result<Options, Fault> {
    let renamed = RENAMED.iter().map(|(from, _)| *from);
    let known: Vec<&str> = INDEX_OPTIONS
        .iter()
        .chain(COMMAND_OPTIONS)
        .copied()
        .chain(renamed)
        .collect();
    call.options(1, &known)
}

fn specification(keys: Document, options: &Options) -> Result<Document, Fault> {
    // The fields in the order in which mongosh's driver sends them: the server's messages show it.
    let mut specification = Document::new();
    options.copy_into(&mut specification, INDEX_OPTIONS)?;
    for (from, to) in RENAMED {
        if let Some(value) = options.bson(from)? {
            specification.insert(*to, value);
        }
    }
    if !specification.contains_key("name") {
        specification.insert("name", name_of(&keys));
    }
    specification.insert("key", keys);
    Ok(specification)
}

/// The name that the drivers give an index: keys and directions joined by `_`.
fn name_of(keys: &Document) -> String {
    let part = |(key, direction): (&String, &Bson)| {
        let direction = match direction {
            Bson::Int32(n) => n.to_string(),
            Bson::Int64(n) => n.to_string(),
            Bson::Double(n) => js_number(*n),
            Bson::String(kind) => kind.clone(),
            other => other.to_string(),
        };
        format!("{key}_{direction}")
    };
    keys.iter().map(part).collect::<Vec<_>>().join("_")
}

fn get_indexes(call: &mut Call<'_>) -> Outcome {
    let indexes = list(call)?;
    let indexes = indexes.into_iter().map(|i| convert::value_from(i.into()));
    Ok(indexes.collect::<Array>().into())
}

fn get_index_keys(call: &mut Call<'_>) -> Outcome {
    let keys = list(call)?
        .into_iter()
        .filter_map(|mut index| index.remove("key"))
        .map(convert::value_from);
    Ok(keys.collect::<Array>().into())
}

fn list(call: &Call<'_>) -> Result<Vec<Document>, Fault> {
    list_indexes(call, &call.this::<Collection>()?)
}

/// The indexes' specifications as `listIndexes` gives them.
pub(super) fn list_indexes(
    call: &Call<'_>,
    collection: &Collection,
) -> Result<Vec<Document>, Fault> {
    let command = doc! { "listIndexes": collection.name() };
    let listed = collection.target().listing(call.host, command)?;
    listed
        .iter()
        .map(|raw| Document::try_from(raw.as_ref()).map_err(Fault::from))
        .collect()
}

fn drop_index(call: &mut Call<'_>) -> Outcome {
    let index = call.arg(0);
    if index.clone().into_string().is_ok_and(|name| name == "*") {
        return Err(invalid(
            "To drop indexes in the collection using '*', use db.collection.dropIndexes().",
        )
        .into());
    }
    if index.is_array() {
        return Err(invalid(
            "The index to drop must be either the index name or the index specification document.",
        )
        .into());
    }
    send_drop(call)
}

fn drop_indexes(call: &mut Call<'_>) -> Outcome {
    send_drop(call)
}

fn send_drop(call: &Call<'_>) -> Outcome {
    let index = match call.given(0) {
        None => Bson::from("*"),
        Some(_) => name_or_keys(call)?,
    };
    let collection = call.this::<Collection>()?;
    let command = doc! { "dropIndexes": collection.name(), "index": index };
    let reply = collection.target().change(call.host, command)?;
    Ok(Dynamic::from(convert::document_from(reply)))
}

/// An index, as a document whose order was checked, or as whatever else was given.
fn name_or_keys(call: &Call<'_>) -> Result<Bson, Fault> {
    let arg = call.arg(0);
    if arg.is_map() {
        return Ok(call.ordered(0)?.into());
    }
    call.bson(0)
}

fn hide_index(call: &mut Call<'_>) -> Outcome {
    set_hidden(call, true)
}

fn unhide_index(call: &mut Call<'_>) -> Outcome {
    set_hidden(call, false)
}

fn set_hidden(call: &Call<'_>, hidden: bool) -> Outcome {
    let index = match name_or_keys(call)? {
        Bson::String(name) => doc! { "name": name, "hidden": hidden },
        keys => doc! { "keyPattern": keys, "hidden": hidden },
    };
    let collection = call.this::<Collection>()?;
    let command = doc! { "collMod": collection.name(), "index": index };
    let reply = collection.target().change(call.host, command)?;
    Ok(Dynamic::from(convert::document_from(reply)))
}

fn re_index(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let command = doc! { "reIndex": collection.name() };
    let reply = collection.target().command(call.host, command)?;
    Ok(Dynamic::from(convert::document_from(reply)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_keys_and_directions() {
        let cases = [
            (doc! { "a": 1 }, "a_1"),
            (doc! { "b": 1_i64, "a": -1.0 }, "b_1_a_-1"),
            (doc! { "a.b": "text", "$**": 1 }, "a.b_text_$**_1"),
        ];
        for (keys, want) in cases {
            assert_eq!(name_of(&keys), want);
        }
    }
}
