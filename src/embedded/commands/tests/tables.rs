//! The case tables, whole: what `tests/cases/record.py` asked mongod is asked here.

use std::cell::RefCell;

use bson::{Bson, Document, doc};

use super::client::Client;
use crate::mql::Result;
use crate::mql::cases::{self, Case};
use crate::value::ejson;

const DB: &str = "rhaiver_cases";

/// Fields that say when.
const VOLATILE: &[&str] = &[
    "$clusterTime",
    "operationTime",
    "electionId",
    "opTime",
    "topologyVersion",
];

struct Runner {
    client: Client,
    /// The documents that the collection was last filled with.
    filled: Option<Vec<Document>>,
}

impl Runner {
    fn new() -> Self {
        Self {
            client: Client::new(),
            filled: None,
        }
    }

    fn fill(&mut self, documents: &[Document]) {
        self.client.run(DB, doc! { "drop": "c" });
        self.client.run(DB, doc! { "create": "c" });
        if !documents.is_empty() {
            self.client
                .run(DB, doc! { "insert": "c", "documents": documents.to_vec() });
        }
        self.filled = Some(documents.to_vec());
    }

    /// What the server answers to a line.
    fn answer(&mut self, case: &Case) -> Option<Bson> {
        let line = &case.line;
        if self.filled.as_ref() != Some(&case.docs) {
            self.fill(&case.docs);
        }
        let with_let = |mut command: Document| {
            if let Some(variables) = line.get("let") {
                command.insert("let", variables.clone());
            }
            command
        };
        if let Some(e) = line.get("expr") {
            let pipeline = vec![doc! { "$project": { "_id": 0, "r": e.clone() } }];
            let command = doc! { "aggregate": "c", "pipeline": pipeline, "cursor": {} };
            return Some(self.documents(with_let(command)));
        }
        if let Some(filter) = line.get("match") {
            let command =
                doc! { "find": "c", "filter": filter.clone(), "projection": { "_id": 1 } };
            return Some(self.ids(with_let(command)));
        }
        if let Ok(find) = line.get_document("find") {
            let mut command = doc! { "find": "c" };
            command.extend(find.clone());
            return Some(self.documents(with_let(command)));
        }
        if let Some(pipeline) = line.get("pipeline") {
            let command = doc! { "aggregate": "c", "pipeline": pipeline.clone(), "cursor": {} };
            let mut answer = self.documents(with_let(command));
            if let (Bson::Array(list), true) =
                (&mut answer, line.get_bool("unordered").unwrap_or(false))
            {
                list.sort_by_key(text);
            }
            self.filled = None;
            return Some(answer);
        }
        if let Some(update) = line.get("update") {
            self.fill(&case.docs);
            let command = doc! { "update": "c", "updates": [update.clone()] };
            return Some(self.update(with_let(command)));
        }
        let run = line.get_document("run").ok()?;
        if line.get_bool("reset").unwrap_or(true) {
            self.fill(&case.docs);
        }
        let db = line.get_str("db").unwrap_or(DB);
        let reply = self.client.run(db, run.clone());
        // Whatever it did must not be there for the next one.
        if line.get_bool("reset").unwrap_or(true) {
            self.filled = Some(case.docs.clone());
        }
        Some(of_reply(reply))
    }

    fn documents(&mut self, command: Document) -> Bson {
        self.client
            .drain(DB, command)
            .map_or_else(error, Bson::Array)
    }

    fn ids(&mut self, command: Document) -> Bson {
        let id = |d: &Bson| {
            d.as_document()
                .and_then(|d| d.get("_id"))
                .cloned()
                .unwrap_or(Bson::Null)
        };
        let found = self.client.drain(DB, command);
        found.map_or_else(error, |found| Bson::Array(found.iter().map(id).collect()))
    }

    fn update(&mut self, command: Document) -> Bson {
        let mut reply = self.client.run(DB, command);
        if let Ok(errors) = reply.get_array("writeErrors") {
            let mut e = errors[0].as_document().unwrap().clone();
            e.remove("index");
            return doc! { "error": e }.into();
        }
        if reply.get_f64("ok").unwrap() != 1.0 {
            return error(reply);
        }
        VOLATILE
            .iter()
            .chain(&["ok"])
            .for_each(|name| drop(reply.remove(name)));
        let find = doc! { "find": "c", "sort": { "$natural": 1 } };
        reply.insert("docs", self.client.drain(DB, find).unwrap());
        reply.into()
    }
}

fn of_reply(mut reply: Document) -> Bson {
    if reply.get_f64("ok").unwrap_or(0.0) != 1.0 {
        return error(reply);
    }
    VOLATILE.iter().for_each(|name| drop(reply.remove(name)));
    reply.into()
}

fn error(mut reply: Document) -> Bson {
    let mut kept = Document::new();
    for name in ["code", "codeName", "errmsg"] {
        if let Some(value) = reply.remove(name) {
            kept.insert(name, value);
        }
    }
    VOLATILE
        .iter()
        .chain(&["ok", "writeErrors"])
        .for_each(|name| drop(reply.remove(name)));
    kept.extend(reply);
    doc! { "error": kept }.into()
}

fn text(value: &Bson) -> String {
    ejson::stringify(value, ejson::Mode::Canonical, "").unwrap_or_default()
}

/// Sends a table to the server.
pub fn check(table: &str) {
    let runner = RefCell::new(Runner::new());
    let answer = |case: &Case| -> Option<Result<Bson>> { runner.borrow_mut().answer(case).map(Ok) };
    cases::check(table, answer);
}

macro_rules! tables {
    ($($test:ident: $table:literal;)*) => {
        $(
            #[test]
            fn $test() {
                check($table);
            }
        )*
    };
}

tables! {
    kill_sessions: "commands/killSessions.jsonl";
    insert: "commands/insert.jsonl";
    update: "commands/update.jsonl";
    delete: "commands/delete.jsonl";
    find_and_modify: "commands/findAndModify.jsonl";
    create: "commands/create.jsonl";
    coll_mod: "commands/collMod.jsonl";
    drop_collections: "commands/drop.jsonl";
    drop_database: "commands/dropDatabase.jsonl";
    rename_collection: "commands/renameCollection.jsonl";
    create_indexes: "commands/createIndexes.jsonl";
    drop_indexes: "commands/dropIndexes.jsonl";
    list_collections: "commands/listCollections.jsonl";
    list_indexes: "commands/listIndexes.jsonl";
    list_databases: "commands/listDatabases.jsonl";
    convert_to_capped: "commands/convertToCapped.jsonl";
    transactions: "commands/commitTransaction.jsonl";
    sessions: "commands/endSessions.jsonl";
    find: "commands/find.jsonl";
    count: "commands/count.jsonl";
    distinct: "commands/distinct.jsonl";
    aggregate: "commands/aggregate.jsonl";
    get_more: "commands/getMore.jsonl";
    kill_cursors: "commands/killCursors.jsonl";
    generic_fields: "commands/generic_fields.jsonl";
    diagnostics: "commands/diagnostics.jsonl";
}

/// Every table of a folder, for a look at all of them: `TABLES=expressions cargo test all_of -- --ignored`.
#[test]
#[ignore = "a look, not a test"]
fn all_of() {
    let folder = std::env::var("TABLES").unwrap_or_default();
    let path = format!("{}/tests/cases/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<_> = std::fs::read_dir(path)
        .unwrap()
        .flatten()
        .map(|e| e.file_name())
        .collect();
    names.sort();
    for name in names {
        let table = format!("{folder}/{}", name.to_string_lossy());
        if let Err(panic) = std::panic::catch_unwind(|| check(&table)) {
            println!(
                "{table}: {}",
                panic.downcast_ref::<String>().cloned().unwrap_or_default()
            );
        }
    }
}
