//! `$mergeObjects`: later fields over earlier ones, each in its first place.

use bson::{Bson, Document};

use super::memory;
use super::{Accumulator, Result};
use crate::mql::error::Error;

#[derive(Debug, Default)]
pub(super) struct MergeObjects(Document);

impl Accumulator for MergeObjects {
    fn add(&mut self, value: Option<Bson>) -> Result<()> {
        match super::present(value) {
            None => Ok(()),
            Some(Bson::Document(doc)) => {
                self.0.extend(doc);
                Ok(())
            }
            Some(_) => Err(Error::new(5_911_200, "$mergeObjects only supports objects")),
        }
    }

    fn value(&self) -> Option<Bson> {
        Some(Bson::Document(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Option<Bson> {
        Some(Bson::Document(self.0))
    }

    fn size(&self) -> usize {
        self.0.iter().map(|(k, v)| k.len() + memory::size(v)).sum()
    }
}
