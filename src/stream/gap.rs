//! What was lost: `rhaiver.gaps`, one document a gap.
//!
//! `{ _id, stream, from: { token, clusterTime }, to: { clusterTime }, reason: { code, message },
//! action: "stop" | "restart-now" | "restart-at", at: Date }`. `from` is the last place that the
//! stream had, `to` is where it goes on, or where it could (the oldest history that the server
//! has); either may be null where it is not known. A gap is recorded before the stream goes on.

use bson::{Bson, DateTime, Document, Timestamp, doc};
use futures_util::TryStreamExt as _;
use mongodb::Client;

use super::bookkeeping;
use super::source::{Start, Token};
use super::spec::{OnLostHistory, StreamSpec};
use crate::client::ClientError;

/// A part of history that a stream did not see.
#[derive(Debug, Clone)]
pub struct Gap {
    /// The stream.
    pub stream: String,
    /// The last place that it had.
    pub from: Option<Token>,
    /// The cluster time of that place.
    pub from_time: Option<Timestamp>,
    /// Where it goes on, or could.
    pub to_time: Option<Timestamp>,
    /// What the server said.
    pub reason: ClientError,
    /// What was done.
    pub action: Action,
    /// When it was found.
    pub at: DateTime,
}

/// What is done about lost history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// The stream ends; a person decides.
    Stop,
    /// It goes on with what happens from now on.
    RestartNow,
    /// It goes on at a time.
    RestartAt,
}

impl Action {
    /// The word that the records have.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::RestartNow => "restart-now",
            Self::RestartAt => "restart-at",
        }
    }
}

/// Who a stream is, and what it wants done about lost history.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub stream: String,
    pub on_lost: OnLostHistory,
}

impl Ask {
    pub fn of(spec: &StreamSpec) -> Self {
        Self {
            stream: spec.id.clone(),
            on_lost: spec.on_lost_history,
        }
    }

    /// Where the stream goes on; nothing where it stops.
    pub fn restart(&self) -> Option<(Action, Start)> {
        match self.on_lost {
            OnLostHistory::Stop => None,
            OnLostHistory::RestartNow => Some((Action::RestartNow, Start::Now)),
            OnLostHistory::RestartAt(time) => Some((Action::RestartAt, Start::Time(time))),
        }
    }
}

impl Gap {
    /// The record of the gap, without its `_id`.
    #[must_use]
    pub fn to_document(&self) -> Document {
        let time = |time: Option<Timestamp>| time.map_or(Bson::Null, Bson::Timestamp);
        doc! {
            "stream": &self.stream,
            "from": {
                "token": self.from.as_ref().map_or(Bson::Null, Token::to_bson),
                "clusterTime": time(self.from_time),
            },
            "to": { "clusterTime": time(self.to_time) },
            "reason": { "code": self.reason.code, "message": &self.reason.message },
            "action": self.action.as_str(),
            "at": self.at,
        }
    }
}

/// Records a gap.
pub(super) async fn record(client: &Client, gap: &Gap) -> Result<(), ClientError> {
    tracing::warn!(
        stream = gap.stream,
        from = ?gap.from_time,
        to = ?gap.to_time,
        action = gap.action.as_str(),
        "history was lost: {}",
        gap.reason
    );
    let gaps = bookkeeping::collection(client, bookkeeping::GAPS);
    bookkeeping::soon(gaps.insert_one(gap.to_document())).await?;
    Ok(())
}

/// The gaps of a stream, or of all, the newest first.
///
/// # Errors
/// The server's.
pub async fn list(client: &Client, stream: Option<&str>) -> Result<Vec<Document>, ClientError> {
    let filter = stream.map_or_else(Document::new, |stream| doc! { "stream": stream });
    let gaps = bookkeeping::collection(client, bookkeeping::GAPS);
    let found = gaps.find(filter).sort(doc! { "at": -1, "_id": -1 }).await?;
    Ok(found.try_collect().await?)
}
