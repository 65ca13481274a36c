//! The task that reads a cursor, and opens it again for as long as somebody listens.
//!
//! A read that is under way is never dropped, so no reply is lost. After whatever breaks, the
//! stream is opened again behind the last event that was handed on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use mongodb::raw_batch_cursor::{RawBatch, RawBatchCursor};

use super::batch::Batch;
use super::cursor::{self, Broken, Patience, pause};
use super::fragments::Fragments;
use super::hub::Hub;
use super::listener::{Gone, Listener, Word};
use super::share::Share;
use super::{Opening, Start, Token, lost, recover};
use crate::client::ClientError;

/// How long a stream may hold up others that share its cursor.
const SLOW: Duration = Duration::from_secs(1);

/// A reply that is smaller than this comes from the end of the history.
const SMALL: (usize, usize) = (cursor::REPLY as usize / 2, 1 << 20);

/// A cursor and its first reply.
pub(super) type Opened = (RawBatchCursor, Option<RawBatch>);

/// The task that reads a cursor.
pub(super) struct Reader {
    hub: Hub,
    opening: Arc<Opening>,
    share: Arc<Share>,
    listeners: Vec<Listener>,
    /// Where to open the stream again.
    last: Option<Token>,
    fragments: Fragments,
    patience: Patience,
}

/// Why reading a cursor ended.
enum End {
    /// Nobody listens any more, or the streams share another reader's cursor now.
    Done,
    /// The server closed it, as behind an invalidate.
    Closed,
}

impl Reader {
    /// Reads for a stream in a task of its own.
    pub fn spawn(
        hub: &Hub,
        opening: Arc<Opening>,
        listener: Listener,
        opened: Option<Opened>,
        alone: bool,
    ) {
        let reader = Self {
            hub: hub.clone(),
            share: hub.shares().add(opening.key(), alone),
            fragments: Fragments::new(opening.splits()),
            last: listener.last.clone(),
            opening,
            listeners: vec![listener],
            patience: Patience::new(),
        };
        tokio::spawn(reader.run(opened));
    }

    async fn run(mut self, opened: Option<Opened>) {
        let mut opened = match opened {
            Some(opened) => Some(opened),
            None => self.reopen(None).await,
        };
        let mut closings = 0;
        while let Some((mut cursor, first)) = opened {
            let began = self.last.clone();
            let read = self.read(&mut cursor, first).await;
            drop(cursor);
            // A cursor that is closed at once, again and again, must not keep the server busy.
            closings = if self.last == began { closings + 1 } else { 0 };
            opened = match read {
                Ok(End::Done) => None,
                Ok(End::Closed) => {
                    if closings > 0 {
                        tokio::time::sleep(pause(closings)).await;
                    }
                    self.reopen(None).await
                }
                Err(broken) => self.mend(broken).await,
            };
        }
        self.end();
    }

    /// Hands on what comes, until the cursor ends.
    async fn read(
        &mut self,
        cursor: &mut RawBatchCursor,
        first: Option<RawBatch>,
    ) -> Result<End, Broken> {
        self.fragments.clear();
        let mut reply = first;
        loop {
            if let Some(reply) = reply.take() {
                let batch = Batch::read(&reply, &mut self.fragments)?;
                drop(reply);
                self.hand_on(batch).await;
                if self.is_done() {
                    return Ok(End::Done);
                }
            }
            let next = self
                .patience
                .wait(async { cursor.next().await.transpose() });
            match next.await? {
                Some(next) => reply = Some(next),
                None => return Ok(End::Closed),
            }
        }
    }

    async fn hand_on(&mut self, batch: Batch) {
        let at_end = batch.events < SMALL.0 && batch.bytes < SMALL.1;
        let joined = self.share.advance(batch.token.clone(), at_end);
        self.listeners.extend(joined);
        if batch.events > 0 {
            self.tell(&Word::Events(&batch.chunks, batch.token.as_ref()))
                .await;
        } else if let Some(token) = &batch.token {
            self.tell(&Word::Idle(token)).await;
        }
        if batch.token.is_some() {
            self.last = batch.token;
        }
    }

    /// Whether nobody listens here any more.
    fn is_done(&mut self) -> bool {
        self.listeners.retain(|listener| !listener.is_gone());
        if self.listeners.is_empty() {
            return self.share.close_if_idle();
        }
        self.hub.shares().merge(&self.share, &mut self.listeners)
    }

    /// Tells all listeners. One that is too slow for the others gets a reader of its own.
    async fn tell(&mut self, word: &Word<'_>) {
        let mut kept = Vec::with_capacity(self.listeners.len());
        let mut rest = std::mem::take(&mut self.listeners).into_iter();
        while let Some(mut listener) = rest.next() {
            let alone = || kept.is_empty() && rest.len() == 0 && !self.share.is_joined();
            match tell_in_time(&mut listener, word, alone).await {
                Some(Ok(())) => kept.push(listener),
                Some(Err(Gone)) => {}
                None => self.send_away(listener),
            }
        }
        self.listeners = kept;
    }

    fn send_away(&self, listener: Listener) {
        tracing::info!(stream = listener.ask.stream, "too slow to share a cursor");
        Self::spawn(&self.hub, self.opening.clone(), listener, None, true);
    }

    /// Goes on after a failure, if that can be.
    async fn mend(&mut self, broken: Broken) -> Option<Opened> {
        match broken {
            Broken::Failed(error) => match self.is_final(error).await {
                Some(error) => self.reopen(Some(error.message)).await,
                None => None,
            },
            Broken::Silent => self.reopen(Some(SILENT.into())).await,
        }
    }

    /// Opens the stream again behind the last event that was handed on; nothing where nobody
    /// listens any more or it cannot go on.
    async fn reopen(&mut self, mut reason: Option<String>) -> Option<Opened> {
        let mut attempts = 0;
        let mut patience = Patience::new();
        loop {
            if let Some(reason) = reason.take() {
                attempts += 1;
                let again_in = pause(attempts);
                self.tell(&Word::Interrupted(&reason, again_in)).await;
                tokio::time::sleep(again_in).await;
            }
            let start = self.last.clone().map_or(Start::Now, Start::After);
            let open = cursor::open(self.hub.client(), &self.opening, &start);
            match patience.wait(open).await {
                Ok(opened) => {
                    if attempts > 0 {
                        self.tell(&Word::Resumed).await;
                    }
                    return Some(opened);
                }
                Err(Broken::Failed(error)) => reason = Some(self.is_final(error).await?.message),
                Err(Broken::Silent) => reason = Some(SILENT.into()),
            }
            self.listeners.retain(|listener| !listener.is_gone());
            if self.listeners.is_empty() && self.share.close_if_idle() {
                return None;
            }
        }
    }

    /// Tells of an error that trying again does not mend; gives back one that may pass.
    async fn is_final(&mut self, error: ClientError) -> Option<ClientError> {
        if lost::is_lost(&error) {
            self.listeners.extend(self.hub.shares().remove(&self.share));
            for listener in self.listeners.drain(..) {
                let (hub, opening) = (self.hub.clone(), self.opening.clone());
                tokio::spawn(recover::recover(hub, opening, listener, error.clone()));
            }
            return None;
        }
        if lost::is_refused(&error) {
            self.listeners.extend(self.hub.shares().remove(&self.share));
            self.tell(&Word::Failed(&lost::advise(error))).await;
            return None;
        }
        Some(error)
    }

    /// Whoever has joined meanwhile goes on with a reader of its own.
    fn end(self) {
        for listener in self.hub.shares().remove(&self.share) {
            Self::spawn(&self.hub, self.opening.clone(), listener, None, false);
        }
    }
}

/// What is said where a server does not answer.
const SILENT: &str = "the server does not answer";

/// Tells one listener, however long that takes while it is alone; nothing where it holds up others.
async fn tell_in_time(
    listener: &mut Listener,
    word: &Word<'_>,
    alone: impl Fn() -> bool,
) -> Option<Result<(), Gone>> {
    let mut told = std::pin::pin!(listener.tell(word));
    loop {
        tokio::select! {
            told = &mut told => return Some(told),
            () = tokio::time::sleep(SLOW) => if !alone() {
                return None;
            },
        }
    }
}
