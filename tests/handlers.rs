//! Handlers of script files, called as a lane of a stream calls them.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use bson::{Document, RawDocumentBuf, doc};
use mongodb::Client;
use mongodb::options::SessionOptions;
use rhaiver::client::{self, Cluster};
use rhaiver::script::{Interrupt, Limits, Output, STACK, ScriptProgram, ScriptProgramConfig};
use rhaiver::stream::{Failure, LaneHandler, Scope, Version};
use support::{block_on, shared};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// What handlers print, from whatever thread.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<String>>);

impl Output for Printed {
    fn line(&self, text: &str) {
        let mut printed = self.0.lock().unwrap();
        printed.push_str(text);
        printed.push('\n');
    }

    fn warn(&self, text: &str) {
        self.line(&format!("warning: {text}"));
    }
}

/// A handler file, and a database of its own.
struct Rig {
    folder: tempfile::TempDir,
    database: String,
    cluster: Cluster,
    printed: Printed,
}

impl Rig {
    fn new(code: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let database = format!("handlers_{}_{number}", std::process::id());
        let folder = tempfile::tempdir_in(std::env::temp_dir()).unwrap();
        let uri = shared().uri_of(&database);
        let cluster = RUNTIME.block_on(client::connect(&uri)).unwrap();
        let rig = Self {
            folder,
            database,
            cluster,
            printed: Printed::default(),
        };
        rig.save("handler.rhai", code);
        rig
    }

    fn save(&self, name: &str, code: &str) {
        std::fs::write(self.folder.path().join(name), code).unwrap();
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("handler.rhai")
    }

    fn config(&self, overrides: Document) -> ScriptProgramConfig {
        let printed = self.printed.clone();
        let mut fields = doc! { "watch": format!("{}.orders", self.database) };
        fields.extend(overrides);
        ScriptProgramConfig {
            file: self.file(),
            overrides: fields,
            runtime: RUNTIME.handle().clone(),
            cluster: self.cluster.clone(),
            limits: Limits::default(),
            interrupt: Interrupt::default(),
            output: Arc::new(move |_| Rc::new(printed.clone()) as Rc<dyn Output>),
            ends_with_file: false,
        }
    }

    fn load(&self, overrides: Document) -> ScriptProgram {
        match ScriptProgram::load(self.config(overrides)) {
            Ok(program) => program,
            Err(diagnostic) => panic!("{diagnostic}"),
        }
    }

    fn printed(&self) -> String {
        self.printed.0.lock().unwrap().clone()
    }

    /// Every document of the database, by collection, without ids that were made up.
    fn dump(&self) -> Vec<String> {
        let db = self.cluster.client().database(&self.database);
        block_on(async {
            let mut all = Vec::new();
            let mut names = db.list_collection_names().await.unwrap();
            names.sort();
            for name in names {
                let mut cursor = db
                    .collection::<Document>(&name)
                    .find(doc! {})
                    .await
                    .unwrap();
                let mut documents = Vec::new();
                while cursor.advance().await.unwrap() {
                    let mut document = cursor.deserialize_current().unwrap();
                    if document.get_object_id("_id").is_ok() {
                        document.remove("_id");
                    }
                    documents.push(format!("{name} {document}"));
                }
                documents.sort();
                all.extend(documents);
            }
            all
        })
    }

    fn clear(&self) {
        let db = self.cluster.client().database(&self.database);
        block_on(async {
            for name in db.list_collection_names().await.unwrap() {
                let _ = db
                    .collection::<Document>(&name)
                    .delete_many(doc! {})
                    .await
                    .unwrap();
            }
            let seed = doc! { "_id": "seed", "n": 0 };
            let _ = db.collection("stock").insert_one(seed).await.unwrap();
        });
        self.printed.0.lock().unwrap().clear();
    }
}

/// How a batch is run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// In a transaction, with held writes.
    Held,
    /// In a transaction, each write at once.
    AtOnce,
    /// Without a transaction.
    Plain,
}

/// What became of a batch.
#[derive(Debug)]
struct Ran {
    failure: Option<Failure>,
    /// How many events were handled.
    handled: usize,
    used: bool,
}

/// Runs events as one batch, as a lane does, and commits it where it succeeds.
fn batch(rig: &Rig, program: &ScriptProgram, events: &[Document], way: Way) -> Ran {
    let version = program.version();
    let client = rig.cluster.client().clone();
    let events: Vec<RawDocumentBuf> = events
        .iter()
        .map(|event| RawDocumentBuf::try_from(event).unwrap())
        .collect();
    on_script_thread(move || {
        let mut lane = version.handler(0).unwrap();
        lane.start().unwrap();
        let ran = one_batch(&mut *lane, &client, &events, way);
        lane.stop().unwrap();
        ran
    })
}

fn one_batch(
    lane: &mut dyn LaneHandler,
    client: &Client,
    events: &[RawDocumentBuf],
    way: Way,
) -> Ran {
    let transaction = (way != Way::Plain).then(|| {
        RUNTIME.block_on(async {
            let options = SessionOptions::default();
            let mut session = client.start_session().with_options(options).await.unwrap();
            session.start_transaction().await.unwrap();
            session
        })
    });
    lane.enter(Scope {
        transaction,
        hold: way != Way::AtOnce,
    });
    let mut failure = None;
    let mut handled = 0;
    for event in events {
        match lane.handle(event) {
            Ok(()) => handled += 1,
            Err(e) => {
                failure = Some(e);
                break;
            }
        }
    }
    let left = lane.leave();
    failure = failure.or(left.result.err());
    if let Some(mut session) = left.transaction {
        RUNTIME.block_on(async {
            match failure {
                None => session.commit_transaction().await.unwrap(),
                Some(_) => session.abort_transaction().await.unwrap(),
            }
        });
    }
    Ran {
        failure,
        handled,
        used: left.used,
    }
}

fn on_script_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.unwrap().join().unwrap()
}

/// The event of an inserted order.
fn inserted(n: i32) -> Document {
    doc! {
        "_id": { "_data": format!("{n:08}") },
        "operationType": "insert",
        "ns": { "db": "shop", "coll": "orders" },
        "documentKey": { "_id": n },
        "fullDocument": { "_id": n, "total": n * 10, "status": "new" },
    }
}

fn events(count: i32) -> Vec<Document> {
    (0..count).map(inserted).collect()
}

/// Handlers whose effects must be the same however they are run.
const HANDLERS: &[(&str, &str)] = &[
    (
        "one insert",
        "fn onChange(change) { db.notes.insertOne(#{ _id: change.documentKey._id, total: change.fullDocument.total }); }",
    ),
    (
        "the id of an insert is looked at",
        "fn onChange(change) { let r = db.notes.insertOne(#{ n: change.documentKey._id }); print(r.acknowledged); db.links.insertOne(#{ is: typeof(r.insertedId) }) }",
    ),
    (
        "several inserts, and an update of what was inserted",
        "fn onInsert(change) {
            let id = change.documentKey._id;
            db.notes.insertMany([#{ _id: `${id}a` }, #{ _id: `${id}b` }]);
            db.notes.updateOne(#{ _id: `${id}a` }, #{ $set: #{ seen: true } });
            db.audit.insertOne(#{ _id: id });
            db.notes.deleteOne(#{ _id: `${id}b` });
        }",
    ),
    (
        "a counter by upsert, and its value at the end",
        "fn onChange(change) { db.counts.updateOne(#{ _id: \"all\" }, #{ $inc: #{ n: 1 } }, #{ upsert: true }); }
         fn onStop(stream) { print(db.counts.findOne(#{ _id: \"all\" })); }",
    ),
    (
        "a read sees the writes before it",
        "fn onChange(change) {
            db.notes.insertOne(#{ n: change.documentKey._id });
            db.seen.insertOne(#{ _id: change.documentKey._id, count: db.notes.countDocuments(#{}) });
        }",
    ),
    (
        "the result of an update is looked at",
        "fn onChange(change) {
            let r = db.stock.updateOne(#{ _id: \"seed\" }, #{ $inc: #{ n: 1 } });
            if r.modifiedCount == 1 { db.done.insertOne(#{ _id: change.documentKey._id }); }
        }",
    ),
    (
        "an update at the end of the handler",
        "fn onChange(change) { db.stock.updateOne(#{ _id: \"seed\" }, #{ $inc: #{ n: 1 } }) }",
    ),
    (
        "a function whose last value is an update",
        "fn bump() { db.stock.updateOne(#{ _id: \"seed\" }, #{ $inc: #{ n: 1 } }) }
         fn onChange(change) { let r = bump(); print(r.matchedCount); bump(); }",
    ),
    (
        "writes in loops and closures",
        "fn onChange(change) {
            for i in 0..3 { db.notes.insertOne(#{ _id: `${change.documentKey._id}-${i}` }) }
            [1, 2].forEach(|n| db.more.insertOne(#{ n: n }));
            [1, 2].map(|n| db.stock.updateOne(#{ _id: \"seed\" }, #{ $inc: #{ n: n } })).forEach(|r| print(r.modifiedCount));
        }",
    ),
    (
        "the idiom of a duplicate key",
        "fn onChange(change) {
            db.before.insertOne(#{ _id: change.documentKey._id });
            try { db.once.insertOne(#{ _id: change.documentKey._id % 3 }); db.firsts.insertOne(#{ _id: change.documentKey._id }); }
            catch (e) { print(e.code); db.again.insertOne(#{ _id: change.documentKey._id, code: e.code }); }
            db.after.insertOne(#{ _id: change.documentKey._id });
        }",
    ),
    (
        "an error that is caught in the function that calls",
        "fn write(n) { db.once.insertOne(#{ _id: n % 2 }); }
         fn onChange(change) { try { write(change.documentKey._id); } catch { print(\"known\"); } db.after.insertOne(#{ _id: change.documentKey._id }); }",
    ),
    (
        "an error that is caught last",
        "fn onChange(change) {
            db.before.insertOne(#{ _id: change.documentKey._id });
            try { db.once.insertOne(#{ _id: 1 }); } catch { }
        }",
    ),
    (
        "a list that fails in the middle",
        "fn onChange(change) {
            let n = change.documentKey._id;
            try { db.list.insertMany([#{ _id: n }, #{ _id: 0 }, #{ _id: n + 100 }]); } catch (e) { print(e.message); }
            print(db.list.countDocuments(#{}));
        }",
    ),
    (
        "an unordered list that fails in the middle",
        "fn onChange(change) {
            let n = change.documentKey._id;
            try { db.list.insertMany([#{ _id: n }, #{ _id: 0 }, #{ _id: n + 100 }, #{ _id: 0 }, #{ _id: n + 200 }], #{ ordered: false }); }
            catch (e) { print(e.writeErrors.map(|w| w.index)); }
            print(db.list.countDocuments(#{}));
        }",
    ),
    (
        "a read that fails and is caught",
        "fn onChange(change) {
            db.notes.insertOne(#{ _id: change.documentKey._id });
            try { db.notes.findOne(#{ $bad: 1 }); } catch (e) { print(e.code); }
            print(db.notes.countDocuments(#{}));
        }",
    ),
    (
        "upserts before an error that is caught",
        "fn onChange(change) {
            let r = db.up.updateOne(#{ n: change.documentKey._id }, #{ $set: #{ a: 1 } }, #{ upsert: true });
            try { db.once.insertOne(#{ _id: 1 }); } catch { }
            print(db.up.countDocuments(#{ _id: r.insertedId }));
        }",
    ),
    (
        "finally",
        "fn onChange(change) {
            try { db.notes.insertOne(#{ _id: change.documentKey._id }); } finally { db.log.insertOne(#{ n: change.documentKey._id }); }
        }",
    ),
    (
        "variables and constants of the top level",
        "const STEP = 2; let sum = 0;
         fn onChange(change) { sum += global::STEP; db.sums.insertOne(#{ _id: change.documentKey._id, sum: sum }); }",
    ),
    (
        "a bulk write, and findOneAndUpdate",
        "fn onChange(change) {
            let n = change.documentKey._id;
            db.notes.bulkWrite([#{ insertOne: #{ document: #{ _id: n } } }, #{ updateOne: #{ filter: #{ _id: n }, update: #{ $set: #{ x: 1 } } } }]);
            let old = db.stock.findOneAndUpdate(#{ _id: \"seed\" }, #{ $inc: #{ n: 1 } });
            print(old.n);
        }",
    ),
    (
        "JavaScript's way of writing it",
        "function onChange(change) { const id = change.documentKey._id; db.notes.insertOne({ _id: id, at: 'x' }); if (id > 2) { db.notes.replaceOne({ _id: id }, { big: true }); } }",
    ),
];

#[test]
fn a_script_cannot_tell_how_it_is_run() {
    for (name, code) in HANDLERS {
        let rig = Rig::new(code);
        let program = rig.load(doc! {});
        let mut results = Vec::new();
        for way in [Way::Plain, Way::AtOnce, Way::Held] {
            rig.clear();
            let ran = batch(&rig, &program, &events(6), way);
            if let Some(failure) = ran.failure {
                panic!("{name}, {way:?}: {}", failure.diagnostic);
            }
            assert_eq!(ran.handled, 6);
            results.push((rig.dump(), rig.printed()));
        }
        assert_eq!(results[0], results[1], "{name}: at once");
        assert_eq!(results[0], results[2], "{name}: held");
    }
}
