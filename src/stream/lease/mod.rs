//! Who runs a stream.
//!
//! One host runs a stream; others with the same stream id stand by. The lease is in the stream's
//! document of the [registry](super::registry): an owner, an expiry by the server's clock, and an
//! epoch that grows at each taking. The epoch is in the checkpoints of the lanes too, and is
//! checked in the transaction that moves one: an owner that was paused and wakes can commit
//! nothing, whatever its own clock says.
//!
//! Taking a lease, in this order: the lease with a greater epoch, in one `findAndModify`;
//! `killSessions` for the sessions of the owner before, whose open transactions would hold locks
//! until their lifetime ends; the epoch in the checkpoints of the lanes. An owner on this host
//! whose process is gone need not be waited for.
//!
//! The holder renews in a task ([`Lease::keep`]). It takes the lease for lost once its time is over
//! by its own clock, counted from before the last renewal was sent, which is never later than the
//! server's. What is lost stays lost: a stream asks anew.

mod keep;
mod owner;
mod take;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bson::{Document, Uuid};
use mongodb::Client;
use tokio::sync::watch;

pub use owner::Owner;

use super::registry::{About, Progress};
use crate::client::ClientError;
use crate::client::retry::may_pass;

/// How long a lease lasts without a renewal, unless somebody says otherwise.
pub const TTL: Duration = Duration::from_secs(6);

/// How often one who stands by looks.
const LOOK: Duration = Duration::from_secs(1);

/// A lease that is asked for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The stream.
    pub stream: String,
    /// Who asks.
    pub owner: Owner,
    /// How long it lasts without a renewal.
    pub ttl: Duration,
    /// What the registry is to say about the stream.
    pub about: About,
    /// Tells this lease from all others, those of the same process too.
    nonce: Uuid,
}

impl Ask {
    /// A lease for this process.
    #[must_use]
    pub fn new(stream: &str, ttl: Duration, about: About) -> Self {
        Self {
            stream: stream.into(),
            owner: Owner::this_process(),
            ttl,
            about,
            nonce: Uuid::new(),
        }
    }
}

/// Somebody else's lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Whose.
    pub owner: Option<Owner>,
    /// When it ends unless it is renewed.
    pub expires_in: Duration,
}

/// Why taking a lease takes time.
#[derive(Debug, Clone)]
pub enum Wait {
    /// Another has it.
    Held(Held),
    /// The server cannot be asked; it is tried again.
    Failed {
        /// Why.
        error: ClientError,
        /// When it is tried again.
        again_in: Duration,
    },
}

/// What became of asking for a lease.
#[derive(Debug)]
pub enum Attempt {
    /// It is taken.
    Taken(Lease),
    /// Another has it.
    Held(Held),
}

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndState {
    /// It was asked to.
    Stopped,
    /// It cannot go on.
    Failed,
}

/// A lease that is held. A clone is the same lease.
#[derive(Debug, Clone)]
pub struct Lease(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    stream: String,
    nonce: Uuid,
    epoch: i64,
    ttl: Duration,
    /// When it ends, by this process's own clock.
    until: Mutex<Instant>,
    lost: watch::Sender<bool>,
}

impl Lease {
    /// Stands by until the lease is free, and takes it. `waiting` is told why that takes time,
    /// about once a second. Failures that pass (a failover) are waited out. Dropping the future
    /// gives up.
    ///
    /// # Errors
    /// The server's refusals.
    pub async fn take(
        client: &Client,
        ask: &Ask,
        mut waiting: impl FnMut(&Wait),
    ) -> Result<Self, ClientError> {
        loop {
            let (wait, pause) = match Self::try_take(client, ask).await {
                Ok(Attempt::Taken(lease)) => return Ok(lease),
                Ok(Attempt::Held(held)) => {
                    let pause = LOOK.min(held.expires_in + Duration::from_millis(1));
                    (Wait::Held(held), pause)
                }
                Err(error) if may_pass(&error) => {
                    let again_in = LOOK;
                    (Wait::Failed { error, again_in }, again_in)
                }
                Err(error) => return Err(error),
            };
            waiting(&wait);
            tokio::time::sleep(pause).await;
        }
    }

    /// Takes the lease if it is free.
    ///
    /// # Errors
    /// The server's. The lease may be taken all the same; the same `ask` takes it again.
    pub async fn try_take(client: &Client, ask: &Ask) -> Result<Attempt, ClientError> {
        take::try_take(client, ask).await
    }

    fn new(client: &Client, ask: &Ask, epoch: i64, asked: Instant) -> Self {
        Self(Arc::new(Inner {
            client: client.clone(),
            stream: ask.stream.clone(),
            nonce: ask.nonce,
            epoch,
            ttl: ask.ttl,
            until: Mutex::new(asked + ask.ttl),
            lost: watch::channel(false).0,
        }))
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &str {
        &self.0.stream
    }

    /// Its epoch: what the checkpoints of the lanes are to hold.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.0.epoch
    }

    /// Whether it is held, by this process's own clock; asks nobody. To be checked before each
    /// commit.
    #[must_use]
    pub fn holds(&self) -> bool {
        !*self.0.lost.borrow() && Instant::now() < self.until()
    }

    /// Turns true once it is lost: another took it, or it could not be renewed in time, or it was
    /// released.
    #[must_use]
    pub fn lost(&self) -> watch::Receiver<bool> {
        self.0.lost.subscribe()
    }

    /// Renews it each third of its time in a task, until it is lost or released, and writes what
    /// `progress` says.
    pub fn keep(&self, progress: impl Fn() -> Progress + Send + Sync + 'static) {
        tokio::spawn(keep::keep(self.clone(), progress));
    }

    /// Renews it now; says whether it is still held.
    ///
    /// # Errors
    /// The server's.
    pub async fn renew(&self, progress: &Progress) -> Result<bool, ClientError> {
        keep::renew(self, progress).await
    }

    /// Writes down the sessions (`lsid`s: `{ id }`) whose transactions the next owner is to abort:
    /// all of this owner's, before the first of them is used.
    ///
    /// # Errors
    /// The server's; not written where the lease is lost.
    pub async fn use_sessions(&self, lsids: &[Document]) -> Result<(), ClientError> {
        keep::use_sessions(self, lsids).await
    }

    /// Gives it up, so that another can take it at once. It is lost from here on.
    ///
    /// # Errors
    /// The server's; it ends by itself then.
    pub async fn release(&self, how: EndState, progress: &Progress) -> Result<(), ClientError> {
        keep::release(self, how, progress).await
    }

    /// Lets go of it without a word to the server: it ends there by itself, and whoever takes it
    /// then aborts what its sessions may have left open.
    pub fn give_up(&self) {
        self.lose("the run under it is over");
    }

    fn until(&self) -> Instant {
        *self.0.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renewed(&self, asked: Instant) {
        *self.0.until.lock().unwrap_or_else(PoisonError::into_inner) = asked + self.0.ttl;
    }

    fn lose(&self, why: &str) {
        if !self.0.lost.send_replace(true) {
            tracing::info!(
                stream = self.0.stream,
                epoch = self.0.epoch,
                "the lease is lost: {why}"
            );
        }
    }
}
