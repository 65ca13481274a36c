//! What became of operations, and going on after an error that a script caught.

use std::rc::Rc;

use bson::{Bson, Document, RawDocument, RawDocumentBuf};

use super::replay::{Differs, cut};
use super::{Ambient, Fault, Host, Open, ScriptError, SessionHandle, TRANSIENT, Target, ended};
use crate::client::{in_reply, labels_of};
use crate::stream::Scope;

impl Ambient {
    /// Looks at what sending in `session` came to. What the batch cannot survive ends the script,
    /// which cannot catch it; another error breaks the transaction until the next operation.
    ///
    /// # Errors
    /// The result's own, or the one that ends the script.
    pub fn judge<T>(
        &self,
        session: Option<&SessionHandle>,
        result: Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Err(Fault::Script(error)) = &result else {
            return result;
        };
        if !self.is_scopes(session) {
            return result;
        }
        if is_lost(error) {
            self.poison((**error).clone());
            return Err(Fault::Rhai(ended()));
        }
        self.with_open(|open| open.broken = true);
        result
    }

    /// The same for a command and the reply to it, which may hold errors of single writes. What was
    /// done is noted, to be done again where the script catches a later error.
    ///
    /// # Errors
    /// As [`Ambient::judge`].
    pub fn judge_command(
        &self,
        host: &Host,
        target: &Target,
        command: Option<RawDocumentBuf>,
        result: Result<Document, Fault>,
    ) -> Result<Document, Fault> {
        let reply = self.judge(target.session.as_ref(), result)?;
        if !self.is_scopes(target.session.as_ref()) {
            return Ok(reply);
        }
        if labels_of(&reply).iter().any(|label| label == TRANSIENT) {
            let error = in_reply(&reply).map(ScriptError::from).unwrap_or_default();
            self.poison(with_label(error));
            return Err(Fault::Rhai(ended()));
        }
        let failed = first_error(&reply);
        let Some(command) = command else {
            if failed.is_some() {
                self.with_open(|open| open.broken = true);
            }
            return Ok(reply);
        };
        match failed {
            None => self.note(&target.database, command, &reply),
            Some(done) => {
                self.with_open(|open| open.broken = true);
                self.note_part(&target.database, &command, done, &reply);
                return self.go_on(host, target, &command, done, reply);
            }
        }
        Ok(reply)
    }

    /// Whether commands have to be kept, to be noted.
    #[must_use]
    pub fn keeps(&self, session: Option<&SessionHandle>) -> bool {
        let has_log = self.open.borrow().as_ref().is_some_and(|o| o.log.is_some());
        has_log && self.is_scopes(session)
    }

    /// Notes a read by its first documents.
    pub fn note_read(&self, target: &Target, command: RawDocumentBuf, reply: &Document) {
        self.note(&target.database, command, reply);
    }

    fn note(&self, database: &Rc<str>, command: RawDocumentBuf, reply: &Document) {
        self.with_log(|log| log.note(database, command, reply));
    }

    fn note_part(&self, database: &Rc<str>, command: &RawDocument, done: usize, reply: &Document) {
        self.with_log(|log| log.note_part(database, command, done, reply));
    }

    fn with_log(&self, work: impl FnOnce(&mut super::Log)) {
        self.with_open(|open| {
            if let Some(log) = &mut open.log {
                work(log);
            }
        });
    }

    pub(super) fn with_open(&self, work: impl FnOnce(&mut Open)) {
        if let Some(open) = self.open.borrow_mut().as_mut() {
            work(open);
        }
    }

    /// Sends the rest of an unordered list whose statement `at` failed: outside of a transaction
    /// the server would have gone on by itself.
    fn go_on(
        &self,
        host: &Host,
        target: &Target,
        command: &RawDocument,
        at: usize,
        mut reply: Document,
    ) -> Result<Document, Fault> {
        let unordered = command.get_bool("ordered").is_ok_and(|ordered| !ordered);
        let rest = cut(command, at + 1, usize::MAX).filter(has_statements);
        let Some(rest) = rest.filter(|_| unordered) else {
            return Ok(reply);
        };
        self.mend(host)?;
        let more = target.send_again(host, rest)?;
        merge(&mut reply, more, at + 1);
        Ok(reply)
    }

    /// Begins a new transaction in place of one that the server has ended, and does again what was
    /// done in it.
    pub(super) fn mend(&self, host: &Host) -> Result<(), Fault> {
        let (session, mongo, log) = {
            let mut open = self.open.borrow_mut();
            let Some(open) = open
                .as_mut()
                .filter(|open| open.broken && open.poison.is_none())
            else {
                return Ok(());
            };
            let Some(session) = open.session.clone() else {
                return Ok(());
            };
            let Some(log) = open.log.take() else {
                // Nobody was to catch anything.
                return Ok(());
            };
            open.broken = false;
            (session, open.mongo.clone(), log)
        };
        let cluster = mongo.cluster(host)?;
        session.next_transaction();
        let done = session.with(|s| {
            host.wait(async {
                let _ = s.abort_transaction().await;
                let begin = s.start_transaction().with_options(Scope::options());
                begin.await.map_err(Differs::Failed)?;
                log.replay(&cluster, s).await
            })
        })??;
        self.with_open(|open| open.log = Some(log));
        match done {
            Ok(()) => Ok(()),
            Err(differs) => {
                self.poison(changed(differs));
                Err(Fault::Rhai(ended()))
            }
        }
    }
}

/// Whether the transaction is gone for reasons that are not the script's.
fn is_lost(error: &ScriptError) -> bool {
    error.unavailable || error.labels.iter().any(|label| label == TRANSIENT)
}

fn with_label(mut error: ScriptError) -> ScriptError {
    error.labels.push(TRANSIENT.into());
    error
}

/// The failure of a batch whose events have to be handled again.
fn changed(differs: Differs) -> ScriptError {
    match differs {
        Differs::Failed(error) => with_label(error.into()),
        Differs::Changed => {
            let message = "what the handler did before it caught an error came to something else \
                           when it was done again: somebody else was in the way";
            let mut error = with_label(ScriptError::new("MongoTransactionError", message));
            // As if the server had seen it.
            (error.code, error.code_name) = (Some(112), Some("WriteConflict".into()));
            error
        }
    }
}

/// The place of the first statement that failed.
fn first_error(reply: &Document) -> Option<usize> {
    let error = reply.get_array("writeErrors").ok()?.first()?;
    let index = error.as_document()?.get_i32("index").unwrap_or(0);
    usize::try_from(index).ok()
}

fn has_statements(command: &RawDocumentBuf) -> bool {
    ["documents", "updates", "deletes"].iter().any(|list| {
        let list = command.get_array(*list);
        list.is_ok_and(|list| list.into_iter().next().is_some())
    })
}

/// Adds the reply to the rest of a list, which began at `offset`.
fn merge(reply: &mut Document, more: Document, offset: usize) {
    for name in ["n", "nModified"] {
        let sum = reply.get_i32(name).unwrap_or(0) + more.get_i32(name).unwrap_or(0);
        if reply.contains_key(name) || more.contains_key(name) {
            reply.insert(name, sum);
        }
    }
    for name in ["writeErrors", "upserted"] {
        let Ok(entries) = more.get_array(name) else {
            continue;
        };
        let mut all = reply.get_array(name).cloned().unwrap_or_default();
        all.extend(entries.iter().cloned().map(|entry| moved(entry, offset)));
        reply.insert(name, all);
    }
}

fn moved(entry: Bson, offset: usize) -> Bson {
    let Bson::Document(mut entry) = entry else {
        return entry;
    };
    let offset = i32::try_from(offset).unwrap_or(i32::MAX);
    let index = entry.get_i32("index").unwrap_or(0).saturating_add(offset);
    entry.insert("index", index);
    Bson::Document(entry)
}
