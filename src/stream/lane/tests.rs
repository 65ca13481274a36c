//! The loop of a lane, with a handler and a database that are made up.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, RawDocument, RawDocumentBuf, rawdoc};
use mongodb::ClientSession;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::blocked::{Blocked, Key};
use super::control::{End, Line, Report, Shared};
use super::depth::Depths;
use super::ledger::{Entry, Ledger, Trouble};
use super::queue::{Place, Work};
use super::retry::Seeded;
use super::run::{Lane, Start};
use crate::client::{ClientError, ErrorName};
use crate::diag::{Diagnostic, Kind};
use crate::stream::handler::Failure;
use crate::stream::host::Counters;
use crate::stream::letters::{DeadLetter, LetterError, LetterState};
use crate::stream::observer::{Notice, Observer};
use crate::stream::program::{LaneHandler, Left, Scope, Version};
use crate::stream::source::{Event, Token, TransactionId};
use crate::stream::spec::{Delivery, Namespace, OnFailure, StreamSpec};

/// A database and what is written to it.
#[derive(Default)]
struct World {
    /// Effects of the open batch: event and generation.
    open: Vec<(i32, String)>,
    /// Effects that are committed.
    done: Vec<(i32, String)>,
    /// How many effects each commit had.
    commits: Vec<usize>,
    /// How many batches were undone.
    undone: usize,
    place: Option<String>,
    letters: Vec<DeadLetter>,
    /// What comes in the way of the next commits.
    troubles: VecDeque<Trouble>,
    notices: Vec<String>,
}

type Shop = Arc<Mutex<World>>;

struct Desk(Shop);

impl Ledger for Desk {
    fn begin(&mut self) -> Result<Option<ClientSession>, Trouble> {
        Ok(None)
    }

    fn commit(&mut self, _: Option<ClientSession>, entry: &Entry<'_>) -> Result<(), Trouble> {
        let mut world = self.0.lock().unwrap();
        if let Some(trouble) = world.troubles.pop_front() {
            world.open.clear();
            return Err(trouble);
        }
        if let Some(done) = entry.done {
            let before = world.letters.len();
            world.letters.retain(|letter| letter.id != done.id);
            if world.letters.len() == before {
                world.open.clear();
                return Err(Trouble::LetterGone);
            }
        }
        let effects = std::mem::take(&mut world.open);
        world.commits.push(effects.len());
        world.done.extend(effects);
        world.letters.extend(entry.letters.iter().cloned());
        if let Some(place) = entry.place {
            world.place = Some(place.token.hex().to_string());
        }
        Ok(())
    }

    fn undo(&mut self, _: Option<ClientSession>) {
        let mut world = self.0.lock().unwrap();
        world.open.clear();
        world.undone += 1;
    }

    fn first_blocked(&mut self, key: &Key) -> Result<Option<DeadLetter>, Trouble> {
        let world = self.0.lock().unwrap();
        let mut of_key = world.letters.iter().filter(|letter| {
            letter.state == LetterState::Blocked && Key::of_letter(letter).as_ref() == Some(key)
        });
        Ok(of_key.next().cloned())
    }

    fn failed_again(
        &mut self,
        letter: &DeadLetter,
        error: &LetterError,
        generation: &str,
    ) -> Result<(), Trouble> {
        let mut world = self.0.lock().unwrap();
        for kept in &mut world.letters {
            if kept.id == letter.id {
                kept.attempts += 1;
                kept.error = error.clone();
                kept.generation = generation.into();
            }
            let redelivered = kept.state == LetterState::Redeliver && kept.key == letter.key;
            if redelivered {
                kept.state = LetterState::Dead;
            }
        }
        Ok(())
    }
}

type Rule = Arc<dyn Fn(i32) -> Result<(), Failure> + Send + Sync>;

struct Fake {
    generation: String,
    spec: StreamSpec,
    shop: Shop,
    rule: Rule,
}

impl Version for Fake {
    fn generation(&self) -> &str {
        &self.generation
    }

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    fn handler(&self, _: u32) -> Result<Box<dyn LaneHandler>, Box<Diagnostic>> {
        Ok(Box::new(FakeHandler {
            generation: self.generation.clone(),
            shop: self.shop.clone(),
            rule: self.rule.clone(),
            hold: false,
            held: Vec::new(),
        }))
    }

    fn interrupt(&self) {}
}

struct FakeHandler {
    generation: String,
    shop: Shop,
    rule: Rule,
    hold: bool,
    held: Vec<i32>,
}

impl FakeHandler {
    fn note(&self, text: &str) {
        let mut world = self.shop.lock().unwrap();
        world.notices.push(format!("{} {text}", self.generation));
    }
}

impl LaneHandler for FakeHandler {
    fn start(&mut self) -> Result<(), Failure> {
        self.note("start");
        Ok(())
    }

    fn enter(&mut self, scope: Scope) {
        self.hold = scope.hold;
        self.held.clear();
    }

    /// Events from 1000 on fail where they are sent, the others where they are handled.
    fn handle(&mut self, event: &RawDocument) -> Result<(), Failure> {
        let n = event.get_i32("n").unwrap();
        if self.hold && n >= 1000 {
            self.held.push(n);
        } else {
            (self.rule)(n)?;
        }
        let effect = (n, self.generation.clone());
        self.shop.lock().unwrap().open.push(effect);
        Ok(())
    }

    fn leave(&mut self) -> Left {
        let sent: Result<(), Failure> = self.held.iter().try_for_each(|n| (self.rule)(*n));
        Left {
            replaced: 0,
            transaction: None,
            used: true,
            result: sent,
        }
    }

    fn failed(&mut self, event: &RawDocument, _: &Failure) -> Result<(), Failure> {
        self.note(&format!("onError {}", event.get_i32("n").unwrap()));
        Ok(())
    }

    fn stop(&mut self) -> Result<(), Failure> {
        self.note("stop");
        Ok(())
    }
}

struct Ears(Shop);

impl Observer for Ears {
    fn notice(&self, notice: &Notice) {
        let text = match notice {
            Notice::Failed { attempts, .. } => format!("failed {attempts}"),
            Notice::Recovered { attempts } => format!("recovered {attempts}"),
            Notice::PutAside { blocks, .. } => format!("put aside, blocks {blocks}"),
            Notice::Interrupted { .. } => "interrupted".into(),
            other => format!("{other:?}")
                .split([' ', '{'])
                .next()
                .unwrap()
                .into(),
        };
        self.0.lock().unwrap().notices.push(text);
    }
}

/// A lane and all around it.
struct Bench {
    shop: Shop,
    line: Arc<Line>,
    shared: Arc<Shared>,
    depths: Arc<Depths>,
    spec: StreamSpec,
    lane: Option<Lane<Desk>>,
    _reports: UnboundedReceiver<Report>,
}

fn spec() -> StreamSpec {
    let orders = Namespace::Collection("shop".into(), "orders".into());
    let mut spec = StreamSpec::new("s", vec![orders], "shop");
    spec.retry.first = Duration::from_millis(1);
    spec.retry.longest = Duration::from_millis(2);
    spec
}

fn fine(_: i32) -> Result<(), Failure> {
    Ok(())
}

fn fails(code: Option<i32>) -> Result<(), Failure> {
    Err(Failure {
        diagnostic: Diagnostic::new(Kind::Script, "no").server_code(code, None),
        transient: false,
    })
}

impl Bench {
    fn new(
        spec: StreamSpec,
        rule: impl Fn(i32) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        Self::at(spec, None, rule)
    }

    fn at(
        spec: StreamSpec,
        place: Option<Place>,
        rule: impl Fn(i32) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        let shop = Shop::default();
        let version = version(&shop, &spec, "one", rule);
        let (send, reports) = unbounded_channel();
        let counters = Arc::new(Counters::new(&*version));
        let depths: Arc<Depths> = Arc::default();
        let observer = Arc::new(Ears(shop.clone()));
        let shared = Arc::new(Shared::new(counters, observer, depths.clone(), send));
        let line = Arc::new(Line::at(place));
        let start = Start {
            number: 0,
            version,
            line: line.clone(),
            shared: shared.clone(),
            ledger: Desk(shop.clone()),
            blocked: Blocked::default(),
            chance: Box::new(Seeded::new(7)),
        };
        let lane = Lane::open(start).ok();
        Self {
            shop,
            line,
            shared,
            depths,
            spec,
            lane,
            _reports: reports,
        }
    }

    fn push(&self, numbers: impl IntoIterator<Item = i32>) {
        let events = numbers.into_iter().map(|n| Work::Event(event(n)));
        self.line.queue.push(events);
    }

    /// Lets the lane work until everything is done, or it ends.
    fn work(&mut self) -> Option<End> {
        let lane = self.lane.as_mut().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.line.queue.is_idle() {
            assert!(
                Instant::now() < deadline,
                "the lane does not come to an end"
            );
            if let Err(end) = lane.step() {
                return Some(end);
            }
        }
        None
    }

    fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.shop.lock().unwrap())
    }

    fn done(&self) -> Vec<i32> {
        self.world(|world| world.done.iter().map(|(n, _)| *n).collect())
    }

    fn edit(&self, rule: impl Fn(i32) -> Result<(), Failure> + Send + Sync + 'static) {
        let version = version(&self.shop, &self.spec, "two", rule);
        self.line.hand_over(version);
    }
}

fn version(
    shop: &Shop,
    spec: &StreamSpec,
    generation: &str,
    rule: impl Fn(i32) -> Result<(), Failure> + Send + Sync + 'static,
) -> Arc<dyn Version> {
    Arc::new(Fake {
        generation: generation.into(),
        spec: spec.clone(),
        shop: shop.clone(),
        rule: Arc::new(rule),
    })
}

/// Event `n` is about document `n % 10`.
fn raw(n: i32) -> RawDocumentBuf {
    rawdoc! {
        "_id": { "_data": hex_of(n) },
        "ns": { "db": "shop", "coll": "orders" },
        "documentKey": { "_id": n % 10 },
        "n": n,
    }
}

fn event(n: i32) -> Event {
    Event::from_document(&raw(n))
}

fn hex_of(n: i32) -> String {
    format!("{n:08X}")
}

fn letter(n: i32, state: LetterState) -> DeadLetter {
    DeadLetter::of("s", &raw(n), LetterError::default(), (3, "one"), state).unwrap()
}

fn away() -> Trouble {
    Trouble::Again(ClientError {
        name: ErrorName::MongoServerError,
        message: "not primary".into(),
        code: Some(10107),
        code_name: None,
        labels: Vec::new(),
        response: None,
    })
}

#[test]
fn what_waits_is_done_in_batches() {
    let mut bench = Bench::new(spec(), fine);
    bench.push(1..=2500);
    assert!(bench.work().is_none());
    assert_eq!(bench.done(), (1..=2500).collect::<Vec<_>>());
    bench.world(|world| {
        assert_eq!(world.commits, [1000, 1000, 500]);
        assert_eq!(world.place, Some(hex_of(2500)));
    });
}

#[test]
fn one_event_that_fails_does_not_hold_the_others_up() {
    for bad in [1, 700, 999, 1000, 1234, 2000] {
        let rule = move |n| if n == bad { fails(None) } else { Ok(()) };
        let mut bench = Bench::new(spec(), rule);
        bench.push(1..=2000);
        assert!(bench.work().is_none());
        let expected: Vec<i32> = (1..=2000).filter(|n| *n != bad).collect();
        assert_eq!(bench.done(), expected, "{bad}");
        bench.world(|world| {
            let letters: Vec<_> = world
                .letters
                .iter()
                .map(|l| (l.attempts, l.state))
                .collect();
            assert_eq!(letters, [(3, LetterState::Dead)], "{bad}");
            assert!(
                world.undone < 30,
                "{bad}: {} batches were undone",
                world.undone
            );
            assert_eq!(world.place, Some(hex_of(2000)));
            let told = [
                "one start",
                "failed 1",
                "failed 2",
                &format!("one onError {bad}"),
                "put aside, blocks false",
            ];
            assert_eq!(world.notices, told);
        });
    }
}

#[test]
fn what_no_second_try_can_mend_has_none() {
    let mut bench = Bench::new(spec(), |n| if n == 2 { fails(Some(11000)) } else { Ok(()) });
    bench.push(1..=3);
    assert!(bench.work().is_none());
    bench.world(|world| {
        assert_eq!(world.letters[0].attempts, 1);
        assert_eq!(world.letters[0].error.code, Some(11000));
    });
}

#[test]
fn an_event_that_is_handled_at_a_later_try_is_told_of() {
    let tries = Mutex::new(0);
    let rule = move |_| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        if *tries < 3 { fails(None) } else { Ok(()) }
    };
    let mut bench = Bench::new(spec(), rule);
    bench.push([1]);
    assert!(bench.work().is_none());
    bench.world(|world| {
        assert_eq!(
            world.notices,
            ["one start", "failed 1", "failed 2", "recovered 3"]
        );
        assert!(world.letters.is_empty());
    });
}

#[test]
fn a_document_that_is_blocked_waits_and_others_go_on() {
    let mut spec = spec();
    spec.on_failure = OnFailure::BlockKey;
    let mut bench = Bench::new(spec, |n| if n % 10 == 3 { fails(None) } else { Ok(()) });
    bench.push(1..=30);
    assert!(bench.work().is_none());
    let expected: Vec<i32> = (1..=30).filter(|n| n % 10 != 3).collect();
    assert_eq!(bench.done(), expected);
    let waiting = bench.world(|world| {
        let waiting = world
            .letters
            .iter()
            .map(|l| (l.event.get_i32("n").unwrap(), l.state));
        waiting.collect::<Vec<_>>()
    });
    assert_eq!(waiting, [3, 13, 23].map(|n| (n, LetterState::Blocked)));

    // The mended one takes them up in order, in front of what comes later.
    bench.edit(fine);
    bench.push([33]);
    let deadline = Instant::now() + Duration::from_secs(20);
    while bench.world(|world| !world.letters.is_empty() || world.done.len() < 31) {
        assert!(Instant::now() < deadline);
        bench.lane.as_mut().unwrap().step().unwrap();
    }
    let of_document: Vec<i32> = bench.done().into_iter().filter(|n| n % 10 == 3).collect();
    assert_eq!(of_document, [3, 13, 23, 33]);
}

#[test]
fn nothing_is_done_twice_where_the_server_goes_away() {
    let mut bench = Bench::new(spec(), fine);
    bench.world(|world| world.troubles.extend([away(), away()]));
    bench.push(1..=10);
    assert!(bench.work().is_none());
    assert_eq!(bench.done(), (1..=10).collect::<Vec<_>>());
    bench.world(|world| {
        assert_eq!(world.commits, [10]);
        assert_eq!(
            world.notices,
            ["one start", "interrupted", "interrupted", "Resumed"]
        );
    });
}

#[test]
fn an_event_that_must_not_fail_ends_the_lane_in_front_of_it() {
    let mut spec = spec();
    spec.on_failure = OnFailure::Stop;
    spec.retry.attempts = 1;
    let mut bench = Bench::new(spec, |n| if n == 5 { fails(None) } else { Ok(()) });
    bench.push(1..=10);
    assert!(matches!(bench.work(), Some(End::Failed(_))));
    assert_eq!(bench.done(), [1, 2, 3, 4]);
    assert_eq!(bench.world(|world| world.place.clone()), Some(hex_of(4)));
}

#[test]
fn a_lane_that_is_to_end_commits_what_it_has_done() {
    let shared: Arc<Mutex<Option<Arc<Shared>>>> = Arc::default();
    let seen = shared.clone();
    let mut bench = Bench::new(spec(), move |n| {
        if let (5, Some(shared)) = (n, &*seen.lock().unwrap()) {
            shared.drain();
        }
        Ok(())
    });
    *shared.lock().unwrap() = Some(bench.shared.clone());
    bench.push(1..=10);
    assert!(matches!(bench.work(), Some(End::Asked)));
    assert_eq!(bench.done(), [1, 2, 3, 4, 5]);
    assert_eq!(bench.world(|world| world.place.clone()), Some(hex_of(5)));
}

#[test]
fn an_edit_takes_over_between_two_events_and_a_batch_has_one_generation() {
    type Offered = Option<(Arc<Line>, Arc<dyn Version>)>;
    let line: Arc<Mutex<Offered>> = Arc::default();
    let seen = line.clone();
    let mut bench = Bench::new(spec(), move |n| {
        if let (4, Some((line, new))) = (n, &*seen.lock().unwrap()) {
            line.hand_over(new.clone());
        }
        Ok(())
    });
    let new = version(&bench.shop, &bench.spec, "two", fine);
    *line.lock().unwrap() = Some((bench.line.clone(), new));
    bench.push(1..=6);
    assert!(bench.work().is_none());
    bench.world(|world| {
        let by: Vec<(i32, &str)> = world.done.iter().map(|(n, g)| (*n, g.as_str())).collect();
        let one = [1, 2, 3, 4].map(|n| (n, "one"));
        assert_eq!(by, [&one[..], &[(5, "two"), (6, "two")]].concat());
        assert_eq!(world.commits, [4, 2]);
        assert_eq!(world.notices, ["one start", "one stop", "two start"]);
    });
}

#[test]
fn what_an_earlier_run_did_is_left_out() {
    let token = Token::new(&rawdoc! { "_data": hex_of(4) });
    let place = Place { token, time: None };
    let mut bench = Bench::at(spec(), Some(place), fine);
    bench.push(1..=6);
    assert!(bench.work().is_none());
    assert_eq!(bench.done(), [5, 6]);
}

#[test]
fn letters_that_come_again_keep_the_order_of_their_documents() {
    let rule = |n| if n == 1 { fails(None) } else { Ok(()) };
    let mut bench = Bench::new(spec(), rule);
    let letters: Vec<DeadLetter> = [1, 2, 11, 12]
        .map(|n| letter(n, LetterState::Redeliver))
        .into();
    bench.world(|world| world.letters = letters.clone());
    bench.line.queue.push([Work::Letters(letters)]);
    assert!(bench.work().is_none());
    assert_eq!(bench.done(), [2, 12]);
    bench.world(|world| {
        let left = world.letters.iter();
        let left: Vec<_> = left
            .map(|l| (l.event.get_i32("n").unwrap(), l.attempts, l.state))
            .collect();
        assert_eq!(
            left,
            [(1, 4, LetterState::Dead), (11, 3, LetterState::Dead)]
        );
    });
}

#[test]
fn a_letter_that_was_discarded_has_no_effects() {
    let mut bench = Bench::new(spec(), fine);
    let letters = vec![letter(1, LetterState::Redeliver)];
    bench.line.queue.push([Work::Letters(letters)]);
    assert!(bench.work().is_none());
    assert_eq!(bench.done(), [0; 0]);
}

#[test]
fn without_a_transaction_what_is_done_stays_done() {
    let mut spec = spec();
    spec.delivery = Delivery::AtLeastOnce;
    let calls: Arc<Mutex<HashMap<i32, u32>>> = Arc::default();
    let seen = calls.clone();
    let mut bench = Bench::new(spec, move |n| {
        *seen.lock().unwrap().entry(n).or_default() += 1;
        if n == 5 { fails(Some(2)) } else { Ok(()) }
    });
    bench.push(1..=10);
    assert!(bench.work().is_none());
    let calls = calls.lock().unwrap();
    assert!(
        (1..=10).all(|n| calls[&n] == if n == 5 { 2 } else { 1 }),
        "{calls:?}"
    );
}

#[test]
fn a_lane_that_was_taken_over_does_nothing_more() {
    let mut bench = Bench::new(spec(), fine);
    bench.world(|world| world.troubles.push_back(Trouble::Fenced("epoch 2".into())));
    bench.push(1..=10);
    assert!(matches!(bench.work(), Some(End::Fenced(_))));
    assert_eq!(bench.done(), [0; 0]);
}

#[test]
fn effects_of_effects_are_cut_at_a_depth() {
    let mut bench = Bench::new(spec(), fine);
    let transaction = |number| TransactionId {
        session: [9; 16],
        number,
    };
    bench.depths.expect(transaction(1), 32);
    bench.depths.expect(transaction(2), 33);
    for number in [1_i64, 2] {
        let lsid = Binary {
            subtype: BinarySubtype::Uuid,
            bytes: vec![9; 16],
        };
        let mut event = raw(i32::try_from(number).unwrap());
        event.append(bson::raw::cstr!("txnNumber"), number);
        let lsid = RawDocumentBuf::try_from(&bson::doc! { "id": Bson::Binary(lsid) }).unwrap();
        event.append(bson::raw::cstr!("lsid"), lsid);
        bench
            .line
            .queue
            .push([Work::Event(Event::from_document(&event))]);
    }
    assert!(bench.work().is_none());
    assert_eq!(bench.done(), [1]);
    bench.world(|world| {
        assert!(world.letters[0].error.message.contains("33 times over"));
    });
}

#[test]
fn a_place_is_written_down_behind_what_is_before_it() {
    let mut bench = Bench::new(spec(), fine);
    bench.push(1..=2);
    let token = Token::new(&rawdoc! { "_data": hex_of(9) });
    bench.line.queue.mark(Place { token, time: None });
    assert!(bench.work().is_none());
    assert_eq!(bench.world(|world| world.place.clone()), Some(hex_of(9)));
    assert_eq!(bench.line.place().unwrap().token.hex(), hex_of(9));
}
