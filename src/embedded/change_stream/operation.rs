//! What entries of the oplog hold: operations, those of a transaction one by one.

use bson::{Bson, DateTime, Document, Timestamp, Uuid};

use super::super::engine::oplog::{Entry, OpKind};
use crate::mql::error::{Error, Result};
use crate::mql::stage::Namespace;

/// One operation of the history.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) kind: OpKind,
    /// Where: for a command, the collection that it names, or the database alone.
    pub(super) ns: Namespace,
    pub(super) collection: Option<Uuid>,
    /// What (`o`).
    pub(super) what: Document,
    /// To which document, or what a command found (`o2`).
    pub(super) which: Option<Document>,
    pub(super) pre_image: Option<Document>,
    pub(super) post_image: Option<Document>,
    /// The place in the entry.
    pub(super) index: usize,
    pub(super) common: Common,
}

/// What the operations of an entry have in common.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) time: Timestamp,
    pub(super) wall: DateTime,
    /// `txnNumber` and `lsid`, of a transaction.
    pub(super) transaction: Option<(i64, Document)>,
}

/// The namespace and the kind of an entry that is no command, without decoding it: most entries are not of
/// interest to most streams.
pub(super) fn peek(entry: &Entry) -> Result<Option<(OpKind, &str)>> {
    let raw = entry.raw()?;
    let kind = entry.kind()?;
    Ok(match kind {
        OpKind::Insert | OpKind::Update | OpKind::Delete => {
            raw.get_str("ns").ok().map(|ns| (kind, ns))
        }
        _ => None,
    })
}

/// The operations of an entry, in their order.
pub(super) fn operations(entry: &Entry) -> Result<Vec<Operation>> {
    let decoded = Document::try_from(entry.raw()?)
        .map_err(|e| Error::new(373, format!("the data directory is damaged: {e}")))?;
    let mut common = Common {
        time: entry.ts,
        wall: *decoded
            .get_datetime("wall")
            .unwrap_or(&DateTime::from_millis(0)),
        transaction: None,
    };
    // A stored document may have a field of that name; only a command's holds operations.
    let is_command = entry.kind()? == OpKind::Command
        && decoded.get_str("ns").is_ok_and(|ns| ns == "admin.$cmd");
    let inner = decoded
        .get_document("o")
        .and_then(|o| o.get_array("applyOps"));
    let Some(elements) = inner.ok().filter(|_| is_command) else {
        return Ok(operation(decoded, 0, &common).into_iter().collect());
    };
    if let (Ok(number), Ok(lsid)) = (decoded.get_i64("txnNumber"), decoded.get_document("lsid")) {
        common.transaction = Some((number, lsid.clone()));
    }
    let elements = elements.iter().enumerate();
    let operations = elements.filter_map(|(index, element)| {
        let element = element.as_document()?.clone();
        operation(element, index, &common)
    });
    Ok(operations.collect())
}

fn operation(mut entry: Document, index: usize, common: &Common) -> Option<Operation> {
    let kind = OpKind::of(entry.get_str("op").ok()?)?;
    let mut document = |name: &str| match entry.remove(name) {
        Some(Bson::Document(doc)) => Some(doc),
        _ => None,
    };
    let what = document("o")?;
    let (which, pre_image) = (document("o2"), document("preImage"));
    let post_image = document("postImage");
    let (db, coll) = entry.get_str("ns").ok()?.split_once('.')?;
    let mut ns = Namespace::new(db, coll);
    if kind == OpKind::Command {
        ns.coll = match what.values().next() {
            Some(Bson::String(name)) => name.clone(),
            _ => String::new(),
        };
    }
    let collection = match entry.get("ui") {
        Some(Bson::Binary(binary)) => binary.to_uuid().ok(),
        _ => None,
    };
    Some(Operation {
        kind,
        ns,
        collection,
        what,
        which,
        pre_image,
        post_image,
        index,
        common: common.clone(),
    })
}

impl Operation {
    /// The name of the command.
    pub(super) fn command(&self) -> &str {
        self.what.keys().next().map_or("", String::as_str)
    }

    /// The new name and the old one of a collection that was renamed.
    pub(super) fn renamed(&self) -> Option<(Namespace, Namespace)> {
        let namespace = |name: &str| {
            let (db, coll) = self.what.get_str(name).ok()?.split_once('.')?;
            Some(Namespace::new(db, coll))
        };
        Some((namespace("to")?, namespace("renameCollection")?))
    }
}
