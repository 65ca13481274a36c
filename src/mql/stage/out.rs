//! `$out`: the documents become a collection.

use std::sync::Arc;

use bson::oid::ObjectId;
use bson::{Bson, Document};

use super::host::Kind;
use super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::table::Stages;
use super::{BoxStream, Namespace};
use crate::mql::error::code;
use crate::mql::size;
use crate::mql::{Deps, Error, Result, text};

/// How much is written at once.
const BATCH: usize = 4 * 1024 * 1024;

/// `{$out: "name"}` or `{$out: {db, coll}}`
#[derive(Debug)]
struct Out(Namespace);

/// What the server checks before it parses any stage.
pub(super) fn lite(value: &Bson) -> Result<()> {
    target(value, "").map(|_| ())
}

fn target(value: &Bson, db: &str) -> Result<Namespace> {
    match value {
        Bson::String(coll) => Ok(Namespace::new(db, coll)),
        Bson::Document(spec) => {
            let fields = (spec.get("db"), spec.get("coll"));
            let (Some(db), Some(coll), 2) = (fields.0, fields.1, spec.len()) else {
                return Err(Error::new(
                    16994,
                    "If an object is passed to $out it must have exactly 2 fields: 'db' and 'coll'",
                ));
            };
            Ok(Namespace::new(name("db", db)?, name("coll", coll)?))
        }
        other => Err(Error::new(
            16990,
            format!(
                "$out only supports a string or object argument, but found {}",
                text::type_name(other)
            ),
        )),
    }
}

fn name<'a>(field: &str, value: &'a Bson) -> Result<&'a str> {
    value.as_str().ok_or_else(|| {
        let found = text::type_name(value);
        Error::new(
            13111,
            format!("wrong type for field ({field}) {found} != string"),
        )
    })
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let target = target(value, &cx.namespace.db)?;
    if target.coll.is_empty() || target.db.is_empty() {
        return Err(Error::new(
            code::INVALID_NAMESPACE,
            format!("Invalid $out target namespace, {target}"),
        ));
    }
    if is_internal(&target.db) {
        return Err(Error::new(
            31321,
            format!("Can't $out to internal database: {}", target.db),
        ));
    }
    if is_special(&target.coll) {
        return Err(Error::new(
            17385,
            format!("Can't $out to special collection: {}", target.coll),
        ));
    }
    Ok(vec![Arc::new(Out(target))])
}

/// The databases of the server itself.
pub(super) fn is_internal(db: &str) -> bool {
    matches!(db, "admin" | "local" | "config")
}

/// The collections of the server itself.
pub(super) fn is_special(coll: &str) -> bool {
    coll.starts_with("system.")
}

/// Refuses a view.
pub(super) fn check_is_no_view(target: &Namespace, kind: Kind) -> Result<()> {
    match kind {
        Kind::View => Err(Error::new(
            code::COMMAND_NOT_SUPPORTED_ON_VIEW,
            format!("Namespace {target} is a view, not a collection"),
        )),
        _ => Ok(()),
    }
}

/// The document with an `_id`.
pub(super) fn with_id(document: Document) -> Document {
    if document.contains_key("_id") {
        return document;
    }
    let mut with_id = Document::new();
    with_id.insert("_id", ObjectId::new());
    with_id.extend(document);
    with_id
}

impl Out {
    fn write(&self, mut input: BoxStream, cx: &RunContext) -> Result<()> {
        let target = &self.0;
        if target.coll.contains('$') {
            return Err(Error::new(
                code::ILLEGAL_OPERATION,
                format!(
                    "error with target namespace: Invalid collection name: {}",
                    target.coll
                ),
            ));
        }
        let kind = cx.host.kind(target)?;
        check_is_no_view(target, kind)?;
        if kind == Kind::Capped {
            return Err(Error::new(
                17152,
                format!("namespace '{target}' is capped so it can't be used for $out"),
            ));
        }
        let mut writer = cx.host.replace_collection(target)?;
        let mut batch = Vec::new();
        let mut size = 0;
        while let Some(document) = input.next()? {
            cx.env.interrupt.check()?;
            size += size::of_document(&document);
            batch.push(with_id(document));
            if size > BATCH {
                writer.write(std::mem::take(&mut batch))?;
                size = 0;
            }
        }
        if !batch.is_empty() {
            writer.write(batch)?;
        }
        writer.commit()
    }
}

impl Stage for Out {
    fn name(&self) -> &'static str {
        "$out"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let cx = cx.clone();
        Ok(super::stream::deferred(move || {
            self.write(input, &cx)?;
            Ok(super::empty())
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        deps.whole_document();
        Needs::Only
    }

    fn writes(&self) -> Option<&Namespace> {
        Some(&self.0)
    }
}
