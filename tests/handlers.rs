//! Handlers of script files, called as a lane of a stream calls them.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use bson::{Document, RawDocumentBuf, doc};
use mongodb::Client;
use mongodb::options::SessionOptions;
use rhaiver::client::{self, Cluster, LocalServer};
use rhaiver::embedded::share::{Place, ShareOptions, Shared};
use rhaiver::script::{
    Interrupt, Limits, Output, STACK, ScriptProgram, ScriptProgramConfig, ScriptVersion,
};
use rhaiver::stream::spec::Namespace;
use rhaiver::stream::{Failure, LaneHandler, Left, Look, Program, Scope, StreamSpec, Version};
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
            tests: None,
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

fn raw_events(events: &[Document]) -> Vec<RawDocumentBuf> {
    let events = events.iter();
    events
        .map(|event| RawDocumentBuf::try_from(event).unwrap())
        .collect()
}

/// Runs events as one batch, as a lane does, and commits it where it succeeds.
fn batch(rig: &Rig, program: &ScriptProgram, events: &[Document], way: Way) -> Ran {
    let version = program.version();
    let client = rig.cluster.client().clone();
    let events = raw_events(events);
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

/// What a handler file's stream is, as far as it differs from one with every default; or why it
/// cannot be used.
fn told(rig: &Rig, overrides: Document) -> String {
    let mut config = rig.config(doc! {});
    config.overrides = overrides;
    let program = match ScriptProgram::load(config) {
        Ok(program) => program,
        Err(diagnostic) => return shown(rig, &diagnostic),
    };
    let version = program.version();
    let spec = version.spec();
    let plain = StreamSpec::new(
        "handler:shop.orders",
        vec![Namespace::parse("shop.orders").unwrap()],
        "shop",
    );
    let (spec, plain) = (format!("{spec:#?}"), format!("{plain:#?}"));
    let usual: Vec<&str> = plain.lines().collect();
    let mut lines: Vec<String> = spec
        .lines()
        .filter(|line| !usual.contains(line))
        .map(|line| line.trim_end().to_string())
        .collect();
    if !version.held_lines().is_empty() {
        lines.push(format!("held lines: {:?}", version.held_lines()));
    }
    for warning in version.warnings() {
        lines.push(format!("warning: {}", shown(rig, warning)));
    }
    lines.join("\n")
}

fn shown(rig: &Rig, diagnostic: &rhaiver::diag::Diagnostic) -> String {
    let folder = format!("{}/", rig.folder.path().display());
    diagnostic
        .to_string()
        .replace(&folder, "")
        .trim_end()
        .to_string()
}

/// `tests/data/handler_files.txt`: after `=== title` a file, after `---` what it comes to. With
/// `UPDATE_CASES=1` it is written anew, to be read through.
#[test]
fn handler_files_are_read_as_told() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/handler_files.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let mut written = String::new();
    let mut wrong = Vec::new();
    for case in text.split("=== ").skip(1) {
        let (title, rest) = case.split_once('\n').unwrap();
        let (code, want) = rest.split_once("---\n").unwrap();
        let rig = Rig::new(code);
        let got = told(&rig, doc! {});
        if got != want.trim_end() {
            wrong.push(format!("{title}:\n{got}\ninstead of\n{want}"));
        }
        written.push_str(&format!("=== {title}\n{code}---\n{got}\n\n"));
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(path, written.trim_end().to_string() + "\n").unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_command_line_wins_and_has_no_place_in_the_source() {
    let rig =
        Rig::new("const STREAM = #{ watch: \"a.b\", lanes: 3 };\nfn onChange(c) { print(c) }");
    let program = rig.load(doc! { "watch": "shop.orders", "lanes": 5 });
    assert_eq!(program.version().spec().lanes, 5);
    assert_eq!(program.version().spec().id, "handler:shop.orders");
    let refused = told(&rig, doc! { "lanes": 0 });
    assert_eq!(refused, "error: `lanes` must be 1 or more, got 0");
    let named = told(&rig, doc! { "handler": "onChage" });
    assert!(
        named.contains("did you mean --handler onChange?"),
        "{named}"
    );
}

#[test]
fn what_no_transaction_can_do_is_refused_by_name() {
    let cases = [
        ("db.other.createIndex(#{ a: 1 })", "createIndexes"),
        ("db.createCollection(\"x\")", "create"),
        ("db.notes.drop()", "drop"),
        (
            "db.notes.insertOne(#{ a: 1 }, #{ writeConcern: #{ w: 0 } })",
            "w: 0",
        ),
        (
            "db.stock.aggregate([#{ $out: \"copy\" }]).toArray()",
            "$out",
        ),
        ("db.stock.watch()", "watch()"),
        (
            "db.getSiblingDB(\"admin\").notes.insertOne(#{ a: 1 })",
            "admin.notes",
        ),
        (
            "let s = db.getMongo().startSession(); s.getDatabase(db.getName()).notes.insertOne(#{ a: 1 })",
            "session of its own",
        ),
    ];
    for (code, what) in cases {
        let rig = Rig::new(&format!("fn onChange(change) {{ {code} }}"));
        let program = rig.load(doc! {});
        rig.clear();
        let failure = batch(&rig, &program, &events(1), Way::Held).failure;
        let failure = failure.unwrap_or_else(|| panic!("{code} is let through"));
        let text = failure.diagnostic.to_string();
        assert!(
            text.contains(what) && text.contains("at-least-once"),
            "{text}"
        );
        assert!(!failure.transient);
    }
}

#[test]
fn what_only_tells_runs_beside_the_transaction() {
    let rig = Rig::new(
        "fn onChange(change) {
            db.notes.insertOne(#{ _id: change.documentKey._id });
            print(db.runCommand(#{ ping: 1 }).ok, db.stock.getIndexes().len(), db.stock.estimatedDocumentCount());
            print(db.notes.countDocuments(#{}));
        }",
    );
    let program = rig.load(doc! {});
    rig.clear();
    let ran = batch(&rig, &program, &events(2), Way::Held);
    assert!(ran.failure.is_none(), "{:?}", ran.failure);
    assert_eq!(rig.printed(), "1 1 1\n1\n1 1 1\n2\n");
}

#[test]
fn an_error_of_held_writes_is_the_batchs_and_no_scripts() {
    let rig = Rig::new(
        "fn onChange(change) {
            db.once.insertOne(#{ _id: 1 });
            if change.documentKey._id == 2 { try { db.once.countDocuments(#{}) } catch { print(\"caught\") } }
        }",
    );
    let program = rig.load(doc! {});
    rig.clear();
    let ran = batch(&rig, &program, &events(4), Way::Held);
    let failure = ran.failure.unwrap();
    assert_eq!(failure.diagnostic.code, Some(11000));
    assert_eq!((ran.handled, rig.printed().as_str()), (2, ""));
    assert!(ran.used);
    // One by one, the right event is blamed, at its place.
    rig.clear();
    let failure = batch(&rig, &program, &events(2), Way::AtOnce)
        .failure
        .unwrap();
    assert_eq!(failure.diagnostic.excerpt.unwrap().line, 2);
}

#[test]
fn nothing_is_used_where_nothing_is_done() {
    let rig = Rig::new("let n = 0; fn onChange(change) { n += 1; }");
    let program = rig.load(doc! {});
    rig.clear();
    assert!(!batch(&rig, &program, &events(3), Way::Held).used);
}

#[test]
fn a_handler_that_takes_too_long_is_stopped_and_the_next_event_is_not() {
    let rig = Rig::new(
        "fn onChange(change) { if change.documentKey._id == 0 { loop { } } db.notes.insertOne(#{ a: 1 }) }",
    );
    let program = rig.load(doc! { "timeout": "100ms" });
    rig.clear();
    let failure = batch(&rig, &program, &events(1), Way::Held)
        .failure
        .unwrap();
    assert_eq!(
        failure.diagnostic.message,
        "the handler took longer than 100ms over one event"
    );
    assert!(!failure.transient);
    let ran = batch(&rig, &program, &events(3)[1..], Way::Held);
    assert!(ran.failure.is_none());
}

#[test]
fn a_handler_is_interrupted_and_stays_so() {
    let rig = Rig::new("fn onChange(change) { loop { } }");
    let program = rig.load(doc! {});
    let version = program.version();
    let stopping = version.clone();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        stopping.interrupt();
    });
    let failure = on_script_thread(move || {
        let event = RawDocumentBuf::try_from(&inserted(1)).unwrap();
        let mut lane = version.handler(0).unwrap();
        let first = lane.handle(&event).unwrap_err();
        assert!(lane.handle(&event).is_err());
        first
    });
    stopper.join().unwrap();
    assert_eq!(failure.diagnostic.kind, rhaiver::diag::Kind::Interrupted);
}

/// Looks until there is something to see.
fn look(program: &ScriptProgram) -> Look {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        match program.look() {
            Look::Unchanged if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Look::Unchanged => panic!("nothing is seen"),
            other => return other,
        }
    }
}

fn new_generation(look: Look) -> String {
    match look {
        Look::New(version) => version.generation().to_string(),
        Look::Refused(diagnostic) => panic!("{diagnostic}"),
        _ => panic!("no new version"),
    }
}

#[test]
fn an_edit_of_a_file_or_of_an_import_is_a_new_generation() {
    let rig = Rig::new("import \"rules\" as rules;\nfn onChange(change) { print(rules::rate()) }");
    rig.save("rules.rhai", "fn rate() { 1 }");
    let program = rig.load(doc! {});
    let first = program.version();
    rig.save("rules.rhai", "fn rate() { 2 }");
    let second = new_generation(look(&program));
    assert_ne!(first.generation(), second);
    // The old version keeps the texts that it was made of.
    let _ = batch_of(&rig, first.clone(), &events(1));
    let _ = batch_of(&rig, program.version(), &events(1));
    assert_eq!(rig.printed(), "1\n2\n");
    rig.save("rules.rhai", "fn rate() { 1 }");
    assert_eq!(new_generation(look(&program)), first.generation());
}

fn batch_of(rig: &Rig, version: Arc<ScriptVersion>, events: &[Document]) -> Ran {
    let client = rig.cluster.client().clone();
    let events = raw_events(events);
    on_script_thread(move || {
        let mut lane = version.handler(0).unwrap();
        one_batch(&mut *lane, &client, &events, Way::Held)
    })
}

#[test]
fn a_version_that_cannot_be_used_is_told_once_and_again_when_it_is_mended() {
    let good = "fn onChange(change) { print(1) }";
    let rig = Rig::new(good);
    let program = rig.load(doc! {});
    let generation = program.version().generation().to_string();
    rig.save("handler.rhai", "fn onChange(change) { print(1 }");
    let Look::Refused(diagnostic) = look(&program) else {
        panic!("it is not refused");
    };
    assert_eq!(diagnostic.excerpt.as_ref().unwrap().line, 1);
    for _ in 0..20 {
        assert!(matches!(program.look(), Look::Unchanged));
    }
    rig.save("handler.rhai", good);
    assert!(matches!(look(&program), Look::Back));
    assert_eq!(program.version().generation(), generation);
}

#[test]
fn a_file_that_is_removed_ends_the_stream_of_a_folder() {
    let rig = Rig::new("fn onChange(change) { }");
    let mut config = rig.config(doc! {});
    config.ends_with_file = true;
    let program = ScriptProgram::load(config).unwrap_or_else(|d| panic!("{d}"));
    std::fs::remove_file(rig.file()).unwrap();
    assert!(matches!(look(&program), Look::Gone));
}

/// A throw-away database; it counts how often it is opened.
#[derive(Default)]
struct Scratch(Mutex<Option<Shared>>, AtomicU32);

impl LocalServer for Scratch {
    fn open(&self) -> Result<String, client::ConnectError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let mut shared = self.0.lock().unwrap();
        let shared = shared
            .get_or_insert_with(|| Shared::open(&Place::Memory, ShareOptions::default()).unwrap());
        Ok(shared.uri())
    }

    fn describe(&self) -> String {
        "a scratch database".into()
    }
}

#[test]
fn a_files_own_tests_run_on_an_empty_database_before_it_takes_over() {
    let file = |fee: &str| {
        format!(
            "fn fee(total) {{ {fee} }}
             fn onInsert(change) {{ db.fees.insertOne(#{{ fee: fee(change.fullDocument.total) }}) }}
             fn test_fee() {{
                 onInsert(#{{ fullDocument: #{{ total: 100 }} }});
                 assert_eq(db.fees.find().toArray().map(|f| f.fee), [10]);
             }}
             fn test_once_more() {{ assert_eq(db.fees.countDocuments(#{{}}), 0); }}"
        )
    };
    let rig = Rig::new(&file("total / 10"));
    let scratch = Arc::new(Scratch::default());
    let mut config = rig.config(doc! {});
    config.tests = Some(scratch.clone());
    let program = ScriptProgram::load(config).unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(scratch.1.load(Ordering::Relaxed), 1);
    assert!(rig.dump().is_empty());
    let generation = program.version().generation().to_string();
    rig.save("handler.rhai", &file("total / 5"));
    let Look::Refused(diagnostic) = look(&program) else {
        panic!("it is not refused");
    };
    assert!(
        diagnostic.message.starts_with("the test test_fee failed"),
        "{diagnostic}"
    );
    assert_eq!(diagnostic.excerpt.unwrap().line, 5);
    assert_eq!(program.version().generation(), generation);
    rig.save("handler.rhai", "fn onChange(change) { }");
    let _ = new_generation(look(&program));
    assert_eq!(scratch.1.load(Ordering::Relaxed), 2);
}

#[test]
fn handlers_of_the_stream_are_told_what_it_is() {
    let rig = Rig::new(
        "fn onStart(stream) { print(`start ${stream.lane} of ${stream.lanes}`); db.log.insertOne(#{ _id: \"start\" }) }
         fn onStop(stream) { print(`stop ${stream.watch[0].endsWith(\".orders\")}`) }
         fn onError(change, error) { print(`${change.documentKey._id}: ${error.message}`) }
         fn onDelete(change) { throw \"no\" }",
    );
    let program = rig.load(doc! {});
    assert_eq!(
        program.version().spec().needs.operations,
        Some(vec!["delete".to_string()])
    );
    let version = program.version();
    on_script_thread(move || {
        let event = RawDocumentBuf::try_from(&inserted(1)).unwrap();
        let mut lane = version.handler(0).unwrap();
        lane.start().unwrap();
        lane.handle(&event).unwrap();
        let mut deleted = inserted(7);
        deleted.insert("operationType", "delete");
        let deleted = RawDocumentBuf::try_from(&deleted).unwrap();
        let failure = lane.handle(&deleted).unwrap_err();
        lane.failed(&deleted, &failure).unwrap();
        lane.stop().unwrap();
    });
    assert_eq!(rig.printed(), "start 0 of 1\n7: uncaught 'no'\nstop true\n");
}

/// How many events a second a lane takes, without a stream around it: for `--release`.
#[test]
#[ignore = "a measurement"]
fn how_fast_events_are_handled() {
    let cases = [
        ("counting", "let n = 0; fn onChange(change) { n += 1; }"),
        (
            "reading three fields",
            "let n = 0; fn onChange(change) { let d = change.fullDocument; n += d.total + d.n0 + d._id; }",
        ),
        (
            "reading three fields, inserting one",
            "fn onChange(change) { let d = change.fullDocument; db.notes.insertOne(#{ of: d._id, total: d.total, status: d.status }); }",
        ),
    ];
    for (name, code) in cases {
        let rig = Rig::new(code);
        let program = rig.load(doc! {});
        rig.clear();
        let client = rig.cluster.client().clone();
        let events: Vec<RawDocumentBuf> = (0..1000)
            .map(|n| {
                let mut event = inserted(n);
                let full = event.get_document_mut("fullDocument").unwrap();
                for i in 0..10 {
                    full.insert(format!("n{i}"), i);
                }
                full.insert(
                    "address",
                    doc! { "street": "High Street", "city": "London", "zip": 12345 },
                );
                full.insert(
                    "items",
                    vec![doc! { "sku": "a", "n": 1 }, doc! { "sku": "b", "n": 2 }],
                );
                RawDocumentBuf::try_from(&event).unwrap()
            })
            .collect();
        let version = program.version();
        let (handled, took) = on_script_thread(move || {
            let mut lane = version.handler(0).unwrap();
            let began = Instant::now();
            let mut handled = 0;
            while began.elapsed() < Duration::from_secs(3) {
                let ran = one_batch(&mut *lane, &client, &events, Way::Held);
                assert!(ran.failure.is_none(), "{:?}", ran.failure);
                handled += ran.handled;
            }
            (handled, began.elapsed())
        });
        println!(
            "{name}: {:.0} events/s",
            handled as f64 / took.as_secs_f64()
        );
    }
}

/// Begins a scope in a transaction, and gives the handler events one by one.
fn in_scope(
    rig: &Rig,
    program: &ScriptProgram,
    work: impl FnOnce(&mut dyn LaneHandler) + Send + 'static,
) -> Left {
    let version = program.version();
    let client = rig.cluster.client().clone();
    on_script_thread(move || {
        let mut lane = version.handler(0).unwrap();
        let transaction = RUNTIME.block_on(async {
            let mut session = client.start_session().await.unwrap();
            session.start_transaction().await.unwrap();
            session
        });
        lane.enter(Scope {
            transaction: Some(transaction),
            hold: true,
        });
        work(&mut *lane);
        let mut left = lane.leave();
        if let Some(session) = &mut left.transaction {
            let _ = RUNTIME.block_on(async { session.abort_transaction().await });
        }
        left
    })
}

fn raw(n: i32) -> RawDocumentBuf {
    RawDocumentBuf::try_from(&inserted(n)).unwrap()
}

#[test]
fn what_comes_to_something_else_when_it_is_done_again_is_the_batchs_failure() {
    let rig = Rig::new(
        "fn onChange(change) {
            print(db.stock.countDocuments(#{}));
            try { db.once.insertOne(#{ _id: change.documentKey._id }); } catch { print(\"known\") }
            print(db.stock.countDocuments(#{}));
        }",
    );
    let program = rig.load(doc! {});
    rig.clear();
    let db = rig.cluster.client().database(&rig.database);
    let once = db.collection::<Document>("once");
    let _ = block_on(async { once.insert_one(doc! { "_id": 2 }).await.unwrap() });
    let left = in_scope(&rig, &program, move |lane| {
        lane.handle(&raw(1)).unwrap();
        let more = doc! { "_id": "more" };
        let _ = block_on(async { db.collection("stock").insert_one(more).await.unwrap() });
        let failure = lane.handle(&raw(2)).unwrap_err();
        assert!(failure.transient);
        assert_eq!(failure.diagnostic.code, Some(112));
    });
    assert_eq!(left.replaced, 1);
    assert_eq!(rig.printed(), "1\n1\n1\nknown\n");
}

#[test]
fn a_cursor_that_an_error_left_behind_says_so() {
    let rig = Rig::new(
        "fn onChange(change) {
            let all = db.stock.find().batchSize(2);
            all.next();
            try { db.stock.insertOne(#{ _id: \"seed\" }); } catch { }
            db.notes.insertOne(#{ _id: 1 });
            all.toArray();
        }",
    );
    let program = rig.load(doc! {});
    rig.clear();
    let stock = rig
        .cluster
        .client()
        .database(&rig.database)
        .collection("stock");
    let many = (0..10).map(|n| doc! { "_id": n });
    let _ = block_on(async { stock.insert_many(many).await.unwrap() });
    let failure = batch(&rig, &program, &events(1), Way::Held)
        .failure
        .unwrap();
    let text = failure.diagnostic.to_string();
    assert!(text.contains("with toArray()"), "{text}");
    assert!(!failure.transient);
}

#[test]
fn a_batch_of_single_inserts_is_one_command() {
    let rig = Rig::new(
        "fn onChange(change) { db.notes.insertOne(#{ _id: change.documentKey._id }); db.audit.insertOne(#{ of: 1 }); }",
    );
    let program = rig.load(doc! {});
    rig.clear();
    let counted = |rig: &Rig| {
        let status = doc! { "serverStatus": 1 };
        let admin = rig.cluster.client().database("admin");
        let status = block_on(async { admin.run_command(status).await.unwrap() });
        let commands = status.get_document("metrics").unwrap();
        let commands = commands.get_document("commands").unwrap();
        commands
            .get_document("insert")
            .unwrap()
            .get_i64("total")
            .unwrap()
    };
    if support::on_embedded() {
        return;
    }
    let before = counted(&rig);
    assert!(
        batch(&rig, &program, &events(1000), Way::Held)
            .failure
            .is_none()
    );
    // Other tests insert at the same time; not hundreds of times.
    assert!(counted(&rig) - before < 500);
}
