//! Modifiers: methods that change what a cursor will ask, and return the cursor.

use bson::Bson;
use rhai::Dynamic;

use super::sort::sort_spec;
use super::{core, flags};
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::number::NULL;

/// Modifiers of all queries.
pub const COMMON: &[Method] = methods! {
    /// Sets how many documents the server sends at a time.
    ///
    /// ```js
    /// db.orders.find().batchSize(500).toArray()
    /// ```
    batchSize("size") => batch_size;
    /// Sets after how many milliseconds the server gives up.
    ///
    /// ```js
    /// db.orders.find().maxTimeMS(2000).toArray()
    /// ```
    maxTimeMS("milliseconds") => max_time_ms;
};

/// Modifiers of a `find`.
pub const QUERY: &[Method] = methods! {
    /// Sorts by the fields of a document: 1 is ascending, -1 descending.
    ///
    /// ```js
    /// db.orders.find().sort({ total: -1, _id: 1 }).toArray()
    /// ```
    sort("fields?") => sort;
    /// Ends after this many documents; 0 is no limit.
    ///
    /// ```js
    /// db.orders.find().limit(10).toArray()
    /// ```
    limit("count") => limit;
    /// Leaves out the first documents.
    ///
    /// ```js
    /// db.orders.find().skip(20).limit(10).toArray()
    /// ```
    skip("count") => skip;
    /// Chooses the fields to return.
    ///
    /// ```js
    /// db.orders.find().projection({ status: 1 }).toArray()
    /// ```
    projection("fields") => projection;
    /// Names the index to use, by its keys or its name.
    ///
    /// ```js
    /// db.orders.find().hint({ _id: 1 }).toArray()
    /// ```
    hint("index") => hint;
    /// Compares strings by the rules of a language.
    ///
    /// ```js
    /// db.orders.find().sort({ name: 1 }).collation({ locale: "fr" }).toArray()
    /// ```
    collation("collation") => collation;
    /// Adds a comment that the server's logs and profiler show.
    ///
    /// ```js
    /// db.orders.find().comment("monthly report").toArray()
    /// ```
    comment("comment") => comment;
    /// The lowest values of the hinted index to look at, included.
    ///
    /// ```js
    /// db.orders.find().min({ _id: 10 }).hint({ _id: 1 }).toArray()
    /// ```
    min("bounds") => min;
    /// The highest values of the hinted index to look at, excluded.
    ///
    /// ```js
    /// db.orders.find().max({ _id: 20 }).hint({ _id: 1 }).toArray()
    /// ```
    max("bounds") => max;
    /// Returns the keys of the index instead of the documents.
    ///
    /// ```js
    /// db.orders.find().hint({ _id: 1 }).returnKey().toArray()
    /// ```
    returnKey("enabled?") => flags::return_key;
    /// Adds the storage's number of each document as $recordId.
    ///
    /// ```js
    /// db.orders.find().showRecordId().toArray()
    /// ```
    showRecordId("enabled?") => flags::show_record_id;
    /// Whether the server may use temporary files for a large sort.
    ///
    /// ```js
    /// db.orders.find().sort({ total: 1 }).allowDiskUse().toArray()
    /// ```
    allowDiskUse("allow?") => flags::allow_disk_use;
    /// Accepts results without those of shards that are down.
    ///
    /// ```js
    /// db.orders.find().allowPartialResults().toArray()
    /// ```
    allowPartialResults("") => flags::allow_partial_results;
    /// Keeps the cursor at the server even where nobody reads it for ten minutes.
    ///
    /// ```js
    /// db.orders.find().noCursorTimeout().toArray()
    /// ```
    noCursorTimeout("") => flags::no_cursor_timeout;
    /// Was for queries of the oplog; servers ignore it since 4.4.
    ///
    /// ```js
    /// db.orders.find().oplogReplay().toArray()
    /// ```
    oplogReplay("") => flags::oplog_replay;
    /// Stays open at the end of a capped collection, for documents that are inserted later.
    ///
    /// ```js
    /// db.createCollection("log", { capped: true, size: 4096 }); db.log.find().tailable({ awaitData: true }).tryNext()
    /// ```
    tailable("options?") => flags::tailable;
    /// How many milliseconds the server waits for a new document of a tailable cursor.
    ///
    /// ```js
    /// db.createCollection("log", { capped: true, size: 4096 }); db.log.find().tailable({ awaitData: true }).maxAwaitTimeMS(100).tryNext()
    /// ```
    maxAwaitTimeMS("milliseconds") => flags::max_await_time_ms;
    /// Which writes the query may see: local, majority, linearizable, available or snapshot.
    ///
    /// ```js
    /// db.orders.find().readConcern("majority").toArray()
    /// ```
    readConcern("level") => flags::read_concern;
    /// Which members of the replica set the query may read from.
    ///
    /// ```js
    /// db.orders.find().readPref("secondaryPreferred").toArray()
    /// ```
    readPref("mode, tagSets?, hedgeOptions?") => flags::read_pref;
    /// Sets a flag by its number in the wire protocol: 2 tailable, 16 no timeout, 32 await data, …
    ///
    /// ```js
    /// db.orders.find().addOption(16).toArray()
    /// ```
    addOption("flag") => flags::add_option;
};

/// Sets one setting of the query; gives the cursor.
pub(super) fn set(call: &Call<'_>, name: &str, value: impl Into<Bson>) -> Outcome {
    let value = value.into();
    core(call)?.change(|plan| {
        plan.settings.insert(name, value);
        Ok(())
    })?;
    Ok(call.receiver())
}

/// The argument as a number; mongosh's error where it is none.
pub(super) fn number(call: &Call<'_>, what: &str) -> Result<Bson, Fault> {
    let given = call.arg(0);
    if given.is_int() || given.is_float() {
        return call.bson(0);
    }
    let error = ScriptError::new("MongoInvalidArgumentError", what);
    Err(error
        .hint(format!("the call is {}", call.method.signature()))
        .into())
}

fn not_tailable(call: &Call<'_>, what: &str) -> Result<(), Fault> {
    let tailable = core(call)?.plan()?.settings.get_bool("tailable");
    match tailable {
        Ok(true) => Err(ScriptError::new(
            "MongoTailableCursorError",
            format!("Tailable cursor does not support {what}"),
        )
        .into()),
        _ => Ok(()),
    }
}

fn batch_size(call: &mut Call<'_>) -> Outcome {
    not_tailable(call, "batchSize")?;
    let size = number(call, "Operation \"batchSize\" requires an integer")?;
    set(call, "batchSize", size)
}

fn max_time_ms(call: &mut Call<'_>) -> Outcome {
    let time = number(call, "Argument for maxTimeMS must be a number")?;
    set(call, "maxTimeMS", time)
}

fn limit(call: &mut Call<'_>) -> Outcome {
    let n = number(call, "Operation \"limit\" requires an integer")?;
    set(call, "limit", n)
}

fn skip(call: &mut Call<'_>) -> Outcome {
    let n = number(call, "Operation \"skip\" requires an integer")?;
    set(call, "skip", n)
}

fn sort(call: &mut Call<'_>) -> Outcome {
    match sort_spec(call, 0)? {
        Some(spec) => set(call, "sort", spec),
        None => Ok(call.receiver()),
    }
}

fn projection(call: &mut Call<'_>) -> Outcome {
    let fields = projection_of(call.arg(0), || call.ordered(0).map(Bson::Document))?;
    set(call, "projection", fields)
}

/// A projection: a document, or the names of the fields to include.
pub(super) fn projection_of(
    given: Dynamic,
    document: impl FnOnce() -> Result<Bson, Fault>,
) -> Result<Bson, Fault> {
    let Ok(names) = given.into_array() else {
        return document();
    };
    let mut fields = bson::Document::new();
    for name in names {
        let name = name
            .into_string()
            .map_err(|got| ScriptError::argument(format!("expected names of fields, got {got}")))?;
        fields.insert(name, 1);
    }
    if fields.is_empty() {
        fields.insert("_id", 1);
    }
    Ok(fields.into())
}

fn hint(call: &mut Call<'_>) -> Outcome {
    let hint = match call.arg(0).is_string() {
        true => call.bson(0)?,
        false => call.ordered(0)?.into(),
    };
    set(call, "hint", hint)
}

fn min(call: &mut Call<'_>) -> Outcome {
    let bounds = call.ordered(0)?;
    set(call, "min", bounds)
}

fn max(call: &mut Call<'_>) -> Outcome {
    let bounds = call.ordered(0)?;
    set(call, "max", bounds)
}

fn collation(call: &mut Call<'_>) -> Outcome {
    let spec = call.document(0)?;
    set(call, "collation", spec)
}

fn comment(call: &mut Call<'_>) -> Outcome {
    let comment = call.bson(0)?;
    set(call, "comment", comment)
}

/// Whether an option counts as given: there, and not undefined.
pub(super) fn is_given(value: &Dynamic) -> bool {
    !value.is_unit() || value.tag() == NULL
}
