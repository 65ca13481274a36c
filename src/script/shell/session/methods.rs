//! Starting and ending sessions, their databases and their times.

use std::rc::Rc;

use bson::{Bson, Timestamp};
use mongodb::ClusterTime;
use rhai::Dynamic;

use super::{Session, SessionHandle, Transaction, options};
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::convert::{document_from, value_from};
use crate::script::error::{Fault, Outcome};
use crate::script::shell::database::{Db, check_database_name};
use crate::script::shell::mongo::Mongo;
use crate::script::shell::target::Target;

pub(super) const METHODS: &[Method] = methods! {
    /// A database whose operations run in the session.
    ///
    /// ```js
    /// let session = db.getMongo().startSession();
    /// session.getDatabase(db.getName()).orders.insertOne({ a: 1 })
    /// ```
    getDatabase("name") => get_database;
    /// Ends the session; a running transaction is aborted.
    ///
    /// ```js
    /// db.getMongo().startSession().endSession()
    /// ```
    endSession("") => end_session;
    /// Whether the session has ended.
    ///
    /// ```js
    /// db.getMongo().startSession().hasEnded()
    /// ```
    hasEnded("") => has_ended;
    /// The options that the session was started with.
    ///
    /// ```js
    /// db.getMongo().startSession({ causalConsistency: false }).getOptions()
    /// ```
    getOptions("") => get_options;
    /// The newest cluster time that the session has seen, if any.
    ///
    /// ```js
    /// db.getMongo().startSession().getClusterTime()
    /// ```
    getClusterTime("") => get_cluster_time;
    /// The time of the session's last operation, if there was one.
    ///
    /// ```js
    /// db.getMongo().startSession().getOperationTime()
    /// ```
    getOperationTime("") => get_operation_time;
    /// Makes the session's cluster time at least this one.
    ///
    /// ```js
    /// let one = db.getMongo().startSession();
    /// let two = db.getMongo().startSession();
    /// one.getDatabase(db.getName()).orders.insertOne({ a: 1 });
    /// two.advanceClusterTime(one.getClusterTime())
    /// ```
    advanceClusterTime("clusterTime") => advance_cluster_time;
    /// Makes the session's reads see at least what was there at this time.
    ///
    /// ```js
    /// let one = db.getMongo().startSession();
    /// let two = db.getMongo().startSession();
    /// one.getDatabase(db.getName()).orders.insertOne({ a: 1 });
    /// two.advanceOperationTime(one.getOperationTime())
    /// ```
    advanceOperationTime("timestamp") => advance_operation_time;
};

/// `startSession` of a connection.
///
/// # Errors
/// Where an option is wrong, or nobody answers.
pub fn start(call: &mut Call<'_>) -> Outcome {
    let mongo = call.this::<Mongo>()?;
    let (options, shown) = options::of_session(call)?;
    let snapshot = options.snapshot == Some(true);
    let causal = options.causal_consistency.unwrap_or(!snapshot);
    let cluster = mongo.cluster(call.host)?;
    let started = cluster.client().start_session().with_options(options);
    let session = call.host.run(started)?;
    let id = Rc::new(session.id().clone());
    let handle = SessionHandle::new(call.host, session, causal, snapshot);
    Ok(Dynamic::from(Session {
        handle,
        mongo,
        id,
        options: Rc::new(shown),
    }))
}

fn get_database(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    check_database_name(&name)?;
    let session = call.this::<Session>()?;
    Ok(Dynamic::from(Db::new(Target {
        mongo: session.mongo,
        database: name.into(),
        session: Some(session.handle),
    })))
}

fn end_session(call: &mut Call<'_>) -> Outcome {
    let handle = call.this::<Session>()?.handle;
    if handle.has_ended() {
        return Ok(Dynamic::UNIT);
    }
    if handle.transaction() == Transaction::Running {
        handle.with(|s| call.host.run(s.abort_transaction()))??;
    }
    handle.end();
    Ok(Dynamic::UNIT)
}

fn has_ended(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Session>()?.handle.has_ended().into())
}

fn get_options(call: &mut Call<'_>) -> Outcome {
    let options = call.this::<Session>()?.options;
    Ok(Dynamic::from(document_from((*options).clone())))
}

fn get_cluster_time(call: &mut Call<'_>) -> Outcome {
    let handle = call.this::<Session>()?.handle;
    let time = handle.with(|s| s.cluster_time().map(bson::serialize_to_document))?;
    Ok(match time.transpose()? {
        Some(time) => Dynamic::from(document_from(time)),
        None => Dynamic::UNIT,
    })
}

fn get_operation_time(call: &mut Call<'_>) -> Outcome {
    let handle = call.this::<Session>()?.handle;
    let time = handle.with(|s| s.operation_time())?;
    Ok(time.map_or(Dynamic::UNIT, |t| value_from(Bson::Timestamp(t))))
}

fn advance_cluster_time(call: &mut Call<'_>) -> Outcome {
    let expected = |_| -> Fault { call.expected(0, "a cluster time") };
    let time: ClusterTime = bson::deserialize_from_document(call.document(0)?).map_err(expected)?;
    let handle = call.this::<Session>()?.handle;
    handle.with(|s| s.advance_cluster_time(&time))?;
    Ok(Dynamic::UNIT)
}

fn advance_operation_time(call: &mut Call<'_>) -> Outcome {
    let Some(time) = call.arg(0).try_cast::<Timestamp>() else {
        return Err(call.expected(0, "a Timestamp"));
    };
    let handle = call.this::<Session>()?.handle;
    handle.with(|s| s.advance_operation_time(time))?;
    Ok(Dynamic::UNIT)
}
