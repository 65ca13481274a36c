//! The connection's databases, sessions and life.

use bson::{Document, doc};
use rhai::{Array, Dynamic};

use super::Mongo;
use mongodb::options::Credential;

use crate::client::redact;
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::convert::{self, document_from};
use crate::script::error::{Fault, Outcome};
use crate::script::shell::database::{
    Db, check_collection_name, check_database_name, current_name,
};
use crate::script::shell::invalid;
use crate::script::shell::session;
use crate::script::shell::target::Target;

pub(super) const METHODS: &[Method] = methods! {
    /// A database of the connection.
    ///
    /// ```js
    /// db.getMongo().getDB("ecommerce").getName()
    /// ```
    getDB("name") => get_db;
    /// A collection by the name of its database and its own, with a dot between.
    ///
    /// ```js
    /// db.getMongo().getCollection("ecommerce.orders").countDocuments()
    /// ```
    getCollection("name") => get_collection;
    /// The databases, with their sizes unless `nameOnly` is set.
    ///
    /// ```js
    /// db.getMongo().getDBs({ nameOnly: true }).databases
    /// ```
    getDBs("options?") => get_dbs;
    /// The databases' names.
    ///
    /// ```js
    /// db.getMongo().getDBNames()
    /// ```
    getDBNames("options?") => get_db_names;
    /// Makes `db` a database of this connection.
    ///
    /// ```js
    /// db.getMongo().use(db.getName())
    /// ```
    use("name") => use_database;
    /// The connection string, without credentials.
    ///
    /// ```js
    /// db.getMongo().getURI()
    /// ```
    getURI("") => get_uri;
    /// Connects now, as a user where one is named; else the first operation connects.
    ///
    /// ```js
    /// db.getMongo().connect()
    /// ```
    connect("username?, password?") => connect;
    /// Closes the connection; a later operation connects again.
    ///
    /// ```js
    /// db.getMongo().close()
    /// ```
    close("") => close;
    /// Starts a session: options are `causalConsistency`, `snapshot`, and what its transactions
    /// default to.
    ///
    /// ```js
    /// let session = db.getMongo().startSession({ readConcern: { level: "majority" } });
    /// session.getDatabase(db.getName()).orders.insertOne({ a: 1 });
    /// session.endSession()
    /// ```
    startSession("options?") => session::start;
    /// The value that a hashed index keeps for a value.
    ///
    /// ```js
    /// db.orders.insertOne({ a: 1 })
    /// db.getMongo().convertShardKeyToHashed("o1")
    /// ```
    convertShardKeyToHashed("value") => convert_shard_key_to_hashed;
};

/// A database of this connection, outside of a session.
fn target(call: &Call<'_>, database: &str) -> Result<Target, Fault> {
    Ok(Target {
        mongo: call.this::<Mongo>()?,
        database: database.into(),
        session: None,
    })
}

fn get_db(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    check_database_name(&name)?;
    Ok(Dynamic::from(Db::new(target(call, &name)?)))
}

fn get_collection(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    let parts = name.split_once('.');
    let Some((database, collection)) = parts.filter(|(db, c)| !db.is_empty() && !c.is_empty())
    else {
        return Err(invalid("Collection must be of the format <db>.<collection>").into());
    };
    check_database_name(database)?;
    check_collection_name(collection)?;
    let db = Db::new(target(call, database)?);
    Ok(Dynamic::from(db.collection(collection)))
}

fn list(call: &Call<'_>) -> Result<Document, Fault> {
    const KNOWN: &[&str] = &[
        "filter",
        "nameOnly",
        "authorizedDatabases",
        "comment",
        "maxTimeMS",
    ];
    let mut command = doc! { "listDatabases": 1 };
    call.options(0, KNOWN)?.copy_into(&mut command, KNOWN)?;
    target(call, "admin")?.read_as_is(call.host, command)
}

fn get_dbs(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(document_from(list(call)?)))
}

fn get_db_names(call: &mut Call<'_>) -> Outcome {
    let reply = list(call)?;
    let names = reply.get_array("databases")?.iter().filter_map(|db| {
        let name = db.as_document()?.get_str("name").ok()?;
        Some(Dynamic::from(name.to_string()))
    });
    Ok(names.collect::<Array>().into())
}

fn use_database(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    check_database_name(&name)?;
    let mongo = call.this::<Mongo>()?;
    let before = (Mongo::of(call.host), current_name(call.host));
    mongo.make_current(call.host);
    call.host.use_database(&name);
    let same = before.0.is(&mongo) && before.1 == name;
    Ok(match same {
        true => format!("already on db {name}"),
        false => format!("switched to db {name}"),
    }
    .into())
}

fn get_uri(call: &mut Call<'_>) -> Outcome {
    let mongo = call.this::<Mongo>()?;
    Ok(mongo.uri().map_or(Dynamic::UNIT, |uri| redact(uri).into()))
}

fn connect(call: &mut Call<'_>) -> Outcome {
    let mongo = call.this::<Mongo>()?;
    match call.opt_string(0)? {
        None => drop(mongo.cluster(call.host)?),
        Some(user) => {
            let password = call.string(1)?;
            let credential = Credential::builder().username(user).password(password);
            mongo.log_in(call.host, credential.build())?;
        }
    }
    Ok(Dynamic::UNIT)
}

fn close(call: &mut Call<'_>) -> Outcome {
    call.this::<Mongo>()?.close();
    Ok(Dynamic::UNIT)
}

fn convert_shard_key_to_hashed(call: &mut Call<'_>) -> Outcome {
    let hashed = doc! { "$toHashedIndexKey": { "$literal": call.bson(0)? } };
    let project = doc! { "$project": { "_id": hashed } };
    let limit = doc! { "$limit": 1 };
    let of_documents = vec![doc! { "$documents": [{}] }, limit.clone(), project.clone()];
    let of_oplog = vec![doc! { "$collStats": {} }, limit, project];
    let found = target(call, "admin")?
        .aggregation(call.host, 1, of_documents)
        .or_else(|_| target(call, "local")?.aggregation(call.host, "oplog.rs", of_oplog))?;
    let value = found
        .first()
        .map(|raw| raw.get("_id"))
        .transpose()?
        .flatten();
    Ok(value
        .map(convert::value)
        .transpose()?
        .unwrap_or(Dynamic::UNIT))
}
