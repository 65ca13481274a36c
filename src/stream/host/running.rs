//! A stream that runs: items to lanes, edits to lanes, and what lanes tell.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::errands::Errands;
use super::error::StreamError;
use super::job::{Job, LAPSED, Over, asked, overdue, turned};
use super::judge::{Verdict, judge};
use super::look::Looker;
use super::open::Running;
use crate::diag::{Diagnostic, Kind};
use crate::stream::lane::control::{End, Outcome, Report};
use crate::stream::lane::queue::{Place, Work};
use crate::stream::lane::spread::lane_of;
use crate::stream::lease::Lease;
use crate::stream::letters::DeadLetter;
use crate::stream::observer::Notice;
use crate::stream::program::{Look, Version};
use crate::stream::source::{Event, HeadroomAlarm, Item, Token};
use crate::stream::spec::{Delivery, OnRegression, StreamSpec};
use crate::stream::status::State;

/// How often it is looked after.
const TICK: Duration = Duration::from_millis(200);

/// How often places are mirrored, letters looked for, and lanes without events brought forward.
const ERRANDS: Duration = Duration::from_secs(1);

/// How often the place of an idle stream is moved, so that a rare event is not older than the
/// history that the server keeps.
const FRESHEN: Duration = Duration::from_secs(10);

/// How long lanes that were interrupted have for coming to an end.
const FAREWELL: Duration = Duration::from_secs(2);

/// A stream that runs.
struct Live<'a> {
    job: &'a Job,
    running: Running,
    errands: Errands,
    /// How many lanes have started.
    started: usize,
    /// How many threads there are.
    alive: usize,
    /// The version that is taking over.
    coming: Option<Coming>,
    /// The version that took over, and what is compared.
    trial: Option<Trial>,
    /// How many lanes have letters to deliver.
    redelivering: usize,
    /// A place behind all events so far.
    idle: Option<Token>,
    /// What follows once everything that was read is done.
    after_all: Option<Result<Over, StreamError>>,
    fresh: Instant,
    errands_at: Instant,
    headroom: HeadroomAlarm,
}

struct Coming {
    version: Arc<dyn Version>,
    took: HashSet<u32>,
    refused: bool,
    /// Why it is an old one that takes over again.
    back: Option<String>,
}

struct Trial {
    old: Arc<dyn Version>,
    before: Outcome,
    after: u32,
}

type Step = Option<Result<Over, StreamError>>;

impl Job {
    /// Runs a stream that is open until something ends the run; its lanes have ended then.
    pub(super) async fn go(
        &self,
        running: Running,
        lease: &Lease,
        looker: &mut Looker,
        edited: bool,
        ran_before: &mut bool,
    ) -> Result<Over, StreamError> {
        let now = Instant::now();
        let mut live = Live {
            errands: Errands::new(self),
            alive: running.lines.len(),
            job: self,
            running,
            started: 0,
            coming: None,
            trial: None,
            redelivering: 0,
            idle: None,
            after_all: None,
            fresh: now,
            errands_at: now,
            headroom: HeadroomAlarm::default(),
        };
        let over = live.work(lease, looker, edited, ran_before).await;
        live.close(over).await
    }
}

impl Live<'_> {
    async fn work(
        &mut self,
        lease: &Lease,
        looker: &mut Looker,
        edited: bool,
        ran_before: &mut bool,
    ) -> Result<Over, StreamError> {
        let mut stop = self.job.stop.clone();
        let mut lost = lease.lost();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let ready = self.started == self.running.lines.len();
            let busy = self.running.dispatch.is_busy();
            let reads = ready && !busy && self.after_all.is_none();
            let step = tokio::select! {
                biased;
                () = asked(&mut stop) => Some(Ok(Over::Asked)),
                () = turned(&mut lost) => Some(Ok(Over::Fenced(LAPSED.into()))),
                report = self.running.reports.recv() => {
                    let step = self.hear(report);
                    if !ready && self.started == self.running.lines.len() {
                        self.attached(edited);
                        *ran_before = true;
                    }
                    step
                }
                look = looker.seen.recv(), if ready => self.look(look),
                _ = tick.tick() => self.look_after().await,
                () = self.running.dispatch.advance(), if busy => None,
                item = self.running.feed.next(), if reads => self.item(item),
            };
            if let Some(over) = step {
                return over;
            }
        }
    }

    /// All lanes have started.
    fn attached(&self, edited: bool) {
        let counters = &self.job.counters;
        counters.set_version(&*self.running.version);
        counters.set_state(State::Running);
        counters.open.store(true, Relaxed);
        counters.progress();
        let generation = self.running.version.generation().to_string();
        if edited {
            counters.reloads.fetch_add(1, Relaxed);
        }
        self.tell(&match edited {
            true => Notice::Reloaded { generation },
            false => Notice::Attached {
                resumed: self.running.resumed,
                generation,
            },
        });
    }

    fn tell(&self, notice: &Notice) {
        self.job.observer.notice(notice);
    }

    /// What the source brings.
    fn item(&mut self, item: Option<Item>) -> Step {
        match item {
            Some(Item::Events(events)) => self.events(events),
            Some(Item::Idle(token)) => self.nothing_up_to(token),
            Some(Item::Interrupted { reason, again_in }) => {
                self.job.counters.open.store(false, Relaxed);
                self.job.counters.went_wrong(&reason);
                self.tell(&Notice::Interrupted { reason, again_in });
            }
            Some(Item::Resumed) => {
                self.job.counters.open.store(true, Relaxed);
                self.tell(&Notice::Resumed);
            }
            Some(Item::Gap { gap, token }) => {
                self.job.tell_gap(&gap);
                if let Some(token) = token {
                    self.running.dispatch.mark(Place::at(token));
                }
            }
            Some(Item::Lost(gap)) => {
                self.job.tell_gap(&gap);
                self.after_all = Some(Err(StreamError::HistoryLost(gap.reason)));
            }
            Some(Item::Failed(error)) => self.after_all = Some(Err(StreamError::Client(error))),
            None => return Some(Err(StreamError::Bug("the source ended".into()))),
        }
        None
    }

    fn events(&mut self, mut events: Vec<Event>) {
        self.idle = None;
        if let Some(level) = self.running.level_at.clone() {
            let behind = events.iter().position(|e| e.token_hex() > level.hex());
            if let Some(behind) = behind {
                events.truncate(behind);
            }
            if !events.is_empty() {
                self.running.dispatch.give(events);
            }
            if behind.is_some() {
                self.level(level);
            }
            return;
        }
        self.running.dispatch.give(events);
    }

    fn nothing_up_to(&mut self, token: Token) {
        if let Some(level) = self.running.level_at.clone()
            && token.hex() >= level.hex()
        {
            self.level(level);
        }
        self.idle = Some(token);
        if self.running.dispatch.is_idle() {
            self.job.counters.progress();
        }
    }

    /// All lanes get to one place; then the stream is opened for another number of lanes.
    fn level(&mut self, token: Token) {
        self.running.dispatch.mark(Place::at(token));
        let version = self.running.version.clone();
        self.after_all = Some(Ok(Over::Again(version)));
    }

    /// What a lane tells.
    fn hear(&mut self, report: Option<Report>) -> Step {
        match report? {
            Report::Started(_) => self.started += 1,
            Report::Redelivered => self.redelivering = self.redelivering.saturating_sub(1),
            Report::Took(lane, generation) => self.took(lane, &generation),
            Report::Refused(diagnostic) => {
                let coming = self.coming.as_mut();
                if coming.is_none_or(|c| !std::mem::replace(&mut c.refused, true)) {
                    self.tell(&Notice::Refused(diagnostic));
                }
            }
            Report::Ended(_, end) => {
                self.alive = self.alive.saturating_sub(1);
                return Some(match end {
                    End::Fenced(reason) => Ok(Over::Fenced(reason)),
                    End::Asked => Err(StreamError::Bug("a lane ended by itself".into())),
                    end => Err(error_of(end)),
                });
            }
        }
        None
    }

    /// What became of an edit.
    fn look(&mut self, look: Option<Look>) -> Step {
        match look {
            Some(Look::New(version)) => return self.edited(version, None),
            Some(Look::Refused(diagnostic)) => self.tell(&Notice::Refused(diagnostic)),
            Some(Look::Back) => {
                let generation = self.running.version.generation().to_string();
                self.tell(&Notice::Back { generation });
            }
            Some(Look::Unchanged) => {}
            Some(Look::Gone) => return Some(Ok(Over::Asked)),
            None => return Some(Err(StreamError::Bug("nobody looks for edits".into()))),
        }
        None
    }

    /// Lets another version take over: between two events, or, where it asks for other things, by
    /// opening the stream again.
    fn edited(&mut self, version: Arc<dyn Version>, back: Option<String>) -> Step {
        let (old, new) = (self.running.version.spec(), version.spec());
        if old.id != new.id {
            self.job.refuse(
                format!(
                    "the edited handler calls its stream {:?} instead of {:?}",
                    new.id, old.id
                ),
                "a stream keeps its id while it runs: attach the handler anew",
            );
            return None;
        }
        if asks_otherwise(old, new) {
            return Some(Ok(Over::Again(version)));
        }
        self.running.shared.outcomes.forget(version.generation());
        for line in &self.running.lines {
            line.hand_over(version.clone());
        }
        self.trial = None;
        self.coming = Some(Coming {
            version,
            took: HashSet::new(),
            refused: false,
            back,
        });
        None
    }

    fn took(&mut self, lane: u32, generation: &str) {
        let Some(mut coming) = self.coming.take() else {
            return;
        };
        if coming.version.generation() == generation {
            coming.took.insert(lane);
        }
        if coming.took.len() < self.running.lines.len() {
            self.coming = Some(coming);
            return;
        }
        let old = std::mem::replace(&mut self.running.version, coming.version);
        let new = &self.running.version;
        self.job.counters.set_version(&**new);
        self.job.counters.reloads.fetch_add(1, Relaxed);
        let (from, to) = (old.generation().to_string(), new.generation().to_string());
        let notice = match coming.back {
            Some(reason) => Notice::RolledBack { from, to, reason },
            None => {
                if let OnRegression::Rollback { after } = new.spec().on_regression {
                    let before = self.running.shared.outcomes.of(old.generation());
                    self.trial = Some(Trial { old, before, after });
                }
                Notice::Reloaded { generation: to }
            }
        };
        self.tell(&notice);
    }

    /// What is done from time to time.
    async fn look_after(&mut self) -> Step {
        let sizes = self.running.lines.iter().map(|line| line.queue.size());
        let (queued, bytes) = sizes.fold((0, 0), |(n, b), (more, size)| (n + more, b + size));
        self.job.counters.queued.store(queued, Relaxed);
        self.job.counters.queued_bytes.store(bytes, Relaxed);
        if self.running.dispatch.is_idle() {
            if let Some(over) = self.after_all.take() {
                return Some(over);
            }
            if self.idle.is_some() {
                self.job.counters.progress();
            }
        }
        if self.errands_at.elapsed() >= ERRANDS && self.started == self.running.lines.len() {
            self.errands_at = Instant::now();
            self.run_errands();
        }
        self.judge()
    }

    fn run_errands(&mut self) {
        let place = self.running.place();
        if let Some(place) = &place {
            self.errands.mirror(&place.token);
            self.job.counters.set_place(place.clone());
        }
        let done = self.idle.is_some() && self.running.dispatch.is_idle();
        let behind = match (done, place.and_then(|place| place.time)) {
            (true, _) => Some(Duration::ZERO),
            (false, Some(time)) => self.errands.behind(time),
            (false, None) => None,
        };
        self.job.counters.set_lag(behind);
        self.warn_of_headroom();
        self.bring_forward(done);
        if self.redelivering == 0 {
            let letters = self.errands.letters();
            self.redeliver(letters);
        }
    }

    /// Warns where the history behind the stream's place is about to go.
    fn warn_of_headroom(&mut self) {
        let place = self.running.place();
        let time = place.and_then(|place| place.time);
        let headroom = time.and_then(|time| self.job.hub().headroom(time));
        if let Some(headroom) = self.headroom.check(headroom) {
            self.tell(&Notice::Warning(Box::new(headroom_warning(headroom.left))));
        }
    }

    /// Moves the places of lanes that have nothing to do.
    fn bring_forward(&mut self, done: bool) {
        if let (true, Some(token)) = (done && self.fresh.elapsed() >= FRESHEN, &self.idle) {
            self.fresh = Instant::now();
            let place = Place::at(token.clone());
            self.running.dispatch.mark(place);
            return;
        }
        let Some(last) = self.running.dispatch.last() else {
            return;
        };
        if self.running.lines.len() == 1 || self.running.level_at.is_some() {
            return;
        }
        for line in &self.running.lines {
            let is_behind = line.place().is_none_or(|place| *last > place.token);
            if is_behind && line.queue.is_idle() {
                line.queue.mark(Place::at(last.clone()));
            }
        }
    }

    /// Gives letters to the lanes of their documents.
    fn redeliver(&mut self, letters: Vec<DeadLetter>) {
        let lanes = u32::try_from(self.running.lines.len()).unwrap_or(1);
        let mut shares: Vec<Vec<DeadLetter>> = (0..lanes).map(|_| Vec::new()).collect();
        for letter in letters {
            let key = crate::stream::lane::blocked::Key::of_letter(&letter);
            let lane = key.map_or(0, |key| lane_of(&key.key, lanes));
            if let Some(share) = shares.get_mut(lane as usize) {
                share.push(letter);
            }
        }
        for (line, share) in self.running.lines.iter().zip(shares) {
            if !share.is_empty() {
                self.redelivering += 1;
                line.queue.push([Work::Letters(share)]);
            }
        }
    }

    fn judge(&mut self) -> Step {
        let trial = self.trial.as_ref()?;
        let new = self.running.version.generation();
        let outcome = self.running.shared.outcomes.of(new);
        match judge(trial.before, outcome, trial.after) {
            Verdict::Open => None,
            Verdict::Stays => {
                self.trial = None;
                None
            }
            Verdict::Worse(reason) => {
                let old = self.trial.take()?.old;
                self.edited(old, Some(reason))
            }
        }
    }

    /// Lets lanes end, and waits for them: what they are at is finished and committed, until the time
    /// for that is over.
    async fn close(mut self, over: Result<Over, StreamError>) -> Result<Over, StreamError> {
        let fenced = matches!(over, Ok(Over::Fenced(_)));
        if matches!(over, Ok(Over::Asked)) {
            self.job.counters.set_state(State::Draining);
        }
        match fenced {
            true => self.running.shared.abandon(),
            false => self.running.shared.drain(),
        }
        self.nudge();
        let bad = self.wait_for_lanes(fenced).await;
        self.errands.end().await;
        if let (false, Some(place)) = (fenced, self.running.place()) {
            self.job.counters.set_place(place.clone());
            let _ = tokio::time::timeout(FAREWELL, self.job.mirror(&place.token)).await;
        }
        match (over, bad) {
            (Ok(_), Some(End::Fenced(reason))) => Ok(Over::Fenced(reason)),
            (Ok(Over::Asked | Over::Again(_)), Some(end)) => Err(error_of(end)),
            (over, _) => over,
        }
    }

    fn nudge(&self) {
        for line in &self.running.lines {
            line.queue.nudge();
        }
    }

    /// Gives a lane's end that was not asked for.
    ///
    /// Where another owner runs the stream, handlers whose effects are in transactions are not
    /// waited for: a server that is frozen may hold them up for long, and nothing of theirs can be
    /// committed any more.
    async fn wait_for_lanes(&mut self, fenced: bool) -> Option<End> {
        let mut stop = self.job.stop.clone();
        let mut bad = None;
        let alone = fenced && self.running.version.spec().delivery == Delivery::ExactlyOnce;
        let mut give_up = alone.then(|| Instant::now() + FAREWELL);
        while self.alive > 0 {
            tokio::select! {
                biased;
                report = self.running.reports.recv() => match report {
                    Some(Report::Ended(_, end)) => {
                        self.alive -= 1;
                        if !matches!(end, End::Asked) {
                            bad.get_or_insert(end);
                        }
                    }
                    Some(_) => {}
                    None => break,
                },
                () = overdue(&mut stop), if give_up.is_none() => {
                    self.running.version.interrupt();
                    if let Some(coming) = &self.coming {
                        coming.version.interrupt();
                    }
                    self.running.shared.abandon();
                    self.nudge();
                    give_up = Some(Instant::now() + FAREWELL);
                }
                () = sleep_until(give_up.unwrap_or_else(Instant::now)), if give_up.is_some() => break,
            }
        }
        bad
    }
}

impl Running {
    /// The place up to which everything is done.
    fn place(&self) -> Option<Place> {
        let places = self.lines.iter().map(|line| line.place());
        let all: Option<Vec<Place>> = places.collect();
        all?.into_iter().min_by(|a, b| a.token.cmp(&b.token))
    }
}

/// Whether a version asks for other things of the source or the lanes than another.
fn asks_otherwise(old: &StreamSpec, new: &StreamSpec) -> bool {
    old.watch != new.watch
        || old.pipeline != new.pipeline
        || old.full_document != new.full_document
        || old.full_document_before_change != new.full_document_before_change
        || old.needs != new.needs
        || old.on_lost_history != new.on_lost_history
        || old.lanes != new.lanes
        || old.delivery != new.delivery
        || old.database != new.database
}

fn error_of(end: End) -> StreamError {
    match end {
        End::Program(diagnostic) => StreamError::Program(diagnostic),
        End::Failed(failure) => StreamError::Handler(failure),
        End::Refused(error) => StreamError::Client(error),
        End::Bug(message) => StreamError::Bug(message),
        End::Fenced(reason) => StreamError::Bug(reason),
        End::Asked => StreamError::Bug("a lane ended by itself".into()),
    }
}

fn headroom_warning(left: Duration) -> Diagnostic {
    let minutes = left.as_secs() / 60;
    let text =
        format!("the server keeps {minutes} more minutes of history behind this stream's place");
    Diagnostic::new(Kind::Script, text)
        .hint("a stream that is behind longer than that loses events: make the handler faster, use `lanes`, or give the server a larger oplog")
}
