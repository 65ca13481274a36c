//! Events, as they lie in the reply that brought them.

use std::sync::{Arc, LazyLock};

use bson::{RawDocument, RawDocumentBuf, Timestamp};
use tokio::sync::OwnedSemaphorePermit;

use super::Token;

/// An event of a change stream. It shares the bytes of the reply that brought it, and the room
/// that the reply takes up in its stream's budget is free once all its events are dropped.
#[derive(Clone, Debug)]
pub struct Event {
    held: Arc<Held>,
    from: usize,
    to: usize,
}

/// The bytes of some events, and the room that their reply takes up.
#[derive(Debug)]
pub(super) struct Held {
    pub bytes: Arc<[u8]>,
    /// Free for others once it is dropped, which is all that it is for.
    #[allow(dead_code)]
    pub room: Option<Arc<OwnedSemaphorePermit>>,
}

/// The transaction that made an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TransactionId {
    /// `lsid.id`.
    pub session: [u8; 16],
    /// `txnNumber`.
    pub number: i64,
}

impl Event {
    /// An event of its own bytes.
    #[must_use]
    pub fn from_document(event: &RawDocument) -> Self {
        let bytes: Arc<[u8]> = event.as_bytes().into();
        let to = bytes.len();
        let held = Arc::new(Held { bytes, room: None });
        Self { held, from: 0, to }
    }

    /// The event at a place of shared bytes.
    pub(super) fn at(held: &Arc<Held>, from: usize, to: usize) -> Self {
        let held = held.clone();
        Self { held, from, to }
    }

    /// The event as the server sent it.
    #[must_use]
    pub fn raw(&self) -> &RawDocument {
        static EMPTY: LazyLock<RawDocumentBuf> = LazyLock::new(RawDocumentBuf::new);
        let bytes = self.held.bytes.get(self.from..self.to).unwrap_or_default();
        RawDocument::from_bytes(bytes).unwrap_or(&EMPTY)
    }

    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.to - self.from
    }

    /// Whether it has none, which no event has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its `_id`: the place behind it.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        self.raw().get_document("_id").ok().map(Token::new)
    }

    /// The text by which its token is compared ([`Token::hex`]); empty where it has none.
    #[must_use]
    pub fn token_hex(&self) -> &str {
        let token = self.raw().get_document("_id").ok();
        token
            .and_then(|t| t.get_str("_data").ok())
            .unwrap_or_default()
    }

    /// `clusterTime`.
    #[must_use]
    pub fn cluster_time(&self) -> Option<Timestamp> {
        self.raw().get_timestamp("clusterTime").ok()
    }

    /// `operationType`.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.raw().get_str("operationType").unwrap_or_default()
    }

    /// The bytes of `documentKey`; nothing for events that belong to no document (drop, rename,
    /// invalidate, `dropDatabase` …).
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        let key = self.raw().get_document("documentKey").ok()?;
        Some(key.as_bytes())
    }

    /// The transaction that made it.
    #[must_use]
    pub fn transaction(&self) -> Option<TransactionId> {
        let number = self.raw().get_i64("txnNumber").ok()?;
        let lsid = self.raw().get_document("lsid").ok()?;
        let session = lsid.get_binary("id").ok()?.bytes.try_into().ok()?;
        Some(TransactionId { session, number })
    }
}
