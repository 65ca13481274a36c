//! How much history the server keeps, and whether a stream is about to lose its place in it.
//!
//! The history is the oplog, `local.oplog.rs` of each member: the time of its first and last
//! entry, how full it is, and hence how soon its first entries go. Where it cannot be read (a
//! sharded cluster, a user who may not), that is said once, and nobody is warned.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bson::{Bson, Document, Timestamp, doc};
use mongodb::Client;
use mongodb::options::{ReadConcern, ReadPreference, SelectionCriteria};

use crate::client::ClientError;

/// How often it is measured.
const EVERY: Duration = Duration::from_secs(60);

/// A stream that has less left than this is warned about.
const ENOUGH: Duration = Duration::from_secs(60 * 60);

/// A stream that is no further behind than this keeps up: it loses nothing while it runs, however
/// little the server keeps.
const KEEPS_UP: Duration = Duration::from_secs(60);

/// How much history the server keeps behind a stream's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headroom {
    /// The time of the oldest operation that it still has.
    pub oldest: Timestamp,
    /// How far the stream is behind.
    pub behind: Duration,
    /// How long the stream could still stand at its place, at the rate of writes so far.
    pub left: Duration,
}

/// One measurement of the oplog.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measure {
    oldest: Timestamp,
    newest: Timestamp,
    /// How long it takes, at the rate of writes so far, until the oplog is full.
    until_full: Duration,
}

impl Measure {
    fn new(oldest: Timestamp, newest: Timestamp, size: f64, most: f64) -> Self {
        let span = f64::from(newest.time.saturating_sub(oldest.time).max(1));
        let until_full = match size > 0.0 && most > size {
            true => (most - size) / size * span,
            false => 0.0,
        };
        Self {
            oldest,
            newest,
            until_full: Duration::try_from_secs_f64(until_full).unwrap_or(Duration::MAX),
        }
    }

    /// What is left for a stream at this place; nothing where that is enough.
    fn of(&self, place: Timestamp) -> Option<Headroom> {
        let seconds = |from: u32, to: u32| Duration::from_secs(to.saturating_sub(from).into());
        let behind = seconds(place.time, self.newest.time);
        let left = seconds(self.oldest.time, place.time).saturating_add(self.until_full);
        (left < ENOUGH && behind > KEEPS_UP).then_some(Headroom {
            oldest: self.oldest,
            behind,
            left,
        })
    }
}

/// The last measurement of a cluster's oplog.
#[derive(Debug, Default)]
pub(super) struct Oplog(Mutex<Option<Measure>>);

impl Oplog {
    /// What is left for a stream at this place; nothing where that is enough, or is not known.
    pub fn headroom(&self, place: Timestamp) -> Option<Headroom> {
        let measured = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        measured.and_then(|measure| measure.of(place))
    }

    /// Measures again and again, for as long as anybody holds the result.
    pub fn watch(self: &Arc<Self>, client: &Client) {
        tokio::spawn(watch(Arc::downgrade(self), client.clone()));
    }
}

async fn watch(oplog: Weak<Oplog>, client: Client) {
    let mut told = false;
    while let Some(oplog) = oplog.upgrade() {
        let measured = tokio::time::timeout(EVERY, measure(&client)).await;
        let Ok(measured) = measured else {
            continue;
        };
        if let (Err(why), false) = (&measured, told) {
            tracing::info!("how much history the server keeps cannot be measured: {why}");
            told = true;
        }
        *oplog.0.lock().unwrap_or_else(PoisonError::into_inner) = measured.ok();
        drop(oplog);
        tokio::time::sleep(EVERY).await;
    }
}

/// The time of the oldest operation that the server has, where that can be known.
pub(super) async fn oldest(client: &Client) -> Option<Timestamp> {
    edge(client, 1).await.ok()
}

async fn measure(client: &Client) -> Result<Measure, ClientError> {
    let (oldest, newest) = (edge(client, 1).await?, edge(client, -1).await?);
    let local = client.database("local");
    let stats = local.run_command(doc! { "collStats": OPLOG });
    let stats = stats.selection_criteria(primary()).await?;
    let number = |field: &str| stats.get(field).and_then(as_number).unwrap_or(0.0);
    Ok(Measure::new(
        oldest,
        newest,
        number("size"),
        number("maxSize"),
    ))
}

const OPLOG: &str = "oplog.rs";

/// The time of the oplog's first (1) or last (-1) entry.
async fn edge(client: &Client, direction: i32) -> Result<Timestamp, ClientError> {
    let oplog = client.database("local").collection::<Document>(OPLOG);
    let entry = oplog
        .find_one(doc! {})
        .sort(doc! { "$natural": direction })
        .projection(doc! { "ts": 1 })
        .selection_criteria(primary())
        .read_concern(ReadConcern::local())
        .await?;
    let time = entry.and_then(|entry| entry.get_timestamp("ts").ok());
    time.ok_or_else(|| ClientError {
        name: crate::client::ErrorName::MongoError,
        message: "local.oplog.rs is empty or not there".into(),
        code: None,
        code_name: None,
        labels: Vec::new(),
        response: None,
    })
}

fn primary() -> SelectionCriteria {
    SelectionCriteria::ReadPreference(ReadPreference::Primary)
}

fn as_number(value: &Bson) -> Option<f64> {
    match value {
        Bson::Int32(n) => Some(f64::from(*n)),
        #[allow(clippy::cast_precision_loss)] // sizes in bytes, far below 2^53
        Bson::Int64(n) => Some(*n as f64),
        Bson::Double(n) => Some(*n),
        _ => None,
    }
}

/// Says when to warn: when too little is left, and again each time that half of it is gone.
#[derive(Debug, Default)]
pub struct HeadroomAlarm {
    last: Option<Duration>,
}

impl HeadroomAlarm {
    /// What to warn of now.
    pub fn check(&mut self, headroom: Option<Headroom>) -> Option<Headroom> {
        let Some(headroom) = headroom else {
            self.last = None;
            return None;
        };
        if self.last.is_some_and(|last| headroom.left > last / 2) {
            return None;
        }
        self.last = Some(headroom.left);
        Some(headroom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: u32) -> Timestamp {
        Timestamp { time, increment: 1 }
    }

    #[test]
    fn a_stream_far_behind_in_a_full_oplog_is_warned_about() {
        let full = Measure::new(at(10_000), at(20_000), 1000.0, 1000.0);
        let headroom = full.of(at(11_000)).unwrap();
        assert_eq!(headroom.left, Duration::from_secs(1000));
        assert_eq!(headroom.behind, Duration::from_secs(9000));
        assert_eq!(full.of(at(15_000)), None, "more than an hour is left");
    }

    #[test]
    fn an_oplog_that_is_not_full_loses_nothing_until_it_is() {
        let young = Measure::new(at(10_000), at(10_600), 100.0, 1000.0);
        assert_eq!(young.until_full, Duration::from_secs(5400));
        assert_eq!(young.of(at(10_000)), None);
        let busy = Measure::new(at(10_000), at(10_600), 500.0, 1000.0);
        assert_eq!(busy.of(at(10_100)).unwrap().left, Duration::from_secs(700));
    }

    #[test]
    fn a_stream_that_keeps_up_is_not_warned_about() {
        let short = Measure::new(at(10_000), at(10_600), 1000.0, 1000.0);
        assert_eq!(short.of(at(10_590)), None);
        assert!(short.of(at(10_500)).is_some());
    }

    #[test]
    fn warnings_come_again_when_half_is_gone() {
        let mut alarm = HeadroomAlarm::default();
        let left = |seconds| {
            Some(Headroom {
                oldest: at(1),
                behind: KEEPS_UP,
                left: Duration::from_secs(seconds),
            })
        };
        assert!(alarm.check(None).is_none());
        assert!(alarm.check(left(3000)).is_some());
        assert!(alarm.check(left(2000)).is_none());
        assert!(alarm.check(left(1500)).is_some());
        assert!(alarm.check(None).is_none());
        assert!(alarm.check(left(3000)).is_some());
    }
}
