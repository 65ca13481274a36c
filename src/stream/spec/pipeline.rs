//! What a stream's own pipeline does to the fields of events.

use bson::{Bson, Document};

use super::{SpecError, value};

/// The stages that change streams take (manual: "Modify Change Stream Output").
pub const STAGES: [&str; 8] = [
    "$match",
    "$project",
    "$addFields",
    "$set",
    "$unset",
    "$replaceRoot",
    "$replaceWith",
    "$redact",
];

/// The stages of the field `pipeline`.
pub(super) fn read(given: &Bson) -> Result<Vec<Document>, SpecError> {
    let Bson::Array(items) = given else {
        return Err(value::wrong("pipeline", "an array of stages", given));
    };
    let mut stages = Vec::with_capacity(items.len());
    for item in items {
        let stage = item.as_document().filter(|stage| stage.len() == 1);
        let Some(stage) = stage else {
            let message = "a stage of `pipeline` is a document with one field";
            return Err(SpecError::value("pipeline", message)
                .hint("write [#{ $match: #{ \"fullDocument.status\": \"paid\" } }]"));
        };
        check_stage(stage)?;
        stages.push(stage.clone());
    }
    Ok(stages)
}

fn check_stage(stage: &Document) -> Result<(), SpecError> {
    let name = stage.keys().next().map_or("", String::as_str);
    if !STAGES.contains(&name) {
        let message = format!("a change stream takes no stage `{name}`");
        let error = SpecError::value("pipeline", message);
        return Err(match crate::diag::nearest(name, STAGES.iter().copied()) {
            Some(near) if near != name => error.hint(format!("did you mean `{near}`?")),
            _ => error.hint(format!("its stages are {}", STAGES.join(", "))),
        });
    }
    if !stage_keeps(stage, "_id") {
        let message = format!("this {name} takes `_id` away from events, their resume token");
        return Err(SpecError::value("pipeline", message)
            .hint("leave `_id` in: without it a stream cannot go on after a stop"));
    }
    Ok(())
}

/// Whether events still have `field` behind the pipeline, as it was.
#[must_use]
pub fn keeps(pipeline: &[Document], field: &str) -> bool {
    pipeline.iter().all(|stage| stage_keeps(stage, field))
}

fn stage_keeps(stage: &Document, field: &str) -> bool {
    let Some((name, body)) = stage.iter().next() else {
        return true;
    };
    match (name.as_str(), body) {
        ("$project", Bson::Document(fields)) => projection_keeps(fields, field),
        ("$set" | "$addFields", Bson::Document(fields)) => !touches(fields, field),
        ("$unset", Bson::String(gone)) => gone != field,
        ("$unset", Bson::Array(gone)) => !gone.iter().any(|g| g.as_str() == Some(field)),
        ("$replaceRoot", Bson::Document(body)) => body
            .get("newRoot")
            .is_none_or(|root| root_keeps(root, field)),
        ("$replaceWith", root) => root_keeps(root, field),
        _ => true,
    }
}

fn projection_keeps(fields: &Document, field: &str) -> bool {
    if let Some(own) = fields.get(field) {
        // An expression in its place would be another value.
        return is_true(own) || own.as_str() == Some(&format!("${field}"));
    }
    let includes = fields
        .iter()
        .any(|(name, value)| name != "_id" && !is_false(value));
    field == "_id" || !includes
}

fn touches(fields: &Document, field: &str) -> bool {
    fields
        .iter()
        .any(|(name, value)| name == field && value.as_str() != Some(&format!("${field}")))
}

fn root_keeps(root: &Bson, field: &str) -> bool {
    match root {
        Bson::String(path) => path == "$$ROOT" || path == "$$CURRENT",
        Bson::Document(root) => {
            let operator = root.keys().next().is_some_and(|k| k.starts_with('$'));
            // An operator may give anything; the server checks the token of each event.
            operator || root.contains_key(field)
        }
        _ => true,
    }
}

fn is_true(value: &Bson) -> bool {
    matches!(value, Bson::Boolean(true)) || value::whole(value).is_some_and(|n| n != 0)
}

fn is_false(value: &Bson) -> bool {
    matches!(value, Bson::Boolean(false)) || value::whole(value) == Some(0)
}
