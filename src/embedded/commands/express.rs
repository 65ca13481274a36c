//! A `find` of one document by one value, as drivers send `findOne`: read from the bytes and answered without
//! decoding the command or choosing a plan. Everything else about the command is as for others.

use bson::{RawDocument, RawDocumentBuf};

use super::context::CommandContext;
use super::open;
use super::request::check_collection_name;
use crate::embedded::cursor::Batch;
use crate::embedded::host::is_oplog;
use crate::embedded::query::Point;
use crate::mql::Result;
use crate::mql::stage::Namespace;
use crate::value::Number;
use crate::value::raw::RawFields;

/// Such a command.
#[derive(Debug, Clone)]
pub struct Express {
    collection: String,
    filter: Point,
}

impl Express {
    /// The command in a message, if it is one and says nothing that must be looked at otherwise.
    #[must_use]
    pub fn of(body: &RawDocument) -> Option<Self> {
        let mut fields = RawFields::of(body);
        let Ok((b"find", collection)) = fields.next()? else {
            return None;
        };
        let collection = collection.text().ok()??;
        let (mut filter, mut first_only, mut single, mut sized) = (None, false, false, false);
        for field in fields {
            let (name, value) = field.ok()?;
            match name {
                b"$clusterTime" | b"$db" | b"$readPreference" | b"lsid" => {}
                // A batch of none leaves the document to `getMore`.
                b"batchSize" => {
                    sized = matches!(value.number()?, Number::Int32(1..) | Number::Int64(1..));
                    sized.then_some(())?;
                }
                b"filter" if filter.is_none() => filter = Point::of(value.document()?),
                b"limit" => {
                    first_only = matches!(value.number()?, Number::Int32(1) | Number::Int64(1));
                    first_only.then_some(())?;
                }
                b"singleBatch" => single = value.boolean()?,
                _ => return None,
            }
        }
        let filter = filter?;
        let is_one = (filter.is_of_id() && !sized) || (first_only && single);
        let is_one = is_one && !collection.contains('$');
        is_one.then(|| Self {
            collection: collection.to_owned(),
            filter,
        })
    }

    /// The reply; `None` where the collection asks for more than this knows.
    ///
    /// # Errors
    /// What the name or the disk says.
    pub fn run(&self, cx: &mut CommandContext<'_>, db: &str) -> Result<Option<RawDocumentBuf>> {
        check_collection_name(db, &self.collection)?;
        let namespace = Namespace::new(db, &self.collection);
        if is_oplog(&namespace) {
            return Ok(None);
        }
        let view = cx.operation.view()?;
        let collection = view.collection(&namespace).filter(|c| !c.is_view());
        let Some(collection) = collection else {
            return Ok(None);
        };
        let Some(found) = self.filter.first(&view, collection)? else {
            return Ok(None);
        };
        cx.env.interrupt.check()?;
        let mut batch = Batch::new("firstBatch", 1);
        if let Some(record) = found {
            batch.push(record.bytes);
        }
        open::reply(batch, None, 0, &namespace, None).map(Some)
    }
}
