//! Writing the documents of a `$merge`.

use bson::{Bson, Document, doc};

use super::super::host::MergeUpdate;
use super::super::out::{check_is_no_view, with_id};
use super::super::pipeline::RunContext;
use super::super::{BoxStream, fields};
use super::{Matched, Merge, NotMatched};
use crate::mql::error::code;
use crate::mql::size;
use crate::mql::{Error, Result};

/// How much is written at once.
const BATCH: usize = 16 * 1024 * 1024;

impl Merge {
    /// Writes all documents of a stream.
    pub(super) fn write(&self, mut input: BoxStream, cx: &RunContext) -> Result<()> {
        let into = &self.into;
        if into.coll.contains('$') {
            return Err(Error::new(
                code::INVALID_NAMESPACE,
                format!("Invalid collection name: {}", into.coll),
            ));
        }
        let mut batch = Vec::new();
        let mut size = 0;
        while let Some(document) = input.next()? {
            cx.env.interrupt.check()?;
            size += size::of_document(&document);
            batch.push(document);
            if size > BATCH {
                self.write_batch(std::mem::take(&mut batch), cx)?;
                size = 0;
            }
        }
        self.write_batch(batch, cx)
    }

    /// Writes all documents of a batch, whatever becomes of one; the first error is the batch's.
    fn write_batch(&self, batch: Vec<Document>, cx: &RunContext) -> Result<()> {
        let mut first = Ok(());
        for document in batch {
            cx.env.interrupt.check()?;
            check_is_no_view(&self.into, cx.host.kind(&self.into)?)?;
            let written = self.write_one(document, cx);
            first = first.and(written.map_err(|error| self.explained(error)));
        }
        first
    }

    fn write_one(&self, document: Document, cx: &RunContext) -> Result<()> {
        let document = match self.on.iter().any(|field| field == "_id") {
            true => with_id(document),
            false => document,
        };
        let filter = self.filter(&document)?;
        let into = &self.into;
        if self.matched == Matched::Fail {
            return cx.host.insert(into, vec![with_id(document)]);
        }
        let found = cx.host.update(into, self.update(filter, document, cx)?)?;
        match (found, self.not_matched) {
            (0, NotMatched::Fail) => Err(Error::new(
                code::MERGE_STAGE_NO_MATCHING_DOCUMENT,
                "$merge could not find a matching document in the target collection for at least one document in the source collection",
            )),
            _ => Ok(()),
        }
    }

    /// Which document it goes into.
    fn filter(&self, document: &Document) -> Result<Document> {
        let mut filter = Document::new();
        for field in &self.on {
            match fields::get(document, &fields::split(field)) {
                Some(Bson::Array(_)) => {
                    return Err(Error::new(
                        51185,
                        format!("$merge write error: 'on' field '{field}' is an array"),
                    ));
                }
                None | Some(Bson::Null | Bson::Undefined) => {
                    return Err(Error::new(
                        51132,
                        format!(
                            "$merge write error: 'on' field '{field}' cannot be missing, null, undefined or an array"
                        ),
                    ));
                }
                Some(value) => filter.insert(field.as_str(), value.clone()),
            };
        }
        Ok(filter)
    }

    fn update(&self, filter: Document, document: Document, cx: &RunContext) -> Result<MergeUpdate> {
        let mut variables = Vec::new();
        let mut supplied = None;
        let upsert = self.not_matched == NotMatched::Insert;
        let update = match &self.matched {
            Matched::Replace => Bson::Document(document),
            Matched::KeepExisting => doc! { "$setOnInsert": document }.into(),
            Matched::Merge | Matched::Fail => doc! { "$set": document }.into(),
            Matched::Pipeline(stages) => {
                let env = &cx.env.variables;
                variables.extend(
                    env.iter()
                        .map(|(name, value)| (name.to_string(), value.clone())),
                );
                for (name, expr) in &self.variables {
                    variables.push((name.clone(), expr.eval(&document, &cx.env)?));
                }
                supplied = upsert.then(|| document.clone());
                variables.push(("new".to_owned(), Some(Bson::Document(document))));
                Bson::Array(stages.clone())
            }
        };
        Ok(MergeUpdate {
            filter,
            update,
            variables,
            upsert,
            supplied,
        })
    }

    /// An error in the stage's own words.
    fn explained(&self, error: Error) -> Error {
        match error.code {
            code::IMMUTABLE_FIELD => error.context(
                "$merge failed to update the matching document, did you attempt to modify the _id or the shard key?",
            ),
            code::DUPLICATE_KEY if self.matched == Matched::Fail && self.is_on(&error) => error
                .context(
                    "$merge with whenMatched: fail found an existing document with the same values for the 'on' fields",
                ),
            code::DUPLICATE_KEY => error.context("$merge failed due to a DuplicateKey error"),
            _ => error,
        }
    }

    /// Whether the index that refuses a document is the one on the `on` fields.
    fn is_on(&self, error: &Error) -> bool {
        let pattern = error.extra.get_document("keyPattern");
        pattern.is_ok_and(|pattern| {
            pattern.len() == self.on.len() && pattern.keys().all(|key| self.on.contains(key))
        })
    }
}
