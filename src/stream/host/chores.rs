//! What a running stream does from time to time.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::Instant;

use super::running::{Live, Step};
use crate::diag::{Diagnostic, Kind};
use crate::stream::lane::blocked::Key;
use crate::stream::lane::queue::{Place, Work};
use crate::stream::lane::spread::lane_of;
use crate::stream::letters::DeadLetter;
use crate::stream::observer::Notice;

/// How often places are mirrored, letters looked for, and lanes without events brought forward.
const ERRANDS: Duration = Duration::from_secs(1);

/// How often the place of an idle stream is moved, so that a rare event is not older than the
/// history that the server keeps.
const FRESHEN: Duration = Duration::from_secs(10);

impl Live<'_> {
    /// What is done from time to time.
    pub(super) async fn look_after(&mut self) -> Step {
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
        if self.errands_at.elapsed() >= ERRANDS && self.has_started() {
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
            let key = Key::of_letter(&letter);
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
}

fn headroom_warning(left: Duration) -> Diagnostic {
    let minutes = left.as_secs() / 60;
    let text =
        format!("the server keeps {minutes} more minutes of history behind this stream's place");
    Diagnostic::new(Kind::Script, text)
        .hint("a stream that is behind longer than that loses events: make the handler faster, use `lanes`, or give the server a larger oplog")
}
