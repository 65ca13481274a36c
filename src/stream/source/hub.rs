//! Opening streams of one cluster.

use std::sync::Arc;

use bson::{Document, Timestamp};
use mongodb::Client;
use tokio::sync::OnceCell;

use super::cursor;
use super::headroom::Oplog;
use super::listener::Listener;
use super::reader::{self, Reader};
use super::recover::{self, Outcome};
use super::share::Shares;
use super::{Abilities, Feed, Headroom, Opening, SpecFault, Start, Token, lost};
use crate::client::ClientError;
use crate::stream::gap::{Ask, Gap};
use crate::stream::spec::{StartAt, StreamSpec};

/// The sources of one process's streams on one cluster. A clone is the same hub.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    abilities: OnceCell<Abilities>,
    shares: Shares,
    oplog: Arc<Oplog>,
}

/// A stream that is open.
#[derive(Debug)]
pub struct Opened {
    /// Where it begins: to be stored before anything is handled, where there is no checkpoint yet.
    pub start: Option<Token>,
    /// What was lost in front of it, and is recorded; the stream's policy is to go on.
    pub gap: Option<Box<Gap>>,
    /// Its items.
    pub feed: Feed,
}

/// Why a stream cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What is asked cannot be asked.
    #[error(transparent)]
    Spec(#[from] SpecFault),
    /// The server's refusal, or nobody answers.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server no longer has the history behind the checkpoint. It is recorded, and the
    /// stream's policy is to stop.
    #[error("events were lost: the server no longer has the history after the checkpoint: {}", .0.reason)]
    Lost(Box<Gap>),
}

impl Hub {
    /// The sources of a cluster.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self(Arc::new(Inner {
            client: client.clone(),
            abilities: OnceCell::new(),
            shares: Shares::default(),
            oplog: Arc::default(),
        }))
    }

    /// The cluster.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// How many cursors are open: streams of equal openings come to share one.
    #[must_use]
    pub fn cursors(&self) -> usize {
        self.0.shares.len()
    }

    /// How little history is left behind a stream's place, where that is too little. Asks nobody:
    /// it is measured once a minute.
    #[must_use]
    pub fn headroom(&self, place: Timestamp) -> Option<Headroom> {
        self.0.oplog.headroom(place)
    }

    /// Opens a stream behind `after`, its checkpoint; without one, where its `startAt` says.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(&self, spec: &StreamSpec, after: Option<Token>) -> Result<Opened, OpenError> {
        let opening = Arc::new(Opening::new(spec, self.abilities().await?)?);
        let ask = Ask::of(spec);
        let start = after.map_or_else(|| start_of(spec), Start::After);
        let opened = self.begin(&opening, &start).await;
        let (token, opened, gap) = match opened {
            Ok((token, opened)) => (token, opened, None),
            Err(error) if lost::is_lost(&error) => {
                self.go_on(&opening, &ask, &start, error).await?
            }
            Err(error) => return Err(error.into()),
        };
        let (listener, feed) = Listener::new(ask, token.clone());
        Reader::spawn(self, opening, listener, Some(opened), false);
        Ok(Opened {
            start: token,
            gap,
            feed,
        })
    }

    /// What is asked of the server for a stream that begins where its `startAt` says:
    /// `{ database, command: { aggregate, pipeline, cursor, readConcern } }`, as it is sent.
    ///
    /// # Errors
    /// As [`Hub::open`]; the server is asked for its version.
    pub async fn explain(&self, spec: &StreamSpec) -> Result<Document, OpenError> {
        let opening = Opening::new(spec, self.abilities().await?)?;
        Ok(opening.explain(&start_of(spec)))
    }

    pub(super) fn shares(&self) -> &Shares {
        &self.0.shares
    }

    /// What the server can; asked once.
    async fn abilities(&self) -> Result<Abilities, ClientError> {
        let first = async {
            let abilities = Abilities::ask(&self.0.client).await?;
            self.0.oplog.watch(&self.0.client);
            Ok(abilities)
        };
        self.0.abilities.get_or_try_init(|| first).await.copied()
    }

    async fn begin(
        &self,
        opening: &Opening,
        start: &Start,
    ) -> Result<(Option<Token>, reader::Opened), ClientError> {
        let Start::After(token) = start else {
            return recover::begin(self, opening, start).await;
        };
        let opened = cursor::open_first(&self.0.client, opening, start).await?;
        Ok((Some(token.clone()), opened))
    }

    async fn go_on(
        &self,
        opening: &Opening,
        ask: &Ask,
        start: &Start,
        error: ClientError,
    ) -> Result<(Option<Token>, reader::Opened, Option<Box<Gap>>), OpenError> {
        let from = match start {
            Start::After(token) => Some(token),
            _ => None,
        };
        match recover::go_on(self, opening, ask, from, error).await? {
            Outcome::Stop(gap) => Err(OpenError::Lost(gap)),
            Outcome::GoOn(gap, token, opened) => Ok((token, *opened, Some(gap))),
        }
    }
}

fn start_of(spec: &StreamSpec) -> Start {
    match &spec.start_at {
        StartAt::Now => Start::Now,
        StartAt::Time(time) => Start::Time(*time),
        StartAt::After(token) => Token::from_bson(token).map_or(Start::Now, Start::After),
    }
}
