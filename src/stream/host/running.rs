//! A stream that runs: items to lanes, and what lanes tell.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::closing::error_of;
use super::errands::Errands;
use super::error::StreamError;
use super::job::{Job, LAPSED, Over, asked, turned};
use super::look::Looker;
use super::open::Running;
use super::taking_over::{Coming, Trial};
use crate::stream::lane::control::{End, Report};
use crate::stream::lane::queue::Place;
use crate::stream::lease::Lease;
use crate::stream::observer::Notice;
use crate::stream::program::Version;
use crate::stream::source::{Event, HeadroomAlarm, Item, Token};
use crate::stream::status::State;

/// How often it is looked after.
const TICK: Duration = Duration::from_millis(200);

/// A stream that runs.
pub(super) struct Live<'a> {
    pub(super) job: &'a Job,
    pub(super) running: Running,
    pub(super) errands: Errands,
    /// How many lanes have started.
    pub(super) started: usize,
    /// How many threads there are.
    pub(super) alive: usize,
    /// The version that is taking over.
    pub(super) coming: Option<Coming>,
    /// The version that took over, and what is compared.
    pub(super) trial: Option<Trial>,
    /// How many lanes have letters to deliver.
    pub(super) redelivering: usize,
    /// A place behind all events so far.
    pub(super) idle: Option<Token>,
    /// What follows once everything that was read is done.
    pub(super) after_all: Option<Result<Over, StreamError>>,
    pub(super) fresh: Instant,
    pub(super) errands_at: Instant,
    pub(super) headroom: HeadroomAlarm,
}

/// How a run of an open stream went.
pub(super) struct Went {
    /// Whether all lanes had started.
    pub(super) started: bool,
    /// The version that it had in the end: edits took over meanwhile.
    pub(super) version: Arc<dyn Version>,
    /// Why it is over.
    pub(super) over: Result<Over, StreamError>,
}

/// Why a run is over; nothing where it goes on.
pub(super) type Step = Option<Result<Over, StreamError>>;

impl Job {
    /// Runs a stream that is open until something ends the run; its lanes have ended then.
    pub(super) async fn go(
        &self,
        running: Running,
        lease: &Lease,
        looker: &mut Looker,
        edited: bool,
    ) -> Went {
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
        let over = live.work(lease, looker, edited).await;
        let edit = match &over {
            Ok(Over::Again(Some(new))) => Some(new.clone()),
            _ => None,
        };
        let (started, newest) = (live.has_started(), live.newest());
        let over = live.close(over).await;
        // Its program tells of an edit once: where the lease was lost meanwhile, it is for the next run.
        let version = match &over {
            Ok(Over::Fenced(_)) => edit.unwrap_or(newest),
            _ => newest,
        };
        Went {
            started,
            version,
            over,
        }
    }
}

impl Live<'_> {
    async fn work(
        &mut self,
        lease: &Lease,
        looker: &mut Looker,
        edited: bool,
    ) -> Result<Over, StreamError> {
        let mut stop = self.job.stop.clone();
        let mut lost = lease.lost();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let ready = self.has_started();
            let busy = self.running.dispatch.is_busy();
            let reads = ready && !busy && self.after_all.is_none();
            let step = tokio::select! {
                biased;
                () = asked(&mut stop) => Some(Ok(Over::Asked)),
                () = turned(&mut lost) => Some(Ok(Over::Fenced(LAPSED.into()))),
                report = self.running.reports.recv() => {
                    let step = self.hear(report);
                    if !ready && self.has_started() {
                        self.attached(edited);
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

    pub(super) fn has_started(&self) -> bool {
        self.started == self.running.lines.len()
    }

    /// The version that lanes have, or are to take up.
    fn newest(&self) -> Arc<dyn Version> {
        let coming = self.coming.as_ref().filter(|coming| !coming.refused);
        let coming = coming.map(|coming| &coming.version);
        coming.unwrap_or(&self.running.version).clone()
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

    pub(super) fn tell(&self, notice: &Notice) {
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
        self.after_all = Some(Ok(Over::Again(None)));
    }

    /// What a lane tells.
    fn hear(&mut self, report: Option<Report>) -> Step {
        match report? {
            Report::Started(_) => self.started += 1,
            Report::Redelivered => self.redelivering = self.redelivering.saturating_sub(1),
            Report::Took(lane, generation) => self.took(lane, &generation),
            Report::Refused(diagnostic) => {
                if self.refuse() {
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
}

impl Running {
    /// The place up to which everything is done.
    pub(super) fn place(&self) -> Option<Place> {
        let places = self.lines.iter().map(|line| line.place());
        let all: Option<Vec<Place>> = places.collect();
        all?.into_iter().min_by(|a, b| a.token.cmp(&b.token))
    }
}
