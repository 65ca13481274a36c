//! `validate`: whether a collection's documents and its indexes agree.

use std::collections::HashSet;

use bson::{Bson, Document, Timestamp, doc};

use super::super::context::CommandContext;
use super::super::fields::truth;
use super::super::request::Request;
use crate::embedded::catalog::{Collection, Index};
use crate::embedded::engine::{RecordId, View};
use crate::embedded::host::int;
use crate::embedded::index::document_keys;
use crate::embedded::storage::{Direction, KeyRange};
use crate::mql::error::code;
use crate::mql::matching::Matcher;
use crate::mql::stage::Namespace;
use crate::mql::{Env, Error, Result};

/// `validate`
pub fn validate(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let name = super::statistics::collection(request, "validate")?;
    let namespace = Namespace::new(&request.db, name);
    if request.body().get("repair").is_some_and(truth) {
        return Err(Error::new(
            code::INVALID_OPTIONS,
            "Running the validate command with { repair: true } can only be performed in standalone mode.",
        ));
    }
    let flag = |name: &str| request.body().get(name).is_some_and(truth);
    let background = flag("background");
    if background && flag("full") {
        return Err(Error::new(
            code::INVALID_OPTIONS,
            "Running the validate command with both { background: true } and { full: true } is not supported.",
        ));
    }
    let view = cx.operation.view()?;
    let Some(collection) = view.collection(&namespace).cloned() else {
        return Err(Error::new(
            code::NAMESPACE_NOT_FOUND,
            format!("Collection '{namespace}' does not exist to validate."),
        ));
    };
    if collection.is_view() {
        return Err(Error::new(
            code::COMMAND_NOT_SUPPORTED_ON_VIEW,
            "Cannot validate a view",
        ));
    }
    let found = Findings::of(&view, &collection, &cx.env)?;
    Ok(found.reply(&namespace, background.then(|| view.time())))
}

/// What was found.
#[derive(Default)]
struct Findings {
    records: i64,
    invalid: i64,
    non_compliant: i64,
    keys: Vec<(String, i64, bool)>,
    errors: Vec<String>,
    missing: Vec<Document>,
    extra: Vec<Document>,
}

impl Findings {
    fn of(view: &View, collection: &Collection, env: &Env) -> Result<Self> {
        let mut found = Self::default();
        let validator = collection.validator.as_ref();
        for record in view.records(collection, Direction::Forward) {
            env.interrupt.check()?;
            let record = record?;
            found.records += 1;
            match record.to_document() {
                Err(_) => found.invalid += 1,
                Ok(document) => {
                    let holds = validator.is_none_or(|v| v.matcher.matches(&document) == Ok(true));
                    found.non_compliant += i64::from(!holds);
                }
            }
        }
        if view.count(collection)? != found.records {
            found.errors.push(format!(
                "the collection counts {} documents and has {}",
                view.count(collection)?,
                found.records
            ));
        }
        for index in collection.ready_indexes() {
            found.index(view, collection, index, env)?;
        }
        Ok(found)
    }

    fn index(
        &mut self,
        view: &View,
        collection: &Collection,
        index: &Index,
        env: &Env,
    ) -> Result<()> {
        let partial = index
            .partial
            .as_ref()
            .map(|filter| Matcher::parse(filter, env))
            .transpose()?;
        let mut expected: HashSet<(bytes::Bytes, RecordId)> = HashSet::new();
        for record in view.records(collection, Direction::Forward) {
            env.interrupt.check()?;
            let record = record?;
            if let Some(partial) = &partial
                && !partial.matches(&record.to_document()?)?
            {
                continue;
            }
            for key in document_keys(index, record.raw()?)?.keys {
                expected.insert((key, record.id));
            }
        }
        let mut count = 0;
        let mut valid = true;
        for key in view.keys(index, &KeyRange::all(), Direction::Forward) {
            let (key, record) = key?;
            count += 1;
            if !expected.remove(&(key, record)) {
                valid = false;
                self.extra
                    .push(doc! { "indexName": &index.name, "recordId": record_id(record) });
            }
        }
        for (_, record) in expected {
            valid = false;
            self.missing
                .push(doc! { "indexName": &index.name, "recordId": record_id(record) });
        }
        if !valid {
            let what = format!("Index {} does not agree with the documents", index.name);
            self.errors.push(what);
        }
        self.keys.push((index.name.clone(), count, valid));
        Ok(())
    }

    fn reply(self, namespace: &Namespace, read_at: Option<Timestamp>) -> Document {
        let valid = self.errors.is_empty() && self.invalid == 0;
        let keys = self.keys.iter().map(|(name, n, _)| (name.clone(), int(*n)));
        let details = self
            .keys
            .iter()
            .map(|(name, _, valid)| (name.clone(), Bson::Document(doc! { "valid": *valid })));
        let mut warnings = Vec::new();
        if self.non_compliant > 0 {
            warnings.push(
                "Detected one or more documents not compliant with the collection's schema. Check logs for log id 5363500.",
            );
        }
        let mut reply = doc! {
            "ns": namespace.to_string(),
            "nInvalidDocuments": int(self.invalid),
            "nNonCompliantDocuments": int(self.non_compliant),
            "nrecords": int(self.records),
            "nIndexes": int(i64::try_from(self.keys.len()).unwrap_or(0)),
            "keysPerIndex": keys.collect::<Document>(),
            "indexDetails": details.collect::<Document>(),
            "valid": valid,
            "repaired": false,
        };
        if let Some(time) = read_at {
            reply.insert("readTimestamp", time);
        }
        reply.extend(doc! {
            "warnings": warnings,
            "errors": self.errors,
            "extraIndexEntries": self.extra,
            "missingIndexEntries": self.missing,
            "corruptRecords": Bson::Array(Vec::new()),
        });
        reply
    }
}

fn record_id(record: RecordId) -> i64 {
    i64::try_from(record.0).unwrap_or(i64::MAX)
}
