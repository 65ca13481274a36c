//! The database's collections and views: listing, creating, and dropping them all.

use bson::{Bson, Document, RawDocumentBuf, doc};
use rhai::{Array, Dynamic};

use super::Db;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method};
use crate::script::convert;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::collection::Collection;
use crate::script::shell::collection::stats;
use crate::script::shell::invalid;
use crate::script::shell::report::{Kind, Report};

/// The fields of the server's `create` command
/// (<https://www.mongodb.com/docs/v6.0/reference/command/create/>), in its order.
const CREATE_OPTIONS: &[&str] = &[
    "capped",
    "timeseries",
    "expireAfterSeconds",
    "clusteredIndex",
    "changeStreamPreAndPostImages",
    "autoIndexId",
    "size",
    "max",
    "storageEngine",
    "validator",
    "validationLevel",
    "validationAction",
    "indexOptionDefaults",
    "viewOn",
    "pipeline",
    "collation",
    "maxTimeMS",
    "writeConcern",
    "comment",
];

pub(super) const METHODS: &[Method] = methods! {
    /// The names of the collections and views.
    ///
    /// ```js
    /// db.getCollectionNames()
    /// ```
    getCollectionNames("") => get_collection_names;
    /// What the server says of the collections and views that the filter chooses.
    ///
    /// ```js
    /// db.getCollectionInfos({ name: /^ord/ }, { nameOnly: true })
    /// ```
    getCollectionInfos("filter?, options?") => get_collection_infos;
    /// Creates a collection; one that is only written to needs no creating.
    ///
    /// ```js
    /// db.createCollection("log", { capped: true, size: 65536, max: 1000 })
    /// ```
    createCollection("name, options?") => create_collection;
    /// Creates a view: a collection that is the result of a pipeline on another.
    ///
    /// ```js
    /// db.createView("open_orders", "orders", [{ $match: { status: "open" } }])
    /// ```
    createView("name, source, pipeline, options?") => create_view;
    /// Drops the database with all its collections.
    ///
    /// ```js
    /// db.getSiblingDB("scratch").dropDatabase()
    /// ```
    dropDatabase("writeConcern?") => drop_database;
    /// The sizes and counts of every collection; `scale` divides the sizes.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.printCollectionStats(1024)
    /// ```
    printCollectionStats("scale?") => print_collection_stats;
};

fn list(call: &Call<'_>, db: &Db, command: Document) -> Result<Vec<RawDocumentBuf>, Fault> {
    let mut whole = doc! { "listCollections": 1 };
    whole.extend(command);
    db.target().listing(call.host, whole)
}

fn names(call: &Call<'_>, db: &Db) -> Result<Vec<String>, Fault> {
    let found = list(call, db, doc! { "nameOnly": true })?;
    let names = found.iter().map(|info| info.get_str("name"));
    Ok(names
        .map(|n| n.map(str::to_string))
        .collect::<Result<_, _>>()?)
}

fn get_collection_names(call: &mut Call<'_>) -> Outcome {
    let names = names(call, &call.this::<Db>()?)?;
    Ok(names
        .into_iter()
        .map(Dynamic::from)
        .collect::<Array>()
        .into())
}

fn get_collection_infos(call: &mut Call<'_>) -> Outcome {
    const KNOWN: &[&str] = &["nameOnly", "authorizedCollections", "comment", "maxTimeMS"];
    let options = call.options(1, KNOWN)?;
    let filter = convert::owned_document(&call.doc_or_empty(0)?)?;
    let mut command = doc! { "filter": filter };
    options.copy_into(&mut command, KNOWN)?;
    let found = list(call, &call.this::<Db>()?, command)?;
    let infos = found
        .iter()
        .map(|raw| convert::document(raw).map(Dynamic::from));
    Ok(infos.collect::<Result<Array, _>>()?.into())
}

fn create_collection(call: &mut Call<'_>) -> Outcome {
    let mut command = doc! { "create": call.string(0)? };
    if call.doc_or_empty(1)?.contains("encryptedFields") {
        return Err(ScriptError::unsupported(
            "createCollection with encryptedFields is not supported here: \
             this program does not do client-side encryption",
        )
        .into());
    }
    let options = call.options(1, CREATE_OPTIONS)?;
    options.copy_into(&mut command, CREATE_OPTIONS)?;
    create(call, command)
}

fn create_view(call: &mut Call<'_>) -> Outcome {
    let options = call.options(3, &["collation", "writeConcern", "comment"])?;
    let pipeline = match call.bson(2)? {
        Bson::Array(stages) => stages,
        _ => return Err(call.expected(2, "an array of stages")),
    };
    let mut command = doc! {
        "create": call.string(0)?,
        "viewOn": call.string(1)?,
        "pipeline": pipeline,
    };
    options.copy_into(&mut command, &["collation", "writeConcern", "comment"])?;
    create(call, command)
}

fn create(call: &Call<'_>, command: Document) -> Outcome {
    let target = call.this::<Db>()?.target();
    target.change(call.host, command)?;
    let mut result = Doc::new();
    result.set("ok", 1_i64.into())?;
    Ok(Dynamic::from(result))
}

fn drop_database(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target();
    let mut command = doc! { "dropDatabase": 1 };
    if call.given(0).is_some() {
        command.insert("writeConcern", call.document(0)?);
    }
    target.change(call.host, command)?;
    let mut reply = Doc::new();
    reply.set("ok", 1_i64.into())?;
    reply.set("dropped", target.database.to_string().into())?;
    Ok(Dynamic::from(reply))
}

fn print_collection_stats(call: &mut Call<'_>) -> Outcome {
    let scale = match call.given(0) {
        None => 1.0,
        Some(_) => call.float(0)?,
    };
    if scale < 1.0 {
        return Err(invalid(format!("scale has to be a number >=1, got {scale}")).into());
    }
    let db = call.this::<Db>()?;
    let mut all = Document::new();
    for name in names(call, &db)? {
        let stats = match stats_of(call, &db.collection(&name), scale) {
            Ok(stats) => stats,
            // One collection without statistics (a view) does not hide the others'.
            Err(Fault::Script(e)) => doc! { "ok": 0, "errmsg": e.message },
            Err(e) => return Err(e),
        };
        all.insert(name, stats);
    }
    Report::outcome(Kind::Stats, all)
}

fn stats_of(call: &Call<'_>, collection: &Collection, scale: f64) -> Result<Document, Fault> {
    let mut stats = stats::of_collection(call, collection, scale)?;
    stats.remove("indexDetails");
    Ok(stats)
}
