//! [`Job`]: the task of one stream, from its first lease to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use mongodb::Client;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::counters::Counters;
use super::error::{Ended, StreamError};
use super::look::Looker;
use super::streams::Common;
use crate::client::retry::{is_transient_code, may_pass};
use crate::diag::{Diagnostic, Kind};
use crate::stream::lane::depth::Depths;
use crate::stream::lane::retry::{Seeded, pause};
use crate::stream::lease::{Ask, EndState, Lease, Wait};
use crate::stream::letters::DeadLetters;
use crate::stream::observer::{Notice, Observer};
use crate::stream::program::{Look, Program, Version};
use crate::stream::registry::{About, Progress};
use crate::stream::source::Hub;
use crate::stream::spec::{Delivery, Retry, StreamSpec};
use crate::stream::status::State;

/// The task of one stream.
pub(super) struct Job {
    pub(super) common: Arc<Common>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) counters: Arc<Counters>,
    pub(super) stop: watch::Receiver<Option<Duration>>,
}

/// Why a run of a stream under a lease is over.
pub(super) enum Over {
    /// It was asked to end, or its sources are gone.
    Asked,
    /// Another owner runs it.
    Fenced(String),
    /// It is to be opened again, for this version where it asks for other things.
    Again(Option<Arc<dyn Version>>),
}

/// A lease that is got so soon was nobody's: no other host has seen a newer version.
const SOON: Duration = Duration::from_millis(50);

/// How long what is written at the end may take.
const FAREWELL: Duration = Duration::from_secs(2);

impl Job {
    /// Runs the stream until it ends.
    pub(super) async fn run(mut self, program: Arc<dyn Program>) -> Result<Ended, StreamError> {
        let version = program.current();
        let result = match Looker::start(program) {
            Ok(looker) => self.lead(version, looker).await,
            Err(e) => Err(StreamError::Bug(format!("cannot start a thread: {e}"))),
        };
        let state = if result.is_ok() {
            State::Stopped
        } else {
            State::Failed
        };
        self.counters.set_state(state);
        self.counters.lease.store(false, Relaxed);
        self.counters.open.store(false, Relaxed);
        let handled = self.counters.events.load(Relaxed);
        let failure = result.as_ref().err().map(|e| Box::new(e.diagnostic()));
        if let Some(failure) = &failure {
            self.counters.went_wrong(&failure.message);
        }
        self.observer.notice(&Notice::Ended { handled, failure });
        result.map(|()| Ended { handled })
    }

    /// Takes the lease and runs under it, again and again.
    async fn lead(
        &mut self,
        mut version: Arc<dyn Version>,
        mut looker: Looker,
    ) -> Result<(), StreamError> {
        DeadLetters::new(self.client()).prepare().await;
        loop {
            let asked = Instant::now();
            let Some(lease) = self.take(&mut version, &mut looker).await? else {
                return Ok(());
            };
            let stood_by = asked.elapsed();
            self.counters.epoch.store(lease.epoch(), Relaxed);
            self.counters.lease.store(true, Relaxed);
            let counters = self.counters.clone();
            lease.keep(move || counters.progress_document());
            if stood_by > SOON && !self.catch_up(&mut version, &mut looker).await {
                self.release(&lease, EndState::Stopped).await;
                return Ok(());
            }
            let over = self.hold(&lease, &mut version, &mut looker).await;
            self.counters.lease.store(false, Relaxed);
            self.counters.open.store(false, Relaxed);
            match over {
                Ok(Some(reason)) => {
                    // Where it was not the lease that was lost, it must not be renewed for nobody:
                    // this process would stand by for itself.
                    lease.give_up();
                    self.counters.went_wrong(&reason);
                    self.observer.notice(&Notice::LeaseLost { reason });
                }
                Ok(None) => {
                    self.release(&lease, EndState::Stopped).await;
                    return Ok(());
                }
                Err(error) => {
                    self.counters.went_wrong(&error.to_string());
                    self.release(&lease, EndState::Failed).await;
                    return Err(error);
                }
            }
        }
    }

    /// Stands by until the lease is free; nothing where the stream is to end before.
    async fn take(
        &mut self,
        version: &mut Arc<dyn Version>,
        looker: &mut Looker,
    ) -> Result<Option<Lease>, StreamError> {
        let about = about(version.spec(), version.generation());
        let ask = Ask::new(self.counters.id(), self.common.options.lease, about);
        let (observer, counters) = (self.observer.clone(), self.counters.clone());
        let mut told = None;
        let client = self.client().clone();
        let taking = Lease::take(&client, &ask, move |wait| match wait {
            Wait::Held(held) => {
                counters.set_state(State::StandingBy);
                counters.progress();
                let owner = held.owner.as_ref();
                let owner = owner.map_or_else(|| "another process".into(), ToString::to_string);
                if told.as_ref() != Some(&owner) {
                    observer.notice(&Notice::StandingBy {
                        owner: owner.clone(),
                    });
                    told = Some(owner);
                }
            }
            Wait::Failed { error, again_in } => {
                counters.went_wrong(&error.message);
                observer.notice(&Notice::Interrupted {
                    reason: error.message.clone(),
                    again_in: *again_in,
                });
            }
        });
        tokio::pin!(taking);
        loop {
            tokio::select! {
                biased;
                () = asked(&mut self.stop) => return Ok(None),
                lease = &mut taking => return Ok(Some(lease?)),
                look = looker.seen.recv() => {
                    if !look.is_some_and(|look| self.note(look, version)) {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Takes note of edits that the owner before may have seen already; says whether the stream may
    /// run. The lease is kept meanwhile: trying an edit takes its time.
    async fn catch_up(&self, version: &mut Arc<dyn Version>, looker: &mut Looker) -> bool {
        looker.catch_up().await;
        while let Ok(look) = looker.seen.try_recv() {
            if !self.note(look, version) {
                return false;
            }
        }
        true
    }

    /// Notes what became of an edit while the stream does not run; says whether it may.
    fn note(&self, look: Look, version: &mut Arc<dyn Version>) -> bool {
        match look {
            Look::New(new) if new.spec().id != version.spec().id => {
                self.refuse_id(&*new, &**version);
            }
            Look::New(new) => {
                self.counters.set_version(&*new);
                *version = new;
            }
            Look::Refused(diagnostic) => self.observer.notice(&Notice::Refused(diagnostic)),
            Look::Back | Look::Unchanged => {}
            Look::Gone => return false,
        }
        true
    }

    /// Runs under a lease, opening the stream as often as versions ask for other things. Gives why
    /// the lease is lost, or nothing where the stream is to end.
    async fn hold(
        &mut self,
        lease: &Lease,
        version: &mut Arc<dyn Version>,
        looker: &mut Looker,
    ) -> Result<Option<String>, StreamError> {
        // What an edit asks of the source may be refused by the server: then this one goes on.
        let mut before: Option<Arc<dyn Version>> = None;
        let (mut edited, mut failures) = (false, 0);
        loop {
            let mut stop = self.stop.clone();
            let mut lost = lease.lost();
            let opening = tokio::select! {
                biased;
                () = overdue(&mut stop) => return Ok(None),
                () = turned(&mut lost) => return Ok(Some(LAPSED.into())),
                opening = self.open(version.clone(), lease) => opening,
            };
            let result = match opening {
                Ok(running) => {
                    let went = self.go(running, lease, looker, edited).await;
                    if went.started {
                        (before, edited) = (None, false);
                    }
                    *version = went.version;
                    went.over
                }
                Err(error) => Err(error),
            };
            match result {
                Ok(Over::Asked) => return Ok(None),
                Ok(Over::Fenced(reason)) => return Ok(Some(reason)),
                Ok(Over::Again(new)) => {
                    (edited, failures) = (true, 0);
                    before = new.map(|new| std::mem::replace(version, new));
                }
                Err(error) if passes(&error) => {
                    failures += 1;
                    self.wait(&error, failures).await;
                    if self.stop.borrow().is_some() {
                        return Ok(None);
                    }
                }
                Err(StreamError::Program(_) | StreamError::Client(_)) if before.is_some() => {
                    // Unreachable without an old version.
                    if let (Err(error), Some(old)) = (result, before.take()) {
                        let refused = Box::new(error.diagnostic());
                        self.observer.notice(&Notice::Refused(refused));
                        self.counters.set_version(&*old);
                        *version = old;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits before the stream is opened again.
    async fn wait(&mut self, error: &StreamError, failures: u32) {
        let again_in = pause(&Retry::default(), failures, &mut Seeded::from_time());
        let reason = error.to_string();
        self.counters.went_wrong(&reason);
        self.observer
            .notice(&Notice::Interrupted { reason, again_in });
        tokio::select! {
            () = asked(&mut self.stop) => {}
            () = tokio::time::sleep(again_in) => {}
        }
    }

    async fn release(&self, lease: &Lease, how: EndState) {
        let progress = self.counters.progress_document();
        let _ = tokio::time::timeout(FAREWELL, lease.release(how, &progress)).await;
    }

    pub(super) fn client(&self) -> &Client {
        self.common.hub.client()
    }

    pub(super) fn hub(&self) -> &Hub {
        &self.common.hub
    }

    pub(super) fn runtime(&self) -> Handle {
        self.common.runtime.clone()
    }

    pub(super) fn depths(&self) -> Arc<Depths> {
        self.common.depths.clone()
    }

    pub(super) fn stack(&self) -> usize {
        self.common.options.stack
    }

    /// Says that an edit wants to be another stream.
    pub(super) fn refuse_id(&self, new: &dyn Version, old: &dyn Version) {
        let (new, old) = (&new.spec().id, &old.spec().id);
        self.refuse(
            format!("the edited handler calls its stream {new:?} instead of {old:?}"),
            "a stream keeps its id while it runs: attach the handler anew",
        );
    }

    /// Says why a version that another took over from cannot take over.
    pub(super) fn refuse(&self, message: String, hint: &str) {
        let diagnostic = Diagnostic::new(Kind::Script, message).hint(hint);
        self.observer.notice(&Notice::Refused(Box::new(diagnostic)));
    }
}

pub(super) const LAPSED: &str = "the lease could not be renewed, or another process took it";

/// Whether opening the stream may do soon what it did not now. The lease was taken: the server is
/// there, or was a moment ago.
fn passes(error: &StreamError) -> bool {
    match error {
        StreamError::Client(e) => may_pass(e),
        // A top level or an `onStart` that met a failover.
        StreamError::Program(d) => {
            d.kind == Kind::Unavailable || d.code.is_some_and(is_transient_code)
        }
        _ => false,
    }
}

/// Waits until the stream is asked to end.
pub(super) async fn asked(stop: &mut watch::Receiver<Option<Duration>>) {
    if stop.wait_for(Option::is_some).await.is_err() {
        // Nobody is there who could ask.
        std::future::pending::<()>().await;
    }
}

/// Waits until a lease is lost.
pub(super) async fn turned(lost: &mut watch::Receiver<bool>) {
    if lost.wait_for(|lost| *lost).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits until the stream was asked to end, and the time for that is over.
pub(super) async fn overdue(stop: &mut watch::Receiver<Option<Duration>>) {
    asked(stop).await;
    let began = tokio::time::Instant::now();
    loop {
        let grace = stop.borrow_and_update().unwrap_or_default();
        tokio::select! {
            () = tokio::time::sleep_until(began + grace) => return,
            Ok(()) = stop.changed() => {}
        }
    }
}

/// What the registry is told about a stream.
fn about(spec: &StreamSpec, generation: &str) -> About {
    About {
        watch: spec.watch.iter().map(ToString::to_string).collect(),
        database: spec.database.clone(),
        delivery: match spec.delivery {
            Delivery::ExactlyOnce => "exactly-once".into(),
            Delivery::AtLeastOnce => "at-least-once".into(),
        },
        lanes: spec.lanes,
        generation: generation.into(),
    }
}

impl Counters {
    /// What the registry is told from time to time.
    pub(super) fn progress_document(&self) -> Progress {
        let status = self.status();
        let place = self.place();
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Progress {
            generation: status.generation,
            lanes: status.lanes,
            cluster_time: place.as_ref().and_then(|place| place.time),
            token: place.map(|place| place.token.to_bson()),
            lag: status
                .lag
                .map_or(0, |lag| i64::try_from(lag.as_millis()).unwrap_or(i64::MAX)),
            handled: count(status.events),
            failed: count(status.failed),
            retried: count(status.retried),
            dead_letters: count(status.dead_letters),
            last_error: status
                .last_error
                .map(|error| (error.message, bson::DateTime::from_system_time(error.at))),
        }
    }
}
