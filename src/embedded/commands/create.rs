//! `create`

use bson::{Bson, Document, doc};

use super::writes::collection_name;
use super::{CommandContext, Field, Fields, Kind, Request, collation, fields};
use crate::embedded::catalog::{Namespace, Validator, check_new_name};
use crate::mql::stage::Pipeline;
use crate::mql::{Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::new("capped", Kind::SafeBoolean),
    Field::new("autoIndexId", Kind::SafeBoolean),
    Field::new("idIndex", Kind::Document),
    Field::new("size", Kind::SafeLong),
    Field::new("max", Kind::SafeLong),
    Field::new("storageEngine", Kind::Document),
    Field::new("validator", Kind::Document),
    Field::new("validationLevel", Kind::String),
    Field::new("validationAction", Kind::String),
    Field::new("indexOptionDefaults", Kind::Document),
    Field::new("viewOn", Kind::String),
    Field::new("pipeline", Kind::Array),
    Field::new("collation", Kind::Document),
    Field::new("changeStreamPreAndPostImages", Kind::Document),
    Field::new("recordPreImages", Kind::SafeBoolean),
    Field::new("timeseries", Kind::Document),
    Field::new("clusteredIndex", Kind::Any),
    Field::new("expireAfterSeconds", Kind::SafeLong),
    Field::new("encryptedFields", Kind::Document),
    Field::new("temp", Kind::SafeBoolean),
    Field::new("flags", Kind::SafeLong),
];

/// Makes a collection or a view.
pub fn create(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let name = collection_name(request)?;
    let fields = Fields::parse("create", request.body(), FIELDS)?;
    check_refused(&fields)?;
    let ns = Namespace::new(&request.db, name);
    if let Some(on) = fields.str("viewOn") {
        return create_view(cx, &ns, on, &fields);
    }
    if fields.get("pipeline").is_some() {
        return Err(invalid("'pipeline' requires 'viewOn' to also be specified"));
    }
    let options = options(&fields)?;
    check_index_options(&fields, &ns)?;
    check_new_name(&request.db, name)?;
    Validator::of(&options)?;
    cx.operation.create_collection(&ns, options)?;
    let mut reply = Document::new();
    if fields.get("autoIndexId").is_some() {
        let note = "The autoIndexId option is deprecated and will be removed in a future release";
        reply.insert("note", note);
    }
    Ok(reply)
}

/// Kinds of collections that there are, and not here.
fn check_refused(fields: &Fields<'_>) -> Result<()> {
    for name in ["timeseries", "clusteredIndex", "encryptedFields"] {
        if fields.get(name).is_some() {
            let text = format!("collections with the option '{name}' are not supported here");
            return Err(Error::new(code::NOT_IMPLEMENTED, text));
        }
    }
    if fields.get("temp").is_some() {
        return Err(invalid("the 'temp' field is an invalid option"));
    }
    if fields.get("expireAfterSeconds").is_some() {
        return Err(invalid(
            "'expireAfterSeconds' is only supported on time-series collections or when the \
             'clusteredIndex' option is specified",
        ));
    }
    collation::check(fields.document("collation"))
}

/// The options as they are stored and shown.
fn options(fields: &Fields<'_>) -> Result<Document> {
    let mut options = Document::new();
    capped(fields, &mut options)?;
    if let Some(engines) = fields.document("storageEngine") {
        check_engines(engines)?;
        options.insert("storageEngine", engines.clone());
    }
    if let Some(validator) = fields.document("validator") {
        options.insert("validator", validator.clone());
    }
    validation("create", fields, &mut options)?;
    if let Some(defaults) = fields
        .document("indexOptionDefaults")
        .filter(|d| !d.is_empty())
    {
        options.insert("indexOptionDefaults", defaults.clone());
    }
    if fields.bool("recordPreImages") {
        options.insert("recordPreImages", true);
    }
    if images("create", fields)? {
        options.insert("changeStreamPreAndPostImages", doc! { "enabled": true });
    }
    Ok(options)
}

/// `changeStreamPreAndPostImages`
pub(super) fn images(command: &str, fields: &Fields<'_>) -> Result<bool> {
    let Some(images) = fields.document("changeStreamPreAndPostImages") else {
        return Ok(false);
    };
    let name = format!("{command}.changeStreamPreAndPostImages");
    let known = [Field::required("enabled", Kind::SafeBoolean)];
    Ok(Fields::parse_inner(&name, images, &known)?.bool("enabled"))
}

/// `validationLevel` and `validationAction`
pub(super) fn validation(command: &str, fields: &Fields<'_>, options: &mut Document) -> Result<()> {
    const LEVELS: &[&str] = &["off", "strict", "moderate"];
    const ACTIONS: &[&str] = &["error", "warn"];
    for (name, known) in [("validationLevel", LEVELS), ("validationAction", ACTIONS)] {
        let Some(value) = fields.str(name) else {
            continue;
        };
        if !known.contains(&value) {
            return Err(Error::bad_value(format!(
                "Enumeration value '{value}' for field '{command}.{name}' is not a valid value."
            )));
        }
        options.insert(name, value);
    }
    Ok(())
}

fn capped(fields: &Fields<'_>, options: &mut Document) -> Result<()> {
    /// A petabyte; the server's bound.
    const MOST: i64 = 1 << 50;
    let (size, max) = (fields.long("size"), fields.long("max"));
    if let Some(size) = size.filter(|size| *size < 1) {
        return Err(at_least_one("size", size));
    }
    if !fields.bool("capped") {
        return match (size, max) {
            (None, None) => Ok(()),
            _ => Err(invalid(
                "the 'capped' field needs to be true when either the 'size' or 'max' fields are present",
            )),
        };
    }
    let Some(size) = size else {
        return Err(invalid(
            "the 'size' field is required when 'capped' is true",
        ));
    };
    if size > MOST {
        let text = format!("BSON field 'size' value must be <= {MOST}, actual value '{size}'");
        return Err(Error::new(51_024, text));
    }
    options.insert("capped", true);
    options.insert("size", number(rounded(size)));
    if let Some(max) = max.filter(|max| *max > 0 && *max < i64::from(i32::MAX)) {
        options.insert("max", number(max));
    }
    Ok(())
}

/// A capped collection's size is a multiple of 256.
pub(super) fn rounded(size: i64) -> i64 {
    size.saturating_add(255) / 256 * 256
}

/// Sizes are ints where they fit.
pub(super) fn number(n: i64) -> Bson {
    i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32)
}

/// `BSON field 'size' value must be >= 1, actual value '0'`
pub(super) fn at_least_one(field: &str, value: i64) -> Error {
    let text = format!("BSON field '{field}' value must be >= 1, actual value '{value}'");
    Error::new(51_024, text)
}

fn check_engines(engines: &Document) -> Result<()> {
    for (name, options) in engines {
        if name != "wiredTiger" {
            return Err(invalid(&format!(
                "{name} is not a registered storage engine for this server"
            )));
        }
        if options.as_document().is_none() {
            return Err(Error::bad_value(
                "storageEngine.wiredTiger must be an embedded document",
            ));
        }
    }
    Ok(())
}

fn check_index_options(fields: &Fields<'_>, ns: &Namespace) -> Result<()> {
    if fields.get("autoIndexId").is_some_and(|v| !fields::truth(v)) {
        let text = format!(
            "autoIndexId:false is not allowed for collection {ns} because it can be replicated"
        );
        return Err(Error::new(50_001, text));
    }
    if let Some(key) = fields
        .document("idIndex")
        .and_then(|spec| spec.get_document("key").ok())
    {
        let one = key.get("_id").and_then(fields::long) == Some(1);
        if key.len() != 1 || !one {
            return Err(Error::bad_value(format!(
                "The field 'key' for an _id index must be {{_id: 1}}, but got {}",
                crate::mql::text::document(key)
            )));
        }
    }
    Ok(())
}

fn create_view(
    cx: &mut CommandContext<'_>,
    ns: &Namespace,
    on: &str,
    fields: &Fields<'_>,
) -> Result<Document> {
    if images("create", fields)? {
        return Err(invalid(
            "option not supported on a view: changeStreamPreAndPostImages",
        ));
    }
    check_new_name(&ns.db, &ns.coll)?;
    let pipeline = fields.array("pipeline").cloned().unwrap_or_default();
    check_view(cx, ns, on, &pipeline)?;
    cx.operation
        .create_view(ns, doc! { "viewOn": on, "pipeline": pipeline })?;
    Ok(Document::new())
}

/// Whether a view may be of that pipeline.
pub(super) fn check_view(
    cx: &CommandContext<'_>,
    ns: &Namespace,
    on: &str,
    pipeline: &[Bson],
) -> Result<()> {
    if on.is_empty() {
        return Err(Error::bad_value("'viewOn' cannot be empty"));
    }
    for (place, stage) in pipeline.iter().enumerate() {
        let name = stage
            .as_document()
            .and_then(|s| s.keys().next())
            .map(String::as_str);
        if let Some(name @ ("$out" | "$merge")) = name {
            return Err(Error::new(
                code::OPTION_NOT_SUPPORTED_ON_VIEW,
                format!(
                    "The aggregation stage {name} in location {place} of the pipeline cannot be used in \
                     the view definition of {ns} because it writes to disk"
                ),
            )
            .context(&format!("Invalid pipeline for view {ns}")));
        }
    }
    Pipeline::parse(pipeline, ns, &cx.env).map(|_| ())
}

fn invalid(text: &str) -> Error {
    Error::new(code::INVALID_OPTIONS, text)
}
