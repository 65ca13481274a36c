//! A reply of the server, taken apart without taking its events apart.

use std::sync::Arc;

use bson::{RawBsonRef, RawDocument};
use mongodb::error::Error;
use mongodb::raw_batch_cursor::RawBatch;

use super::Token;
use super::fragments::Fragments;

/// Events that lie in one piece of memory: the one copy that is made of a reply's events.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub bytes: Arc<[u8]>,
    /// Where each event begins and ends.
    pub spans: Vec<(usize, usize)>,
}

impl Chunk {
    /// The event of a span.
    pub fn event(&self, span: (usize, usize)) -> Option<&RawDocument> {
        RawDocument::from_bytes(self.bytes.get(span.0..span.1)?).ok()
    }

    /// A chunk of one event.
    pub fn of_one(event: &RawDocument) -> Self {
        let bytes: Arc<[u8]> = event.as_bytes().into();
        let spans = vec![(0, bytes.len())];
        Self { bytes, spans }
    }
}

/// What one reply brought.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub chunks: Vec<Chunk>,
    /// How many events there are.
    pub events: usize,
    /// How many bytes the reply had.
    pub bytes: usize,
    /// The place behind all of them; nothing while an event's fragments are incomplete.
    pub token: Option<Token>,
}

impl Batch {
    /// Takes a reply apart; `fragments` keeps the beginning of an event whose end is in the next.
    pub fn read(reply: &RawBatch, fragments: &mut Fragments) -> Result<Self, Error> {
        let array = reply.doc_slices()?;
        let mut batch = Self {
            bytes: array.as_bytes().len(),
            ..Self::default()
        };
        if !array.is_empty() {
            batch.chunks(array, fragments)?;
        }
        if fragments.is_empty() {
            batch.token = token_of(reply).or_else(|| batch.last_token());
        }
        batch.events = batch.chunks.iter().map(|chunk| chunk.spans.len()).sum();
        Ok(batch)
    }

    fn chunks(&mut self, array: &bson::RawArray, fragments: &mut Fragments) -> Result<(), Error> {
        let base = array.as_bytes().as_ptr().addr();
        let bytes: Arc<[u8]> = array.as_bytes().into();
        let mut spans = Vec::new();
        for event in array {
            let RawBsonRef::Document(event) = event.map_err(Error::from)? else {
                continue;
            };
            let from = event.as_bytes().as_ptr().addr() - base;
            if !fragments.takes(event) {
                spans.push((from, from + event.as_bytes().len()));
            } else if let Some(whole) = fragments.take(event)? {
                self.push(&bytes, &mut spans);
                self.chunks.push(Chunk::of_one(&whole));
            }
        }
        self.push(&bytes, &mut spans);
        Ok(())
    }

    fn push(&mut self, bytes: &Arc<[u8]>, spans: &mut Vec<(usize, usize)>) {
        if !spans.is_empty() {
            let spans = std::mem::take(spans);
            let bytes = bytes.clone();
            self.chunks.push(Chunk { bytes, spans });
        }
    }

    fn last_token(&self) -> Option<Token> {
        let chunk = self.chunks.last()?;
        let event = chunk.event(*chunk.spans.last()?)?;
        event.get_document("_id").ok().map(Token::new)
    }
}

/// The place behind all events of a reply.
pub(super) fn token_of(reply: &RawBatch) -> Option<Token> {
    let cursor = reply.as_raw_document().get_document("cursor").ok()?;
    cursor
        .get_document("postBatchResumeToken")
        .ok()
        .map(Token::new)
}
