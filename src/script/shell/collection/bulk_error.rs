//! What a `MongoBulkWriteError` holds: a [`WriteError`] for each operation that failed, and a
//! [`BulkWriteResult`] of what was done all the same.
//!
//! The error itself carries them as BSON (see [`Done`](super::done::Done)), since it may cross
//! threads; a script that reads them gets the classes of the Node.js driver, with its methods.

use std::any::TypeId;
use std::rc::Rc;

use bson::{Bson, Document};
use rhai::{Array, Dynamic, Engine, ImmutableString};

use crate::methods;
use crate::script::Doc;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::convert::{document_from, value_from};
use crate::script::error::{Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::value::ejson::Mode;
use crate::value::inspect::Node;

/// An operation that failed. Its fields are `index`, `code`, `errmsg`, `errInfo`, and `err`, which
/// holds the same and the operation.
#[derive(Clone)]
pub struct WriteError(Doc);

/// What a bulk write that failed had done.
#[derive(Clone)]
pub struct BulkWriteResult {
    fields: Doc,
    errors: Rc<[WriteError]>,
}

impl WriteError {
    /// The error of one entry of `writeErrors`; a server that gave no `errInfo` leaves it undefined.
    fn new(entry: &Document) -> Self {
        let mut fields = Doc::with_capacity(5);
        for name in ["index", "code", "errmsg", "errInfo", "op"] {
            let value = entry.get(name).cloned().map_or(Dynamic::UNIT, value_from);
            // No deeper than it was.
            let _ = fields.push(name, value);
        }
        Self(fields)
    }

    fn get(&self, name: &str) -> Dynamic {
        match name {
            "err" => Dynamic::from(self.0.clone()),
            "index" | "code" | "errmsg" | "errInfo" => {
                self.0.get(name).cloned().unwrap_or(Dynamic::UNIT)
            }
            _ => Dynamic::UNIT,
        }
    }

    /// The driver's `toJSON`: without `errInfo`.
    fn json(&self) -> Doc {
        let mut json = Doc::with_capacity(4);
        for name in ["code", "index", "errmsg", "op"] {
            // No deeper than it was.
            let _ = json.push(name, self.0.get(name).cloned().unwrap_or(Dynamic::UNIT));
        }
        json
    }
}

impl Shown for WriteError {
    fn node(&self) -> Node {
        let err = inspect::node(&self.get("err"));
        Node::Instance("WriteError".into(), vec![("err".into(), err)])
    }

    fn fields(&self) -> Option<Doc> {
        Some(self.json())
    }
}

impl Shown for BulkWriteResult {
    fn node(&self) -> Node {
        match inspect::node(&Dynamic::from(self.fields.clone())) {
            Node::Document(fields) => Node::Instance("BulkWriteResult".into(), fields),
            other => other,
        }
    }

    fn fields(&self) -> Option<Doc> {
        Some(self.fields.clone())
    }
}

/// A property that a `MongoBulkWriteError` has in these classes.
#[must_use]
pub fn property(error: &ScriptError, name: &str) -> Option<Dynamic> {
    if error.name != "MongoBulkWriteError" {
        return None;
    }
    let details = error.details.as_ref()?;
    match name {
        "writeErrors" => Some(all(&errors(details))),
        "result" => {
            let fields = details.get_document(name).ok()?.clone();
            Some(Dynamic::from(BulkWriteResult {
                fields: document_from(fields),
                errors: errors(details).into(),
            }))
        }
        _ if COUNTS.contains(&name) => {
            let done = details.get_document("result").ok()?;
            done.get(name).cloned().map(value_from)
        }
        _ => None,
    }
}

/// What the error has of its result, under the same names.
const COUNTS: [&str; 7] = [
    "insertedCount",
    "matchedCount",
    "modifiedCount",
    "deletedCount",
    "upsertedCount",
    "upsertedIds",
    "insertedIds",
];

fn errors(details: &Document) -> Vec<WriteError> {
    let entries = details.get_array("writeErrors").map(Vec::as_slice);
    let entries = entries.unwrap_or_default().iter();
    let entries = entries.filter_map(Bson::as_document);
    entries.map(WriteError::new).collect()
}

fn all(errors: &[WriteError]) -> Dynamic {
    let errors: Array = errors.iter().cloned().map(Dynamic::from).collect();
    errors.into()
}

static ERROR: Class = Class {
    name: "WriteError",
    docs: "An operation of a bulk write that failed: index, code, errmsg, errInfo, and err with the operation.",
    receiver: Receiver::Value(TypeId::of::<WriteError>),
    methods: methods! {
        /// The document or the statement that failed.
        ///
        /// ```js
        /// try { db.c.insertMany([{ _id: 1 }, { _id: 1 }]) } catch (e) { print(e.writeErrors[0].getOperation()) }
        /// ```
        getOperation("") => get_operation;
        /// The error as a document: code, index, errmsg and op.
        ///
        /// ```js
        /// try { db.c.insertMany([{ _id: 1 }, { _id: 1 }]) } catch (e) { print(e.writeErrors[0].toJSON()) }
        /// ```
        toJSON("") => error_to_json;
        /// The error as text.
        ///
        /// ```js
        /// try { db.c.insertMany([{ _id: 1 }, { _id: 1 }]) } catch (e) { print(e.writeErrors[0].toString()) }
        /// ```
        toString("") => error_to_string;
    },
};

static RESULT: Class = Class {
    name: "BulkWriteResult",
    docs: "What a bulk write that failed had done: e.result of the error.",
    receiver: Receiver::Value(TypeId::of::<BulkWriteResult>),
    methods: methods! {
        /// Whether an operation failed.
        ///
        /// ```js
        /// try { db.c.insertMany([{ _id: 1 }, { _id: 1 }]) } catch (e) { print(e.result.hasWriteErrors()) }
        /// ```
        hasWriteErrors("") => has_write_errors;
        /// How many operations failed.
        ///
        /// ```js
        /// try { db.c.insertMany([{ _id: 1 }, { _id: 1 }]) } catch (e) { print(e.result.getWriteErrorCount()) }
        /// ```
        getWriteErrorCount("") => write_error_count;
        /// The errors of the operations that failed.
        ///
        /// ```js
        /// try { db.c.insertMany([{ _id: 1 }, { _id: 1 }]) } catch (e) { print(e.result.getWriteErrors()) }
        /// ```
        getWriteErrors("") => write_errors;
        /// One of the errors, counted from 0; undefined where there are fewer.
        ///
        /// ```js
        /// try { db.c.insertMany([{ _id: 1 }, { _id: 1 }]) } catch (e) { print(e.result.getWriteErrorAt(0)) }
        /// ```
        getWriteErrorAt("index") => write_error_at;
    },
};

/// Registers both classes.
pub fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<WriteError>("WriteError");
    engine.register_type_with_name::<BulkWriteResult>("BulkWriteResult");
    inspect::register::<WriteError>();
    inspect::register::<BulkWriteResult>();
    engine.register_indexer_get(|e: &mut WriteError, name: ImmutableString| e.get(&name));
    engine.register_indexer_get(|r: &mut BulkWriteResult, name: ImmutableString| {
        r.fields.get(&name).cloned().unwrap_or(Dynamic::UNIT)
    });
    api::register(engine, host, &ERROR);
    api::register(engine, host, &RESULT);
}

fn get_operation(call: &mut Call<'_>) -> Outcome {
    let error = call.this::<WriteError>()?;
    Ok(error.0.get("op").cloned().unwrap_or(Dynamic::UNIT))
}

fn error_to_json(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(call.this::<WriteError>()?.json()))
}

fn error_to_string(call: &mut Call<'_>) -> Outcome {
    let json = Dynamic::from(call.this::<WriteError>()?.json());
    let text = inspect::to_ejson(&json, Mode::Relaxed, "")?;
    Ok(format!("WriteError({text})").into())
}

fn has_write_errors(call: &mut Call<'_>) -> Outcome {
    Ok((!call.this::<BulkWriteResult>()?.errors.is_empty()).into())
}

fn write_error_count(call: &mut Call<'_>) -> Outcome {
    #[allow(clippy::cast_possible_wrap)] // a length
    let count = call.this::<BulkWriteResult>()?.errors.len() as i64;
    Ok(count.into())
}

fn write_errors(call: &mut Call<'_>) -> Outcome {
    Ok(all(&call.this::<BulkWriteResult>()?.errors))
}

fn write_error_at(call: &mut Call<'_>) -> Outcome {
    let result = call.this::<BulkWriteResult>()?;
    let error = usize::try_from(call.int(0)?).ok();
    let error = error.and_then(|i| result.errors.get(i));
    Ok(error.cloned().map_or(Dynamic::UNIT, Dynamic::from))
}
