//! Sessions and transactions on a real replica set.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use support::{ReplicaSet, database, run_eval, shared};

/// What a script prints, on a database of its own with a collection `c` and a session `s` whose
/// database is `sdb`.
#[track_caller]
fn said(test: &str, script: &str) -> String {
    let start = "db.createCollection('c'); const s = db.getMongo().startSession(); \
                 const sdb = s.getDatabase(db.getName());";
    let uri = shared().uri_of(&database(test));
    let code = format!("{start}\n{script}\nnull");
    let out = run_eval(&uri, &code).ok();
    let out = out.trim_end();
    out.strip_suffix("null").unwrap_or(out).trim_end().into()
}

#[test]
fn a_transaction_is_seen_outside_after_its_commit_only() {
    let out = said(
        "outside",
        "s.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
         sdb.c.insertMany([{ _id: 1 }, { _id: 2 }]);
         print(sdb.c.countDocuments({}), db.c.countDocuments({}), sdb.c.find().toArray().length);
         s.commitTransaction();
         print(db.c.countDocuments({}));
         s.startTransaction();
         sdb.c.updateMany({}, { $set: { x: 1 } });
         print(sdb.c.aggregate([{ $match: { x: 1 } }]).toArray().length);
         s.abortTransaction();
         print(db.c.countDocuments({ x: 1 }));",
    );
    assert_eq!(out, "2 0 2\n2\n2\n0");
}

/// The messages are mongosh's.
#[test]
fn the_state_of_a_transaction_is_checked() {
    let out = said(
        "state",
        "const t = f => { try { f(); print('ok'); } catch (e) { print(e.name + ': ' + e.message); } };
         t(() => s.commitTransaction());
         t(() => s.abortTransaction());
         t(() => s.startTransaction());
         t(() => s.startTransaction());
         t(() => s.abortTransaction());
         t(() => s.abortTransaction());
         t(() => s.commitTransaction());
         t(() => s.startTransaction());
         t(() => s.commitTransaction());
         t(() => s.abortTransaction());
         t(() => s.commitTransaction());
         t(() => s.startTransaction({ writeConcern: { w: 0 } }));
         t(() => s.startTransaction({ readPreference: 'secondary' }));
         t(() => sdb.c.findOne());
         t(() => s.endSession());
         t(() => sdb.c.findOne());
         const snapshot = db.getMongo().startSession({ snapshot: true });
         t(() => snapshot.startTransaction());
         t(() => db.getMongo().startSession({ snapshot: true, causalConsistency: true }));
         t(() => s.withTransaction(() => 1, { nope: 1 }));",
    );
    let want = [
        "MongoTransactionError: No transaction started",
        "MongoTransactionError: No transaction started",
        "ok",
        "MongoTransactionError: Transaction already in progress",
        "ok",
        "MongoTransactionError: Cannot call abortTransaction twice",
        "MongoTransactionError: Cannot call commitTransaction after calling abortTransaction",
        "ok",
        "ok",
        "MongoTransactionError: Cannot call abortTransaction after calling commitTransaction",
        "ok",
        "MongoTransactionError: Transactions do not support unacknowledged write concern",
        "ok",
        "MongoTransactionError: Read preference in a transaction must be primary, not: secondary",
        "ok",
        "MongoExpiredSessionError: Use of expired sessions is not permitted",
        "MongoCompatibilityError: Transactions are not supported in snapshot sessions",
        "MongoInvalidArgumentError: Properties \"causalConsistency\" and \"snapshot\" are mutually exclusive",
        "MongoshInvalidInputError: withTransaction has no option `nope`",
    ];
    assert_eq!(out.lines().collect::<Vec<_>>(), want);
}

#[test]
fn with_transaction_commits_and_returns_the_callbacks_value() {
    let out = said(
        "with",
        "print(s.withTransaction(() => { sdb.c.insertOne({ _id: 1 }); return 7; }));
         print(s.withTransaction(session => {
             session.getDatabase(db.getName()).c.insertOne({ _id: 2 });
             return db.c.countDocuments({});
         }, { writeConcern: { w: 'majority' }, readConcern: { level: 'local' } }));
         print(s.withTransaction(|| { s.getDatabase(db.getName()).c.insertOne(#{ _id: 3 }); 8 }));
         print(s.withTransaction(() => { sdb.c.insertOne({ _id: 4 }); s.abortTransaction(); return 9; }));
         print(db.c.find().toArray());",
    );
    assert_eq!(
        out,
        "7\n1\nundefined\n9\n[ { _id: 1 }, { _id: 2 }, { _id: 3 } ]".replace("undefined", "8")
    );
}

#[test]
fn an_error_in_the_callback_aborts_and_passes_through() {
    let out = said(
        "abort",
        "db.c.insertOne({ _id: 1 });
         const t = f => { try { f(); print('ok'); } catch (e) { print(e.name, e.code ?? 0, e.message); } };
         t(() => s.withTransaction(() => { sdb.c.insertOne({ _id: 2 }); throw new Error('mine'); }));
         t(() => s.withTransaction(() => { sdb.c.insertOne({ _id: 2 }); sdb.c.insertOne({ _id: 1 }); }));
         print(db.c.find().toArray());",
    );
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "Error 0 mine");
    assert!(
        lines[1].starts_with("MongoServerError 11000 E11000 duplicate key error collection:"),
        "{out}"
    );
    assert_eq!(lines[2], "[ { _id: 1 } ]");
}

/// Another transaction is in the way until the second try; the error's labels survive a catch.
#[test]
fn a_write_conflict_runs_the_callback_again() {
    let out = said(
        "conflict",
        "db.c.insertOne({ _id: 1, n: 0 });
         const other = db.getMongo().startSession();
         other.startTransaction();
         other.getDatabase(db.getName()).c.updateOne({ _id: 1 }, { $inc: { n: 1 } });
         let tries = 0;
         s.withTransaction(() => {
             tries += 1;
             if (tries == 2) { other.commitTransaction(); }
             try {
                 sdb.c.updateOne({ _id: 1 }, { $inc: { n: 10 } });
             } catch (e) {
                 print(e.codeName, e.hasErrorLabel('TransientTransactionError'));
                 throw e;
             }
         });
         print(tries, db.c.findOne());",
    );
    assert_eq!(out, "WriteConflict true\n2 { _id: 1, n: 11 }");
}

/// The server ends a transaction at its first error; what the script then commits is not there.
#[test]
fn a_transaction_that_the_server_aborted_cannot_be_committed() {
    let out = said(
        "gone",
        "db.c.insertOne({ _id: 1 });
         s.startTransaction();
         try { sdb.c.insertOne({ _id: 1 }); } catch (e) { print(e.code); }
         try { s.commitTransaction(); } catch (e) { print(e.codeName); }
         s.startTransaction();
         sdb.c.insertOne({ _id: 2 });
         s.commitTransaction();
         print(db.c.countDocuments({}));",
    );
    assert_eq!(out, "11000\nNoSuchTransaction\n2");
}

#[test]
fn snapshot_sessions_see_one_moment() {
    let out = said(
        "snapshot",
        "db.c.insertOne({ _id: 1 });
         const then = db.getMongo().startSession({ snapshot: true });
         const c = then.getDatabase(db.getName()).c;
         print(c.find().toArray());
         db.c.insertOne({ _id: 2 });
         print(c.find().toArray(), c.distinct('_id'), db.c.countDocuments({}));",
    );
    assert_eq!(out, "[ { _id: 1 } ]\n[ { _id: 1 } ] [ 1 ] 2");
}

#[test]
fn sessions_keep_their_times_and_options() {
    let out = said(
        "times",
        "print(s.getClusterTime() == null, s.getOperationTime() == null, s.hasEnded(), s.getOptions());
         sdb.c.insertOne({ _id: 1 });
         print(Object.keys(s.getClusterTime()), s.getOperationTime() != null);
         const two = db.getMongo().startSession({ causalConsistency: false, readPreference: 'nearest' });
         two.advanceClusterTime(s.getClusterTime());
         two.advanceOperationTime(s.getOperationTime());
         print(two.getOperationTime() == s.getOperationTime(), two.getOptions());
         print(s.id == two.id, Object.keys(s.id));
         s.endSession();
         print(s.hasEnded());",
    );
    let want = "true true false {}\n[ 'clusterTime', 'signature' ] true\n\
                true {\n  defaultTransactionOptions: { readPreference: 'nearest' },\n  \
                causalConsistency: false\n}\nfalse [ 'id' ]\ntrue";
    assert_eq!(out, want);
}

/// A causally consistent session reads its own writes, wherever it reads.
#[test]
fn a_session_sees_its_writes_on_secondaries() {
    let set = ReplicaSet::start(3);
    let out = run_eval(
        &set.uri_of("causal"),
        "const m = db.getMongo();
         db.c.insertOne({ _id: 'first' }, { writeConcern: { w: 3 } });
         m.setReadPref('secondary');
         const c = m.startSession().getDatabase('causal').c;
         let missed = 0;
         for (let i = 0; i < 20; i++) {
             c.insertOne({ _id: i }, { writeConcern: { w: 1 } });
             if (c.findOne({ _id: i }) == null || c.countDocuments({ _id: i }) == 0) { missed += 1; }
         }
         print(missed, m.getReadPrefMode());",
    );
    assert_eq!(out.ok().trim(), "0 secondary");
}

/// The primary goes away under the transaction: the whole of it runs again on the next one.
#[test]
fn a_step_down_runs_the_transaction_again() {
    let set = ReplicaSet::start(1);
    let out = run_eval(
        &set.uri_of("stepping"),
        "db.createCollection('c');
         const s = db.getMongo().startSession();
         let tries = 0;
         s.withTransaction(() => {
             tries += 1;
             s.getDatabase('stepping').c.insertOne({ tries: tries });
             if (tries == 1) { db.adminCommand({ replSetStepDown: 3, secondaryCatchUpPeriodSecs: 0, force: true }); }
         });
         print(tries, db.c.find({}, { _id: 0 }).toArray());",
    );
    assert_eq!(out.ok().trim(), "2 [ { tries: 2 } ]");
}

/// Writes to the document at once, or not at all where a transaction holds it.
const WRITE: &str = "db.runCommand({ update: 'c', maxTimeMS: 1000, \
                     updates: [{ q: { _id: 1 }, u: { $set: { y: 1 } } }] }).nModified";

#[test]
fn a_script_that_is_stopped_leaves_no_transaction_behind() {
    let uri = shared().uri_of(&database("stopped"));
    run_eval(&uri, "db.c.insertOne({ _id: 1 })").ok();
    let mut command = support::rhaiver();
    command
        .args(["run", "--timeout", "3", "--uri", &uri, "--eval"])
        .arg(
            "const s = db.getMongo().startSession();
             s.withTransaction(() => {
                 s.getDatabase(db.getName()).c.updateOne({ _id: 1 }, { $set: { x: 1 } });
                 sleep(60000);
             })",
        );
    let out = support::run(command);
    assert!(out.stderr.contains("stopped: timed out"), "{}", out.stderr);
    assert_eq!(run_eval(&uri, WRITE).ok().trim(), "1");
}

#[test]
fn a_script_that_ends_leaves_no_transaction_behind() {
    let uri = shared().uri_of(&database("left"));
    run_eval(&uri, "db.c.insertOne({ _id: 1 })").ok();
    run_eval(
        &uri,
        "const s = db.getMongo().startSession();
         s.startTransaction();
         s.getDatabase(db.getName()).c.updateOne({ _id: 1 }, { $set: { x: 1 } })",
    )
    .ok();
    let out = run_eval(&uri, WRITE);
    assert_eq!(out.ok().trim(), "1");
}
