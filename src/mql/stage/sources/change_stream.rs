//! `$changeStream`: what happens to a collection, a database or all of them.
//!
//! The stage checks its options and its place; the events are the host's. The server makes several stages of it,
//! whose first has the name that errors about its place say.

use std::sync::Arc;

use bson::{Bson, Document};

use super::super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::super::place::Inside;
use super::super::table::Stages;
use super::super::{BoxStream, idl};
use crate::mql::error::code;
use crate::mql::{Deps, Error, Result, text};

/// `{$changeStream: {…}}`
#[derive(Debug)]
struct ChangeStream(Document);

pub(in crate::mql::stage) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        return Err(Error::new(
            6_188_500,
            format!(
                "$changeStream must take a nested object but found: {}",
                text::field("$changeStream", value)
            ),
        ));
    };
    for (name, value) in spec {
        check_option(name, value)?;
    }
    check_namespace(spec, cx)?;
    if spec.contains_key("resumeAfter") && spec.contains_key("startAfter") {
        return Err(Error::new(
            50865,
            "Do not specify both 'resumeAfter' and 'startAfter' in a $changeStream stage",
        ));
    }
    Ok(vec![Arc::new(ChangeStream(spec.clone()))])
}

fn check_option(name: &str, value: &Bson) -> Result<()> {
    let field = format!("$changeStream.{name}");
    let one_of = |allowed: &[&str]| {
        let text = idl::string(&field, value)?;
        match allowed.contains(&text) {
            true => Ok(()),
            false => Err(idl::not_in_enumeration(&field, text)),
        }
    };
    match name {
        "fullDocument" => one_of(&["default", "updateLookup", "whenAvailable", "required"]),
        "fullDocumentBeforeChange" => one_of(&["off", "whenAvailable", "required"]),
        "resumeAfter" | "startAfter" => idl::document(&field, value).map(|_| ()),
        "startAtOperationTime" => match value {
            Bson::Timestamp(_) => Ok(()),
            _ => Err(idl::wrong_type(&field, value, "timestamp")),
        },
        "allChangesForCluster"
        | "showExpandedEvents"
        | "showSystemEvents"
        | "showMigrationEvents"
        | "allowToRunOnConfigDB"
        | "allowToRunOnSystemNS" => idl::optional_bool(name, value).map(|_| ()),
        _ => Err(idl::unknown(&field)),
    }
}

fn check_namespace(spec: &Document, cx: &ParseContext<'_>) -> Result<()> {
    let is = |name| spec.get_bool(name).unwrap_or(false);
    let namespace = &cx.namespace;
    if is("allChangesForCluster") {
        if namespace.db == "admin" && namespace.is_collectionless() {
            return Ok(());
        }
        return Err(Error::new(
            code::INVALID_OPTIONS,
            format!(
                "A $changeStream with 'allChangesForCluster:true' may only be opened on the 'admin' database, and with no collection name; found {namespace}"
            ),
        ));
    }
    if cx.inside != Inside::Command {
        return Ok(());
    }
    let internal = |what: &str| {
        Err(Error::new(
            code::INVALID_NAMESPACE,
            format!("$changeStream may not be opened on the internal {what}"),
        ))
    };
    match namespace.db.as_str() {
        "config" if is("allowToRunOnConfigDB") => Ok(()),
        db @ ("admin" | "local" | "config") => internal(&format!("{db} database")),
        _ if namespace.coll.starts_with("system.") && !is("allowToRunOnSystemNS") => {
            internal(&format!("{namespace} collection"))
        }
        _ => Ok(()),
    }
}

impl Stage for ChangeStream {
    fn name(&self) -> &'static str {
        "$_internalChangeStreamOplogMatch"
    }

    fn run(self: Arc<Self>, _: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        cx.host.change_stream(&cx.namespace, &self.0, &cx.env)
    }

    fn deps(&self, _: &mut Deps) -> Needs {
        Needs::Only
    }
}
