//! [`FindCursor`]: the cursor of `find`, in scripts `Cursor`.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine};

use super::{Core, core, iteration, modify};
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::error::{Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::shell::explain;

/// A handle of a query's cursor; copies are the same cursor.
#[derive(Clone)]
pub struct FindCursor(pub Rc<Core>);

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "Cursor",
        docs: "The results of a query, read as they are needed.",
        receiver: Receiver::Value(TypeId::of::<FindCursor>),
        methods,
    }
}

static OWN: Class = class(METHODS);
static READING: Class = class(iteration::READING);
static ALL: Class = class(iteration::ALL);
static FINITE: Class = class(iteration::FINITE);
static COMMON: Class = class(modify::COMMON);

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<FindCursor>("Cursor");
    for class in [&OWN, &READING, &ALL, &FINITE, &COMMON] {
        api::register(engine, host, class);
    }
}

const METHODS: &[Method] = methods! {
    /// Sorts by the fields of a document: 1 is ascending, -1 descending.
    ///
    /// ```js
    /// db.orders.find().sort({ total: -1, _id: 1 }).toArray()
    /// ```
    sort("fields?") => modify::sort;
    /// Ends after this many documents; 0 is no limit.
    ///
    /// ```js
    /// db.orders.find().limit(10).toArray()
    /// ```
    limit("count") => modify::limit;
    /// Leaves out the first documents.
    ///
    /// ```js
    /// db.orders.find().skip(20).limit(10).toArray()
    /// ```
    skip("count") => modify::skip;
    /// Chooses the fields to return.
    ///
    /// ```js
    /// db.orders.find().projection({ status: 1 }).toArray()
    /// ```
    projection("fields") => modify::projection;
    /// Names the index to use, by its keys or its name.
    ///
    /// ```js
    /// db.orders.find().hint({ _id: 1 }).toArray()
    /// ```
    hint("index") => modify::hint;
    /// Compares strings by the rules of a language.
    ///
    /// ```js
    /// db.orders.find().sort({ name: 1 }).collation({ locale: "fr" }).toArray()
    /// ```
    collation("collation") => modify::collation;
    /// Adds a comment that the server's logs and profiler show.
    ///
    /// ```js
    /// db.orders.find().comment("monthly report").toArray()
    /// ```
    comment("comment") => modify::comment;
    /// The lowest values of the hinted index to look at, included.
    ///
    /// ```js
    /// db.orders.find().min({ _id: 10 }).hint({ _id: 1 }).toArray()
    /// ```
    min("bounds") => modify::min;
    /// The highest values of the hinted index to look at, excluded.
    ///
    /// ```js
    /// db.orders.find().max({ _id: 20 }).hint({ _id: 1 }).toArray()
    /// ```
    max("bounds") => modify::max;
    /// Returns the keys of the index instead of the documents.
    ///
    /// ```js
    /// db.orders.find().hint({ _id: 1 }).returnKey().toArray()
    /// ```
    returnKey("enabled?") => modify::return_key;
    /// Adds the storage's number of each document as $recordId.
    ///
    /// ```js
    /// db.orders.find().showRecordId().toArray()
    /// ```
    showRecordId("enabled?") => modify::show_record_id;
    /// Whether the server may use temporary files for a large sort.
    ///
    /// ```js
    /// db.orders.find().sort({ total: 1 }).allowDiskUse().toArray()
    /// ```
    allowDiskUse("allow?") => allow_disk_use;
    /// Accepts results without those of shards that are down.
    ///
    /// ```js
    /// db.orders.find().allowPartialResults().toArray()
    /// ```
    allowPartialResults("") => modify::allow_partial_results;
    /// Keeps the cursor at the server even where nobody reads it for ten minutes.
    ///
    /// ```js
    /// db.orders.find().noCursorTimeout().toArray()
    /// ```
    noCursorTimeout("") => modify::no_cursor_timeout;
    /// Was for queries of the oplog; servers ignore it since 4.4.
    ///
    /// ```js
    /// db.orders.find().oplogReplay().toArray()
    /// ```
    oplogReplay("") => modify::oplog_replay;
    /// Stays open at the end of a capped collection, for documents that are inserted later.
    ///
    /// ```js
    /// db.createCollection("log", { capped: true, size: 4096 }); db.log.find().tailable({ awaitData: true }).tryNext()
    /// ```
    tailable("options?") => modify::tailable;
    /// How many milliseconds the server waits for a new document of a tailable cursor.
    ///
    /// ```js
    /// db.createCollection("log", { capped: true, size: 4096 }); db.log.find().tailable({ awaitData: true }).maxAwaitTimeMS(100).tryNext()
    /// ```
    maxAwaitTimeMS("milliseconds") => modify::max_await_time_ms;
    /// Which writes the query may see: local, majority, linearizable, available or snapshot.
    ///
    /// ```js
    /// db.orders.find().readConcern("majority").toArray()
    /// ```
    readConcern("level") => modify::read_concern;
    /// Which members of the replica set the query may read from.
    ///
    /// ```js
    /// db.orders.find().readPref("secondaryPreferred").toArray()
    /// ```
    readPref("mode, tagSets?, hedgeOptions?") => modify::read_pref;
    /// Sets a flag by its number in the wire protocol: 2 tailable, 16 no timeout, 32 await data, …
    ///
    /// ```js
    /// db.orders.find().addOption(16).toArray()
    /// ```
    addOption("flag") => modify::add_option;
    /// Was removed from MongoDB in 4.2: use maxTimeMS.
    ///
    /// ```js no_run
    /// db.orders.find().maxScan(10)
    /// ```
    maxScan("count?") => max_scan;
    /// How many documents the query finds, with its limit and skip.
    ///
    /// ```js
    /// db.orders.find({ status: "new" }).count()
    /// ```
    count("") => count;
    /// The same as count().
    ///
    /// ```js
    /// db.orders.find().limit(5).size()
    /// ```
    size("") => count;
    /// How the server runs the query: queryPlanner, executionStats or allPlansExecution.
    ///
    /// ```js
    /// db.orders.find({ status: "new" }).explain("executionStats")
    /// ```
    explain("verbosity?") => explain::of_cursor;
};

fn allow_disk_use(call: &mut Call<'_>) -> Outcome {
    if !core(call)?.plan()?.settings.contains_key("sort") {
        return Err(ScriptError::new(
            "MongoInvalidArgumentError",
            "Option \"allowDiskUse\" requires a sort specification",
        )
        .into());
    }
    modify::allow_disk_use(call)
}

fn max_scan(_: &mut Call<'_>) -> Outcome {
    Err(ScriptError::new(
        "MongoshDeprecatedError",
        "`maxScan()` was removed because it was deprecated in MongoDB 4.0",
    )
    .hint("use maxTimeMS() to bound a query's work")
    .into())
}

fn count(call: &mut Call<'_>) -> Outcome {
    let plan = core(call)?.plan()?;
    let mut command = plan.count_command()?;
    if let Some(concern) = plan.settings.get("readConcern") {
        command.insert("readConcern", concern.clone());
    }
    let reply = plan.target.read(call.host, command)?;
    let n = match reply.get("n") {
        Some(bson::Bson::Int32(n)) => i64::from(*n),
        Some(bson::Bson::Int64(n)) => *n,
        #[allow(clippy::cast_possible_truncation)] // a number of documents
        Some(bson::Bson::Double(n)) => *n as i64,
        _ => 0,
    };
    Ok(Dynamic::from(n))
}
