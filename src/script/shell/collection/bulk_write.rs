//! `bulkWrite`, and the run of mixed writes that `insertMany` and the Bulk API use as well.
//!
//! A [`Run`] is a list of operations in the caller's order. Ordered, it is sent in runs of the same
//! kind and stops at the first error; unordered, each kind is sent together and everything is
//! tried. Both are cut where the server's limits are (100,000 statements, 48 MB messages, of which
//! a command's own document may be 16 MB).

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::common::{check_replacement, check_update, count, is_unacknowledged, target};
use super::insert::with_id;
use crate::client::labels_of;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method, Options};
use crate::script::convert::{bson_value, value_from};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::shell::target::Target;

pub(super) const METHODS: &[Method] = methods! {
    /// Does several writes in one call: insertOne, updateOne, updateMany, replaceOne, deleteOne,
    /// deleteMany.
    ///
    /// ```js
    /// db.orders.bulkWrite([
    ///     { insertOne: { document: { _id: 1, n: 1 } } },
    ///     { updateOne: { filter: { _id: 1 }, update: { $inc: { n: 1 } } } },
    ///     { deleteOne: { filter: { _id: 1 } } }
    /// ])
    /// ```
    bulkWrite("operations, options?") => bulk_write;
};

/// The server's `maxWriteBatchSize`.
const MOST_STATEMENTS: usize = 100_000;

/// How many bytes of statements one command carries: the server takes 16 MB and 16 KB for the
/// command's document, and the rest of it is small.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// One operation.
#[derive(Clone)]
pub enum Op {
    /// A document to insert.
    Insert(Document),
    /// A statement of the `update` command.
    Update(Document),
    /// A statement of the `delete` command.
    Delete(Document),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Insert,
    Update,
    Delete,
}

impl Op {
    fn kind(&self) -> Kind {
        match self {
            Self::Insert(_) => Kind::Insert,
            Self::Update(_) => Kind::Update,
            Self::Delete(_) => Kind::Delete,
        }
    }

    /// Whether the server may do it a second time without harm.
    fn repeatable(&self) -> bool {
        match self {
            Self::Insert(_) => true,
            Self::Update(s) => !s.get_bool("multi").unwrap_or(false),
            Self::Delete(s) => count(s, "limit") == 1,
        }
    }

    /// Its document: what is inserted, or the statement of the command.
    #[must_use]
    pub fn statement(&self) -> &Document {
        match self {
            Self::Insert(d) | Self::Update(d) | Self::Delete(d) => d,
        }
    }

    fn into_statement(self) -> Document {
        match self {
            Self::Insert(d) | Self::Update(d) | Self::Delete(d) => d,
        }
    }
}

/// Writes to do together.
pub struct Run {
    collection: String,
    target: Target,
    ordered: bool,
    /// Fields of every command.
    fields: Document,
    ops: Vec<Op>,
}

/// What was done.
#[derive(Default)]
pub struct Done {
    /// Whether the server said what it did.
    pub acknowledged: bool,
    ids: Vec<(usize, Bson)>,
    upserted: Vec<(usize, Bson)>,
    inserted: i64,
    matched: i64,
    modified: i64,
    deleted: i64,
    errors: Vec<Document>,
    concern_error: Option<Document>,
    labels: Vec<String>,
}

/// Consecutive statements of one command: their places in the caller's list, and themselves.
struct Batch {
    kind: Kind,
    places: Vec<usize>,
    statements: Vec<Document>,
    repeatable: bool,
    bytes: usize,
}

impl Run {
    /// An empty run with the options of a call.
    ///
    /// # Errors
    /// Where an option is of the wrong type.
    pub fn new(collection: &Collection, target: Target, options: &Options) -> Result<Self, Fault> {
        let mut fields = Document::new();
        options.copy_into(
            &mut fields,
            &[
                "bypassDocumentValidation",
                "let",
                "comment",
                "maxTimeMS",
                "writeConcern",
            ],
        )?;
        Ok(Self {
            collection: collection.name().to_string(),
            target,
            ordered: options.flag("ordered")?.unwrap_or(true),
            fields,
            ops: Vec::new(),
        })
    }

    /// Adds an operation.
    pub fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// Does all of it.
    ///
    /// # Errors
    /// `MongoBulkWriteError` where an operation failed, with the errors by place and with what was
    /// done; or the connection's error.
    pub fn execute(mut self, host: &Host) -> Result<Done, Fault> {
        let mut done = Done {
            acknowledged: !is_unacknowledged(&self.fields),
            ..Done::default()
        };
        let batches = self.batches(&mut done)?;
        for batch in batches {
            self.send(host, batch, &mut done)?;
            if self.ordered && !done.errors.is_empty() {
                break;
            }
        }
        done.finish()
    }

    fn batches(&mut self, done: &mut Done) -> Result<Vec<Batch>, Fault> {
        let mut ops: Vec<(usize, Op)> = std::mem::take(&mut self.ops)
            .into_iter()
            .enumerate()
            .collect();
        if !self.ordered {
            // Stable: within a kind, the caller's order stays.
            ops.sort_by_key(|(_, op)| match op.kind() {
                Kind::Insert => 0,
                Kind::Update => 1,
                Kind::Delete => 2,
            });
        }
        let mut batches: Vec<Batch> = Vec::new();
        for (place, op) in ops {
            let (kind, repeatable) = (op.kind(), op.repeatable());
            let mut statement = op.into_statement();
            if kind == Kind::Insert {
                let (whole, id) = with_id(statement);
                statement = whole;
                done.ids.push((place, id));
            }
            let bytes = bson::serialize_to_vec(&statement)?.len();
            match batches.last_mut() {
                Some(last) if last.takes(kind, bytes) => {
                    last.add(place, statement, repeatable, bytes)
                }
                _ => batches.push(Batch {
                    kind,
                    places: vec![place],
                    statements: vec![statement],
                    repeatable,
                    bytes,
                }),
            }
        }
        done.ids.sort_by_key(|(place, _)| *place);
        Ok(batches)
    }

    fn send(&self, host: &Host, batch: Batch, done: &mut Done) -> Result<(), Fault> {
        let (name, list) = match batch.kind {
            Kind::Insert => ("insert", "documents"),
            Kind::Update => ("update", "updates"),
            Kind::Delete => ("delete", "deletes"),
        };
        let mut command =
            doc! { name: &self.collection, list: batch.statements, "ordered": self.ordered };
        command.extend(self.fields.clone());
        let reply = self.target.write(host, command, batch.repeatable)?;
        done.add(batch.kind, &batch.places, &reply);
        Ok(())
    }
}

impl Batch {
    fn takes(&self, kind: Kind, bytes: usize) -> bool {
        self.kind == kind && self.places.len() < MOST_STATEMENTS && self.bytes + bytes <= MOST_BYTES
    }

    fn add(&mut self, place: usize, statement: Document, repeatable: bool, bytes: usize) {
        self.places.push(place);
        self.statements.push(statement);
        self.repeatable &= repeatable;
        // Each item of an array has a type byte and its place as text.
        self.bytes += bytes + 8;
    }
}

impl Done {
    fn add(&mut self, kind: Kind, places: &[usize], reply: &Document) {
        let n = count(reply, "n");
        let upserted = documents(reply, "upserted");
        match kind {
            Kind::Insert => self.inserted += n,
            Kind::Delete => self.deleted += n,
            Kind::Update => {
                #[allow(clippy::cast_possible_wrap)] // at most the number of statements
                let new = upserted.len() as i64;
                self.matched += n - new;
                self.modified += count(reply, "nModified");
            }
        }
        for entry in upserted {
            let id = entry.get("_id").cloned().unwrap_or(Bson::Null);
            self.upserted.push((place_of(places, &entry), id));
        }
        for mut error in documents(reply, "writeErrors") {
            #[allow(clippy::cast_possible_wrap)] // a place in a list
            error.insert("index", place_of(places, &error) as i64);
            self.errors.push(error);
        }
        if let Ok(error) = reply.get_document("writeConcernError") {
            self.concern_error = Some(error.clone());
        }
        self.labels.extend(labels_of(reply));
    }

    fn finish(mut self) -> Result<Self, Fault> {
        self.errors.sort_by_key(|e| count(e, "index"));
        let Some(first) = self.errors.first().or(self.concern_error.as_ref()) else {
            return Ok(self);
        };
        let mut error = ScriptError::new(
            "MongoBulkWriteError",
            first.get_str("errmsg").unwrap_or_default(),
        );
        error.code = i32::try_from(count(first, "code")).ok();
        error.code_name = first.get_str("codeName").ok().map(str::to_string);
        // What did not get in has no `_id`.
        let failed: Vec<i64> = self.errors.iter().map(|e| count(e, "index")).collect();
        #[allow(clippy::cast_possible_wrap)] // places in a list
        self.ids
            .retain(|(place, _)| !failed.contains(&(*place as i64)));
        if let Some(stop) = failed
            .first()
            .filter(|_| self.inserted < self.ids.len() as i64)
        {
            #[allow(clippy::cast_possible_wrap)]
            self.ids.retain(|(place, _)| (*place as i64) < *stop);
        }
        let result = bson_value(&self.result()?)?;
        let mut details = doc! { "writeErrors": self.errors, "result": result };
        if let Some(concern) = self.concern_error {
            details.insert("writeConcernErrors", vec![concern]);
        }
        error.labels = self.labels;
        error.details = Some(details);
        Err(error.into())
    }

    /// The inserted `_id`s by place, as `insertMany` gives them.
    pub fn inserted_ids(&self) -> Dynamic {
        by_place(&self.ids)
    }

    /// mongosh's `BulkWriteResult`.
    ///
    /// # Errors
    /// Where an `_id` nests too deep.
    pub fn result(&self) -> Outcome {
        let mut result = Doc::new();
        result.set("acknowledged", self.acknowledged.into())?;
        result.set("insertedCount", self.inserted.into())?;
        result.set("insertedIds", by_place(&self.ids))?;
        result.set("matchedCount", self.matched.into())?;
        result.set("modifiedCount", self.modified.into())?;
        result.set("deletedCount", self.deleted.into())?;
        #[allow(clippy::cast_possible_wrap)] // a length
        result.set("upsertedCount", (self.upserted.len() as i64).into())?;
        result.set("upsertedIds", by_place(&self.upserted))?;
        Ok(Dynamic::from(result))
    }
}

fn documents(reply: &Document, field: &str) -> Vec<Document> {
    let items = reply
        .get_array(field)
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.as_document().cloned())
        .collect()
}

/// Where the operation that an entry of the reply speaks of is in the caller's list.
fn place_of(places: &[usize], entry: &Document) -> usize {
    let index = usize::try_from(count(entry, "index")).unwrap_or(0);
    places.get(index).copied().unwrap_or(index)
}

fn by_place(ids: &[(usize, Bson)]) -> Dynamic {
    let mut doc = Doc::with_capacity(ids.len());
    for (place, id) in ids {
        // An `_id` came from a document of the same depth or from the server.
        let _ = doc.push(place.to_string(), value_from(id.clone()));
    }
    Dynamic::from(doc)
}

fn bulk_write(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let options = call.options(
        1,
        &[
            "ordered",
            "bypassDocumentValidation",
            "let",
            "comment",
            "maxTimeMS",
            "writeConcern",
            "session",
        ],
    )?;
    let operations = call.array(0)?;
    if operations.is_empty() {
        return Err(invalid("Invalid BulkOperation, Batch cannot be empty").into());
    }
    let mut run = Run::new(&collection, target(&collection, &options)?, &options)?;
    for operation in &operations {
        let operation = bson_value(operation)?;
        let operation = operation
            .as_document()
            .ok_or_else(|| call.expected(0, "an array of documents"))?;
        run.push(parse(operation)?);
    }
    run.execute(call.host)?.result()
}

fn invalid(message: &str) -> ScriptError {
    ScriptError::new("MongoInvalidArgumentError", message)
}

/// Reads `{ updateOne: { filter, update, … } }` and its like.
fn parse(operation: &Document) -> Result<Op, Fault> {
    let (name, body) = match operation.iter().next() {
        Some((name, Bson::Document(body))) => (name.as_str(), body),
        _ => return Err(unknown_operation().into()),
    };
    match name {
        "insertOne" => {
            let document = body.get_document("document").unwrap_or(body);
            Ok(Op::Insert(document.clone()))
        }
        "updateOne" | "updateMany" | "replaceOne" => update_statement(name, body),
        "deleteOne" | "deleteMany" => {
            let mut statement =
                doc! { "q": filter(name, body)?, "limit": i32::from(name == "deleteOne") };
            copy(body, &mut statement, &["collation", "hint"]);
            Ok(Op::Delete(statement))
        }
        _ => Err(unknown_operation().into()),
    }
}

fn update_statement(name: &str, body: &Document) -> Result<Op, Fault> {
    let field = if name == "replaceOne" {
        "replacement"
    } else {
        "update"
    };
    let change = body
        .get(field)
        .ok_or_else(|| invalid(&format!("{name} needs `{field}`")))?;
    match (name, change) {
        ("replaceOne", Bson::Document(replacement)) => check_replacement(replacement)?,
        _ => check_update(change)?,
    }
    let mut statement = doc! { "q": filter(name, body)?, "u": change.clone() };
    if name == "updateMany" {
        statement.insert("multi", true);
    }
    copy(
        body,
        &mut statement,
        &["upsert", "arrayFilters", "collation", "hint", "sort"],
    );
    Ok(Op::Update(statement))
}

fn filter(name: &str, body: &Document) -> Result<Document, Fault> {
    let found = body.get_document("filter").cloned();
    found.map_err(|_| invalid(&format!("{name} needs a document `filter`")).into())
}

fn copy(from: &Document, to: &mut Document, names: &[&str]) {
    for name in names {
        if let Some(value) = from.get(name) {
            to.insert(*name, value.clone());
        }
    }
}

fn unknown_operation() -> ScriptError {
    invalid(
        "bulkWrite only supports insertOne, updateOne, updateMany, replaceOne, deleteOne, deleteMany",
    )
}
