//! Asks one server what the lines of a table ask, as `tests/cases/record.py` does.

use mongodb::bson::{Bson, Document, doc};
use rhaiver::value::ejson;

use super::table::{Line, Table};
use super::wire::Wire;

/// The database that the tables were recorded in: its name is in some messages.
const DATABASE: &str = "rhaiver_cases";
/// Fields of replies that tell of times and places.
const VOLATILE: [&str; 5] = [
    "$clusterTime",
    "operationTime",
    "electionId",
    "opTime",
    "topologyVersion",
];

/// A reply, or the reply of a refusal.
type Answer<T> = Result<T, Document>;

/// Asks one server.
pub struct Asker {
    wire: Wire,
    docs: Vec<Document>,
}

impl Asker {
    /// Asks a server at `host:port`.
    pub fn new(address: &str) -> Self {
        Self {
            wire: Wire::connect(address),
            docs: Vec::new(),
        }
    }

    /// The answers to all cases of a table.
    pub fn table(&mut self, table: &Table) -> Vec<Bson> {
        self.docs = vec![doc! { "_id": 1 }];
        self.fill().unwrap();
        let mut answers = Vec::new();
        for line in &table.lines {
            if let Ok(docs) = line.body.get_array("docs") {
                self.docs = docs.iter().filter_map(Bson::as_document).cloned().collect();
                let filled = self.fill();
                filled.unwrap_or_else(|e| panic!("{}:{}: {e}", table.name, line.number));
            } else {
                let answer = self.answer(line);
                answers.push(answer.unwrap_or_else(refusal));
            }
        }
        answers
    }

    /// The collection with its documents, as new.
    fn fill(&mut self) -> Answer<()> {
        self.run(doc! { "drop": "c" }).ok();
        self.run(doc! { "create": "c" })?;
        if !self.docs.is_empty() {
            let docs = self.docs.clone();
            self.run(doc! { "insert": "c", "documents": docs })?;
        }
        Ok(())
    }

    fn run(&mut self, command: Document) -> Answer<Document> {
        self.run_in(DATABASE, command)
    }

    fn run_in(&mut self, database: &str, command: Document) -> Answer<Document> {
        let reply = self.wire.run(database, command);
        match reply.get_f64("ok") {
            Ok(1.0) => Ok(reply),
            _ => Err(reply),
        }
    }

    /// All documents of a command's cursor.
    fn cursor(&mut self, mut command: Document, let_: Option<&Bson>) -> Answer<Vec<Bson>> {
        if let Some(variables) = let_ {
            command.insert("let", variables.clone());
        }
        let mut reply = self.run(command)?;
        let mut all = Vec::new();
        loop {
            let cursor = reply.get_document("cursor").cloned().unwrap_or_default();
            let batch = cursor.get_array("firstBatch");
            let batch = batch.or(cursor.get_array("nextBatch"));
            all.extend(batch.cloned().unwrap_or_default());
            let id = cursor.get_i64("id").unwrap_or(0);
            if id == 0 {
                return Ok(all);
            }
            let ns = cursor.get_str("ns").unwrap_or_default();
            let collection = ns.split_once('.').map_or("c", |(_, c)| c);
            reply = self.run(doc! { "getMore": id, "collection": collection })?;
        }
    }

    fn answer(&mut self, line: &Line) -> Answer<Bson> {
        let body = &line.body;
        let let_ = body.get("let");
        if let Some(expr) = body.get("expr") {
            let stage = doc! { "$project": { "_id": 0, "r": expr.clone() } };
            let command = doc! { "aggregate": "c", "pipeline": [stage], "cursor": {} };
            return Ok(self.cursor(command, let_)?.into());
        }
        if let Some(filter) = body.get("match") {
            let command =
                doc! { "find": "c", "filter": filter.clone(), "projection": { "_id": 1 } };
            let found = self.cursor(command, let_)?;
            let id = |d: &Bson| d.as_document()?.get("_id").cloned();
            let ids = found.iter().map(|d| id(d).unwrap_or(Bson::Null));
            return Ok(ids.collect::<Vec<_>>().into());
        }
        if let Ok(find) = body.get_document("find") {
            let mut command = doc! { "find": "c" };
            command.extend(find.clone());
            return Ok(self.cursor(command, let_)?.into());
        }
        if let Some(pipeline) = body.get("pipeline") {
            let command = doc! { "aggregate": "c", "pipeline": pipeline.clone(), "cursor": {} };
            let mut found = self.cursor(command, let_)?;
            if body.get_bool("unordered").unwrap_or(false) {
                found.sort_by_key(text);
            }
            return Ok(found.into());
        }
        if let Some(update) = body.get("update") {
            return self.update(update, let_);
        }
        let Ok(run) = body.get_document("run") else {
            panic!("no kind of case: {body}");
        };
        if body.get_bool("reset").unwrap_or(true) {
            self.fill()?;
        }
        let database = body.get_str("db").unwrap_or(DATABASE);
        let reply = self.run_in(database, run.clone())?;
        Ok(without(reply, &[]).into())
    }

    fn update(&mut self, update: &Bson, let_: Option<&Bson>) -> Answer<Bson> {
        self.fill()?;
        let mut command = doc! { "update": "c", "updates": [update.clone()] };
        if let Some(variables) = let_ {
            command.insert("let", variables.clone());
        }
        let reply = self.run(command)?;
        let errors = reply.get_array("writeErrors").ok();
        if let Some(Bson::Document(error)) = errors.and_then(|errors| errors.first()) {
            let error = without(error.clone(), &["index"]);
            return Ok(doc! { "error": in_order(error) }.into());
        }
        let mut is = without(reply, &["ok"]);
        let all = doc! { "find": "c", "sort": { "$natural": 1 } };
        is.insert("docs", self.cursor(all, None)?);
        Ok(is.into())
    }
}

/// The reply of a refused command, as tables hold it.
fn refusal(reply: Document) -> Bson {
    let reply = without(reply, &["ok", "writeErrors"]);
    doc! { "error": in_order(reply) }.into()
}

/// `code`, `codeName` and `errmsg` first.
fn in_order(mut reply: Document) -> Document {
    let first = ["code", "codeName", "errmsg"];
    let first = first.map(|key| reply.remove(key).map(|value| (key.to_owned(), value)));
    let mut ordered: Document = first.into_iter().flatten().collect();
    ordered.extend(reply);
    ordered
}

fn without(reply: Document, more: &[&str]) -> Document {
    let keeps = |(key, _): &(String, Bson)| {
        !VOLATILE.contains(&key.as_str()) && !more.contains(&key.as_str())
    };
    reply.into_iter().filter(keeps).collect()
}

/// A value in canonical extended JSON.
pub fn text(value: &Bson) -> String {
    ejson::stringify(value, ejson::Mode::Canonical, "").unwrap_or_default()
}
