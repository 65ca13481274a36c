//! An operation as an event.

use bson::{Bson, Document, doc};

use super::super::engine::oplog::OpKind;
use super::operation::Operation;
use super::token::Token;
use crate::mql::stage::Namespace;
use crate::mql::update::describe;

/// An event that is being made.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) operation_type: &'static str,
    pub(super) token: Token,
    /// The document as it is after an insert or replacement; of an update it is looked up.
    pub(super) full_document: Option<Bson>,
    pub(super) before_change: Option<Bson>,
    pub(super) ns: Document,
    pub(super) to: Option<Document>,
    pub(super) document_key: Option<Document>,
    pub(super) update_description: Option<Document>,
    /// What a command did.
    pub(super) description: Option<Document>,
    pub(super) state_before: Option<Document>,
    /// Whether it is a view's, which has no UUID of its own.
    pub(super) view: bool,
}

impl Event {
    /// The event of an operation that is watched; `None` if it has none for those who did not ask for all.
    pub(super) fn of(operation: &Operation, expanded: bool) -> Option<Event> {
        match operation.kind {
            OpKind::Command => command(operation, expanded),
            OpKind::Note => None,
            _ if operation.ns.coll == "system.views" => view(operation),
            _ => write(operation),
        }
    }

    /// The document that a client gets.
    pub(super) fn into_document(self, operation: &Operation, expanded: bool) -> Document {
        let mut event = Document::new();
        if let Some((number, lsid)) = &operation.common.transaction {
            event.insert("txnNumber", *number);
            event.insert("lsid", lsid.clone());
        }
        let mut put = |name: &str, value: Option<Bson>| {
            if let Some(value) = value {
                event.insert(name, value);
            }
        };
        put("to", self.to.map(Bson::Document));
        put("_id", Some(self.token.to_document().into()));
        put("operationType", Some(self.operation_type.into()));
        put("clusterTime", Some(operation.common.time.into()));
        if expanded && !self.view {
            put("collectionUUID", operation.collection.map(Bson::from));
        }
        put("wallTime", Some(operation.common.wall.into()));
        put("fullDocument", self.full_document);
        put("ns", Some(self.ns.into()));
        put("documentKey", self.document_key.map(Bson::Document));
        let description = self.update_description.map(Bson::Document);
        put("updateDescription", description);
        put("fullDocumentBeforeChange", self.before_change);
        if expanded {
            let description = self.description.map(Bson::Document);
            put("operationDescription", description);
            put("stateBeforeChange", self.state_before.map(Bson::Document));
        }
        event
    }
}

/// The event after one that ends what is watched.
pub(super) fn invalidate(operation: &Operation) -> (Token, Document) {
    let common = &operation.common;
    let token = Token::invalidate(common.time, operation.index, operation.collection);
    let event = doc! {
        "_id": token.to_document(),
        "operationType": "invalidate",
        "clusterTime": common.time,
        "wallTime": common.wall,
    };
    (token, event)
}

pub(super) fn namespace(ns: &Namespace) -> Document {
    doc! { "db": &ns.db, "coll": &ns.coll }
}

impl Operation {
    fn event(&self, operation_type: &'static str, identifier: Option<&Document>) -> Event {
        Event {
            operation_type,
            token: Token::event(self.common.time, self.index, self.collection, identifier),
            full_document: None,
            before_change: None,
            ns: namespace(&self.ns),
            to: None,
            document_key: None,
            update_description: None,
            description: None,
            state_before: None,
            view: false,
        }
    }

    /// An event that says what a command did; its token says so too.
    fn described(&self, operation_type: &'static str, description: Document) -> Event {
        let identifier =
            doc! { "operationType": operation_type, "operationDescription": description.clone() };
        Event {
            description: Some(description),
            ..self.event(operation_type, Some(&identifier))
        }
    }
}

/// An insert, update, replacement or delete.
fn write(operation: &Operation) -> Option<Event> {
    let key = match operation.kind {
        OpKind::Delete => doc! { "_id": operation.what.get("_id")? },
        OpKind::Insert => doc! { "_id": operation.what.get("_id")? },
        _ => doc! { "_id": operation.which.as_ref()?.get("_id")? },
    };
    let diff = operation.what.get_document("diff");
    let delta = diff.ok().filter(|_| operation.what.contains_key("$v"));
    let whole = || Some(Bson::Document(operation.what.clone()));
    let (operation_type, full_document, description) = match (operation.kind, delta) {
        (OpKind::Insert, _) => ("insert", whole(), None),
        (OpKind::Delete, _) => ("delete", None, None),
        (_, Some(diff)) => ("update", None, Some(describe(diff).to_document())),
        (_, None) => ("replace", whole(), None),
    };
    Some(Event {
        full_document,
        update_description: description,
        document_key: Some(key.clone()),
        ..operation.event(operation_type, Some(&key))
    })
}

fn command(operation: &Operation, expanded: bool) -> Option<Event> {
    let rest = || {
        let mut rest = operation.what.clone();
        rest.remove(operation.command());
        rest
    };
    let event = match operation.command() {
        "drop" => operation.event("drop", None),
        "dropDatabase" => Event {
            ns: doc! { "db": &operation.ns.db },
            ..operation.event("dropDatabase", None)
        },
        "renameCollection" => renamed(operation)?,
        _ if !expanded => return None,
        "create" => operation.described("create", rest()),
        "createIndexes" => operation.described("createIndexes", doc! { "indexes": [rest()] }),
        "commitIndexBuild" => {
            let indexes = operation.what.get("indexes")?;
            operation.described("createIndexes", doc! { "indexes": indexes })
        }
        "dropIndexes" => {
            let index = operation.which.clone()?;
            operation.described("dropIndexes", doc! { "indexes": [index] })
        }
        "collMod" => Event {
            state_before: operation.which.as_ref().map(state_before),
            ..operation.described("modify", rest())
        },
        _ => return None,
    };
    Some(event)
}

fn renamed(operation: &Operation) -> Option<Event> {
    let (to, from) = operation.renamed()?;
    let mut description = doc! { "to": namespace(&to) };
    if let Some(dropped @ Bson::Binary(_)) = operation.what.get("dropTarget") {
        description.insert("dropTarget", dropped.clone());
    }
    Some(Event {
        ns: namespace(&from),
        to: Some(namespace(&to)),
        description: Some(description),
        ..operation.event("rename", None)
    })
}

/// What a collection was before a `collMod`.
fn state_before(old: &Document) -> Document {
    let mut state = Document::new();
    for (name, part) in [
        ("collectionOptions", "collectionOptions_old"),
        ("indexOptions", "indexOptions_old"),
    ] {
        if let Some(value) = old.get(part) {
            state.insert(name, value.clone());
        }
    }
    state
}

/// A change of a view: of its document in `system.views`.
fn view(operation: &Operation) -> Option<Event> {
    let id = operation.what.get("_id");
    let id = id.or_else(|| operation.which.as_ref()?.get("_id"))?;
    let (db, coll) = id.as_str()?.split_once('.')?;
    let mut description = operation.what.clone();
    description.remove("_id");
    let event = match operation.kind {
        OpKind::Insert => operation.described("create", description),
        OpKind::Update => operation.described("modify", description),
        _ => operation.event("drop", None),
    };
    Some(Event {
        ns: doc! { "db": db, "coll": coll },
        view: true,
        ..event
    })
}
