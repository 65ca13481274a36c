//! The end of a run: lanes end, and what is known is written down.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::error::StreamError;
use super::job::{Over, overdue};
use super::running::Live;
use crate::stream::lane::control::{End, Report};
use crate::stream::spec::Delivery;
use crate::stream::status::State;

/// How long lanes that were interrupted have for coming to an end.
const FAREWELL: Duration = Duration::from_secs(2);

impl Live<'_> {
    /// Lets lanes end, and waits for them: what they are at is finished and committed, until the time
    /// for that is over.
    pub(super) async fn close(
        mut self,
        over: Result<Over, StreamError>,
    ) -> Result<Over, StreamError> {
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

/// Why a stream ends that a lane ended.
pub(super) fn error_of(end: End) -> StreamError {
    match end {
        End::Program(diagnostic) => StreamError::Program(diagnostic),
        End::Failed(failure) => StreamError::Handler(failure),
        End::Refused(error) => StreamError::Client(error),
        End::Bug(message) => StreamError::Bug(message),
        End::Fenced(reason) => StreamError::Bug(reason),
        End::Asked => StreamError::Bug("a lane ended by itself".into()),
    }
}
