//! [`Lane`]: the loop of a lane's thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::batch::MEETINGS;
use super::blocked::Blocked;
use super::control::{End, Line, Report, Shared};
use super::failures::is_conflict;
use super::ledger::{Entry, Ledger, Trouble};
use super::queue::{Place, Taken};
use super::retry::{Chance, pause};
use super::suspects::Suspects;
use crate::client::ClientError;
use crate::diag::Diagnostic;
use crate::stream::observer::Notice;
use crate::stream::program::{LaneHandler, Version};
use crate::stream::source::{Event, Token};
use crate::stream::spec::StreamSpec;

/// The first and the longest pause after another transaction was in the way.
const MEETING: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// A lane at work.
pub struct Lane<L> {
    /// Its number.
    pub(super) number: u32,
    /// The version that handles events.
    pub(super) version: Arc<dyn Version>,
    /// Its handler.
    pub(super) handler: Box<dyn LaneHandler>,
    /// What it shares with the stream's task.
    pub(super) line: Arc<Line>,
    /// What it shares with the other lanes.
    pub(super) shared: Arc<Shared>,
    /// The database.
    pub(super) ledger: L,
    /// Events that were taken and are not committed, in order.
    pub(super) front: VecDeque<Event>,
    /// Which of them may fail.
    pub(super) suspects: Suspects,
    /// How often the first of them has failed.
    pub(super) attempts: u32,
    /// How often in a row the server or another transaction was in the way.
    pub(super) hindered: u32,
    /// Whether somebody was told so.
    told: bool,
    /// Documents whose events wait.
    pub(super) blocked: Blocked,
    /// Events up to here were done in an earlier run; nothing once one behind it came.
    pub(super) skip: Option<Token>,
    /// How long the last events took.
    pub(super) took: Duration,
    /// Chance, for pauses.
    pub(super) chance: Box<dyn Chance>,
}

/// What a lane begins with.
pub struct Start<L> {
    /// Its number.
    pub number: u32,
    /// The version that handles events.
    pub version: Arc<dyn Version>,
    /// What it shares with the stream's task.
    pub line: Arc<Line>,
    /// What it shares with the other lanes.
    pub shared: Arc<Shared>,
    /// The database.
    pub ledger: L,
    /// Documents that are blocked.
    pub blocked: Blocked,
    /// Chance, for pauses.
    pub chance: Box<dyn Chance>,
}

impl<L: Ledger> Lane<L> {
    /// Makes the handler and lets it start.
    ///
    /// # Errors
    /// [`End::Program`].
    pub fn open(start: Start<L>) -> Result<Self, End> {
        let made = start.version.handler(start.number);
        let mut handler = made.map_err(End::Program)?;
        let begun = handler.start();
        begun.map_err(|failure| End::Program(Box::new(failure.diagnostic)))?;
        let skip = start.line.place().map(|place| place.token);
        Ok(Self {
            number: start.number,
            version: start.version,
            handler,
            line: start.line,
            shared: start.shared,
            ledger: start.ledger,
            front: VecDeque::new(),
            suspects: Suspects::default(),
            attempts: 0,
            hindered: 0,
            told: false,
            blocked: start.blocked,
            skip,
            took: Duration::ZERO,
            chance: start.chance,
        })
    }

    /// Tells that the handler has started.
    pub fn started(&self) {
        self.report(Report::Started(self.number));
    }

    /// Works until it is to end, and says why.
    pub fn run(&mut self) -> End {
        let end = loop {
            if let Err(end) = self.step() {
                break end;
            }
        };
        // Where another owner runs the stream, it has not ended.
        if matches!(end, End::Asked | End::Failed(_))
            && !self.shared.is_abandoned()
            && let Err(failure) = self.handler.stop()
        {
            self.hook_failed(failure.diagnostic);
        }
        end
    }

    pub(super) fn step(&mut self) -> Result<(), End> {
        let nudges = self.line.queue.nudges();
        if self.shared.is_ending() {
            return Err(End::Asked);
        }
        self.take_up_edit();
        if self.suspects.any() || !self.front.is_empty() {
            return self.batch();
        }
        if let Some(key) = self.blocked.due(Instant::now()) {
            return self.try_blocked(&key);
        }
        let batch = self.spec().batch;
        let taken = self
            .line
            .queue
            .take(&mut self.front, batch.events, batch.bytes);
        match taken {
            Taken::Events => self.batch(),
            Taken::Mark(place) => self.mark(&place),
            Taken::Letters(letters) => self.redeliver(letters),
            Taken::Nothing => {
                let due = self.blocked.next_due(Instant::now());
                self.line.queue.wait(true, nudges, due);
                Ok(())
            }
        }
    }

    /// Moves the checkpoint to a place in front of which there is nothing left to do.
    fn mark(&mut self, place: &Place) -> Result<(), End> {
        // After a restart the source begins at the place of the lane that is furthest behind: this
        // one's must not go back in front of what it has done.
        let done = self.skip.as_ref();
        if !done.is_some_and(|done| done.is_after(&place.token)) {
            let entry = Entry {
                place: Some(place),
                ..Entry::default()
            };
            self.write_down(&entry)?;
            self.line.moved(place.clone());
        }
        self.line.queue.finished(1, 0);
        Ok(())
    }

    /// Writes an entry down that has nothing to do with a handler, however long it takes.
    pub(super) fn write_down(&mut self, entry: &Entry<'_>) -> Result<(), End> {
        loop {
            match self.ledger.commit(None, entry) {
                Ok(()) => {
                    self.unhindered();
                    return Ok(());
                }
                Err(Trouble::Again(error)) => self.hindered(&error)?,
                Err(Trouble::LetterGone) => return Ok(()),
                Err(trouble) => return Err(end_of(trouble)),
            }
        }
    }

    /// Lets an edited version take over, where there is one.
    ///
    /// It is made first: one whose top level fails changes nothing. Then the old one stops and it
    /// starts; where it does not, the old one starts again.
    pub(super) fn take_up_edit(&mut self) {
        let Some(version) = self.line.take_edit() else {
            return;
        };
        let mut handler = match version.handler(self.number) {
            Ok(handler) => handler,
            Err(diagnostic) => return self.report(Report::Refused(diagnostic)),
        };
        if let Err(failure) = self.handler.stop() {
            self.hook_failed(failure.diagnostic);
        }
        if let Err(failure) = handler.start() {
            self.report(Report::Refused(Box::new(failure.diagnostic)));
            if let Err(failure) = self.handler.start() {
                self.hook_failed(failure.diagnostic);
            }
            return;
        }
        self.handler = handler;
        self.version = version;
        self.blocked.all_due(Instant::now());
        let generation = self.version.generation().to_string();
        self.report(Report::Took(self.number, generation));
    }

    /// What the version asks of the stream.
    pub(super) fn spec(&self) -> &StreamSpec {
        self.version.spec()
    }

    /// Whether the lane should come to the end of a batch: it is to end, or there is an edit.
    pub(super) fn is_wanted(&self) -> bool {
        self.line.is_edited() || self.shared.is_ending()
    }

    /// Pauses after the server or another transaction was in the way.
    pub(super) fn hindered(&mut self, error: &ClientError) -> Result<(), End> {
        self.hindered = self.hindered.saturating_add(1);
        let mut retry = self.spec().retry;
        let conflict = is_conflict(error);
        if conflict {
            // Whoever was first is done in the time of a transaction.
            (retry.first, retry.longest) = MEETING;
        }
        let again_in = pause(&retry, self.hindered, &mut *self.chance);
        self.shared.counters.retried.fetch_add(1, Relaxed);
        if !conflict || self.hindered > MEETINGS {
            self.shared.counters.went_wrong(&error.message);
            let reason = error.message.clone();
            self.shared.tell(&Notice::Interrupted { reason, again_in });
            self.told = true;
        }
        self.pause(again_in, false)
    }

    /// The way is free again.
    pub(super) fn unhindered(&mut self) {
        self.hindered = 0;
        if std::mem::take(&mut self.told) {
            self.shared.tell(&Notice::Resumed);
        }
    }

    /// Waits; less where the lane is to end, or, if `edits` counts, a new version is there.
    pub(super) fn pause(&mut self, time: Duration, edits: bool) -> Result<(), End> {
        let until = Instant::now() + time;
        loop {
            let nudges = self.line.queue.nudges();
            if self.shared.is_ending() {
                return Err(End::Asked);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || (edits && self.line.is_edited()) {
                return Ok(());
            }
            self.line.queue.wait(false, nudges, Some(left));
        }
    }

    pub(super) fn hook_failed(&self, diagnostic: Diagnostic) {
        self.shared.counters.went_wrong(&diagnostic.message);
        self.shared.tell(&Notice::HookFailed(Box::new(diagnostic)));
    }

    pub(super) fn report(&self, report: Report) {
        // Nobody listens only where the stream's task is gone, and then nothing matters.
        let _ = self.shared.reports.send(report);
    }
}

/// The end that a trouble is, where trying again does not help.
pub(super) fn end_of(trouble: Trouble) -> End {
    match trouble {
        Trouble::Again(error) | Trouble::Refused(error) => End::Refused(error),
        Trouble::Fenced(reason) => End::Fenced(reason),
        Trouble::LetterGone | Trouble::Cancelled => End::Asked,
    }
}
