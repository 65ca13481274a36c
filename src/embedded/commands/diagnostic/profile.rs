//! `profile` and `top`: nothing is profiled; the settings are remembered.

use bson::{Bson, Document, doc};

use super::super::context::CommandContext;
use super::super::fields::{Field, Fields, Kind};
use super::super::request::Request;
use crate::mql::Result;

const FIELDS: &[Field] = &[
    Field::new("profile", Kind::SafeLong),
    Field::new("slowms", Kind::SafeLong),
    Field::new("sampleRate", Kind::Number),
    Field::new("filter", Kind::Any),
];

/// `profile`
pub fn profile(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let fields = Fields::parse("profile", request.body(), FIELDS)?;
    let key = format!("profile {}", request.db);
    let read = |name: &str, or: Bson| {
        let all = cx.server.parameters();
        all.get(name).cloned().unwrap_or(or)
    };
    let was = doc! {
        "was": read(&key, Bson::Int32(0)),
        "slowms": read("profile slowms", Bson::Int32(100)),
        "sampleRate": read("profile sampleRate", Bson::Double(1.0)),
    };
    if let Some(level @ 0..=2) = fields.long("profile") {
        cx.server
            .set_parameter(&key, Bson::Int32(i32::try_from(level).unwrap_or(0)));
    }
    if let Some(slow) = fields.long("slowms") {
        let slow = i32::try_from(slow).unwrap_or(i32::MAX);
        cx.server.set_parameter("profile slowms", Bson::Int32(slow));
    }
    if let Some(Bson::Double(rate)) = fields.get("sampleRate") {
        cx.server
            .set_parameter("profile sampleRate", Bson::Double(*rate));
    }
    Ok(was)
}

/// `top`
pub fn top(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    const KINDS: [&str; 9] = [
        "total",
        "readLock",
        "writeLock",
        "queries",
        "getmore",
        "insert",
        "update",
        "remove",
        "commands",
    ];
    let none = || -> Document {
        let kinds = KINDS.iter();
        kinds
            .map(|kind| {
                (
                    (*kind).to_owned(),
                    Bson::Document(doc! { "time": 0, "count": 0 }),
                )
            })
            .collect()
    };
    let mut totals = doc! { "note": "all times in microseconds" };
    for collection in cx.operation.view()?.catalog().all() {
        totals.insert(collection.ns.to_string(), none());
    }
    Ok(doc! { "totals": totals })
}
