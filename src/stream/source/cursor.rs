//! One cursor at the server: opening it, and noticing that it is dead.

use std::time::Duration;

use futures_util::StreamExt as _;
use mongodb::Client;
use mongodb::error::Error;
use mongodb::options::CursorType;
use mongodb::raw_batch_cursor::{RawBatch, RawBatchCursor};
use tracing::info;

use super::{Opening, Start};
use crate::client::ClientError;

/// How long the server waits for an event before it answers with none: bounds the age of the
/// token of an idle stream.
const AWAIT: Duration = Duration::from_secs(1);

/// How many events a reply has at most, where they are small; a reply never has more than 16 MB.
pub(super) const REPLY: u32 = 1000;

/// How long an answer may take before the connection is taken for dead: no network error tells of
/// a cable that is cut, and after the death of a cursor's server the driver waits 30 s for it to
/// come back. Many times [`AWAIT`], so that a slow server is not left.
const SILENCE: Duration = Duration::from_secs(10);

/// A server that looks for a rare event in a long history may be silent for longer: each silence
/// in a row is borne for twice as long as the one before, up to this.
const LONGEST_SILENCE: Duration = Duration::from_secs(640);

/// The first pause before a cursor is opened again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest. Opening itself waits for a primary, so that an election is not slept through.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// The pause after `attempts` failed tries to open a cursor.
pub(super) fn pause(attempts: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(10));
    doubled.min(LONGEST_PAUSE)
}

/// Why reading ended.
#[derive(Debug)]
pub(super) enum Broken {
    /// The server does not answer.
    Silent,
    /// The server or the connection failed.
    Failed(ClientError),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// How long a silence is borne.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience(Duration);

impl Patience {
    pub fn new() -> Self {
        Self(SILENCE)
    }

    /// Waits for an answer.
    pub async fn wait<T>(
        &mut self,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Broken> {
        match tokio::time::timeout(self.0, answer).await {
            Ok(answered) => {
                if answered.is_ok() {
                    self.0 = SILENCE;
                }
                Ok(answered?)
            }
            Err(_) => {
                self.0 = self.0.saturating_mul(2).min(LONGEST_SILENCE);
                Err(Broken::Silent)
            }
        }
    }
}

/// Opens a cursor for a stream that begins; waits longer and longer where the server is silent.
pub(super) async fn open_first(
    client: &Client,
    opening: &Opening,
    start: &Start,
) -> Result<(RawBatchCursor, Option<RawBatch>), ClientError> {
    let mut patience = Patience::new();
    loop {
        match patience.wait(open(client, opening, start)).await {
            Ok(opened) => return Ok(opened),
            Err(Broken::Failed(error)) => return Err(error),
            Err(Broken::Silent) => info!("the server does not answer; asking again"),
        }
    }
}

/// Opens a cursor.
///
/// It is an `aggregate` with `$changeStream` and its cursor, read batch by batch, and not the
/// driver's change stream: where the driver resumes one and its `aggregate` has to be sent twice,
/// as in a failover, the second one has lost the token and begins elsewhere.
pub(super) async fn open(
    client: &Client,
    opening: &Opening,
    start: &Start,
) -> Result<(RawBatchCursor, Option<RawBatch>), Error> {
    let resumed = matches!(start, Start::After(_));
    info!(database = opening.database(), resumed, "opening a cursor");
    let database = client.database(opening.database());
    let mut open = database
        .run_cursor_command(opening.command(start))
        .cursor_type(CursorType::TailableAwait)
        .batch_size(REPLY)
        .max_time(AWAIT);
    if let Some(selection) = client.selection_criteria() {
        open = open.selection_criteria(selection.clone());
    }
    let mut cursor = open.batch().await?;
    let first = cursor.next().await.transpose()?;
    Ok((cursor, first))
}
