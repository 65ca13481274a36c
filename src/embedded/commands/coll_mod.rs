//! `collMod`

use bson::{Bson, Document, doc};

use super::create::{at_least_one, check_view, images, number, rounded, validation};
use super::writes::collection_name;
use super::{CommandContext, Field, Fields, Kind, Request};
use crate::embedded::catalog::{Collection, Namespace};
use crate::embedded::engine::Modification;
use crate::mql::{Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::new("index", Kind::Document),
    Field::new("validator", Kind::Document),
    Field::new("validationLevel", Kind::String),
    Field::new("validationAction", Kind::String),
    Field::new("viewOn", Kind::String),
    Field::new("pipeline", Kind::Array),
    Field::new("recordPreImages", Kind::SafeBoolean),
    Field::new("changeStreamPreAndPostImages", Kind::Document),
    Field::new("expireAfterSeconds", Kind::Any),
    Field::new("timeseries", Kind::Document),
    Field::new("cappedSize", Kind::SafeLong),
    Field::new("cappedMax", Kind::SafeLong),
    Field::new("dryRun", Kind::SafeBoolean),
];

const INDEX: &[Field] = &[
    Field::new("name", Kind::String),
    Field::new("keyPattern", Kind::Document),
    Field::new("expireAfterSeconds", Kind::SafeLong),
    Field::new("hidden", Kind::SafeBoolean),
    Field::new("unique", Kind::SafeBoolean),
    Field::new("prepareUnique", Kind::SafeBoolean),
    Field::new("forceNonUnique", Kind::SafeBoolean),
];

/// Changes a collection, a view or an index.
pub fn modify(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let ns = Namespace::new(&request.db, collection_name(request)?);
    let fields = Fields::parse("collMod", request.body(), FIELDS)?;
    let index = fields
        .document("index")
        .map(|i| Fields::parse_inner("collMod.index", i, INDEX));
    let index = index.transpose()?;
    let Some(found) = cx.operation.collection(&ns)? else {
        return Err(Error::new(code::NAMESPACE_NOT_FOUND, "ns does not exist"));
    };
    let mut change = Modification::default();
    if found.is_view() {
        view(cx, &ns, &found, &fields, &mut change.options)?;
    } else {
        collection(&found, &fields, &mut change.options)?;
    }
    if let Some(index) = &index {
        of_index(index, &mut change)?;
    } else if fields.bool("dryRun") {
        return Err(invalid(
            "dry run mode requires an valid index modification.",
        ));
    }
    change.command = command(&ns, &fields);
    cx.operation.modify_collection(&ns, &change)
}

/// What the oplog says: the command without what every command may have.
fn command(ns: &Namespace, fields: &Fields<'_>) -> Document {
    let mut command = doc! { "collMod": &ns.coll };
    for field in FIELDS {
        if let Some(value) = fields.get(field.name) {
            command.insert(field.name, value.clone());
        }
    }
    command
}

fn view(
    cx: &CommandContext<'_>,
    ns: &Namespace,
    found: &Collection,
    fields: &Fields<'_>,
    options: &mut Document,
) -> Result<()> {
    for field in FIELDS {
        let of_view = matches!(field.name, "viewOn" | "pipeline" | "dryRun");
        if !of_view && fields.get(field.name).is_some() {
            return Err(invalid(&format!(
                "option not supported on a view: {}",
                field.name
            )));
        }
    }
    let now = found.view();
    let on = fields
        .str("viewOn")
        .or(now.map(|v| v.on.as_str()))
        .unwrap_or_default();
    let pipeline = match fields.array("pipeline") {
        Some(pipeline) => pipeline.clone(),
        None => now
            .map(|v| v.pipeline.iter().cloned().map(Bson::Document).collect())
            .unwrap_or_default(),
    };
    check_view(cx, ns, on, &pipeline)?;
    options.insert("viewOn", on);
    options.insert("pipeline", pipeline);
    Ok(())
}

fn collection(found: &Collection, fields: &Fields<'_>, options: &mut Document) -> Result<()> {
    for name in ["pipeline", "viewOn"] {
        if fields.get(name).is_some() {
            return Err(invalid(&format!("option only supported on a view: {name}")));
        }
    }
    if fields.get("timeseries").is_some() {
        return Err(invalid(
            "option only supported on a time-series collection: isTimeseriesNamespace",
        ));
    }
    if fields.get("expireAfterSeconds").is_some() {
        return Err(invalid(
            "'expireAfterSeconds' option is only supported on collections clustered by _id",
        ));
    }
    capped(found, fields, options)?;
    if let Some(validator) = fields.document("validator") {
        options.insert("validator", validator.clone());
    }
    validation("collMod", fields, options)?;
    if fields.get("changeStreamPreAndPostImages").is_some() {
        let enabled = images("collMod", fields)?;
        options.insert(
            "changeStreamPreAndPostImages",
            if enabled {
                Bson::Document(doc! { "enabled": true })
            } else {
                Bson::Null
            },
        );
        options.insert("recordPreImages", Bson::Null);
    }
    if fields.get("recordPreImages").is_some() {
        let on = fields.bool("recordPreImages");
        options.insert(
            "recordPreImages",
            if on { Bson::Boolean(true) } else { Bson::Null },
        );
        options.insert("changeStreamPreAndPostImages", Bson::Null);
    }
    Ok(())
}

fn capped(found: &Collection, fields: &Fields<'_>, options: &mut Document) -> Result<()> {
    let (size, max) = (fields.long("cappedSize"), fields.long("cappedMax"));
    if let Some(size) = size.filter(|size| *size < 1) {
        return Err(at_least_one("cappedSize", size));
    }
    if (size.is_some() || max.is_some()) && found.capped.is_none() {
        return Err(invalid("Collection must be capped."));
    }
    if let Some(size) = size {
        options.insert("size", number(rounded(size)));
    }
    if let Some(max) = max {
        options.insert("max", if max > 0 { number(max) } else { Bson::Null });
    }
    Ok(())
}

fn of_index(index: &Fields<'_>, change: &mut Modification) -> Result<()> {
    let (name, key) = (index.str("name"), index.document("keyPattern"));
    change.index = match (name, key) {
        (Some(_), Some(_)) => return Err(invalid("Cannot specify both key pattern and name.")),
        (None, None) => return Err(invalid("Must specify either index name or key pattern.")),
        (Some(name), None) => Some(Bson::String(name.to_owned())),
        (None, Some(key)) => Some(Bson::Document(key.clone())),
    };
    if let Some(seconds) = index.long("expireAfterSeconds") {
        if seconds < 0 {
            return Err(invalid(
                "TTL index 'expireAfterSeconds' option cannot be less than 0",
            ));
        }
        change
            .index_options
            .insert("expireAfterSeconds", number(seconds));
    }
    for name in ["hidden", "unique", "prepareUnique"] {
        if index.get(name).is_some() {
            change.index_options.insert(name, index.bool(name));
        }
    }
    if change.index_options.is_empty() {
        return Err(invalid(
            "no expireAfterSeconds, hidden, unique, or prepareUnique field",
        ));
    }
    Ok(())
}

fn invalid(text: &str) -> Error {
    Error::new(code::INVALID_OPTIONS, text)
}
