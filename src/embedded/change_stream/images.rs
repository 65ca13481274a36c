//! The documents that events are asked to have: as they are now, as they were before and after the change.

use bson::{Bson, Document};

use super::super::engine::Engine;
use super::super::engine::oplog::OpKind;
use super::super::index::encode_key;
use super::event::Event;
use super::operation::Operation;
use super::spec::{BeforeChange, FullDocument, Spec};
use crate::mql::error::{Error, Result, code};
use crate::mql::text;

/// Adds to an event what the stream asks for.
pub(super) fn add(
    event: &mut Event,
    operation: &Operation,
    spec: &Spec,
    engine: &Engine,
) -> Result<()> {
    if event.view || !matches!(operation.kind, OpKind::Update | OpKind::Delete) {
        return Ok(());
    }
    if event.operation_type == "update" {
        event.full_document = full_document(event, operation, spec, engine)?;
    }
    let image = || operation.pre_image.clone().map(Bson::Document);
    event.before_change = match (spec.before_change, image()) {
        (BeforeChange::Off, _) => None,
        (_, Some(image)) => Some(image),
        (BeforeChange::WhenAvailable, None) => Some(Bson::Null),
        (BeforeChange::Required, None) => {
            return Err(missing(
                "a pre-image for all update, delete and replace events, but the pre-image",
                event,
                operation,
            ));
        }
    };
    Ok(())
}

fn full_document(
    event: &Event,
    operation: &Operation,
    spec: &Spec,
    engine: &Engine,
) -> Result<Option<Bson>> {
    let image = || operation.post_image.clone().map(Bson::Document);
    Ok(match spec.full_document {
        FullDocument::Default => None,
        FullDocument::UpdateLookup => {
            let found = look_up(event, operation, engine)?;
            Some(found.map_or(Bson::Null, Bson::Document))
        }
        FullDocument::WhenAvailable => Some(image().unwrap_or(Bson::Null)),
        FullDocument::Required => match image() {
            Some(image) => Some(image),
            None => {
                // The server looks for the document before the change first.
                let what = match spec.before_change {
                    BeforeChange::Required => {
                        "a pre-image for all update, delete and replace events, but the pre-image"
                    }
                    _ => "a post-image for all update events, but the post-image",
                };
                return Err(missing(what, event, operation));
            }
        },
    })
}

fn missing(what: &str, event: &Event, operation: &Operation) -> Error {
    let event = bson::doc! {
        "operationType": event.operation_type,
        "ns": event.ns.clone(),
        "clusterTime": operation.common.time,
    };
    Error::new(
        code::NO_MATCHING_DOCUMENT,
        format!(
            "Change stream was configured to require {what} was not found for event: {}",
            text::compact(&Bson::Document(event))
        ),
    )
}

/// The document as it is now, in the collection that was written to, whatever its name is now.
fn look_up(event: &Event, operation: &Operation, engine: &Engine) -> Result<Option<Document>> {
    let view = engine.view();
    let found = match operation.collection {
        Some(uuid) => view.catalog().by_uuid(&operation.ns.db, uuid),
        None => view.collection(&operation.ns),
    };
    let key = event.document_key.as_ref();
    let (Some(collection), Some(id)) = (found, key.and_then(|key| key.get("_id"))) else {
        return Ok(None);
    };
    let Some(index) = collection.id_index() else {
        return Ok(None);
    };
    let Some(record) = view.unique(index, &encode_key(&index.fields, &[id]))? else {
        return Ok(None);
    };
    let record = view.record(collection, record)?;
    record.map(|record| record.to_document()).transpose()
}
