//! `$geoNear`, which needs an index that there is none of here: so says a server too.

use std::sync::Arc;

use bson::Bson;

use super::BoxStream;
use super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::table::Stages;
use crate::mql::error::code;
use crate::mql::{Deps, Error, Result};

#[derive(Debug)]
struct GeoNear;

pub(super) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    match value {
        Bson::Document(_) => Ok(vec![Arc::new(GeoNear)]),
        _ => Err(Error::new(
            10065,
            "invalid parameter: expected an object ($geoNear)",
        )),
    }
}

impl Stage for GeoNear {
    fn name(&self) -> &'static str {
        "$geoNear"
    }

    fn run(self: Arc<Self>, _: BoxStream, _: &RunContext) -> Result<BoxStream> {
        Err(Error::new(
            code::INDEX_NOT_FOUND,
            "$geoNear requires a 2d or 2dsphere index, but none were found",
        ))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        deps.whole_document();
        Needs::AndLater
    }
}
