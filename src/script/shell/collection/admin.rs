//! The collection as a thing: its names, its life, its sizes.

use bson::{Bson, Document, RawDocumentBuf, doc};
use rhai::{Array, Dynamic};

use super::Collection;
use super::stats;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method};
use crate::script::convert::{self, document_from};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::database::Db;
use crate::script::shell::invalid;
use crate::script::shell::plan_cache::PlanCache;

pub(super) const METHODS: &[Method] = methods! {
    /// The collection's name.
    ///
    /// ```js
    /// db.orders.getName()
    /// ```
    getName("") => get_name;
    /// The database's and the collection's name with a dot between.
    ///
    /// ```js
    /// db.orders.getFullName()
    /// ```
    getFullName("") => get_full_name;
    /// The collection's database.
    ///
    /// ```js
    /// db.orders.getDB().getName()
    /// ```
    getDB("") => get_db;
    /// The connection that the collection belongs to.
    ///
    /// ```js
    /// db.orders.getMongo().getURI()
    /// ```
    getMongo("") => get_mongo;
    /// The collection's plan cache.
    ///
    /// ```js
    /// db.orders.insertOne({ _id: 1 })
    /// db.orders.getPlanCache().list()
    /// ```
    getPlanCache("") => get_plan_cache;
    /// Drops the collection; says whether there was one.
    ///
    /// ```js
    /// db.orders.drop()
    /// ```
    drop("options?") => drop;
    /// Gives the collection another name in its database; `dropTarget` replaces one of that name.
    ///
    /// ```js
    /// db.drafts.insertOne({ a: 1 })
    /// db.drafts.renameCollection("orders", true)
    /// ```
    renameCollection("newName, dropTarget?") => rename;
    /// What the server says of the collection, or null where there is none.
    ///
    /// ```js
    /// db.orders.exists()
    /// ```
    exists("") => exists;
    /// Whether the collection is capped.
    ///
    /// ```js
    /// db.createCollection("log", { capped: true, size: 4096 })
    /// db.log.isCapped()
    /// ```
    isCapped("") => is_capped;
    /// Makes a capped collection of it.
    ///
    /// ```js
    /// db.log.insertOne({ a: 1 })
    /// db.log.convertToCapped(4096)
    /// ```
    convertToCapped("size") => convert_to_capped;
    /// Checks the collection's data and indexes.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.orders.validate({ full: true })
    /// ```
    validate("options?") => validate;
    /// Sizes and counts; `scale` divides the sizes, `indexDetails` adds the indexes' own.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.orders.stats({ scale: 1024 })
    /// ```
    stats("options?") => stats::stats;
    /// The documents' size in bytes.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.orders.dataSize()
    /// ```
    dataSize("") => data_size;
    /// The storage that the documents take, in bytes.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.orders.storageSize()
    /// ```
    storageSize("") => storage_size;
    /// The storage that the indexes take, in bytes.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.orders.totalIndexSize()
    /// ```
    totalIndexSize("") => total_index_size;
    /// The storage that documents and indexes take, in bytes.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.orders.totalSize()
    /// ```
    totalSize("") => total_size;
    /// How long operations on the collection took.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.orders.latencyStats({ histograms: true })
    /// ```
    latencyStats("options?") => latency_stats;
    /// Runs a command with the collection's name as its value, or a whole command.
    ///
    /// ```js
    /// db.orders.runCommand("count", { query: { status: "new" } })
    /// ```
    runCommand("command, options?") => run_command;
};

fn get_name(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Collection>()?.name().to_string().into())
}

fn get_full_name(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Collection>()?.full_name().into())
}

fn get_db(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Collection>()?.target().clone();
    Ok(Dynamic::from(Db::new(target)))
}

fn get_mongo(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Collection>()?.target().clone();
    Ok(Dynamic::from(target.mongo))
}

fn get_plan_cache(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(PlanCache(call.this::<Collection>()?)))
}

fn drop(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let options = call.options(0, &["writeConcern", "comment", "maxTimeMS"])?;
    let mut command = doc! { "drop": collection.name() };
    options.copy_into(&mut command, &["writeConcern", "comment", "maxTimeMS"])?;
    match collection.target().change(call.host, command) {
        Ok(_) => Ok(true.into()),
        // 26 is NamespaceNotFound: servers before 7.0 say that there was nothing to drop.
        Err(Fault::Script(e)) if e.code == Some(26) => Ok(false.into()),
        Err(e) => Err(e),
    }
}

fn rename(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let to = format!("{}.{}", collection.target().database, call.string(0)?);
    let command = doc! {
        "renameCollection": collection.full_name(),
        "to": to,
        "dropTarget": call.opt_bool(1)?.unwrap_or(false),
    };
    let admin = collection.target().sibling("admin");
    admin.change(call.host, command)?;
    let mut result = Doc::new();
    result.set("ok", 1_i64.into())?;
    Ok(Dynamic::from(result))
}

/// What `listCollections` says of the collection.
fn info(call: &Call<'_>, collection: &Collection) -> Result<Option<Document>, Fault> {
    let command = doc! { "listCollections": 1, "filter": { "name": collection.name() } };
    let found = collection.target().listing(call.host, command)?;
    let first = found.first().map(|raw| Document::try_from(raw.as_ref()));
    Ok(first.transpose()?)
}

fn exists(call: &mut Call<'_>) -> Outcome {
    let info = info(call, &call.this::<Collection>()?)?;
    Ok(convert::value_from(info.map_or(Bson::Null, Bson::from)))
}

fn is_capped(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let Some(info) = info(call, &collection)? else {
        let name = collection.full_name();
        return Err(ScriptError::new(
            "MongoshRuntimeError",
            format!("collection {name} not found"),
        )
        .into());
    };
    let options = info.get_document("options");
    let capped = options.and_then(|o| o.get_bool("capped"));
    Ok(capped.unwrap_or(false).into())
}

fn convert_to_capped(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let command = doc! { "convertToCapped": collection.name(), "size": call.bson(0)? };
    let reply = collection.target().change(call.host, command)?;
    Ok(Dynamic::from(document_from(reply)))
}

fn validate(call: &mut Call<'_>) -> Outcome {
    const KNOWN: &[&str] = &[
        "full",
        "repair",
        "metadata",
        "checkBSONConformance",
        "background",
    ];
    let collection = call.this::<Collection>()?;
    let mut command = doc! { "validate": collection.name() };
    match call.arg(0).as_bool() {
        Ok(full) => {
            command.insert("full", full);
        }
        Err(_) => call.options(0, KNOWN)?.copy_into(&mut command, KNOWN)?,
    }
    let reply = collection.target().read_as_is(call.host, command)?;
    Ok(Dynamic::from(document_from(reply)))
}

fn data_size(call: &mut Call<'_>) -> Outcome {
    storage_stat(call, "size")
}

fn storage_size(call: &mut Call<'_>) -> Outcome {
    storage_stat(call, "storageSize")
}

fn total_index_size(call: &mut Call<'_>) -> Outcome {
    storage_stat(call, "totalIndexSize")
}

fn total_size(call: &mut Call<'_>) -> Outcome {
    storage_stat(call, "totalSize")
}

/// One of the storage's sizes, over all shards.
fn storage_stat(call: &Call<'_>, field: &str) -> Outcome {
    let collection = call.this::<Collection>()?;
    let pipeline = vec![
        doc! { "$collStats": { "storageStats": {} } },
        doc! { "$group": { "_id": null, "value": { "$sum": format!("$storageStats.{field}") } } },
    ];
    let found = aggregate(call, &collection, pipeline)?;
    let Some(first) = found.first() else {
        return Ok(0_i64.into());
    };
    match first.get("value")? {
        Some(value) => Ok(convert::value(value)?),
        None => Ok(0_i64.into()),
    }
}

fn latency_stats(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let pipeline = vec![
        doc! { "$collStats": { "latencyStats": call.doc_or_empty(0).and_then(|d| Ok(convert::owned_document(&d)?))? } },
    ];
    let found = aggregate(call, &collection, pipeline)?;
    let stats = found
        .iter()
        .map(|raw| convert::document(raw).map(Dynamic::from));
    Ok(stats.collect::<Result<Array, _>>()?.into())
}

pub(super) fn aggregate(
    call: &Call<'_>,
    collection: &Collection,
    pipeline: Vec<Document>,
) -> Result<Vec<RawDocumentBuf>, Fault> {
    let target = collection.target();
    target.aggregation(call.host, collection.name(), pipeline)
}

fn run_command(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let command = match call.arg(0).into_string() {
        Ok(name) => named_command(call, &name, &collection)?,
        Err(_) if call.given(1).is_some() => {
            return Err(invalid(
                "Collection.runCommand takes a command string as its first argument",
            )
            .into());
        }
        Err(_) => call.ordered(0)?,
    };
    let reply = collection.target().command(call.host, command)?;
    Ok(Dynamic::from(document_from(reply)))
}

fn named_command(call: &Call<'_>, name: &str, of: &Collection) -> Result<Document, Fault> {
    let mut command = doc! { name: of.name() };
    if call.given(1).is_some() {
        let options = call.document(1)?;
        if options.contains_key(name) {
            return Err(invalid(
                "The \"commandName\" argument cannot be passed as an option to \"runCommand\".",
            )
            .into());
        }
        command.extend(options);
    }
    Ok(command)
}
