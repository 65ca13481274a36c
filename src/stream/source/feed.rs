//! What a stream gets from its source.

use std::time::Duration;

use tokio::sync::mpsc;

use super::{Event, Token};
use crate::client::ClientError;
use crate::stream::gap::Gap;

/// What a source hands on.
#[derive(Debug)]
pub enum Item {
    /// Events in the order of the stream, at least one.
    Events(Vec<Event>),
    /// No event up to here: a place to resume from, about once a second. It is newer than the one
    /// before unless nothing at all was written to the cluster.
    Idle(Token),
    /// The server is lost; it is tried again.
    Interrupted {
        /// Why.
        reason: String,
        /// When it is tried again.
        again_in: Duration,
    },
    /// The stream is open again.
    Resumed,
    /// History was lost, which is recorded; the stream goes on at `token`, behind all items before.
    Gap {
        /// What was lost.
        gap: Box<Gap>,
        /// Where it goes on.
        token: Option<Token>,
    },
    /// The last item. History was lost, which is recorded, and the stream is to stop.
    Lost(Box<Gap>),
    /// The last item. The stream cannot be read, and trying again does not help.
    Failed(ClientError),
}

/// The items of one stream. Dropping it ends the reading.
#[derive(Debug)]
pub struct Feed {
    pub(super) items: mpsc::Receiver<Item>,
}

impl Feed {
    /// The next item; nothing behind the last one. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Item> {
        self.items.recv().await
    }

    /// The next item, if there is one already.
    pub fn try_next(&mut self) -> Option<Item> {
        self.items.try_recv().ok()
    }
}
