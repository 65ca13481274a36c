//! `bulkWrite`: its operations, read from their documents.
//!
//! Wrong operations are refused in the driver's words before anything is sent; options that no
//! operation of the kind has are refused as well, where the driver overlooks them.

use rhai::{Dynamic, Map};

use super::Collection;
use super::common::{check_update, has_operators, invalid, target};
use super::run::{FIELDS, Kind, Op, Run};
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method, Options};
use crate::script::convert::value_from;
use crate::script::error::{Fault, Outcome};
use crate::script::shell::cursor::sort_option;

pub(super) const METHODS: &[Method] = methods! {
    /// Does several writes in one call: insertOne, updateOne, updateMany, replaceOne, deleteOne,
    /// deleteMany. With `{ ordered: false }` a failing one does not stop the others.
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

fn bulk_write(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let known = [&["ordered", "session"], &FIELDS[..]].concat();
    let options = call.options(1, &known)?;
    let operations = call.arg(0).into_array().map_err(|_| {
        invalid("Argument \"operations\" must be an array of documents")
            .hint(format!("the call is {}", call.method.signature()))
    })?;
    if operations.is_empty() {
        return Err(invalid("Invalid BulkOperation, Batch cannot be empty").into());
    }
    let mut run = Run::new(&collection, target(&collection, &options)?, &options)?;
    for operation in &operations {
        run.push(parse(operation)?);
    }
    run.execute(call.host)?.result()
}

/// A kind of operation: its name, and the fields that its document may have.
struct Form {
    name: &'static str,
    fields: &'static [&'static str],
}

const UPDATE_FIELDS: &[&str] = &[
    "filter",
    "update",
    "upsert",
    "arrayFilters",
    "collation",
    "hint",
    "sort",
];

/// In the order in which the driver looks for them.
const FORMS: [Form; 6] = [
    Form {
        name: "insertOne",
        fields: &[],
    },
    Form {
        name: "replaceOne",
        fields: &[
            "filter",
            "replacement",
            "upsert",
            "collation",
            "hint",
            "sort",
        ],
    },
    Form {
        name: "updateOne",
        fields: UPDATE_FIELDS,
    },
    Form {
        name: "updateMany",
        fields: UPDATE_FIELDS,
    },
    Form {
        name: "deleteOne",
        fields: &["filter", "collation", "hint"],
    },
    Form {
        name: "deleteMany",
        fields: &["filter", "collation", "hint"],
    },
];

/// Reads `{ updateOne: { filter, update, … } }` and its like.
fn parse(operation: &Dynamic) -> Result<Op, Fault> {
    let operation = document(operation)
        .ok_or_else(|| invalid("Operation must be an object with an operation key"))?;
    let form = FORMS.iter().find(|form| operation.contains(form.name));
    let found = form.and_then(|form| Some((form, operation.get(form.name)?)));
    let Some((form, body)) = found else {
        let error = invalid(
            "bulkWrite only supports insertOne, updateOne, updateMany, deleteOne, deleteMany",
        );
        return Err(error
            .hint("and replaceOne; each as { updateOne: { filter: …, update: … } }")
            .into());
    };
    let body = document(body).ok_or_else(|| {
        let error = invalid(format!("{} must be a document", form.name));
        error.hint("write { updateOne: { filter: …, update: … } }")
    })?;
    match form.name {
        "insertOne" => insert(&body),
        _ if body.contains("q") => Err(invalid("Raw operations are not allowed").into()),
        "deleteOne" | "deleteMany" => delete(form, body),
        _ => update(form, body),
    }
}

/// The document stands under `document`, or is the operation's own.
fn insert(body: &Doc) -> Result<Op, Fault> {
    match body.get("document").filter(|d| !d.is_unit()) {
        None => Op::insert(body),
        Some(given) => match document(given) {
            Some(given) => Op::insert(&given),
            None => Err(invalid("`document` of insertOne must be a document").into()),
        },
    }
}

fn delete(form: &Form, body: Doc) -> Result<Op, Fault> {
    let body = Options::check(form.name, body, form.fields)?;
    let many = form.name == "deleteMany";
    let mut statement = Doc::new();
    statement.set("q", filter(form, &body)?)?;
    statement.set("limit", i64::from(!many).into())?;
    copy(&body, &mut statement, &["collation", "hint"])?;
    Op::change(Kind::Delete, &statement, many)
}

fn update(form: &Form, body: Doc) -> Result<Op, Fault> {
    let body = Options::check(form.name, body, form.fields)?;
    let many = form.name == "updateMany";
    let mut statement = Doc::new();
    statement.set("q", filter(form, &body)?)?;
    statement.set("u", change(form, &body)?)?;
    if let Some(upsert) = body.flag("upsert")? {
        statement.set("upsert", upsert.into())?;
    }
    if many {
        statement.set("multi", true.into())?;
    }
    copy(
        &body,
        &mut statement,
        &["hint", "arrayFilters", "collation"],
    )?;
    if let Some(sort) = body.get("sort").map(sort_option).transpose()?.flatten() {
        statement.set("sort", value_from(sort.into()))?;
    }
    Op::change(Kind::Update, &statement, many)
}

fn filter(form: &Form, body: &Options) -> Result<Dynamic, Fault> {
    let found = body.get("filter").and_then(document);
    found.map(Dynamic::from).ok_or_else(|| {
        let error = invalid("Selector must be a valid JavaScript object");
        error
            .hint(format!("{} needs a document `filter`", form.name))
            .into()
    })
}

/// The update's operators or stages, or the replacement.
fn change(form: &Form, body: &Options) -> Result<Dynamic, Fault> {
    let replaces = form.name == "replaceOne";
    let field = if replaces { "replacement" } else { "update" };
    let found = body.get(field).filter(|change| {
        let fits = !replaces && change.is_array();
        fits || document(change).is_some()
    });
    let Some(change) = found else {
        let error = invalid("Document must be a valid JavaScript object");
        return Err(error
            .hint(format!("{} needs a document `{field}`", form.name))
            .into());
    };
    match replaces {
        true => check_bulk_replacement(change)?,
        false => check_update(change)?,
    }
    Ok(change.clone())
}

/// Refuses a replacement that is an update, in the words that the driver has for bulks.
pub(in crate::script::shell) fn check_bulk_replacement(replacement: &Dynamic) -> Result<(), Fault> {
    if !has_operators(replacement) {
        return Ok(());
    }
    Err(
        invalid("Replacement document must not use atomic operators")
            .hint("use updateOne for operators")
            .into(),
    )
}

/// The value as a document, where it is one.
pub(super) fn document(value: &Dynamic) -> Option<Doc> {
    if let Some(doc) = value.read_lock::<Doc>() {
        return Some(doc.clone());
    }
    let map = value.read_lock::<Map>()?;
    let mut doc = Doc::with_capacity(map.len());
    for (key, value) in map.iter() {
        doc.push(key.as_str(), value.clone()).ok()?;
    }
    Some(doc)
}

fn copy(from: &Options, to: &mut Doc, names: &[&'static str]) -> Result<(), Fault> {
    for name in names {
        if let Some(value) = from.get(name) {
            to.set(*name, value.clone())?;
        }
    }
    Ok(())
}
