//! `$bucketAuto`: groups of about the same size along a value.

mod granularity;
mod parse;
mod run;

use bson::Bson;

use super::BoxStream;
use super::pipeline::{Needs, RunContext, Stage};
use super::stream::deferred;
use crate::mql::accumulate::AccumulatorSpec;
use crate::mql::expr::Expr;
use crate::mql::{Deps, Env, Error, Result, text};
use crate::value::Number;

use granularity::Granularity;
pub(super) use parse::parse;
use std::sync::Arc;

/// `{$bucketAuto: {groupBy, buckets, output, granularity}}`
#[derive(Debug)]
struct BucketAuto {
    group_by: Expr,
    buckets: u64,
    fields: Vec<(String, AccumulatorSpec)>,
    granularity: Option<Granularity>,
}

impl BucketAuto {
    /// The value along which a document is sorted.
    fn key(&self, document: &bson::Document, env: &Env) -> Result<Bson> {
        let key = self.group_by.eval(document, env)?;
        if self.granularity.is_some() {
            check(key.as_ref())?;
        }
        Ok(key.unwrap_or(Bson::Null))
    }
}

/// What a granularity can round.
fn check(key: Option<&Bson>) -> Result<()> {
    let only = |code, what: &str| {
        Err(Error::new(
            code,
            format!("$bucketAuto can specify a 'granularity' with {what}"),
        ))
    };
    let Some(number) = key.and_then(Number::from_bson) else {
        let found = key.map_or("missing", text::type_name);
        return only(
            40258,
            &format!("numeric boundaries only, but found a value with type: {found}"),
        );
    };
    if number.is_nan() {
        return only(40259, "numeric boundaries only, but found a NaN");
    }
    if number.to_f64() < 0.0 {
        return only(
            40260,
            "non-negative numbers only, but found a negative number",
        );
    }
    Ok(())
}

impl Stage for BucketAuto {
    fn name(&self) -> &'static str {
        "$bucketAuto"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(deferred(move || run::buckets(self, input, env)))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        self.group_by.deps(deps);
        self.fields.iter().for_each(|(_, spec)| spec.deps(deps));
        Needs::Only
    }
}
