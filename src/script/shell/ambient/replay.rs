//! [`Log`]: what was done in a transaction, to do it again in another one.
//!
//! Where a script catches the error of an operation, the server has aborted the transaction all
//! the same. What the script did before is done again in a new one. It must come to the same, else
//! the script may have decided by what is no longer true.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use bson::raw::{CStr, RawBsonRef, cstr};
use bson::{Bson, Document, RawArrayBuf, RawDocument, RawDocumentBuf};
use mongodb::ClientSession;

use crate::client::Cluster;

/// An operation that was done.
#[derive(Clone)]
pub(super) struct Logged {
    database: Rc<str>,
    command: RawDocumentBuf,
    result: u64,
}

/// The operations of a transaction, in order.
#[derive(Default)]
pub(super) struct Log(Vec<Logged>);

/// Why a replay came to something else.
pub(super) enum Differs {
    /// An operation failed.
    Failed(mongodb::error::Error),
    /// It gave something else.
    Changed,
}

impl Log {
    /// Notes an operation and the reply to it.
    pub fn note(&mut self, database: &Rc<str>, command: RawDocumentBuf, reply: &Document) {
        self.0.push(Logged {
            database: database.clone(),
            command: with_ids(command, reply),
            result: result_of(reply),
        });
    }

    /// Notes the part of a failed list of writes that was done before the failure.
    pub fn note_part(
        &mut self,
        database: &Rc<str>,
        command: &RawDocument,
        done: usize,
        reply: &Document,
    ) {
        if let Some(part) = part_of(command, done) {
            let mut reply = reply.clone();
            reply.remove("writeErrors");
            self.note(database, part, &reply);
        }
    }

    /// Does everything again in the session's transaction.
    pub async fn replay(
        &self,
        cluster: &Cluster,
        session: &mut ClientSession,
    ) -> Result<(), Differs> {
        for logged in &self.0 {
            let db = cluster.client().database(&logged.database);
            let run = db.run_raw_command(logged.command.clone());
            let reply = run.session(&mut *session).await.map_err(Differs::Failed)?;
            if result_of(&reply) != logged.result {
                return Err(Differs::Changed);
            }
        }
        Ok(())
    }
}

/// The command with the `_id`s that the server made for its upserts: they are to be the same.
fn with_ids(command: RawDocumentBuf, reply: &Document) -> RawDocumentBuf {
    let last = reply.get_document("lastErrorObject").ok();
    if let Some(id) = last.and_then(|last| last.get("upserted")) {
        return with_id(&command, id).unwrap_or(command);
    }
    let Ok(upserted) = reply.get_array("upserted") else {
        return command;
    };
    let amended = Document::try_from(command.as_ref())
        .ok()
        .and_then(|mut parsed| {
            let statements = parsed.get_array_mut("updates").ok()?;
            for entry in upserted.iter().filter_map(Bson::as_document) {
                let place = usize::try_from(entry.get_i32("index").ok()?).ok()?;
                let statement = statements.get_mut(place)?.as_document_mut()?;
                let by_id = statement
                    .get_document("q")
                    .is_ok_and(|q| q.contains_key("_id"));
                if let (Ok(change), false) = (statement.get_document_mut("u"), by_id) {
                    give_id(change, entry.get("_id")?);
                }
            }
            RawDocumentBuf::try_from(&parsed).ok()
        });
    amended.unwrap_or(command)
}

/// The same for a `findAndModify`; nothing where it says the `_id` itself.
fn with_id(command: &RawDocument, id: &Bson) -> Option<RawDocumentBuf> {
    let mut parsed = Document::try_from(command).ok()?;
    if parsed
        .get_document("query")
        .is_ok_and(|q| q.contains_key("_id"))
    {
        return None;
    }
    give_id(parsed.get_document_mut("update").ok()?, id);
    RawDocumentBuf::try_from(&parsed).ok()
}

fn give_id(change: &mut Document, id: &Bson) {
    if !change.keys().next().is_some_and(|key| key.starts_with('$')) {
        change
            .entry("_id".to_string())
            .or_insert_with(|| id.clone());
        return;
    }
    let on_insert = change
        .entry("$setOnInsert".to_string())
        .or_insert_with(|| Bson::Document(Document::new()));
    if let Bson::Document(on_insert) = on_insert {
        on_insert
            .entry("_id".to_string())
            .or_insert_with(|| id.clone());
    }
}

/// The fields of a reply that say what an operation came to; the others say when and where.
const TELLING: [&str; 8] = [
    "n",
    "nModified",
    "upserted",
    "writeErrors",
    "value",
    "lastErrorObject",
    "values",
    "writeConcernError",
];

/// A hash of what a reply says.
fn result_of(reply: &Document) -> u64 {
    let mut hash = DefaultHasher::new();
    for name in TELLING {
        if let Some(value) = reply.get(name) {
            name.hash(&mut hash);
            bytes_of(value).hash(&mut hash);
        }
    }
    if let Ok(cursor) = reply.get_document("cursor")
        && let Some(batch) = cursor.get("firstBatch")
    {
        bytes_of(batch).hash(&mut hash);
    }
    hash.finish()
}

fn bytes_of(value: &Bson) -> Vec<u8> {
    let wrapped = bson::doc! { "": value.clone() };
    RawDocumentBuf::try_from(&wrapped).map_or_else(|_| Vec::new(), RawDocumentBuf::into_bytes)
}

const LISTS: [&CStr; 3] = [cstr!("documents"), cstr!("updates"), cstr!("deletes")];

/// The command with the first `done` statements of its list; nothing where that is none.
fn part_of(command: &RawDocument, done: usize) -> Option<RawDocumentBuf> {
    if done == 0 {
        return None;
    }
    cut(command, 0, done)
}

/// The command with the statements of its list from `start` to `end`.
pub(super) fn cut(command: &RawDocument, start: usize, end: usize) -> Option<RawDocumentBuf> {
    let mut part = RawDocumentBuf::new();
    for field in command {
        let (name, value) = field.ok()?;
        match value {
            RawBsonRef::Array(items) if LISTS.contains(&name) => {
                let mut list = RawArrayBuf::new();
                for item in items
                    .into_iter()
                    .skip(start)
                    .take(end.saturating_sub(start))
                {
                    list.push(item.ok()?);
                }
                part.append(name, list);
            }
            other => part.append(name, other),
        }
    }
    Some(part)
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn a_part_of_a_list_is_a_command_of_its_own() {
        let whole =
            doc! { "insert": "a", "ordered": true, "documents": [{ "_id": 1 }, { "_id": 2 }] };
        let whole = RawDocumentBuf::try_from(&whole).unwrap();
        let part = part_of(&whole, 1).unwrap();
        let want = doc! { "insert": "a", "ordered": true, "documents": [{ "_id": 1 }] };
        assert_eq!(Document::try_from(part.as_ref()).unwrap(), want);
        assert!(part_of(&whole, 0).is_none());
    }

    #[test]
    fn replies_are_the_same_where_they_say_the_same() {
        let one = doc! { "n": 1, "ok": 1.0, "operationTime": 5 };
        let other = doc! { "n": 1, "ok": 1.0, "operationTime": 6 };
        assert_eq!(result_of(&one), result_of(&other));
        assert_ne!(result_of(&one), result_of(&doc! { "n": 2 }));
    }
}
