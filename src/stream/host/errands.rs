//! What a running stream does beside its events, in tasks that it does not wait for: a server that is
//! gone must not hold it up.

use std::time::Duration;

use bson::{Document, Timestamp, doc};
use futures_util::StreamExt as _;
use mongodb::{Client, ClientSession};
use tokio::task::JoinHandle;

use super::job::Job;
use crate::stream::bookkeeping::{self, DEAD_LETTERS};
use crate::stream::checkpoint::Checkpoint;
use crate::stream::letters::DeadLetter;
use crate::stream::source::Token;

/// How many letters are taken up at once.
const LETTERS: i64 = 500;

/// How many bytes of them, about; the rest is for the next time.
const BYTES: usize = 8 << 20;

/// The errands of one stream.
pub(super) struct Errands {
    client: Client,
    stream: String,
    checkpoint: Checkpoint,
    mirrored: Option<Token>,
    mirroring: Option<JoinHandle<()>>,
    asking: Option<JoinHandle<Asked>>,
    /// The newest cluster time that a server told of.
    now: Option<Timestamp>,
}

#[derive(Default)]
struct Asked {
    letters: Vec<DeadLetter>,
    now: Option<Timestamp>,
}

impl Errands {
    /// Those of a stream.
    pub(super) fn new(job: &Job) -> Self {
        Self {
            client: job.client().clone(),
            stream: job.counters.id().to_string(),
            checkpoint: job.checkpoint(),
            mirrored: None,
            mirroring: None,
            asking: None,
            now: None,
        }
    }

    /// Moves the mirror of the place in the handler's database.
    pub(super) fn mirror(&mut self, token: &Token) {
        let busy = self
            .mirroring
            .as_ref()
            .is_some_and(|task| !task.is_finished());
        if busy || self.mirrored.as_ref() == Some(token) {
            return;
        }
        self.mirrored = Some(token.clone());
        let (checkpoint, token) = (self.checkpoint.clone(), token.to_bson());
        self.mirroring = Some(tokio::spawn(async move {
            // Best effort: an older place is right, too.
            let _ = checkpoint.store(&token).await;
        }));
    }

    /// The letters that are to be delivered again, as far as the last question told; asks anew.
    pub(super) fn letters(&mut self) -> Vec<DeadLetter> {
        let mut letters = Vec::new();
        if let Some(task) = self.asking.take() {
            if !task.is_finished() {
                self.asking = Some(task);
                return letters;
            }
            let told = futures_util::FutureExt::now_or_never(task);
            let told = told.and_then(Result::ok).unwrap_or_default();
            self.now = told.now.or(self.now);
            letters = told.letters;
        }
        if letters.is_empty() {
            let ask = ask(self.client.clone(), self.stream.clone());
            self.asking = Some(tokio::spawn(ask));
        }
        letters
    }

    /// How far a time is behind the newest that is known.
    pub(super) fn behind(&self, time: Timestamp) -> Option<Duration> {
        let seconds = self.now?.time.saturating_sub(time.time);
        Some(Duration::from_secs(seconds.into()))
    }

    /// Lets nothing be written any more.
    pub(super) async fn end(self) {
        if let Some(task) = self.asking {
            task.abort();
        }
        if let Some(task) = self.mirroring {
            task.abort();
            let _ = task.await;
        }
    }
}

/// Asks for letters; errors are for the next time.
async fn ask(client: Client, stream: String) -> Asked {
    let Ok(mut session) = client.start_session().await else {
        return Asked::default();
    };
    let letters = find(&client, &stream, &mut session).await;
    Asked {
        letters: letters.unwrap_or_default(),
        now: time_of(&session),
    }
}

async fn find(
    client: &Client,
    stream: &str,
    session: &mut ClientSession,
) -> Result<Vec<DeadLetter>, mongodb::error::Error> {
    let letters = bookkeeping::collection(client, DEAD_LETTERS);
    let wanted = doc! { "stream": stream, "state": "redeliver" };
    let mut found = letters
        .find(wanted)
        .sort(doc! { "token._data": 1, "_id": 1 })
        .limit(LETTERS)
        .session(&mut *session)
        .await?;
    let (mut letters, mut bytes) = (Vec::new(), 0);
    let mut stream = found.stream(session);
    while let Some(letter) = stream.next().await {
        let letter = letter?;
        bytes += letter.to_vec().unwrap_or_default().len();
        letters.push(DeadLetter::from_document(letter));
        if bytes > BYTES {
            break;
        }
    }
    Ok(letters)
}

/// The cluster time that the last reply told.
fn time_of(session: &ClientSession) -> Option<Timestamp> {
    let told = bson::serialize_to_bson(session.cluster_time()?).ok()?;
    let told: &Document = told.as_document()?;
    told.get_timestamp("clusterTime").ok()
}
