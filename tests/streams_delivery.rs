//! The delivery of events, with handlers that are written in Rust: on a real server and, under the
//! second name, on the embedded database.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mongodb::bson::{Document, RawDocument, doc};
use mongodb::{Client, ClientSession, Collection};
use rhaiver::diag::{Diagnostic, Kind};
use rhaiver::stream::host::{HostOptions, StreamHandle, Streams};
use rhaiver::stream::letters::{Chosen, DeadLetters, LetterState};
use rhaiver::stream::spec::{Delivery, Namespace, OnFailure, OnRegression, StreamSpec};
use rhaiver::stream::{
    Failure, LaneHandler, Left, Look, Notice, Observer, Program, Scope, State, Version,
};
use support::{Embedded, database, shared, wait};
use tokio::runtime::{Handle, Runtime};

/// What a handler does about event `n` of a document.
type Rule = Arc<dyn Fn(i32) -> Result<(), &'static str> + Send + Sync>;

/// A program whose handlers insert one effect for each event.
struct Effects {
    version: Mutex<Arc<EffectsVersion>>,
    next: Mutex<Option<Arc<EffectsVersion>>>,
}

#[derive(Clone)]
struct EffectsVersion {
    generation: String,
    /// The collection of its effects.
    into: &'static str,
    spec: StreamSpec,
    rule: Rule,
    client: Client,
    runtime: Handle,
}

struct EffectsHandler {
    version: EffectsVersion,
    lane: u32,
    session: Option<ClientSession>,
    used: bool,
    held: Vec<Document>,
    hold: bool,
}

impl Effects {
    fn edit(&self, generation: &str, rule: Rule) {
        let mut version = (**self.version.lock().unwrap()).clone();
        version.generation = generation.into();
        version.rule = rule;
        *self.next.lock().unwrap() = Some(Arc::new(version));
    }
}

impl Effects {
    fn ask_otherwise(&self, generation: &str, change: impl FnOnce(&mut StreamSpec)) {
        let mut version = (**self.version.lock().unwrap()).clone();
        version.generation = generation.into();
        change(&mut version.spec);
        *self.next.lock().unwrap() = Some(Arc::new(version));
    }
}

impl Program for Effects {
    fn current(&self) -> Arc<dyn Version> {
        self.version.lock().unwrap().clone()
    }

    fn look(&self) -> Look {
        match self.next.lock().unwrap().take() {
            None => Look::Unchanged,
            Some(version) => {
                *self.version.lock().unwrap() = version.clone();
                Look::New(version)
            }
        }
    }
}

impl Version for EffectsVersion {
    fn generation(&self) -> &str {
        &self.generation
    }

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    fn handler(&self, lane: u32) -> Result<Box<dyn LaneHandler>, Box<Diagnostic>> {
        Ok(Box::new(EffectsHandler {
            version: self.clone(),
            lane,
            session: None,
            used: false,
            held: Vec::new(),
            hold: false,
        }))
    }

    fn interrupt(&self) {}
}

impl EffectsHandler {
    fn send(&mut self) -> Result<(), Failure> {
        if self.held.is_empty() {
            return Ok(());
        }
        let version = &self.version;
        let effects: Collection<Document> = version
            .client
            .database(&version.spec.database)
            .collection(version.into);
        let insert = effects.insert_many(std::mem::take(&mut self.held));
        self.used = true;
        let result = version.runtime.block_on(async {
            match &mut self.session {
                Some(session) => insert.session(session).await,
                None => insert.await,
            }
        });
        let failure = |e: mongodb::error::Error| {
            let error = rhaiver::client::ClientError::from(e);
            Failure {
                transient: error.has_label("TransientTransactionError"),
                diagnostic: Diagnostic::new(Kind::Script, error.message)
                    .server_code(error.code, error.code_name),
            }
        };
        result.map(drop).map_err(failure)
    }
}

impl LaneHandler for EffectsHandler {
    fn start(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn enter(&mut self, scope: Scope) {
        self.session = scope.transaction;
        self.hold = scope.hold;
        self.used = false;
        self.held.clear();
    }

    fn handle(&mut self, event: &RawDocument) -> Result<(), Failure> {
        let key = event.get_document("documentKey").unwrap();
        let key = key.get_i32("_id").unwrap_or(0);
        let n = event.get_document("fullDocument");
        let n = n.ok().and_then(|d| d.get_i32("n").ok()).unwrap_or(0);
        (self.version.rule)(n).map_err(|text| Failure {
            diagnostic: Diagnostic::new(Kind::Script, text),
            transient: false,
        })?;
        let lane = i64::from(self.lane);
        let by = &self.version.generation;
        self.held
            .push(doc! { "key": key, "n": n, "lane": lane, "by": by });
        if self.hold { Ok(()) } else { self.send() }
    }

    fn leave(&mut self) -> Left {
        let result = self.send();
        Left {
            replaced: 0,
            transaction: self.session.take(),
            used: self.used,
            result,
        }
    }

    fn failed(&mut self, _: &RawDocument, _: &Failure) -> Result<(), Failure> {
        Ok(())
    }

    fn stop(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn notice(&self, notice: &Notice) {
        self.0.lock().unwrap().push(format!("{notice:?}"));
    }
}

impl Heard {
    fn has(&self, text: &str) -> bool {
        self.0.lock().unwrap().iter().any(|n| n.contains(text))
    }
}

/// A database, and a stream of its `orders`.
struct Bench {
    runtime: Runtime,
    streams: Streams,
    client: Client,
    database: String,
    heard: Arc<Heard>,
}

impl Bench {
    fn new(name: &str) -> Self {
        Self::on(&shared().uri(), name)
    }

    fn on(uri: &str, name: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let cluster = runtime.block_on(rhaiver::client::connect(uri)).unwrap();
        let client = cluster.client().clone();
        let streams = Streams::new(runtime.handle().clone(), &cluster, HostOptions::default());
        Self {
            runtime,
            streams,
            client,
            database: database(name),
            heard: Arc::default(),
        }
    }

    fn spec(&self) -> StreamSpec {
        let orders = Namespace::Collection(self.database.clone(), "orders".into());
        let mut spec = StreamSpec::new(&self.database, vec![orders], &self.database);
        spec.retry.first = Duration::from_millis(5);
        spec.retry.longest = Duration::from_millis(50);
        spec
    }

    fn attach(
        &self,
        spec: StreamSpec,
        rule: impl Fn(i32) -> Result<(), &'static str> + Send + Sync + 'static,
    ) -> (Arc<Effects>, StreamHandle) {
        self.attach_into("effects", spec, rule)
    }

    fn attach_into(
        &self,
        into: &'static str,
        spec: StreamSpec,
        rule: impl Fn(i32) -> Result<(), &'static str> + Send + Sync + 'static,
    ) -> (Arc<Effects>, StreamHandle) {
        let version = EffectsVersion {
            into,
            generation: "one".into(),
            spec,
            rule: Arc::new(rule),
            client: self.client.clone(),
            runtime: self.runtime.handle().clone(),
        };
        let program = Arc::new(Effects {
            version: Mutex::new(Arc::new(version)),
            next: Mutex::default(),
        });
        let handle = self
            .streams
            .attach(program.clone(), self.heard.clone())
            .unwrap();
        wait("a stream that runs", || match handle.status().state {
            State::Running => Some(()),
            State::Failed | State::Stopped => {
                panic!("{:?}", self.runtime.block_on(handle.ended()))
            }
            _ => None,
        });
        (program, handle)
    }

    fn stop(&self, handle: &StreamHandle) -> u64 {
        self.streams.detach(handle.id(), Duration::from_secs(10));
        self.runtime.block_on(handle.ended()).unwrap().handled
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.client.database(&self.database).collection(name)
    }

    /// Updates `n` of some documents, one after the other.
    fn insert(&self, numbers: std::ops::RangeInclusive<i32>, documents: i32) {
        let orders = self.collection("orders");
        self.runtime.block_on(async {
            let of = |n: &i32| n % documents;
            if *numbers.start() == 1 {
                let fresh = (0..documents).map(|key| doc! { "_id": key });
                orders.insert_many(fresh).await.unwrap();
            }
            for n in numbers {
                let query = doc! { "_id": of(&n) };
                let with = doc! { "n": n };
                orders.replace_one(query, with).await.unwrap();
            }
        });
    }

    fn insert_many(&self, numbers: std::ops::RangeInclusive<i32>) {
        let orders = self.collection("orders");
        let all = numbers.map(|n| doc! { "_id": n, "n": n });
        self.runtime
            .block_on(async { orders.insert_many(all).await })
            .unwrap();
    }

    /// The `n`s of effects by document, in the order of their commits.
    fn effects(&self) -> BTreeMap<i32, Vec<i32>> {
        let mut by_key: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        for effect in self.all("effects") {
            let number = |name| effect.get_i32(name).unwrap();
            by_key.entry(number("key")).or_default().push(number("n"));
        }
        by_key
    }

    fn all(&self, name: &str) -> Vec<Document> {
        self.runtime.block_on(async {
            let all = self.collection(name);
            let found = all.find(doc! {}).sort(doc! { "$natural": 1 });
            futures_util::TryStreamExt::try_collect(found.await.unwrap())
                .await
                .unwrap()
        })
    }

    fn wait_for_effects(&self, count: u64) {
        wait(&format!("{count} effects"), || {
            let effects = self.collection("effects");
            let found = self
                .runtime
                .block_on(async { effects.count_documents(doc! {}).await });
            (found.unwrap() >= count).then_some(())
        });
    }

    fn lanes(&self) -> Vec<Document> {
        self.runtime.block_on(async {
            let lanes: Collection<Document> = self.client.database("rhaiver").collection("lanes");
            let found = lanes.find(doc! { "_id.stream": &self.database });
            futures_util::TryStreamExt::try_collect(found.await.unwrap())
                .await
                .unwrap()
        })
    }

    fn letters(&self) -> DeadLetters {
        DeadLetters::new(&self.client)
    }

    fn mine(&self) -> Chosen {
        Chosen {
            stream: Some(self.database.clone()),
            ..Chosen::default()
        }
    }
}

fn fine(_: i32) -> Result<(), &'static str> {
    Ok(())
}

#[test]
fn every_effect_is_there_once_over_restarts() {
    let bench = Bench::new("once");
    let (_, handle) = bench.attach(bench.spec(), fine);
    bench.insert_many(1..=3000);
    bench.wait_for_effects(1);
    let first = bench.stop(&handle);
    assert!(first <= 3000);
    let (_, handle) = bench.attach(bench.spec(), fine);
    assert!(bench.heard.has("resumed: true"));
    bench.wait_for_effects(3000);
    let status = handle.status();
    assert!(status.lease && status.epoch > 0 && status.open);
    assert_eq!(bench.stop(&handle) + first, 3000);
    let effects = bench.effects();
    assert_eq!(effects.len(), 3000);
    assert!(effects.iter().all(|(key, ns)| ns == &[*key]));
    let token = bench.all("resume_tokens").remove(0);
    let lanes = bench.lanes();
    assert_eq!(lanes.len(), 1);
    assert_eq!(
        token.get("token"),
        lanes[0].get("token"),
        "the mirror is not level"
    );
    assert_eq!(lanes[0].get_i64("handled").unwrap(), 3000);
}

#[test]
fn an_event_that_fails_is_put_aside_and_delivered_again() {
    let bench = Bench::new("poison");
    let rule = |n| if n == 500 { Err("poison") } else { Ok(()) };
    let (program, handle) = bench.attach(bench.spec(), rule);
    bench.insert_many(1..=1000);
    bench.wait_for_effects(999);
    let letters = bench
        .runtime
        .block_on(bench.letters().list(&bench.mine(), 0));
    let letters = letters.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].state, LetterState::Dead);
    assert_eq!(
        (letters[0].attempts, letters[0].generation.as_str()),
        (3, "one")
    );
    assert_eq!(letters[0].error.message, "poison");
    assert_eq!(letters[0].key, Some(doc! { "_id": 500 }));
    program.edit("two", Arc::new(fine));
    wait("the edit", || bench.heard.has("Reloaded").then_some(()));
    let asked = bench
        .runtime
        .block_on(bench.letters().redeliver(&bench.mine()));
    assert_eq!(asked.unwrap(), 1);
    bench.wait_for_effects(1000);
    wait("an empty desk", || {
        let left = bench.letters();
        let left = bench.runtime.block_on(left.list(&bench.mine(), 0)).unwrap();
        left.is_empty().then_some(())
    });
    assert_eq!(bench.stop(&handle), 1000);
    let by = bench.all("effects").into_iter();
    let by: Vec<Document> = by.filter(|d| d.get_i32("n").unwrap() == 500).collect();
    assert_eq!(by.len(), 1);
    assert_eq!(by[0].get_str("by").unwrap(), "two");
}

#[test]
fn lanes_keep_the_order_of_documents_and_their_number_may_change() {
    let bench = Bench::new("lanes");
    let mut spec = bench.spec();
    spec.lanes = 4;
    spec.needs.operations = Some(vec!["replace".into()]);
    let (_, handle) = bench.attach(spec.clone(), fine);
    bench.insert(1..=400, 20);
    bench.wait_for_effects(200);
    bench.stop(&handle);
    assert_eq!(bench.lanes().len(), 4);
    spec.lanes = 3;
    let (_, handle) = bench.attach(spec, fine);
    bench.insert(401..=600, 20);
    bench.wait_for_effects(600);
    wait("three lanes", || (bench.lanes().len() == 3).then_some(()));
    bench.stop(&handle);
    for (key, ns) in bench.effects() {
        let expected: Vec<i32> = (1..=600).filter(|n| n % 20 == key).collect();
        assert_eq!(ns, expected, "document {key}");
    }
    let lanes: std::collections::BTreeSet<i64> = bench
        .all("effects")
        .iter()
        .map(|d| d.get_i64("lane").unwrap())
        .collect();
    assert!(lanes.len() > 1, "only {lanes:?} had work");
}

#[test]
fn a_blocked_document_waits_for_an_edit_in_order() {
    let bench = Bench::new("blocked");
    let mut spec = bench.spec();
    spec.on_failure = OnFailure::BlockKey;
    spec.needs.operations = Some(vec!["replace".into()]);
    let rule = |n: i32| if n % 5 == 2 { Err("not yet") } else { Ok(()) };
    let (program, handle) = bench.attach(spec, rule);
    bench.insert(1..=50, 5);
    bench.wait_for_effects(40);
    program.edit("two", Arc::new(fine));
    bench.wait_for_effects(50);
    wait("the document", || {
        bench.heard.has("Unblocked").then_some(())
    });
    bench.stop(&handle);
    for (key, ns) in bench.effects() {
        let expected: Vec<i32> = (1..=50).filter(|n| n % 5 == key).collect();
        assert_eq!(ns, expected, "document {key}");
    }
}

#[test]
fn without_transactions_none_is_missing() {
    let bench = Bench::new("least");
    let mut spec = bench.spec();
    spec.delivery = Delivery::AtLeastOnce;
    let (_, handle) = bench.attach(spec.clone(), fine);
    bench.insert_many(1..=500);
    bench.wait_for_effects(1);
    bench.stop(&handle);
    let (_, handle) = bench.attach(spec, fine);
    wait("all documents", || {
        (bench.effects().len() == 500).then_some(())
    });
    bench.stop(&handle);
}

#[test]
fn a_generation_that_fails_more_often_is_taken_back() {
    let bench = Bench::new("back");
    let mut spec = bench.spec();
    spec.on_regression = OnRegression::Rollback { after: 5 };
    spec.retry.attempts = 1;
    let (program, handle) = bench.attach(spec, fine);
    bench.insert_many(1..=10);
    bench.wait_for_effects(10);
    program.edit("two", Arc::new(|_| Err("worse")));
    wait("the edit", || bench.heard.has("Reloaded").then_some(()));
    bench.insert_many(11..=20);
    wait("the old one", || {
        bench.heard.has("RolledBack").then_some(())
    });
    bench.insert_many(21..=30);
    wait("its effects", || {
        let effects = bench.effects();
        (21..=30).all(|n| effects.contains_key(&n)).then_some(())
    });
    assert_eq!(handle.status().generation, "one");
    bench.stop(&handle);
}

#[test]
fn a_handler_that_must_not_fail_ends_its_stream() {
    let bench = Bench::new("stops");
    let mut spec = bench.spec();
    spec.on_failure = OnFailure::Stop;
    spec.retry.attempts = 1;
    let rule = |n| if n == 3 { Err("no") } else { Ok(()) };
    let (_, handle) = bench.attach(spec.clone(), rule);
    bench.insert_many(1..=5);
    let ended = bench.runtime.block_on(handle.ended());
    assert!(ended.unwrap_err().to_string().contains("no"));
    assert_eq!(handle.status().state, State::Failed);
    assert_eq!(bench.effects().len(), 2);
    // The one that is mended begins with it.
    let (_, handle) = bench.attach(spec, fine);
    bench.wait_for_effects(5);
    bench.stop(&handle);
}

/// A handler that writes to what it watches would go on for ever.
#[test]
fn effects_of_effects_end_at_a_depth() {
    let bench = Bench::new("deep");
    let mut spec = bench.spec();
    spec.max_depth = 3;
    let (_, handle) = bench.attach_into("orders", spec, fine);
    bench.insert_many(1..=1);
    let letter = wait("the one that is too deep", || {
        let letters = bench.letters();
        let letters = bench.runtime.block_on(letters.list(&bench.mine(), 0));
        letters.unwrap().into_iter().next()
    });
    assert!(letter.error.message.contains("4 times over"), "{letter:?}");
    assert_eq!((letter.attempts, letter.state), (0, LetterState::Dead));
    assert_eq!(bench.stop(&handle), 4);
    assert_eq!(bench.all("orders").len(), 5);
}

/// What a dead owner's place in `resume_tokens` says is where a stream without lanes begins.
#[test]
fn a_stream_begins_at_the_place_that_the_lab_kept() {
    let bench = Bench::new("mirror");
    let (_, handle) = bench.attach(bench.spec(), fine);
    bench.insert_many(1..=3);
    bench.wait_for_effects(3);
    bench.stop(&handle);
    bench.insert_many(4..=6);
    bench.runtime.block_on(async {
        let lanes: Collection<Document> = bench.client.database("rhaiver").collection("lanes");
        let mine = doc! { "_id.stream": &bench.database };
        lanes.delete_many(mine).await.unwrap();
    });
    let (_, handle) = bench.attach(bench.spec(), fine);
    bench.wait_for_effects(6);
    bench.stop(&handle);
    assert_eq!(bench.effects().len(), 6);
}

/// Neither a server that is gone nor the lease keeps a stream from ending.
#[test]
fn a_stream_ends_though_its_server_is_gone() {
    let server = Embedded::in_memory();
    let bench = Bench::on(&server.uri(), "gone");
    let (_, handle) = bench.attach(bench.spec(), fine);
    bench.insert_many(1..=3);
    bench.wait_for_effects(3);
    server.kill();
    wait("the loss", || bench.heard.has("Interrupted").then_some(()));
    handle.stop(Duration::from_millis(100));
    let soon = Duration::from_secs(20);
    let ended = async { tokio::time::timeout(soon, handle.ended()).await };
    let ended = bench.runtime.block_on(ended);
    assert_eq!(ended.unwrap().unwrap().handled, 3);
}

/// An edit that asks for other things of the source or the lanes opens the stream again.
#[test]
fn an_edit_may_change_what_a_stream_is() {
    let bench = Bench::new("other");
    let (program, handle) = bench.attach(bench.spec(), fine);
    bench.insert_many(1..=200);
    bench.wait_for_effects(1);
    program.ask_otherwise("two", |spec| spec.lanes = 3);
    wait("the edit", || bench.heard.has("Reloaded").then_some(()));
    bench.insert_many(201..=400);
    bench.wait_for_effects(400);
    assert_eq!((handle.status().lanes, bench.lanes().len()), (3, 3));

    // What the server refuses changes nothing.
    let nonsense = doc! { "$nonsense": 1 };
    program.ask_otherwise("three", |spec| spec.pipeline = vec![nonsense]);
    wait("the refusal", || bench.heard.has("Refused").then_some(()));
    bench.insert_many(401..=500);
    bench.wait_for_effects(500);
    assert_eq!(handle.status().generation, "two");
    assert_eq!(bench.stop(&handle), 500);
    let effects = bench.effects();
    assert_eq!(effects.len(), 500);
    assert!(effects.iter().all(|(key, ns)| ns == &[*key]));
}
