//! Writes on a real server: what the scripts in `tests/mongosh` cannot show, since it is this
//! program's own words, needs a failing server, or is large. Expectations that are mongosh's were
//! recorded from mongosh 2.12.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use mongodb::bson::{Document, doc};
use support::{ReplicaSet, database, run_eval, shared};

/// Runs each case in one script after the other: code and what it prints, or the class and message
/// of the error that it throws.
#[track_caller]
fn table(test: &str, setup: &str, cases: &[(&str, &str)]) {
    let cell = |code: &str| {
        format!("try {{ print({code}) }} catch (e) {{ print(e.name + \": \" + e.message) }}\n")
    };
    let script: String = cases.iter().map(|(code, _)| cell(code)).collect();
    let uri = shared().uri_of(&database(test));
    let printed = run_eval(&uri, &format!("{setup};\n{script}")).ok();
    let got: Vec<&str> = printed.lines().collect();
    for ((code, want), got) in cases.iter().zip(&got) {
        assert_eq!(got, want, "{code}");
    }
    assert_eq!(got.len(), cases.len(), "{printed}");
}

fn eval(test: &str, code: &str) -> String {
    run_eval(&shared().uri_of(&database(test)), code).ok()
}

#[test]
fn what_cannot_be_stored_is_refused_before_anything_is_written() {
    table(
        "unstorable",
        "let mb = \"x\".repeat(1024 * 1024)",
        &[
            (
                "db.c.insertOne({ a: { f: (x) => x } })",
                "BSONError: a function cannot be stored in MongoDB (at `a.f`)",
            ),
            (
                "db.c.insertMany([{ _id: 1 }, { f: (x) => x }])",
                "BSONError: a function cannot be stored in MongoDB (at `f`)",
            ),
            (
                "db.c.bulkWrite([{ insertOne: { document: { _id: 1 } } }, { updateOne: { filter: {}, update: { $set: { f: (x) => x } } } }])",
                "BSONError: a function cannot be stored in MongoDB (at `u.$set.f`)",
            ),
            (
                "db.c.insertOne({ c: db.c.find() })",
                "BSONError: a value of type Cursor cannot be stored in MongoDB (at `c`)",
            ),
            (
                "db.c.insertOne({ \"a\\0b\": 1 })",
                "BSONError: a name or pattern with a NUL byte (\"a\\0b\") cannot be stored in MongoDB",
            ),
            (
                "db.c.insertMany([{ _id: 1 }, { s: mb.repeat(16) }])",
                "MongoInvalidArgumentError: Document is larger than the maximum size 16777216",
            ),
            (
                "db.c.replaceOne({}, { s: mb.repeat(16) }, { upsert: true })",
                "MongoInvalidArgumentError: Document is larger than the maximum size 16777216",
            ),
            ("db.c.countDocuments()", "0"),
            (
                "db.c.insertOne({ s: mb.repeat(15) + \"x\".repeat(1024 * 1024 - 40) }).acknowledged",
                "true",
            ),
        ],
    );
}

#[test]
fn wrong_arguments_are_refused() {
    table(
        "arguments",
        "db.c.insertOne({ _id: 1 })",
        &[
            (
                "db.c.insertOne(null)",
                "MongoshInvalidInputError: expected a document, got null",
            ),
            (
                "db.c.updateOne(null, { $set: { a: 1 } })",
                "MongoshInvalidInputError: expected a document for the filter, got null",
            ),
            (
                "db.c.deleteMany(null)",
                "MongoshInvalidInputError: expected a document for the filter, got null",
            ),
            (
                "db.c.countDocuments(null)",
                "MongoshInvalidInputError: expected a document for the query, got null",
            ),
            (
                "db.c.insertOne({}, { wriet: 1 })",
                "MongoshInvalidInputError: insertOne has no option `wriet`",
            ),
            (
                "db.c.bulkWrite([{ updateOne: { filter: {}, update: { $set: { a: 1 } }, upsrt: true } }])",
                "MongoshInvalidInputError: updateOne has no option `upsrt`",
            ),
            (
                "db.c.bulkWrite([{ updateOne: 5 }])",
                "MongoInvalidArgumentError: updateOne must be a document",
            ),
            (
                "db.c.bulkWrite([{ deleteOne: {} }])",
                "MongoInvalidArgumentError: Selector must be a valid JavaScript object",
            ),
            (
                "db.c.findOneAndUpdate({}, { $set: { a: 1 } }, { returnDocument: \"later\" })",
                "MongoshInvalidInputError: returnDocument needs to be either 'before' or 'after'",
            ),
            (
                "db.c.findAndModify({ update: { a: 1 } })",
                "MongoshInvalidInputError: Missing required property: \"query\"",
            ),
            (
                "db.c.findAndModify({ query: {} })",
                "MongoshInvalidInputError: Must specify options.update or options.remove",
            ),
            (
                "db.c.findAndModify({ query: {}, update: { a: 1 }, fields: { a: 1 }, projection: { a: 1 } })",
                "MongoshInvalidInputError: Cannot specify both .fields and .projection for findAndModify()",
            ),
            (
                "db.c.initializeOrderedBulkOp().getOperations()",
                "MongoshInvalidInputError: Cannot call getOperations on an unexecuted Bulk operation",
            ),
            (
                "db.c.initializeOrderedBulkOp().find({}).update({ a: 1 })",
                "MongoInvalidArgumentError: Update document requires atomic operators",
            ),
            (
                "db.c.insertOne({}, { session: 5 })",
                "MongoshInvalidInputError: option `session` must be a session",
            ),
            ("db.c.find().toArray()", "[ { _id: 1 } ]"),
        ],
    );
}

#[test]
fn map_reduce_runs_javascript_on_the_server() {
    if support::on_embedded() {
        let refused =
            "MongoServerError: the embedded database does not support the command 'mapReduce'";
        let call = "db.c.mapReduce('function() {}', 'function() {}', { out: { inline: 1 } })";
        table("map_reduce", "db.c.insertOne({})", &[(call, refused)]);
        return;
    }
    let call = |out: &str| {
        format!(
            "db.c.mapReduce(\"function() {{ emit(this.k, this.v) }}\", Code(\"function(k, vs) {{ return Array.sum(vs) }}\"), {out})"
        )
    };
    table(
        "map_reduce",
        "db.c.insertMany([{ k: \"a\", v: 1 }, { k: \"b\", v: 2 }, { k: \"a\", v: 3 }])",
        &[
            (
                &(call("{ out: { inline: 1 }, query: { k: \"a\" } }") + ".results"),
                "[ { _id: 'a', value: 4 } ]",
            ),
            (&(call("\"sums\"") + ".ok"), "1"),
            (
                "db.sums.find().sort({ _id: 1 }).toArray()",
                "[ { _id: 'a', value: 4 }, { _id: 'b', value: 2 } ]",
            ),
            (
                &call("{}"),
                "MongoshInvalidInputError: Missing 'out' option",
            ),
            (
                "db.c.mapReduce((d) => d, (k, v) => v, \"sums\")",
                "MongoshUnimplementedError: mapReduce runs JavaScript on the server",
            ),
        ],
    );
}

#[test]
fn writes_take_a_session_as_an_option() {
    table(
        "session",
        "let session = db.getMongo().startSession(); db.createCollection(\"c\"); session.startTransaction()",
        &[
            // The write concern is the transaction's.
            (
                "db.c.insertOne({ _id: 1 }, { session, writeConcern: { w: 1 } }).insertedId",
                "1",
            ),
            (
                "db.c.insertMany([{ _id: 2 }], { session, writeConcern: { w: 1 } }).acknowledged",
                "true",
            ),
            (
                "db.c.bulkWrite([{ updateOne: { filter: { _id: 1 }, update: { $set: { a: 1 } } } }], { session, writeConcern: { w: 1 } }).modifiedCount",
                "1",
            ),
            (
                "db.c.findOneAndUpdate({ _id: 1 }, { $inc: { a: 1 } }, { session, writeConcern: { w: 1 }, returnDocument: \"after\" })",
                "{ _id: 1, a: 2 }",
            ),
            ("db.c.countDocuments({}, { session })", "2"),
            ("db.c.distinct(\"_id\", {}, { session })", "[ 1, 2 ]"),
            ("db.c.countDocuments()", "0"),
        ],
    );
}

#[test]
fn large_runs_are_split() {
    let code = r#"
        const mb = "x".repeat(1024 * 1024);
        let docs = [];
        for (let i = 0; i < 40; i++) { docs.push({ _id: i, s: mb }); }
        print(Object.keys(db.c.insertMany(docs).insertedIds).length, db.c.countDocuments());
        try { db.c.insertMany(docs.slice(30).concat([{ _id: 40 }]), { ordered: false }); }
        catch (e) { print(e.writeErrors.length, e.writeErrors[9].index, e.insertedIds); }
    "#;
    let want = "40 40\n10 9 { '10': 40 }\n";
    assert_eq!(eval("split", code), want);
}

#[test]
fn without_acknowledgement_counts_are_unknown() {
    let uri = shared().uri_of(&database("w0")) + "&w=0";
    let code = "print(db.c.insertOne({ _id: 1 })); print(db.c.updateOne({}, { $set: { a: 1 } }).matchedCount === undefined); \
         print(db.c.bulkWrite([{ insertOne: { document: { _id: 2 } } }]).acknowledged); print(db.c.find().toArray())";
    let want =
        "{ acknowledged: false, insertedId: 1 }\ntrue\nfalse\n[ { _id: 1, a: 1 }, { _id: 2 } ]\n";
    assert_eq!(run_eval(&uri, code).ok(), want);
}

/// Makes the set's next `times` commands of these names fail.
fn fail(set: &ReplicaSet, commands: &[&str], times: i32, how: Document) {
    let mut data = doc! { "failCommands": commands };
    data.extend(how);
    let point =
        doc! { "configureFailPoint": "failCommand", "mode": { "times": times }, "data": data };
    set.ask(0, point).unwrap();
}

#[test]
fn single_writes_are_done_once_where_the_server_went_away() {
    let set = ReplicaSet::start(1);
    let uri = set.uri_of("once");
    let lost = || doc! { "closeConnection": true };
    let cases = [
        ("insert", "db.c.insertOne({ _id: 1 }).insertedId", "1\n"),
        (
            "insert",
            "db.c.insertMany([{ _id: 2 }, { _id: 3 }]).insertedIds",
            "{ '0': 2, '1': 3 }\n",
        ),
        (
            "update",
            "db.c.updateOne({ _id: 1 }, { $inc: { n: 1 } }).modifiedCount",
            "1\n",
        ),
        (
            "findAndModify",
            "db.c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: \"after\" })",
            "{ _id: 1, n: 2 }\n",
        ),
        (
            "update",
            "db.c.bulkWrite([{ updateOne: { filter: { _id: 1 }, update: { $inc: { n: 1 } } } }]).modifiedCount",
            "1\n",
        ),
        ("delete", "db.c.deleteOne({ _id: 3 }).deletedCount", "1\n"),
    ];
    for (command, code, want) in cases {
        fail(&set, &[command], 1, lost());
        assert_eq!(
            run_eval(&uri, &format!("print({code})")).ok(),
            want,
            "{code}"
        );
    }
    // One that touches several documents is not tried again.
    fail(&set, &["update"], 1, lost());
    let code = "try { db.c.updateMany({}, { $inc: { n: 1 } }) } catch (e) { print(e.name) }";
    assert_eq!(run_eval(&uri, code).ok(), "MongoNetworkError\n");
    // A run that the server ends says what it had done.
    fail(&set, &["delete"], 1, doc! { "errorCode": 8000 });
    let code = "try { db.c.bulkWrite([{ insertOne: { document: { _id: 9 } } }, { deleteMany: { filter: {} } }, { insertOne: { document: { _id: 10 } } }]) } \
        catch (e) { print(e.name, e.code, e.insertedCount, e.insertedIds, e.writeErrors) }";
    assert_eq!(
        run_eval(&uri, code).ok(),
        "MongoBulkWriteError 8000 1 { '0': 9 } []\n"
    );
}
