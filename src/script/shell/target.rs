//! [`Target`]: where commands go, and how.
//!
//! Shell methods are commands: their options and replies are the server's own. What a command
//! needs besides is decided here, in one place: the session it runs in, the read preference, the
//! concerns (the connection's, unless the call has its own or a transaction runs), and whether it
//! may be sent a second time after a failover.

use std::rc::Rc;

use mongodb::bson::raw::CStr;
use mongodb::bson::{Bson, Document, RawArrayBuf, RawDocumentBuf, doc};
use mongodb::options::{CursorType, ReadPreference, SelectionCriteria};

use super::ambient::Ambient;
use super::batches::Batches;
use super::mongo::Mongo;
use super::session::SessionHandle;
use crate::client::{in_reply, retry};
use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;

/// A database of a connection, inside a session or not.
#[derive(Clone)]
pub struct Target {
    /// The connection.
    pub mongo: Mongo,
    /// The database.
    pub database: Rc<str>,
    /// The session that its operations run in.
    pub session: Option<SessionHandle>,
}

/// What a read's cursor needs besides its command.
#[derive(Debug, Clone, Default)]
pub struct CursorOptions {
    /// Documents a batch.
    pub batch_size: Option<u32>,
    /// Whether it is tailable, and waits.
    pub cursor_type: Option<CursorType>,
    /// How long the server waits for new documents of a tailable cursor.
    pub max_await: Option<std::time::Duration>,
    /// A comment for `getMore`.
    pub comment: Option<Bson>,
    /// Where it reads; else the connection's preference.
    pub selection: Option<SelectionCriteria>,
}

impl Target {
    /// The same connection and session with another database.
    #[must_use]
    pub fn sibling(&self, database: &str) -> Self {
        Self {
            database: database.into(),
            ..self.clone()
        }
    }

    /// The driver's database.
    ///
    /// # Errors
    /// Where the connection cannot be made.
    pub fn driver(&self, host: &Host) -> Result<mongodb::Database, Fault> {
        Ok(self.mongo.cluster(host)?.client().database(&self.database))
    }

    /// Whether a transaction runs in the session.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.session
            .as_ref()
            .is_some_and(SessionHandle::in_transaction)
    }

    /// The target that a command goes to: in a handler, into the transaction of its scope.
    fn placed(&self, host: &Host, command: &Document) -> Result<Self, Fault> {
        host.slot(Ambient::default).place(host, self, command)
    }

    /// A copy of a command that may have to be sent once more, in another transaction.
    fn kept(&self, ambient: &Ambient, command: &Document) -> Result<Option<RawDocumentBuf>, Fault> {
        match ambient.keeps(self.session.as_ref()) {
            true => Ok(Some(RawDocumentBuf::try_from(command)?)),
            false => Ok(None),
        }
    }

    /// Sends a write command as it is, in the session.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub(super) fn send_again(
        &self,
        host: &Host,
        command: RawDocumentBuf,
    ) -> Result<Document, Fault> {
        self.send_write(host, command, false)
    }

    /// Whether a transaction runs around the operation: the session's, or that of a handler's scope.
    #[must_use]
    pub fn is_in_transaction(&self, host: &Host) -> bool {
        self.in_transaction() || host.slot(Ambient::default).holds(self)
    }

    /// Sends a command as it is, on the primary. An `ok: 0` reply is an error; `writeErrors` are
    /// the caller's.
    ///
    /// # Errors
    /// The server's, or the connection's.
    pub fn command(&self, host: &Host, command: Document) -> Result<Document, Fault> {
        self.command_on(host, command, None)
    }

    /// The same on the members that `selection` names.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn command_on(
        &self,
        host: &Host,
        command: Document,
        selection: Option<SelectionCriteria>,
    ) -> Result<Document, Fault> {
        let at = self.placed(host, &command)?;
        let db = at.driver(host)?;
        let ambient = host.slot(Ambient::default);
        let kept = at.kept(&ambient, &command)?;
        let mut run = db.run_command(command);
        if let Some(selection) = selection {
            run = run.selection_criteria(selection);
        }
        let result = match &at.session {
            None => host.run(run),
            Some(session) => session.with(|s| host.run(run.session(s)))?,
        };
        ambient.judge_command(host, &at, kept, result)
    }

    /// Sends an administrative command that changes something: with the write concern, where it
    /// has none of its own. A `writeConcernError` in the reply is an error.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn change(&self, host: &Host, mut command: Document) -> Result<Document, Fault> {
        self.placed(host, &command)?
            .add_write_concern(host, &mut command)?;
        let reply = self.command(host, command)?;
        match in_reply(&reply) {
            Some(error) => Err(error.into()),
            None => Ok(reply),
        }
    }

    /// Sends a write command (`insert`, `update`, `delete`, `findAndModify`), with the write
    /// concern and, where each of its statements touches one document, safely repeatable. Errors
    /// of single statements stay in the reply: see [`in_reply`].
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn write(
        &self,
        host: &Host,
        mut command: Document,
        repeatable: bool,
    ) -> Result<Document, Fault> {
        let at = self.placed(host, &command)?;
        at.add_write_concern(host, &mut command)?;
        let acknowledged = !is_unacknowledged(&command);
        let command = RawDocumentBuf::try_from(&command)?;
        at.send_write(host, command, repeatable && acknowledged)
    }

    /// The same for a command with a long list of statements, which stay in their bytes.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn write_list(
        &self,
        host: &Host,
        mut command: Document,
        (name, list): (&CStr, RawArrayBuf),
        repeatable: bool,
    ) -> Result<Document, Fault> {
        let at = self.placed(host, &command)?;
        at.add_write_concern(host, &mut command)?;
        let acknowledged = !is_unacknowledged(&command);
        let mut command = RawDocumentBuf::try_from(&command)?;
        command.append(name, list);
        at.send_write(host, command, repeatable && acknowledged)
    }

    fn send_write(
        &self,
        host: &Host,
        command: RawDocumentBuf,
        repeatable: bool,
    ) -> Result<Document, Fault> {
        let db = self.driver(host)?;
        let ambient = host.slot(Ambient::default);
        let keeps = ambient.keeps(self.session.as_ref());
        let kept = keeps.then(|| command.clone());
        let result = match &self.session {
            None if repeatable => self.mongo.retryable_write(host, &db, command),
            None => host.run(db.run_raw_command(command)),
            Some(session) => session.with(|s| host.run(db.run_raw_command(command).session(s)))?,
        };
        ambient.judge_command(host, self, kept, result)
    }

    fn add_write_concern(&self, host: &Host, command: &mut Document) -> Result<(), Fault> {
        if self.in_transaction() {
            // It is the commit's; the drivers leave it out of the statements.
            command.remove("writeConcern");
            return Ok(());
        }
        if command.contains_key("writeConcern") {
            return Ok(());
        }
        let set = self.mongo.settings().write_concern;
        let concern = match set {
            Some(concern) => Some(concern),
            None => match self.mongo.cluster(host)?.client().write_concern() {
                Some(concern) => Some(bson::serialize_to_document(&concern)?),
                None => None,
            },
        };
        if let Some(concern) = concern.filter(|c| !c.is_empty()) {
            command.insert("writeConcern", concern);
        }
        Ok(())
    }

    /// Sends a read command that replies with a value (`count`, `distinct`, …), once more where
    /// the first try met a failover.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn read(&self, host: &Host, mut command: Document) -> Result<Document, Fault> {
        let at = self.placed(host, &command)?;
        at.add_read_concern(host, &mut command)?;
        at.send_read(host, command)
    }

    /// The same without touching the command's read concern, for commands that take none.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn read_as_is(&self, host: &Host, command: Document) -> Result<Document, Fault> {
        self.placed(host, &command)?.send_read(host, command)
    }

    fn send_read(&self, host: &Host, command: Document) -> Result<Document, Fault> {
        let selection = self.selection(host)?;
        let again = self.may_read_again(host)?;
        let db = self.driver(host)?;
        let ambient = host.slot(Ambient::default);
        let kept = self.kept(&ambient, &command)?;
        let run = || {
            let run = db.run_command(command.clone());
            match &selection {
                Some(selection) => run.selection_criteria(selection.clone()),
                None => run,
            }
        };
        let result = match &self.session {
            None => host.run(async {
                match run().await {
                    Err(e) if again && retry::is_retryable(&e) => run().await,
                    done => done,
                }
            }),
            Some(session) => session.with(|s| {
                host.run(async {
                    match run().session(&mut *s).await {
                        Err(e) if again && retry::is_retryable(&e) => run().session(s).await,
                        done => done,
                    }
                })
            })?,
        };
        ambient.judge_command(host, self, kept, result)
    }

    /// Whether a read that met a failover may be sent once more: in a transaction it may not.
    fn may_read_again(&self, host: &Host) -> Result<bool, Fault> {
        Ok(!self.in_transaction() && self.mongo.cluster(host)?.retries_reads())
    }

    /// Sends a read command that replies with a cursor, once more where the first try met a
    /// failover.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn cursor(
        &self,
        host: &Host,
        mut command: Document,
        options: &CursorOptions,
    ) -> Result<Batches, Fault> {
        let at = self.placed(host, &command)?;
        at.add_read_concern(host, &mut command)?;
        at.judged_cursor(host, command, options)
    }

    /// The same without touching the command's read concern.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn cursor_as_is(
        &self,
        host: &Host,
        command: Document,
        options: &CursorOptions,
    ) -> Result<Batches, Fault> {
        let at = self.placed(host, &command)?;
        at.judged_cursor(host, command, options)
    }

    fn judged_cursor(
        &self,
        host: &Host,
        command: Document,
        options: &CursorOptions,
    ) -> Result<Batches, Fault> {
        let ambient = host.slot(Ambient::default);
        let kept = self.kept(&ambient, &command)?;
        let opened = self.open_cursor(host, command, options);
        let batches = ambient.judge(self.session.as_ref(), opened)?;
        if let Some(command) = kept {
            let first: Result<Vec<Document>, _> = batches
                .waiting()
                .map(|d| Document::try_from(d.as_ref()))
                .collect();
            let reply = doc! { "cursor": { "firstBatch": first? } };
            ambient.note_read(self, command, &reply);
        }
        Ok(batches)
    }

    fn open_cursor(
        &self,
        host: &Host,
        command: Document,
        options: &CursorOptions,
    ) -> Result<Batches, Fault> {
        let db = self.driver(host)?;
        let selection = match &options.selection {
            Some(selection) => Some(selection.clone()),
            None => self.selection(host)?,
        };
        let start = || {
            let mut run = db.run_cursor_command(command.clone());
            if let Some(selection) = &selection {
                run = run.selection_criteria(selection.clone());
            }
            if let Some(size) = options.batch_size {
                run = run.batch_size(size);
            }
            if let Some(kind) = options.cursor_type {
                run = run.cursor_type(kind);
            }
            if let Some(wait) = options.max_await {
                run = run.max_time(wait);
            }
            if let Some(comment) = &options.comment {
                run = run.comment(comment.clone());
            }
            run
        };
        let again = self.may_read_again(host)?;
        match &self.session {
            Some(session) => {
                let cursor = session.with(|s| {
                    host.run(async {
                        match start().session(&mut *s).batch().await {
                            Err(e) if again && retry::is_retryable(&e) => {
                                start().session(s).batch().await
                            }
                            done => done,
                        }
                    })
                })??;
                Batches::in_session(host, cursor, session.clone())
            }
            None => {
                let cursor = host.run(async {
                    match start().batch().await {
                        Err(e) if again && retry::is_retryable(&e) => start().batch().await,
                        done => done,
                    }
                })?;
                Batches::plain(host, cursor)
            }
        }
    }

    /// Everything that the cursor of a listing command (`listIndexes`, `listCollections`) gives.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn listing(&self, host: &Host, command: Document) -> Result<Vec<RawDocumentBuf>, Fault> {
        let mut batches = self.cursor_as_is(host, command, &CursorOptions::default())?;
        batches.rest(host)
    }

    /// Everything that a pipeline on `of` (a collection's name, or 1 for the database) gives.
    ///
    /// # Errors
    /// As [`Target::command`].
    pub fn aggregation(
        &self,
        host: &Host,
        of: impl Into<Bson>,
        pipeline: Vec<Document>,
    ) -> Result<Vec<RawDocumentBuf>, Fault> {
        let command = doc! { "aggregate": of, "pipeline": pipeline, "cursor": {} };
        self.cursor(host, command, &CursorOptions::default())?
            .rest(host)
    }

    fn selection(&self, host: &Host) -> Result<Option<SelectionCriteria>, Fault> {
        if self.in_transaction() {
            return match self.session.as_ref().and_then(SessionHandle::reads) {
                Some(SelectionCriteria::ReadPreference(ReadPreference::Primary)) | None => Ok(None),
                Some(other) => Err(not_the_primary(&other)),
            };
        }
        match self.mongo.settings().selection {
            Some(selection) => Ok(Some(selection)),
            None => Ok(self
                .mongo
                .cluster(host)?
                .client()
                .selection_criteria()
                .cloned()),
        }
    }

    fn add_read_concern(&self, host: &Host, command: &mut Document) -> Result<(), Fault> {
        // In a transaction, and in a snapshot session, the driver writes it.
        let snapshot = self
            .session
            .as_ref()
            .is_some_and(SessionHandle::is_snapshot);
        if snapshot || self.in_transaction() {
            return Ok(());
        }
        let set = self.mongo.settings().read_concern;
        let client = self.mongo.cluster(host)?;
        let concern = set.or_else(|| client.client().read_concern().cloned());
        if let (Some(concern), false) = (concern, command.contains_key("readConcern")) {
            command.insert("readConcern", bson::serialize_to_document(&concern)?);
        }
        if let Some(after) = self.session.as_ref().and_then(SessionHandle::after) {
            let entry = command
                .entry("readConcern".to_string())
                .or_insert(Bson::Document(doc! {}));
            if let Bson::Document(concern) = entry {
                concern.insert("afterClusterTime", after);
            }
        }
        Ok(())
    }
}

/// The error for a read in a transaction that was told to read elsewhere; the Node.js driver's
/// words. Rust's driver has the same rule for its own methods only.
fn not_the_primary(selection: &SelectionCriteria) -> Fault {
    let mode = match selection {
        SelectionCriteria::ReadPreference(preference) => {
            let preference = bson::serialize_to_document(preference).unwrap_or_default();
            preference.get_str("mode").unwrap_or_default().to_string()
        }
        _ => String::new(),
    };
    let message = format!("Read preference in a transaction must be primary, not: {mode}");
    ScriptError::new("MongoTransactionError", message).into()
}

fn is_unacknowledged(command: &Document) -> bool {
    let w = command
        .get_document("writeConcern")
        .ok()
        .and_then(|wc| wc.get("w"));
    matches!(w, Some(Bson::Int32(0) | Bson::Int64(0)))
}
