//! One event at a time: handle, then move the checkpoint.

use std::sync::Arc;
use std::time::Duration;

use bson::{Bson, RawDocumentBuf};
use mongodb::Client;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tracing::debug;

use super::StreamConfig;
use super::checkpoint::{self, Checkpoint};
use super::handler::{Failure, Refresh};
use super::observer::{Notice, Observer};
use super::old_source::{self as source, Item, event_token};
use super::policy::{Decision, pause};
use super::worker::{Worker, WorkerGone};
use crate::client::ClientError;
use crate::diag::Kind;

/// How often an idle stream looks for an edited handler, so that a version that does not compile
/// is told about before the next event.
const LOOK: Duration = Duration::from_millis(100);

/// How often the checkpoint of an idle stream is moved up, so that a rare event is not older than
/// the history that the server keeps.
const FRESHEN: Duration = Duration::from_secs(10);

/// How long something that waits for the server may still take once the stream was asked to end.
const GRACE: Duration = Duration::from_secs(2);

/// Why a stream ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// It cannot be opened, or its checkpoint not be read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The history that the checkpoint needs is gone.
    #[error("events were lost: the server no longer has the history after the checkpoint: {0}")]
    HistoryLost(ClientError),
    /// The handler failed, and the policy is to stop.
    #[error("the handler failed")]
    Handler(Box<Failure>),
    /// The handler's thread ended.
    #[error(transparent)]
    Worker(#[from] WorkerGone),
}

impl std::convert::From<mongodb::error::Error> for StreamError {
    fn from(e: mongodb::error::Error) -> Self {
        Self::Client(e.into())
    }
}

/// How a stream that was asked to end did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// How many events were handled.
    pub handled: u64,
}

/// Runs a stream until `stop` turns true; the event at hand is finished first.
///
/// # Errors
/// [`StreamError`]; the checkpoint is then in front of the first event that is not handled.
pub async fn run(
    client: &Client,
    config: StreamConfig,
    worker: &Worker,
    observer: Arc<dyn Observer>,
    stop: watch::Receiver<bool>,
) -> Result<Ended, StreamError> {
    let checkpoint = Checkpoint::new(&client.database(&config.database), &config.id);
    let opened = tokio::select! {
        biased;
        () = overdue(&stop) => return Ok(Ended { handled: 0 }),
        opened = open(client, &config, &checkpoint) => opened?,
    };
    let (resumed, items) = opened;
    observer.notice(&Notice::Attached {
        resumed,
        generation: worker.generation().await?,
    });
    let delivery = Delivery {
        config,
        worker,
        observer,
        checkpoint,
        stop,
        handled: 0,
        stored: Instant::now(),
    };
    delivery.run(items).await
}

/// Opens the stream where it was, else from now on; says whether it was there before. The place
/// is stored when this returns: what happens between now and the first event is found after a
/// restart.
async fn open(
    client: &Client,
    config: &StreamConfig,
    checkpoint: &Checkpoint,
) -> Result<(bool, mpsc::Receiver<Item>), StreamError> {
    let found = checkpoint.load().await?;
    let resumed = found.is_some();
    let own = (config.database.as_str(), checkpoint::COLLECTION);
    let (token, items) = source::open(client, &config.watch, own, found)
        .await
        .map_err(lost_or)?;
    if let (Some(token), false) = (&token, resumed) {
        checkpoint.store(token).await?;
    }
    Ok((resumed, items))
}

/// Waits until the stream was asked to end and [`GRACE`] is over.
async fn overdue(stop: &watch::Receiver<bool>) {
    let mut stop = stop.clone();
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody is there who could ask.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(GRACE).await;
}

fn lost_or(error: mongodb::error::Error) -> StreamError {
    let error = ClientError::from(error);
    match source::is_lost(&error) {
        true => StreamError::HistoryLost(error),
        false => StreamError::Client(error),
    }
}

struct Delivery<'a> {
    config: StreamConfig,
    worker: &'a Worker,
    observer: Arc<dyn Observer>,
    checkpoint: Checkpoint,
    stop: watch::Receiver<bool>,
    handled: u64,
    /// When the checkpoint was last moved.
    stored: Instant,
}

/// What became of an event.
enum Fate {
    Handled,
    /// The stream was asked to end while the event was waiting.
    Left,
}

impl Delivery<'_> {
    async fn run(mut self, mut items: mpsc::Receiver<Item>) -> Result<Ended, StreamError> {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = self.stop.clone();
        loop {
            let item = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                item = items.recv() => item,
                _ = look.tick() => {
                    self.refresh().await?;
                    continue;
                }
            };
            match item {
                Some(Item::Event(event)) => {
                    if let Fate::Left = self.deliver(event).await? {
                        break;
                    }
                }
                Some(Item::Idle(token)) => self.freshen(&token).await,
                Some(Item::Interrupted { reason, again_in }) => {
                    self.observer
                        .notice(&Notice::Interrupted { reason, again_in });
                }
                Some(Item::Resumed) => self.observer.notice(&Notice::Resumed),
                Some(Item::Lost(error)) => return Err(StreamError::HistoryLost(error)),
                None => break,
            }
        }
        Ok(Ended {
            handled: self.handled,
        })
    }

    /// Handles one event, however many tries it takes, and moves the checkpoint behind it.
    async fn deliver(&mut self, event: RawDocumentBuf) -> Result<Fate, StreamError> {
        let token = event_token(&event);
        let mut attempts = 0;
        loop {
            self.refresh().await?;
            attempts += 1;
            let began = Instant::now();
            let handled = self.worker.handle(event.clone()).await?;
            debug!(attempts, took = ?began.elapsed(), ok = handled.is_ok(), "event");
            match handled {
                Ok(()) => break,
                Err(failure) => match self.failed(failure, attempts, token.as_ref()).await? {
                    Fate::Handled => {}
                    Fate::Left => return Ok(Fate::Left),
                },
            }
        }
        if attempts > 1 {
            self.observer.notice(&Notice::Recovered { attempts });
        }
        self.handled += 1;
        match token {
            Some(token) => self.store(&token).await,
            None => Ok(Fate::Handled),
        }
    }

    /// Waits as the policy says; `Handled` means "try again".
    async fn failed(
        &mut self,
        failure: Failure,
        attempts: u32,
        token: Option<&Bson>,
    ) -> Result<Fate, StreamError> {
        let event = || token.map(ToString::to_string).unwrap_or_default();
        if failure.diagnostic.kind == Kind::Interrupted && *self.stop.borrow() {
            self.observer.notice(&Notice::Left { event: event() });
            return Ok(Fate::Left);
        }
        let decision = self.config.policy.decide(failure.transient, attempts);
        if decision == Decision::Stop {
            return Err(StreamError::Handler(Box::new(failure)));
        }
        let again_in = match decision {
            Decision::Again(pause) => Some(pause),
            _ => None,
        };
        self.observer.notice(&Notice::Failed {
            diagnostic: Box::new(failure.diagnostic),
            event: event(),
            attempts,
            again_in,
        });
        self.wait_for_edit(again_in).await
    }

    /// Waits until the handler was edited, or `pause` is over.
    async fn wait_for_edit(&mut self, pause: Option<Duration>) -> Result<Fate, StreamError> {
        let until = pause.map(|pause| Instant::now() + pause);
        let mut stop = self.stop.clone();
        loop {
            let step = until.map_or(LOOK, |until| LOOK.min(until - Instant::now()));
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return Ok(Fate::Left),
                () = tokio::time::sleep(step) => {}
            }
            let edited = self.refresh().await?;
            if edited || until.is_some_and(|until| Instant::now() >= until) {
                return Ok(Fate::Handled);
            }
        }
    }

    /// Lets the handler take up an edit; says whether it did.
    async fn refresh(&self) -> Result<bool, StreamError> {
        match self.worker.refresh().await? {
            Refresh::Unchanged => Ok(false),
            Refresh::Took => {
                let generation = self.worker.generation().await?;
                self.observer.notice(&Notice::Reloaded { generation });
                Ok(true)
            }
            Refresh::Refused(diagnostic) => {
                self.observer.notice(&Notice::Refused(diagnostic));
                Ok(false)
            }
        }
    }

    /// Moves the checkpoint, however long that takes.
    async fn store(&mut self, token: &Bson) -> Result<Fate, StreamError> {
        let mut attempts = 0;
        let mut stop = self.stop.clone();
        loop {
            let stored = tokio::select! {
                biased;
                stored = self.checkpoint.store(token) => stored,
                () = overdue(&self.stop) => return Ok(Fate::Left),
            };
            let Err(error) = stored else { break };
            attempts += 1;
            let again_in = pause(attempts);
            let reason = format!(
                "the checkpoint cannot be stored: {}",
                ClientError::from(error).message
            );
            self.observer
                .notice(&Notice::Interrupted { reason, again_in });
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return Ok(Fate::Left),
                () = tokio::time::sleep(again_in) => {}
            }
        }
        self.stored = Instant::now();
        Ok(Fate::Handled)
    }

    /// Moves the checkpoint of an idle stream from time to time.
    async fn freshen(&mut self, token: &Bson) {
        if self.stored.elapsed() >= FRESHEN {
            // Best effort: an older checkpoint is right, too.
            tokio::select! {
                _ = self.checkpoint.store(token) => {}
                () = overdue(&self.stop) => {}
            }
            self.stored = Instant::now();
        }
    }
}
