//! `$sample`: some documents by chance.

use std::sync::Arc;

use bson::{Bson, Document};

use super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::stream::deferred;
use super::table::Stages;
use super::{BoxStream, from_documents};
use crate::mql::{Deps, Env, Error, Result};
use crate::value::Number;

/// `{$sample: {size: n}}`
#[derive(Debug)]
struct Sample(usize);

pub(super) fn parse(value: &Bson, _: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        return Err(Error::new(
            28745,
            "the $sample stage specification must be an object",
        ));
    };
    let mut size = None;
    for (name, value) in spec {
        match name.as_str() {
            "size" => size = Some(parse_size(value)?),
            _ => {
                return Err(Error::new(
                    28748,
                    format!("unrecognized option to $sample: {name}"),
                ));
            }
        }
    }
    let size = size.ok_or_else(|| Error::new(28749, "$sample stage must specify a size"))?;
    Ok(vec![Arc::new(Sample(size))])
}

fn parse_size(value: &Bson) -> Result<usize> {
    let size = Number::from_bson(value)
        .ok_or_else(|| Error::new(28746, "size argument to $sample must be a number"))?;
    let size = size.to_f64();
    if size <= -1.0 {
        return Err(Error::new(
            28747,
            "size argument to $sample must not be negative",
        ));
    }
    // Cut to a whole number; NaN is 0.
    Ok(size as usize)
}

/// Each document with the same chance, in one pass: the first ones, then each further one in the place of one
/// of them with the chance that it has; at the end in an order by chance.
fn choose(mut input: BoxStream, size: usize, env: &Env) -> Result<Vec<Document>> {
    let below = |n: usize| (((env.random)() * n as f64) as usize).min(n.saturating_sub(1));
    let mut chosen = Vec::new();
    let mut seen = 0;
    while let Some(document) = input.next()? {
        env.interrupt.check()?;
        seen += 1;
        if chosen.len() < size {
            chosen.push(document);
        } else if let Some(place) = chosen.get_mut(below(seen)) {
            *place = document;
        }
    }
    for last in (1..chosen.len()).rev() {
        chosen.swap(last, below(last + 1));
    }
    Ok(chosen)
}

impl Stage for Sample {
    fn name(&self) -> &'static str {
        "$sample"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        let size = self.0;
        if size == 0 {
            return Ok(super::empty());
        }
        Ok(deferred(move || {
            Ok(from_documents(choose(input, size, &env)?))
        }))
    }

    fn deps(&self, _: &mut Deps) -> Needs {
        Needs::AndLater
    }
}
