//! `$group`: one document for each group of documents with the same key.
//!
//! All groups are in one hash table ([`table`]) whose keys are equal as values are ([`hash`]); a document's key
//! is compared without copying it. A group whose key and arguments are paths and constants reads them from the
//! bytes of stored documents ([`raw`]): decoding documents is most of what others cost. When the groups take more than 100 MB, documents of groups that are not in
//! the table yet go to disk ([`spill`]): key and evaluated arguments, in files by the key's hash. When the
//! input has ended, the groups in memory are given out, then the files are grouped one by one in the same way.

mod engine;
pub(crate) mod hash;
mod key;
mod raw;
mod run;
mod spill;
pub(crate) mod table;

use std::sync::Arc;

use bson::{Bson, Document};

use super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::stream::deferred;
use super::table::Stages;
use super::{BoxStream, RawStream};
use crate::mql::accumulate::AccumulatorSpec;
use crate::mql::{Deps, Error, Result};
use key::Id;

/// `{$group: {_id: …, field: {$accumulator: …}}}`
#[derive(Debug, Clone)]
pub(super) struct Group {
    id: Id,
    fields: Vec<(String, AccumulatorSpec)>,
    /// Whether a server would run it in its other engine.
    other_engine: bool,
    /// How it reads stored documents, if it needs not decode them.
    raw: Option<Arc<raw::Reader>>,
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        return Err(Error::new(
            15947,
            "a group's fields must be specified in an object",
        ));
    };
    let mut id = None;
    let mut fields = Vec::new();
    for (name, value) in spec {
        match name.as_str() {
            "_id" => id = Some(Id::parse(value, cx.env)?),
            _ => fields.push((
                name.clone(),
                AccumulatorSpec::parse_field(name, value, cx.env)?,
            )),
        }
    }
    let id = id.ok_or_else(|| Error::new(15955, "a group specification must include an _id"))?;
    Ok(vec![Arc::new(Group {
        raw: raw::Reader::of(&id, &fields).map(Arc::new),
        id,
        fields,
        other_engine: false,
    })])
}

impl Group {
    /// The same as the first stage of a pipeline.
    pub(super) fn as_first(&self, spec: &Document) -> Self {
        Self {
            other_engine: engine::knows(spec),
            ..self.clone()
        }
    }
}

impl Stage for Group {
    fn name(&self) -> &'static str {
        "$group"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(deferred(move || run::groups(self, input, &env)))
    }

    fn reads_raw(&self) -> bool {
        self.raw.is_some()
    }

    fn run_raw(self: Arc<Self>, input: Box<dyn RawStream>, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(deferred(move || run::raw_groups(self, input, &env)))
    }

    fn as_group(&self) -> Option<&Group> {
        Some(self)
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        self.id.deps(deps);
        self.fields.iter().for_each(|(_, spec)| spec.deps(deps));
        Needs::Only
    }
}
