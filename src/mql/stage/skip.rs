//! `$skip`: without the first documents.

use std::sync::Arc;

use bson::Bson;

use super::pipeline::{Needs, ParseContext, PushDown, RunContext, Stage};
use super::table::Stages;
use super::{BoxStream, from_fn, number};
use crate::mql::{Deps, Result};

/// `{$skip: n}`
#[derive(Debug)]
pub(super) struct Skip(u64);

pub(super) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    let n = number::count("$skip", 5_107_200, value)?;
    Ok(vec![Arc::new(Skip(n))])
}

impl Stage for Skip {
    fn name(&self) -> &'static str {
        "$skip"
    }

    fn run(self: Arc<Self>, mut input: BoxStream, _: &RunContext) -> Result<BoxStream> {
        let mut left = self.0;
        Ok(from_fn(move || {
            while left > 0 {
                if input.next()?.is_none() {
                    return Ok(None);
                }
                left -= 1;
            }
            input.next()
        }))
    }

    fn deps(&self, _: &mut Deps) -> Needs {
        Needs::AndLater
    }

    fn push_down(&self) -> Option<PushDown<'_>> {
        Some(PushDown::Skip(self.0))
    }
}
