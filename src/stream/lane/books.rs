//! [`Books`]: a lane's [`Ledger`] in the database.
//!
//! The checkpoint is `updateOne({ _id: { stream, lane }, epoch: mine, batch: n }, …)` in the
//! transaction of the effects. `epoch` is the lease's: one that was taken over matches nothing.
//! `batch` counts the writes of a checkpoint, so that each happens once even where its outcome was
//! not heard: a write that is sent again after all matches nothing, and the document tells why.
//!
//! Where a batch has no effects in a transaction, the checkpoint is a write by itself, which does not
//! wait for a majority: lost in a failover, it only moves back in front of events that come again.

use std::time::Duration;

use bson::{Bson, DateTime, Document, doc};
use mongodb::error::Error;
use mongodb::options::{Acknowledgment, WriteConcern};
use mongodb::{ClientSession, Collection};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::blocked::Key;
use super::failures::{is_conflict, own};
use super::ledger::{Entry, Ledger, Trouble};
use super::numbers::Numbers;
use super::places::id_of;
use crate::client::{ClientError, retry};
use crate::stream::bookkeeping::{self, DEAD_LETTERS, LANES};
use crate::stream::lease::Lease;
use crate::stream::letters::{DeadLetter, LetterError, LetterState};
use crate::stream::program::Scope;
use crate::stream::spec::Delivery;

/// How long a call may take: a server that is frozen says nothing for ever, and no network error
/// tells. A commit that waits for slow members is asked for again.
const SILENCE: Duration = Duration::from_secs(15);

/// How long an abort may take: less than lanes have for ending.
const ABORT: Duration = Duration::from_secs(1);

/// The pause before a commit is asked for again whose outcome was not heard.
const UNHEARD: Duration = Duration::from_millis(100);

/// A lane's ledger in the database.
pub struct Books {
    runtime: Handle,
    cancel: CancellationToken,
    lease: Lease,
    depths: std::sync::Arc<super::depth::Depths>,
    delivery: Delivery,
    stream: String,
    lane: u32,
    /// The number of the next write of the checkpoint.
    batch: i64,
    /// The lane's session; nothing while a handler has it.
    session: Option<ClientSession>,
    transactions: Numbers,
    lanes: Collection<Document>,
    /// The same, without waiting for a majority.
    lanes_soon: Collection<Document>,
    letters: Collection<Document>,
}

/// What [`Books`] are made of.
pub struct BooksOf {
    /// The runtime that drives the driver.
    pub runtime: Handle,
    /// Ends calls that are under way.
    pub cancel: CancellationToken,
    /// The lease under which all is written.
    pub lease: Lease,
    /// Who is told how deep effects are.
    pub depths: std::sync::Arc<super::depth::Depths>,
    /// Whether effects and checkpoint are one transaction.
    pub delivery: Delivery,
    /// The stream.
    pub stream: String,
    /// The lane.
    pub lane: u32,
    /// The number of the last write of its checkpoint.
    pub batch: i64,
    /// A session of its own.
    pub session: ClientSession,
}

impl Books {
    /// The books of a lane.
    #[must_use]
    pub fn new(of: BooksOf) -> Self {
        let client = of.session.client();
        let lanes = bookkeeping::collection(&client, LANES);
        let mut options = mongodb::options::CollectionOptions::default();
        options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Nodes(1)).build());
        let books = client.database(bookkeeping::DATABASE);
        Self {
            lanes_soon: books.collection_with_options(LANES, options),
            letters: bookkeeping::collection(&client, DEAD_LETTERS),
            lanes,
            runtime: of.runtime,
            cancel: of.cancel,
            lease: of.lease,
            depths: of.depths,
            delivery: of.delivery,
            stream: of.stream,
            lane: of.lane,
            batch: of.batch,
            transactions: Numbers::of(&of.session),
            session: Some(of.session),
        }
    }

    /// Drives a call to its end, unless the stream is to end at once, or the server is silent for
    /// long: whether it was done is not known then.
    fn wait<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<Result<T, Error>, Trouble> {
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                done = tokio::time::timeout(SILENCE, call) => {
                    done.map_err(|_| Trouble::Again(own("the server does not answer")))
                }
                () = self.cancel.cancelled() => Err(Trouble::Cancelled),
            }
        })
    }

    fn start(&mut self) -> Result<ClientSession, Trouble> {
        let Some(mut session) = self.session.take() else {
            // The handler kept it, or panicked with it.
            return Err(Trouble::Fenced("the lane's session is gone".into()));
        };
        let started = self.wait(
            session
                .start_transaction()
                .with_options(Scope::options())
                .into_future(),
        );
        match started {
            Ok(Ok(())) => {
                self.transactions.started();
                Ok(session)
            }
            Ok(Err(error)) => {
                self.session = Some(session);
                Err(trouble_of(error))
            }
            Err(trouble) => {
                self.session = Some(session);
                Err(trouble)
            }
        }
    }

    fn in_transaction(
        &mut self,
        mut session: ClientSession,
        entry: &Entry<'_>,
    ) -> Result<(), Trouble> {
        if let (true, Some(id)) = (entry.used, self.transactions.current()) {
            self.depths.expect(id, entry.depth.saturating_add(1));
        }
        let written = self.wait(self.write(&mut session, entry));
        let result = match written {
            Ok(Ok(None)) => self.commit_transaction(&mut session),
            Ok(Ok(Some(trouble))) => Err(trouble),
            Ok(Err(error)) => Err(trouble_of(error)),
            Err(trouble) => Err(trouble),
        };
        match result {
            Ok(()) => {
                self.session = Some(session);
                self.batch += 1;
                Ok(())
            }
            Err(Trouble::Fenced(_)) => {
                self.undo(Some(session));
                if !self.lease.holds() {
                    // Its epoch may be in the checkpoint still: trying again is in vain.
                    return Err(lapsed());
                }
                self.unmatched()
            }
            Err(trouble) => {
                self.undo(Some(session));
                Err(trouble)
            }
        }
    }

    /// Writes all of an entry in a transaction.
    async fn write(
        &self,
        session: &mut ClientSession,
        entry: &Entry<'_>,
    ) -> Result<Option<Trouble>, Error> {
        if !entry.letters.is_empty() {
            let letters = entry.letters.iter().map(DeadLetter::to_document);
            self.letters
                .insert_many(letters)
                .session(&mut *session)
                .await?;
        }
        if let Some(letter) = entry.done {
            let query = doc! { "_id": letter.id.clone(), "state": letter.state.as_str() };
            let gone = self
                .letters
                .delete_one(query)
                .session(&mut *session)
                .await?;
            if gone.deleted_count == 0 {
                return Ok(Some(Trouble::LetterGone));
            }
        }
        let (query, change) = self.checkpoint(entry);
        let moved = self
            .lanes
            .update_one(query, change)
            .session(&mut *session)
            .await?;
        Ok((moved.matched_count == 0).then(|| Trouble::Fenced(String::new())))
    }

    fn checkpoint(&self, entry: &Entry<'_>) -> (Document, Document) {
        let query = doc! {
            "_id": id_of(&self.stream, self.lane),
            "epoch": self.lease.epoch(),
            "batch": self.batch,
        };
        let mut set = doc! { "updatedAt": DateTime::now() };
        if let Some(place) = entry.place {
            set.insert("token", place.token.to_bson());
            set.insert("clusterTime", place.time);
        }
        let handled = i64::try_from(entry.handled).unwrap_or(i64::MAX);
        (
            query,
            doc! { "$set": set, "$inc": { "handled": handled, "batch": 1_i64 } },
        )
    }

    /// Commits, and asks again for as long as the outcome is not heard. Then the checkpoint itself
    /// tells whether it was committed.
    fn commit_transaction(&mut self, session: &mut ClientSession) -> Result<(), Trouble> {
        let mut unheard = false;
        loop {
            if !self.lease.holds() && !unheard {
                return Err(lapsed());
            }
            let error = match self.wait(session.commit_transaction().into_future()) {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => error,
                Err(Trouble::Again(_)) => {
                    unheard = true;
                    continue;
                }
                Err(trouble) => return Err(trouble),
            };
            if error.contains_label("UnknownTransactionCommitResult") {
                unheard = true;
                self.rest()?;
                continue;
            }
            return match unheard && self.is_written()? {
                true => Ok(()),
                false => Err(trouble_of(error)),
            };
        }
    }

    fn rest(&self) -> Result<(), Trouble> {
        let pause = async {
            tokio::time::sleep(UNHEARD).await;
            Ok(())
        };
        self.wait(pause)?.map_err(trouble_of)
    }

    /// Whether the checkpoint that was being written is there.
    fn is_written(&self) -> Result<bool, Trouble> {
        // Not knowing is no answer: effects that are there must not be done again.
        let found = loop {
            match self.look() {
                Err(Trouble::Again(_)) => self.rest()?,
                looked => break looked?,
            }
        };
        Ok(found
            .is_some_and(|(epoch, batch)| epoch == self.lease.epoch() && batch == self.batch + 1))
    }

    /// The epoch and the number of writes that the checkpoint has now.
    fn look(&self) -> Result<Option<(i64, i64)>, Trouble> {
        let id = doc! { "_id": id_of(&self.stream, self.lane) };
        let found = self.wait(self.lanes.find_one(id).into_future())?;
        let found = found.map_err(trouble_of)?;
        Ok(found.map(|d| {
            let number = |name| d.get_i64(name).unwrap_or(0);
            (number("epoch"), number("batch"))
        }))
    }

    /// A checkpoint was not where this lane left it.
    fn unmatched(&mut self) -> Result<(), Trouble> {
        match self.look()? {
            Some((epoch, batch)) if epoch == self.lease.epoch() => {
                // A write by itself whose reply was lost has come after all, or a failover took
                // one back. What was read may be behind what is there: then this comes again.
                self.batch = batch;
                Err(Trouble::Again(own(
                    "a checkpoint was written whose reply was lost, or a failover took it back",
                )))
            }
            Some((epoch, _)) => Err(Trouble::Fenced(format!(
                "another process runs the stream (epoch {epoch}, this one has {})",
                self.lease.epoch()
            ))),
            None => Err(Trouble::Fenced("its checkpoint was removed".into())),
        }
    }

    /// A checkpoint by itself.
    fn alone(&mut self, entry: &Entry<'_>) -> Result<(), Trouble> {
        if !self.lease.holds() {
            return Err(lapsed());
        }
        let (query, change) = self.checkpoint(entry);
        let moved = self.wait(self.lanes_soon.update_one(query, change).into_future())?;
        if moved.map_err(trouble_of)?.matched_count == 0 {
            return self.unmatched();
        }
        self.batch += 1;
        Ok(())
    }
}

impl Ledger for Books {
    fn begin(&mut self) -> Result<Option<ClientSession>, Trouble> {
        match self.delivery {
            Delivery::ExactlyOnce => self.start().map(Some),
            Delivery::AtLeastOnce => Ok(None),
        }
    }

    fn commit(&mut self, session: Option<ClientSession>, entry: &Entry<'_>) -> Result<(), Trouble> {
        let together = entry.used || !entry.letters.is_empty() || entry.done.is_some();
        match (session, together) {
            (Some(session), true) => self.in_transaction(session, entry),
            (None, true) => {
                let session = self.start()?;
                self.in_transaction(session, entry)
            }
            (session, false) => {
                self.undo(session);
                self.alone(entry)
            }
        }
    }

    fn replaced(&mut self, transactions: u32) {
        (0..transactions).for_each(|_| self.transactions.started());
    }

    fn undo(&mut self, session: Option<ClientSession>) {
        if let Some(mut session) = session {
            // Where nothing was sent, nothing is; a server that does not hear of it ends the
            // transaction by itself, after a minute in which it is in the way of whoever comes
            // next: so it is told where the stream is to end at once, too.
            let abort = session.abort_transaction().into_future();
            let _ = self
                .runtime
                .block_on(async { tokio::time::timeout(ABORT, abort).await });
            self.session = Some(session);
        }
    }

    fn first_blocked(&mut self, key: &Key) -> Result<Option<DeadLetter>, Trouble> {
        let query = doc! {
            "stream": &self.stream,
            "state": LetterState::Blocked.as_str(),
            "namespace": &key.namespace,
            "key": key.document(),
        };
        let first = self.letters.find_one(query);
        let first = first.sort(doc! { "token._data": 1, "_id": 1 });
        let found = self.wait(first.into_future())?.map_err(trouble_of)?;
        Ok(found.map(DeadLetter::from_document))
    }

    fn failed_again(
        &mut self,
        letter: &DeadLetter,
        error: &LetterError,
        generation: &str,
    ) -> Result<(), Trouble> {
        let state = match letter.state {
            LetterState::Redeliver => LetterState::Dead,
            state => state,
        };
        let query = doc! { "_id": letter.id.clone(), "state": letter.state.as_str() };
        let change = doc! {
            "$set": {
                "state": state.as_str(),
                "error": error.to_document(),
                "generation": generation,
                "updatedAt": DateTime::now(),
            },
            "$inc": { "attempts": 1 },
        };
        let changed = self.wait(self.letters.update_one(query, change).into_future())?;
        changed.map_err(trouble_of)?;
        if letter.state != LetterState::Redeliver || letter.key.is_none() {
            return Ok(());
        }
        let token = letter.token.as_document();
        let behind = doc! {
            "stream": &self.stream,
            "state": letter.state.as_str(),
            "namespace": &letter.namespace,
            "key": letter.key.clone(),
            "token._data": { "$gt": token.and_then(|t| t.get("_data")).cloned().unwrap_or(Bson::Null) },
        };
        let wait = doc! { "$set": { "state": "dead", "updatedAt": DateTime::now() } };
        let changed = self.wait(self.letters.update_many(behind, wait).into_future())?;
        changed.map(|_| ()).map_err(trouble_of)
    }
}

fn lapsed() -> Trouble {
    Trouble::Fenced("its lease could not be renewed in time".into())
}

/// What may be done about the driver's error.
fn trouble_of(error: Error) -> Trouble {
    let retryable = retry::is_retryable(&error);
    let error = ClientError::from(error);
    let soon = retryable || retry::may_pass(&error) || is_conflict(&error);
    if soon {
        Trouble::Again(error)
    } else {
        Trouble::Refused(error)
    }
}
