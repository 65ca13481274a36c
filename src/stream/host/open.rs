//! Opening a stream under a lease: where its lanes are, the source behind that, the lanes' threads.

use std::sync::Arc;
use std::time::Instant;

use bson::{Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::ClientSession;
use tokio::sync::mpsc;

use super::error::StreamError;
use super::job::Job;
use crate::client::ClientError;
use crate::diag::{Diagnostic, Kind};
use crate::stream::bookkeeping::{self, DEAD_LETTERS};
use crate::stream::checkpoint::Checkpoint;
use crate::stream::lane::blocked::{Blocked, Key};
use crate::stream::lane::books::{Books, BooksOf};
use crate::stream::lane::control::{End, Line, Report, Shared};
use crate::stream::lane::dispatch::Dispatch;
use crate::stream::lane::places::{LanePlace, Places, newest_of_several, oldest};
use crate::stream::lane::queue::Place;
use crate::stream::lane::retry::Seeded;
use crate::stream::lane::run::{Lane, Start};
use crate::stream::lane::spread::lane_of;
use crate::stream::lease::Lease;
use crate::stream::observer::Notice;
use crate::stream::program::Version;
use crate::stream::source::{Feed, OpenError, Token};
use crate::stream::spec::StreamSpec;

/// A stream whose lanes are being started.
pub(super) struct Running {
    pub(super) version: Arc<dyn Version>,
    pub(super) shared: Arc<Shared>,
    pub(super) lines: Vec<Arc<Line>>,
    pub(super) dispatch: Dispatch,
    pub(super) reports: mpsc::UnboundedReceiver<Report>,
    pub(super) feed: Feed,
    /// Where the run ends, to begin again with another number of lanes.
    pub(super) level_at: Option<Token>,
    /// Whether there was a checkpoint.
    pub(super) resumed: bool,
}

/// Where a stream begins.
struct Beginning {
    lanes: Vec<LanePlace>,
    /// How many lanes run.
    of: u32,
    after: Option<Token>,
    level_at: Option<Token>,
}

impl Job {
    /// Opens the stream for a version of its program.
    pub(super) async fn open(
        &self,
        version: Arc<dyn Version>,
        lease: &Lease,
    ) -> Result<Running, StreamError> {
        let spec = version.spec();
        let places = Places::new(self.client(), &spec.id, lease.epoch());
        let found = places.load().await?;
        let most = found.iter().map(|lane| lane.of).max().unwrap_or(1);
        let mut sessions = self.sessions(most.max(spec.lanes), lease).await?;
        let session = first(&mut sessions)?;
        let mut begin = self.beginning(&places, found, session, &*version).await?;
        let resumed = begin.after.is_some();
        let opened = self.hub().open(spec, begin.after.clone()).await;
        let opened = opened.map_err(refused)?;
        if let Some(gap) = &opened.gap {
            self.tell_gap(gap);
        }
        if begin.lanes.is_empty() || opened.gap.is_some() {
            let start = opened.start.clone();
            let start = start.map(Place::at);
            begin.of = spec.lanes.max(1);
            begin.level_at = None;
            let session = first(&mut sessions)?;
            begin.lanes = places.set_all(session, begin.of, start.as_ref()).await?;
            if let Some(place) = &start {
                self.mirror(&place.token).await;
            }
        }
        let blocked = self.blocked(begin.of).await?;
        let (send, reports) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(
            self.counters.clone(),
            self.observer.clone(),
            self.depths(),
            send,
        ));
        let lanes = begin.lanes.iter().zip(sessions).zip(blocked);
        let lines: Result<Vec<Arc<Line>>, StreamError> = lanes
            .map(|((place, session), keys)| {
                let line = Arc::new(Line::at(place.place.clone()));
                let start = Start {
                    number: place.lane,
                    version: version.clone(),
                    line: line.clone(),
                    shared: shared.clone(),
                    ledger: self.books(spec, place, session, lease, &shared),
                    blocked: Blocked::new(keys, Instant::now()),
                    chance: Box::new(Seeded::from_time()),
                };
                spawn(start, self.stack()).map(|()| line)
            })
            .collect();
        let lines = lines?;
        Ok(Running {
            version: version.clone(),
            dispatch: Dispatch::new(lines.clone()),
            shared,
            lines,
            reports,
            feed: opened.feed,
            level_at: begin.level_at,
            resumed,
        })
    }

    fn books(
        &self,
        spec: &StreamSpec,
        place: &LanePlace,
        session: ClientSession,
        lease: &Lease,
        shared: &Shared,
    ) -> Books {
        Books::new(BooksOf {
            runtime: self.runtime(),
            cancel: shared.cancel.clone(),
            lease: lease.clone(),
            depths: self.depths(),
            delivery: spec.delivery,
            stream: spec.id.clone(),
            lane: place.lane,
            batch: place.batch,
            session,
        })
    }

    /// Where the stream is. A stream that never ran with lanes may have a place in `resume_tokens`.
    async fn beginning(
        &self,
        places: &Places,
        mut lanes: Vec<LanePlace>,
        session: &mut ClientSession,
        version: &dyn Version,
    ) -> Result<Beginning, StreamError> {
        let wanted = version.spec().lanes.max(1);
        let of = lanes.first().map_or(wanted, |lane| lane.of);
        if lanes.is_empty() {
            let token = self.checkpoint().load().await?;
            let after = token.as_ref().and_then(Token::from_bson);
            if let Some(token) = after.clone() {
                let place = Place::at(token);
                lanes = places.set_all(session, wanted, Some(&place)).await?;
            }
            return Ok(Beginning {
                lanes,
                of: wanted,
                after,
                level_at: None,
            });
        }
        let whole = lanes.len() == of as usize && lanes.iter().all(|lane| lane.of == of);
        let from = oldest(&lanes).cloned();
        let uneven = newest_of_several(&lanes).cloned();
        if of != wanted || !whole {
            if let (true, Some(newest)) = (whole, uneven) {
                // With the old number of lanes up to where the first of them is; then all are
                // level, and events may belong to other lanes.
                return Ok(Beginning {
                    lanes,
                    of,
                    after: from.map(|place| place.token),
                    level_at: Some(newest.token),
                });
            }
            lanes = places.set_all(session, wanted, from.as_ref()).await?;
        }
        Ok(Beginning {
            lanes,
            of: wanted,
            after: from.map(|place| place.token),
            level_at: None,
        })
    }

    /// A session for each lane, which the next owner knows of: a process that dies leaves nothing
    /// locked for longer than it takes to notice.
    async fn sessions(&self, of: u32, lease: &Lease) -> Result<Vec<ClientSession>, StreamError> {
        let mut sessions = Vec::new();
        for _ in 0..of.max(1) {
            sessions.push(self.client().start_session().await?);
        }
        let ids: Vec<Document> = sessions
            .iter()
            .map(|session| session.id().clone())
            .collect();
        lease.use_sessions(&ids).await?;
        Ok(sessions)
    }

    /// The blocked documents, by lane.
    async fn blocked(&self, of: u32) -> Result<Vec<Vec<Key>>, StreamError> {
        let letters = bookkeeping::collection(self.client(), DEAD_LETTERS);
        let of_stream = doc! { "$match": { "stream": self.counters.id(), "state": "blocked" } };
        let by_key = doc! { "$group": { "_id": { "namespace": "$namespace", "key": "$key" } } };
        let found = letters.aggregate([of_stream, by_key]).await?;
        let found: Vec<Document> = found.try_collect().await?;
        let mut lanes: Vec<Vec<Key>> = (0..of).map(|_| Vec::new()).collect();
        for id in found.iter().filter_map(|d| d.get_document("_id").ok()) {
            let (Ok(namespace), Ok(key)) = (id.get_str("namespace"), id.get_document("key")) else {
                continue;
            };
            let Some(key) = Key::new(namespace, key) else {
                continue;
            };
            if let Some(lane) = lanes.get_mut(lane_of(&key.key, of) as usize) {
                lane.push(key);
            }
        }
        Ok(lanes)
    }

    /// The mirror of the stream's place in the handler's database.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        let database = self.client().database(&self.counters.database());
        Checkpoint::new(&database, self.counters.id())
    }

    /// Moves the mirror; best effort, it is for people.
    pub(super) async fn mirror(&self, token: &Token) {
        let _ = self.checkpoint().store(&token.to_bson()).await;
    }

    pub(super) fn tell_gap(&self, gap: &crate::stream::gap::Gap) {
        self.observer.notice(&Notice::Gap {
            from: gap.from_time,
            to: gap.to_time,
            reason: gap.reason.message.clone(),
            action: gap.action.as_str().into(),
        });
    }
}

fn first(sessions: &mut [ClientSession]) -> Result<&mut ClientSession, StreamError> {
    let first = sessions.first_mut();
    first.ok_or_else(|| StreamError::Bug("a stream without a session".into()))
}

/// Runs a lane on a thread of its own.
fn spawn(start: Start<Books>, stack: usize) -> Result<(), StreamError> {
    let (shared, number) = (start.shared.clone(), start.number);
    let thread = std::thread::Builder::new()
        .name(format!("lane-{number}"))
        .stack_size(stack)
        .spawn(move || {
            let work = std::panic::AssertUnwindSafe(|| match Lane::open(start) {
                Ok(mut lane) => {
                    lane.started();
                    lane.run()
                }
                Err(end) => end,
            });
            let end = std::panic::catch_unwind(work)
                .unwrap_or_else(|panic| End::Bug(Diagnostic::panicked(&*panic).message));
            let _ = shared.reports.send(Report::Ended(number, end));
        });
    thread.map_err(|e| StreamError::Bug(format!("cannot start a lane's thread: {e}")))?;
    Ok(())
}

fn refused(error: OpenError) -> StreamError {
    match error {
        OpenError::Spec(fault) => {
            StreamError::Program(Box::new(Diagnostic::new(Kind::Script, fault.to_string())))
        }
        OpenError::Client(error) => StreamError::Client(error),
        OpenError::Lost(gap) => StreamError::HistoryLost(gap.reason),
    }
}

impl From<ClientError> for StreamError {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}
