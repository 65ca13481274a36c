//! A stream that a reader reads for.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::batch::Chunk;
use super::event::Held;
use super::{Event, Feed, Item, Token};
use crate::client::ClientError;
use crate::stream::gap::Ask;

/// How many bytes of events may wait for a stream, or be worked on. A server's reply has up to
/// 16 MB.
const ROOM: usize = 24 << 20;

/// How many items may wait: a slow trickle of events is many items of few bytes.
const ITEMS: usize = 64;

/// A stream that a reader reads for: where its items go, and how much of them it bears.
#[derive(Debug)]
pub(super) struct Listener {
    /// Who it is, and what it wants done about lost history.
    pub ask: Ask,
    items: mpsc::Sender<Item>,
    room: Arc<Semaphore>,
    /// The place up to which it has everything.
    pub last: Option<Token>,
}

/// Nobody listens any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gone;

/// What listeners are told.
#[derive(Debug)]
pub(super) enum Word<'a> {
    /// Events, and the place behind them.
    Events(&'a [Chunk], Option<&'a Token>),
    /// A place, and nothing in front of it.
    Idle(&'a Token),
    Interrupted(&'a str, Duration),
    Resumed,
    Failed(&'a ClientError),
}

impl Listener {
    pub fn new(ask: Ask, last: Option<Token>) -> (Self, Feed) {
        let (send, receive) = mpsc::channel(ITEMS);
        let listener = Self {
            ask,
            items: send,
            room: Arc::new(Semaphore::new(ROOM)),
            last,
        };
        (listener, Feed { items: receive })
    }

    /// Whether nobody listens any more.
    pub fn is_gone(&self) -> bool {
        self.items.is_closed()
    }

    /// Hands a word on. Where this is given up half-way, nothing was handed on.
    pub async fn tell(&mut self, word: &Word<'_>) -> Result<(), Gone> {
        let item = match word {
            Word::Events(chunks, token) => return self.events(chunks, *token).await,
            Word::Idle(token) => return self.idle(token).await,
            Word::Interrupted(reason, again_in) => Item::Interrupted {
                reason: (*reason).to_string(),
                again_in: *again_in,
            },
            Word::Resumed => Item::Resumed,
            Word::Failed(error) => Item::Failed((*error).clone()),
        };
        self.give(item).await
    }

    pub async fn give(&self, item: Item) -> Result<(), Gone> {
        self.items.send(item).await.map_err(|_| Gone)
    }

    async fn idle(&mut self, token: &Token) -> Result<(), Gone> {
        // The same place again says that there is still nothing.
        if self.last.as_ref().is_none_or(|last| token >= last) {
            self.give(Item::Idle(token.clone())).await?;
            self.last = Some(token.clone());
        }
        Ok(())
    }

    async fn events(&mut self, chunks: &[Chunk], token: Option<&Token>) -> Result<(), Gone> {
        let room = Arc::new(self.room_for(chunks).await?);
        let mut events = Vec::with_capacity(chunks.iter().map(|c| c.spans.len()).sum());
        for chunk in chunks {
            let held = Arc::new(Held {
                bytes: chunk.bytes.clone(),
                room: Some(room.clone()),
            });
            let new = self.new_of(chunk).iter();
            events.extend(new.map(|(from, to)| Event::at(&held, *from, *to)));
        }
        let last = token
            .cloned()
            .or_else(|| events.last().and_then(Event::token));
        if !events.is_empty() {
            self.give(Item::Events(events)).await?;
        }
        let behind = |t: &Token| self.last.as_ref().is_none_or(|last| t.is_after(last));
        if let Some(token) = last.filter(behind) {
            self.last = Some(token);
        }
        Ok(())
    }

    /// The events that the stream does not have: one that joined a reader may be ahead of it.
    fn new_of<'a>(&self, chunk: &'a Chunk) -> &'a [(usize, usize)] {
        let Some(last) = &self.last else {
            return &chunk.spans;
        };
        let old = |span: &(usize, usize)| {
            let id = chunk.event(*span).and_then(|e| e.get_document("_id").ok());
            let hex = id.and_then(|id| id.get_str("_data").ok());
            hex.is_some_and(|hex| hex <= last.hex())
        };
        let first = chunk.spans.iter().position(|span| !old(span));
        first
            .and_then(|at| chunk.spans.get(at..))
            .unwrap_or_default()
    }

    /// Waits for room for a reply's events; what is larger than all the room takes all of it.
    async fn room_for(&self, chunks: &[Chunk]) -> Result<OwnedSemaphorePermit, Gone> {
        let bytes: usize = chunks.iter().map(|chunk| chunk.bytes.len()).sum();
        let bytes = u32::try_from(bytes.min(ROOM)).unwrap_or(u32::MAX);
        tokio::select! {
            room = self.room.clone().acquire_many_owned(bytes) => room.map_err(|_| Gone),
            () = self.items.closed() => Err(Gone),
        }
    }
}
