//! `$limit`: no more than so many documents.

use std::sync::Arc;

use bson::Bson;

use super::pipeline::{Needs, ParseContext, PushDown, RunContext, Stage};
use super::table::Stages;
use super::{BoxStream, from_fn, number};
use crate::mql::{Deps, Error, Result};

/// `{$limit: n}`
#[derive(Debug)]
pub(super) struct Limit(u64);

pub(super) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    match number::count("$limit", 5_107_201, value)? {
        0 => Err(Error::new(15958, "the limit must be positive")),
        n => Ok(vec![Arc::new(Limit(n))]),
    }
}

impl Stage for Limit {
    fn name(&self) -> &'static str {
        "$limit"
    }

    fn run(self: Arc<Self>, mut input: BoxStream, _: &RunContext) -> Result<BoxStream> {
        let mut left = self.0;
        Ok(from_fn(move || match left {
            0 => Ok(None),
            _ => {
                left -= 1;
                input.next()
            }
        }))
    }

    fn deps(&self, _: &mut Deps) -> Needs {
        Needs::AndLater
    }

    fn push_down(&self) -> Option<PushDown<'_>> {
        Some(PushDown::Limit(self.0))
    }
}
