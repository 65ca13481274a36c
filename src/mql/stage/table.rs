//! The names of all stages.

use std::sync::Arc;

use bson::{Bson, Document};

use super::pipeline::{ParseContext, Stage};
use super::{
    add_fields, bucket, bucket_auto, count, densify, documents, facet, fill, geo_near,
    graph_lookup, group, limit, lookup, matching, merge, out, project, redact, replace_root,
    sample, skip, sort, sort_by_count, sources, union_with, unset, unwind, window,
};
use crate::mql::error::code;
use crate::mql::{Error, Result};

/// Parses a stage; some stages are several.
pub(super) type Parse = fn(&Bson, &ParseContext<'_>) -> Result<Stages>;

/// What a stage's specification becomes.
pub(super) type Stages = Vec<Arc<dyn Stage>>;

/// Checks what the server checks of a stage before it parses any.
type Lite = fn(&Bson) -> Result<()>;

struct Entry {
    name: &'static str,
    parse: Parse,
    lite: Lite,
}

const fn stage(name: &'static str, parse: Parse) -> Entry {
    Entry {
        name,
        parse,
        lite: |_| Ok(()),
    }
}

const fn checked(name: &'static str, parse: Parse, lite: Lite) -> Entry {
    Entry { name, parse, lite }
}

/// The stages, by name.
static STAGES: &[Entry] = &[
    stage("$addFields", add_fields::parse),
    stage("$bucket", bucket::parse),
    stage("$bucketAuto", bucket_auto::parse),
    stage("$changeStream", sources::change_stream::parse),
    stage("$collStats", sources::coll_stats::parse),
    stage("$count", count::parse),
    checked(
        "$currentOp",
        sources::current_op::parse,
        sources::current_op::lite,
    ),
    stage("$densify", densify::parse),
    stage("$documents", documents::parse),
    checked("$facet", facet::parse, facet::lite),
    stage("$fill", fill::parse),
    stage("$geoNear", geo_near::parse),
    checked("$graphLookup", graph_lookup::parse, graph_lookup::lite),
    stage("$group", group::parse),
    stage("$indexStats", sources::index_stats::parse),
    stage("$limit", limit::parse),
    checked(
        "$listLocalSessions",
        sources::list_sessions::parse_local,
        sources::list_sessions::lite,
    ),
    checked(
        "$listSessions",
        sources::list_sessions::parse,
        sources::list_sessions::lite,
    ),
    checked("$lookup", lookup::parse, lookup::lite),
    stage("$match", matching::parse),
    checked("$merge", merge::parse, merge::lite),
    checked("$out", out::parse, out::lite),
    stage("$planCacheStats", sources::plan_cache_stats::parse),
    stage("$project", project::parse),
    stage("$redact", redact::parse),
    stage("$replaceRoot", replace_root::parse),
    stage("$replaceWith", replace_root::parse_with),
    stage("$sample", sample::parse),
    stage("$set", add_fields::parse_set),
    stage("$setWindowFields", window::parse),
    stage("$skip", skip::parse),
    stage("$sort", sort::parse),
    stage("$sortByCount", sort_by_count::parse),
    checked("$unionWith", union_with::parse, union_with::lite),
    stage("$unset", unset::parse),
    stage("$unwind", unwind::parse),
];

/// The stages that a 6.0 server has and this one does not. Those of Atlas (`$search`) are no stages to a
/// community server either: they have no names.
static REFUSED: &[&str] = &[
    "$_internalSplitPipeline",
    "$_internalUnpackBucket",
    "$_unpackBucket",
    "$listCachedAndActiveUsers",
    "$listCatalog",
    "$mergeCursors",
    "$operationMetrics",
    "$shardedDataDistribution",
];

/// The parsers of all stages of a pipeline with their specifications. As on the server, all names are known
/// before any stage is parsed.
pub(super) fn find_all(stages: &[Bson]) -> Result<Vec<(Parse, &Document)>> {
    let found = stages.iter().map(|stage| {
        let Bson::Document(spec) = stage else {
            return Err(Error::type_mismatch(
                "Each element of the 'pipeline' array must be an object",
            ));
        };
        let (entry, value) = find(spec)?;
        (entry.lite)(value)?;
        Ok((entry.parse, spec))
    });
    found.collect()
}

/// Checks the stages of a pipeline inside a stage, as far as the server does before parsing any.
pub(super) fn check_names(stages: &[Bson]) -> Result<()> {
    find_all(stages).map(|_| ())
}

fn find(spec: &Document) -> Result<(&'static Entry, &Bson)> {
    let (name, value) = match spec.iter().next() {
        Some(field) if spec.len() == 1 => field,
        _ => {
            return Err(Error::new(
                40323,
                "A pipeline stage specification object must contain exactly one field.",
            ));
        }
    };
    let found = STAGES.binary_search_by(|entry| entry.name.cmp(name));
    match found.ok().and_then(|at| STAGES.get(at)) {
        Some(entry) => Ok((entry, value)),
        None if REFUSED.contains(&name.as_str()) => Err(Error::new(
            code::NOT_IMPLEMENTED,
            format!("The stage {name} is not supported here"),
        )),
        None => Err(Error::new(
            40324,
            format!("Unrecognized pipeline stage name: '{name}'"),
        )),
    }
}

/// The names of all stages, for the documentation of what is supported.
pub fn names() -> impl Iterator<Item = &'static str> {
    STAGES.iter().map(|entry| entry.name)
}

/// The stages that the server has and this has not.
pub fn refused_names() -> impl Iterator<Item = &'static str> {
    REFUSED.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(STAGES.is_sorted_by(|a, b| a.name < b.name));
        assert!(REFUSED.is_sorted());
    }
}
