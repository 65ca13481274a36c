//! Cursors and change streams on a real server: what the scripts in `tests/mongosh` cannot show,
//! since it needs a second process, a signal, an election, or a look at the server. Expectations
//! that are mongosh's were recorded from mongosh 2.12.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use mongodb::bson::{Document, doc};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use support::{ReplicaSet, database, rhaiver, run_eval, shared};

fn eval(test: &str, code: &str) -> String {
    run_eval(&shared().uri_of(&database(test)), code).ok()
}

/// Runs each case in a script of its own: code and what it prints, or the class and message of the
/// error that it throws.
#[track_caller]
fn table(test: &str, setup: &str, cases: &[(&str, &str)]) {
    let uri = shared().uri_of(&database(test));
    run_eval(&uri, setup).ok();
    let cell = |code: &str| {
        format!("try {{ print({code}) }} catch (e) {{ print(e.name + \": \" + e.message) }}\n")
    };
    let script: String = cases.iter().map(|(code, _)| cell(code)).collect();
    let printed = run_eval(&uri, &script).ok();
    let got: Vec<&str> = printed.lines().collect();
    let want: Vec<&str> = cases.iter().map(|(_, want)| *want).collect();
    for ((code, want), got) in cases.iter().zip(&got) {
        assert_eq!(got, want, "{code}");
    }
    assert_eq!(got.len(), want.len(), "{printed}");
}

const NUMBERS: &str = "for i in 0..250 { db.x.insertOne({ _id: i }) }";

#[test]
fn modifiers_follow_mongosh() {
    table(
        "modifiers",
        NUMBERS,
        &[
            ("db.x.find().limit(-5).itcount()", "5"),
            ("db.x.find().limit(0).itcount()", "250"),
            ("db.x.find().limit(2.5).itcount()", "2"),
            ("db.x.find().batchSize(-5).itcount()", "5"),
            ("db.x.find().limit(7).skip(2).count()", "7"),
            ("db.x.find().limit(7).skip(246).size()", "4"),
            ("db.x.find().sort({ _id: \"desc\" }).next()", "{ _id: 249 }"),
            ("db.x.find().sort([[\"_id\", -1]]).next()", "{ _id: 249 }"),
            ("db.x.find().sort(null).next()", "{ _id: 0 }"),
            (
                "db.x.find().min({ _id: 5 }).max({ _id: 8 }).hint({ _id: 1 }).itcount()",
                "3",
            ),
            (
                "db.x.find().showRecordId().next()",
                "{ _id: 0, '$recordId': Long('1') }",
            ),
            (
                "db.x.find().readPref(\"secondaryPreferred\", [{ a: \"b\" }, {}]).next()",
                "{ _id: 0 }",
            ),
            ("db.x.find().readConcern(\"majority\").next()", "{ _id: 0 }"),
            ("db.x.find().addOption(16).next()", "{ _id: 0 }"),
            (
                "db.x.find({}, { _id: 1 }, { sort: { _id: -1 }, limit: 2 }).toArray()",
                "[ { _id: 249 }, { _id: 248 } ]",
            ),
            (
                "db.x.aggregate([]).sort({ _id: -1 }).skip(3).next()",
                "{ _id: 246 }",
            ),
            (
                "db.x.aggregate({ $match: { _id: 3 } }, { $set: { a: 1 } }).toArray()",
                "[ { _id: 3, a: 1 } ]",
            ),
            (
                "db.aggregate([{ $documents: [{ a: 1 }] }]).toArray()",
                "[ { a: 1 } ]",
            ),
        ],
    );
}

#[test]
fn wrong_modifiers_are_errors() {
    table(
        "wrong",
        NUMBERS,
        &[
            (
                "db.x.find().limit(\"2\")",
                "MongoInvalidArgumentError: Operation \"limit\" requires an integer",
            ),
            (
                "db.x.find().sort({ a: 2 })",
                "MongoInvalidArgumentError: Invalid sort direction: 2",
            ),
            (
                "db.x.find().allowDiskUse()",
                "MongoInvalidArgumentError: Option \"allowDiskUse\" requires a sort specification",
            ),
            (
                "db.x.find().readPref(\"near\")",
                "MongoInvalidArgumentError: Invalid read preference mode \"near\"",
            ),
            (
                "db.x.find().tailable().batchSize(1)",
                "MongoTailableCursorError: Tailable cursor does not support batchSize",
            ),
            (
                "db.x.find({}, {}, { sorted: 1 })",
                "MongoshInvalidInputError: find has no option `sorted`",
            ),
            (
                "db.x.find(null)",
                "MongoshInvalidInputError: expected a document for the query, got null",
            ),
            (
                "db.x.find().skip(-1).next()",
                "MongoServerError: BSON field 'skip' value must be >= 0, actual value '-1'",
            ),
            (
                "db.x.watch([], { fullDocumet: \"updateLookup\" })",
                "MongoshInvalidInputError: watch has no option `fullDocumet`",
            ),
            (
                "db.x.watch([], { resumeAfter: { a: 1 } }).tryNext()",
                "MongoServerError: Bad resume token: _data of missing or of wrong type. Expected string, got {a: 1}",
            ),
        ],
    );
}

/// Nothing is sent before the first read, all handles are one cursor, and it cannot be changed
/// after the first read.
#[test]
fn cursors_are_lazy_and_shared() {
    let printed = eval(
        "lazy",
        "let c = db.x.find(); c.limit(2); db.x.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
         let same = c; print(c.next(), same.next(), c.next(), same.isClosed());
         let d = db.x.find(); d.next();
         try { d.limit(1) } catch (e) { print(e.name) }
         print(d.map(x => x._id).toArray(), d.isExhausted())",
    );
    assert_eq!(
        printed,
        "{ _id: 1 } { _id: 2 } null true\nMongoCursorInUseError\n[ 2, 3 ] true\n"
    );
}

#[test]
fn loops_read_all_batches_and_pass_errors_on() {
    let printed = eval(
        "loops",
        "db.x.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
         let sum = 0; for d in db.x.find().batchSize(1).map(x => x._id) { sum += d } print(sum);
         for d in db.x.find().sort({ _id: 1 }) { if d._id == 2 { break } print(d) }
         try { for d in db.x.find({ $nope: 1 }) { print(d) } } catch (e) { print(e.codeName) }
         try { for d in db.x.find().map(x => throw \"no\") { print(d) } } catch (e) { print(e) }
         let seen = []; db.x.find().sort({ _id: 1 }).forEach(d => { seen.push(d._id); return d._id < 2 }); print(seen)",
    );
    assert_eq!(printed, "6\n{ _id: 1 }\nBadValue\nno\n[ 1, 2 ]\n");
}

#[test]
fn results_are_shown_by_twenties() {
    let uri = shared().uri_of(&database("pages"));
    run_eval(&uri, "for i in 0..48 { db.x.insertOne({ _id: i }) }").ok();
    let first = run_eval(&uri, "db.x.find()").ok();
    assert!(first.starts_with("[\n  { _id: 0 },"), "{first}");
    assert!(
        first.ends_with("{ _id: 19 }\n]\nType \"it\" for more\n"),
        "{first}"
    );
    let pages = run_eval(&uri, "print(db.x.find()); print(it()); print(it()); it()").ok();
    let ends: Vec<&str> = pages.lines().filter(|l| !l.starts_with("  ")).collect();
    let more = "Type \"it\" for more";
    assert_eq!(
        ends,
        ["[", "]", more, "[", "]", more, "[", "]", "no cursor"]
    );
    assert_eq!(
        run_eval(&uri, "db.x.find().limit(1)").ok(),
        "[ { _id: 0 } ]\n"
    );
    assert_eq!(run_eval(&uri, "db.x.find({ _id: -1 })").ok(), "\n");
}

/// Closing a cursor, and dropping the last handle of one, ends it at the server.
#[test]
fn cursors_are_closed_at_the_server() {
    let printed = eval(
        "closed",
        "function open() { return db.getSiblingDB(\"admin\").aggregate([
             { $currentOp: { idleCursors: true, localOps: true } },
             { $match: { type: \"idleCursor\", \"cursor.originatingCommand.comment\": \"mine\" } }
         ]).itcount() }
         function gone() { for i in 0..10000 { if open() == 0 { return true } } return false }
         for i in 0..10 { db.x.insertOne({}) }
         let c = db.x.find().comment(\"mine\").batchSize(2); c.next(); print(open());
         c.close(); print(gone());
         c = db.x.aggregate([], { comment: \"mine\", batchSize: 2 }); c.next(); print(open());
         c = null; print(gone())",
    );
    assert_eq!(printed, "1\ntrue\n1\ntrue\n");
}

#[test]
fn a_tailable_cursor_waits_for_what_is_inserted_later() {
    let printed = eval(
        "tailable",
        "db.createCollection(\"log\", { capped: true, size: 4096 }); db.log.insertOne({ _id: 1 });
         let c = db.log.find().tailable({ awaitData: true }).maxAwaitTimeMS(10);
         print(c.next(), c.tryNext(), c.isClosed());
         db.log.insertOne({ _id: 2 }); print(c.hasNext(), c.itcount(), c.isClosed()); c.close();
         try { db.log.find().tailable().limit(1).batchSize(1) } catch (e) { print(e.name) }",
    );
    let expected = "{ _id: 1 } null false\ntrue 1 false\nMongoTailableCursorError\n";
    assert_eq!(printed, expected);
}

#[test]
fn cursors_belong_to_their_session() {
    let printed = eval(
        "sessions",
        "for i in 0..5 { db.x.insertOne({ _id: i }) }
         let s = db.getMongo().startSession(); let d = s.getDatabase(db.getName());
         s.startTransaction(); d.x.insertOne({ _id: \"t\" });
         let filter = { _id: \"t\" };
         print(d.x.find(filter).toArray(), db.x.find(filter).toArray(), d.x.aggregate([{ $match: filter }]).itcount());
         for x in d.x.find().batchSize(2).sort({ _id: -1 }).limit(1) { print(x) }
         s.abortTransaction(); print(d.x.findOne(filter));
         let w = d.x.watch([], { maxAwaitTimeMS: 10 }); print(w.tryNext());
         db.x.insertOne({ _id: 9 }); print(w.next().documentKey);
         let c = d.x.find().batchSize(2); c.next(); c.next(); s.endSession();
         for f in [() => c.next(), () => w.tryNext(), () => d.x.findOne()] {
             try { f.call() } catch (e) { print(e.name) }
         }",
    );
    let expected = "[ { _id: 't' } ] [] 1\n{ _id: 't' }\nnull\nnull\n{ _id: 9 }\n".to_string()
        + &"MongoExpiredSessionError\n".repeat(3);
    assert_eq!(printed, expected);
}

#[test]
fn a_change_stream_sees_what_follows_and_resumes() {
    let printed = eval(
        "stream",
        "db.createCollection(\"x\"); let c = db.x.watch(); let start = c.getResumeToken();
         db.x.insertOne({ _id: 1 }); db.x.updateOne({ _id: 1 }, { $set: { a: 1 } });
         print(c.hasNext(), c.getResumeToken() == start);
         let first = c.next(); print(first.operationType, first.documentKey, c.getResumeToken() == first._id);
         db.tokens.insertOne({ _id: \"t\", token: c.getResumeToken() });
         print(c.next().updateDescription.updatedFields);
         c.close(); print(c.isClosed(), c.hasNext());
         try { c.next() } catch (e) { print(e.name + \": \" + e.message) }
         try { c.tryNext() } catch (e) { print(e.name + \": \" + e.message) }
         let token = db.tokens.findOne().token;
         print(db.x.watch([], { resumeAfter: token, fullDocument: \"updateLookup\" }).next().fullDocument);
         print(db.watch({ startAtOperationTime: first.clusterTime }).map(e => e.operationType).next());
         print(db.x.watch([], { maxAwaitTimeMS: 1 }).tryNext());
         let w = db.x.watch(); db.x.insertOne({ _id: 5 }); print(w.tryNext().documentKey);
         print(db.x.watch(), db.watch())",
    );
    let name = printed.lines().last().unwrap().to_string();
    let expected = "true true\ninsert { _id: 1 } true\n{ a: 1 }\ntrue false\n\
         MongoAPIError: ChangeStream is closed\n\
         MongoshRuntimeError: Cannot call tryNext on closed cursor\n\
         { _id: 1, a: 1 }\ninsert\nnull\n{ _id: 5 }\n";
    assert_eq!(printed.replace(&format!("{name}\n"), ""), expected);
    assert!(
        name.starts_with("ChangeStreamCursor on x ChangeStreamCursor on t"),
        "{name}"
    );
}

#[test]
fn an_invalidated_stream_ends() {
    let printed = eval(
        "invalidated",
        "db.x.insertOne({}); let c = db.x.watch(); db.x.drop();
         for e in c { print(e.operationType) }
         print(c.isClosed(), c.hasNext());
         let token = c.getResumeToken();
         try { db.x.watch([], { resumeAfter: token }) } catch (e) { print(e.code) }
         let d = db.x.watch([], { startAfter: token }); db.x.insertOne({ _id: 7 });
         print(d.map(e => e.documentKey._id).next())",
    );
    assert_eq!(printed, "drop\ninvalidate\ntrue false\n260\n7\n");
}

#[test]
fn explanations_are_of_the_command_that_would_run() {
    table(
        "explain",
        NUMBERS,
        &[
            (
                "db.x.explain().find({ a: 1 }).sort({ a: 1 }).limit(3).finish().command.limit",
                "3",
            ),
            (
                "db.x.find({ _id: 1 }).explain(\"executionStats\").executionStats.nReturned",
                "1",
            ),
            (
                "db.x.aggregate([{ $match: { _id: 1 } }], { explain: true }).command.aggregate",
                "x",
            ),
            (
                "db.x.explain().update({ a: 1 }, { $set: { b: 1 } }, { multi: true }).command.updates[0].u",
                "{ '$set': { b: 1 } }",
            ),
            (
                "db.x.explain().remove({}, true).command.deletes",
                "[ { q: {}, limit: 1 } ]",
            ),
            (
                "db.x.explain().findOneAndUpdate({ a: 1 }, { $set: { a: 2 } }, { returnDocument: \"after\" }).command.new",
                "true",
            ),
            ("db.x.find({ a: { $gt: 1 } }).count()", "0"),
            (
                "db.x.explain(\"executionStats\").getVerbosity()",
                "executionStats",
            ),
            (
                "db.x.explain(7)",
                "MongoshInvalidInputError: verbosity must be a string",
            ),
        ],
    );
}

/// A program that waits in a change stream, with the lines that it prints.
struct Waiting {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Waiting {
    fn start(uri: &str, code: &str) -> Self {
        let mut command = rhaiver();
        command.args(["run", "--uri", uri, "--eval", code]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        match self.lines.next() {
            Some(line) => line.unwrap(),
            None => {
                let mut words = String::new();
                let mut stderr = self.child.stderr.take().unwrap();
                std::io::Read::read_to_string(&mut stderr, &mut words).unwrap();
                panic!("it ended: {words}")
            }
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn ctrl_c_ends_what_waits_for_a_change() {
    for code in [
        "let c = db.x.watch(); print(\"ready\"); c.next()",
        "db.createCollection(\"log\", { capped: true, size: 4096 }); db.log.insertOne({}); let c = db.log.find().tailable({ awaitData: true }); c.next(); print(\"ready\"); c.hasNext()",
        "let c = db.x.watch([], { maxAwaitTimeMS: 60000 }); print(\"ready\"); c.tryNext()",
        "let c = db.x.watch(); print(\"ready\"); try { for e in c { print(e) } } catch (e) { print(e) }",
    ] {
        let mut waiting = Waiting::start(&shared().uri_of(&database("ctrl_c")), code);
        assert_eq!(waiting.line(), "ready");
        let pid = waiting.child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert_eq!(waiting.child.wait().unwrap().code(), Some(130), "{code}");
    }
}

#[test]
fn a_stream_survives_an_election() {
    let set = ReplicaSet::start(3);
    let code = "let c = db.x.watch(); print(\"ready\"); for e in c { print(e.documentKey._id) }";
    let mut waiting = Waiting::start(&set.uri_of("elections"), code);
    assert_eq!(waiting.line(), "ready");
    let insert = |id: i32| {
        set.with_client(async move |client: mongodb::Client| {
            let x = client.database("elections").collection::<Document>("x");
            x.insert_one(doc! { "_id": id }).await.unwrap();
        });
    };
    insert(1);
    assert_eq!(waiting.line(), "1");
    set.step_down();
    insert(2);
    assert_eq!(waiting.line(), "2");
    set.kill(set.primary());
    insert(3);
    assert_eq!(waiting.line(), "3");
}
