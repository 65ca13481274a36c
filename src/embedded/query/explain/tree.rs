//! From a plan to its stages.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bson::{Bson, Document};

use super::filter::all_of;
use super::stage::{Stage, Work, number, texts};
use crate::embedded::index::multikey_paths;
use crate::embedded::query::plan::{Access, Conjunction, IndexScan, Plan, ScannedKeys, Sorting};
use crate::embedded::query::run::{Counters, ScanCounts};
use crate::embedded::storage::Direction;
use crate::mql::matching::Predicate;
use crate::mql::sort::MEMORY_LIMIT;

/// A plan's stages, with what a run has counted.
pub(super) struct Tree<'a> {
    pub plan: &'a Plan,
    pub access: &'a Access,
    pub sorting: &'a Sorting,
    pub counters: &'a Counters,
}

impl Tree<'_> {
    /// The stages of a read or a count.
    pub fn whole(&self) -> Stage {
        if self.plan.query.count {
            self.counting()
        } else {
            self.reading()
        }
    }

    /// The stages of a read.
    pub fn reading(&self) -> Stage {
        let query = &self.plan.query;
        if matches!(self.access, Access::Nothing) {
            return Stage::new("EOF").working(Work {
                ended: true,
                ..Work::default()
            });
        }
        let sorted = matches!(self.sorting, Sorting::Sort(_));
        let early = !sorted && self.is_exact() && query.skip > 0;
        let mut stage = self.source(early);
        if sorted {
            stage = self.sort(stage);
        }
        if query.skip > 0 && !early {
            stage = self.skip(stage);
        }
        let id = matches!(self.access, Access::Id(_));
        // A sort has the limit in it; one document needs none.
        let limit = query.limit.filter(|_| !sorted && !id);
        stage = self.shape(stage);
        if let Some(limit) = limit {
            let work = Work {
                advanced: self.counters.returned.get(),
                idle: stage.work.idle,
                ended: true,
            };
            stage = Stage::new("LIMIT")
                .with("limitAmount", number(limit))
                .working(work)
                .over(stage);
        }
        if self.is_rooted_or() {
            let work = stage.work;
            stage = Stage::new("SUBPLAN").working(work).over(stage);
        }
        stage
    }

    /// A filter that is an `$or` is planned alternative by alternative.
    fn is_rooted_or(&self) -> bool {
        let hinted = self.plan.query.hint.is_some();
        let rooted = matches!(self.plan.query.matcher.predicate(), Predicate::Or(_));
        let one_index = matches!(self.access, Access::Index(_));
        rooted && !hinted && !one_index && self.plan.query.natural().is_none()
    }

    fn is_exact(&self) -> bool {
        matches!(self.access, Access::Index(scan) if scan.is_exact())
    }

    fn parts(&self) -> Vec<&Predicate> {
        Conjunction::of(self.plan.query.matcher.predicate()).parts
    }

    fn source(&self, early_skip: bool) -> Stage {
        let documents = self.counters.documents.get();
        let matched = self.counters.matched.get();
        match self.access {
            Access::Nothing => Stage::new("EOF"),
            Access::Collection(direction) => {
                let work = Work {
                    advanced: matched,
                    idle: documents - matched.min(documents) + 1,
                    ended: true,
                };
                let mut stage = Stage::new("COLLSCAN")
                    .with("direction", name(*direction))
                    .working(work);
                stage.filter = all_of(&self.parts());
                stage.did("docsExamined", documents)
            }
            Access::Id(_) => {
                let work = Work {
                    advanced: matched,
                    idle: 0,
                    ended: true,
                };
                Stage::new("IDHACK")
                    .working(work)
                    .did("keysExamined", documents)
                    .did("docsExamined", documents)
            }
            Access::Index(scan) => {
                let mut stage = index_stage(scan, self.counters.scans().first());
                if early_skip {
                    stage = self.skip(stage);
                }
                if self.plan.query.return_key && scan.filter.is_empty() {
                    return stage;
                }
                self.fetch(stage, &scan.filter.iter().collect::<Vec<_>>())
            }
            Access::Either(_) => {
                let rest: Vec<&Predicate> = self.other_parts();
                let or = self.either();
                self.fetch(or, &rest)
            }
        }
    }

    /// The parts of the filter beside the `$or` that the scans are for.
    fn other_parts(&self) -> Vec<&Predicate> {
        let mut found = false;
        let other = |part: &&Predicate| {
            let first = !found && matches!(part, Predicate::Or(_));
            found |= first;
            !first
        };
        self.parts().into_iter().filter(other).collect()
    }

    fn either(&self) -> Stage {
        let Access::Either(branches) = self.access else {
            return Stage::new("EOF");
        };
        let counts = self.counters.scans();
        let mut stage = Stage::new("OR");
        stage.many = true;
        for (place, branch) in branches.iter().enumerate() {
            let scan = index_stage(&branch.scan, counts.get(place));
            let filter: Vec<&Predicate> = branch.scan.filter.iter().collect();
            let work = scan.work;
            stage.work.idle += work.idle;
            stage.inputs.push(match all_of(&filter) {
                None => scan,
                filter => {
                    let mut fetch = Stage::new("FETCH").working(work).over(scan);
                    fetch.filter = filter;
                    fetch
                        .did("docsExamined", work.advanced)
                        .did("alreadyHasObj", 0)
                }
            });
        }
        let (tested, dropped) = (self.counters.merged.get(), self.counters.merged_again.get());
        stage.work.advanced = tested.saturating_sub(dropped);
        stage.work.idle += dropped + (branches.len() as u64).saturating_sub(1);
        stage.work.ended = true;
        stage.did("dupsTested", tested).did("dupsDropped", dropped)
    }

    fn fetch(&self, input: Stage, filter: &[&Predicate]) -> Stage {
        let work = input.work.giving(self.counters.matched.get());
        let mut fetch = Stage::new("FETCH").working(work).over(input);
        fetch.filter = all_of(filter);
        fetch
            .did("docsExamined", self.counters.documents.get())
            .did("alreadyHasObj", 0)
    }

    fn sort(&self, input: Stage) -> Stage {
        let query = &self.plan.query;
        let pattern = query.order().cloned().unwrap_or_default();
        let mut stage = Stage::new("SORT").with("sortPattern", pattern);
        stage = stage.with("memLimit", number(MEMORY_LIMIT as u64));
        let sorted = self.counters.sorted.get();
        let mut advanced = sorted;
        if let Some(limit) = query.limit {
            let most = limit.saturating_add(query.skip);
            advanced = advanced.min(most);
            stage = stage.with("limitAmount", number(most));
        }
        let work = input.work;
        let idle = work.advanced + work.idle + u64::from(work.ended);
        let used_disk = self.counters.used_disk.load(Ordering::Relaxed);
        stage = stage
            .with("type", "simple")
            .working(Work {
                advanced,
                idle,
                ended: true,
            })
            .over(input);
        stage = stage.did("totalDataSizeSorted", self.counters.sorted_bytes.get());
        stage.done.insert("usedDisk", used_disk);
        stage.did("spills", u64::from(used_disk))
    }

    fn skip(&self, input: Stage) -> Stage {
        let skip = self.plan.query.skip;
        let work = input.work.giving(input.work.advanced.saturating_sub(skip));
        Stage::new("SKIP")
            .with("skipAmount", number(skip))
            .working(work)
            .over(input)
    }

    /// What is made of the rows.
    fn shape(&self, mut stage: Stage) -> Stage {
        let query = &self.plan.query;
        let work = stage.work;
        if query.return_key {
            return Stage::new("RETURN_KEY").working(work).over(stage);
        }
        if let Some(projection) = query.projection.as_ref().filter(|p| !p.is_empty()) {
            let name = if is_simple(projection) {
                "PROJECTION_SIMPLE"
            } else {
                "PROJECTION_DEFAULT"
            };
            stage = Stage::new(name)
                .with("transformBy", projection.clone())
                .working(work)
                .over(stage);
        } else if query.record_id {
            let by = bson::doc! { "$recordId": { "$meta": "recordId" } };
            stage = Stage::new("PROJECTION_DEFAULT")
                .with("transformBy", by)
                .working(work)
                .over(stage);
        }
        stage
    }

    /// The stages of a count.
    pub fn counting(&self) -> Stage {
        let counted = self.counters.returned.get();
        let all = self.plan.query.matcher.is_empty();
        let work = |idle| Work {
            advanced: 0,
            idle,
            ended: true,
        };
        let count = |stage: Stage| {
            stage
                .did("nCounted", counted)
                .did("nSkipped", self.plan.query.skip)
        };
        match self.access {
            Access::Nothing => count(Stage::new("COUNT").working(work(0)).over(Stage::new("EOF"))),
            Access::Collection(_) if all => {
                count(Stage::new("RECORD_STORE_FAST_COUNT").working(work(0)))
            }
            Access::Index(scan) if scan.is_exact() => {
                let own = self.counters.scans();
                let input =
                    count_scan(scan, own.first()).unwrap_or_else(|| index_stage(scan, own.first()));
                count(
                    Stage::new("COUNT")
                        .working(work(input.work.advanced))
                        .over(input),
                )
            }
            _ => {
                let input = self.source(false);
                count(
                    Stage::new("COUNT")
                        .working(work(input.work.advanced + input.work.idle))
                        .over(input),
                )
            }
        }
    }
}

/// Inclusions of top-level fields only.
fn is_simple(projection: &Document) -> bool {
    let includes = |value: &Bson| match value {
        Bson::Boolean(b) => Some(*b),
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => {
            crate::value::Number::from_bson(value).map(|n| n.to_f64() != 0.0)
        }
        _ => None,
    };
    let mut any = false;
    let simple = projection
        .iter()
        .all(|(name, value)| match includes(value) {
            Some(true) => {
                any = true;
                !name.contains('.') && !name.starts_with('$')
            }
            Some(false) => name == "_id",
            None => false,
        });
    simple && any
}

fn name(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

/// What describes an index, up to its version.
fn described(mut stage: Stage, scan: &IndexScan) -> Stage {
    let index = &scan.index;
    stage = stage
        .with("keyPattern", scan.pattern())
        .with("indexName", &*index.name);
    stage = stage.with("isMultiKey", index.is_multikey());
    stage = stage.with(
        "multiKeyPaths",
        multikey_paths(&index.fields, index.multikey_fields()),
    );
    stage = stage
        .with("isUnique", index.unique)
        .with("isSparse", index.sparse);
    stage
        .with("isPartial", index.partial.is_some())
        .with("indexVersion", 2)
}

fn index_stage(scan: &IndexScan, counts: Option<&Arc<ScanCounts>>) -> Stage {
    let mut stage = described(Stage::new("IXSCAN"), scan).with("direction", name(scan.direction));
    stage.filter = all_of(&scan.key_filter.iter().collect::<Vec<_>>());
    stage = stage.with("indexBounds", bounds(scan));
    let Some(counts) = counts else { return stage };
    let (keys, inside, again) = (counts.keys.get(), counts.inside.get(), counts.again.get());
    let advanced = inside.saturating_sub(again);
    let work = Work {
        advanced,
        idle: keys.saturating_sub(advanced),
        ended: true,
    };
    let tested = if scan.index.is_multikey() { inside } else { 0 };
    let stage = stage
        .working(work)
        .did("keysExamined", keys)
        .did("seeks", counts.seeks.get());
    stage.did("dupsTested", tested).did("dupsDropped", again)
}

fn bounds(scan: &IndexScan) -> Document {
    let ScannedKeys::Bounds(bounds) = &scan.keys else {
        return Document::new();
    };
    let forward = scan.direction == Direction::Forward;
    let fields = scan.index.fields.iter().zip(&bounds.fields);
    let fields = fields.map(|((path, ascending), intervals)| {
        (path.clone(), texts(intervals.texts(*ascending == forward)))
    });
    fields.collect()
}

/// A count over one run of keys.
fn count_scan(scan: &IndexScan, counts: Option<&Arc<ScanCounts>>) -> Option<Stage> {
    let ScannedKeys::Bounds(bounds) = &scan.keys else {
        return None;
    };
    let (start, end) = bounds.single_run(&scan.ascending())?;
    let names = || scan.index.fields.iter().map(|(path, _)| path.clone());
    let start_inclusive = scan
        .ascending()
        .iter()
        .zip(&start)
        .all(|(ascending, edge)| edge.after != *ascending);
    let end_inclusive = scan
        .ascending()
        .iter()
        .zip(&end)
        .all(|(ascending, edge)| edge.after == *ascending);
    let start: Document = names()
        .zip(start.into_iter().map(|edge| edge.value))
        .collect();
    let end: Document = names()
        .zip(end.into_iter().map(|edge| edge.value))
        .collect();
    let run = bson::doc! {
        "startKey": start,
        "startKeyInclusive": start_inclusive,
        "endKey": end,
        "endKeyInclusive": end_inclusive,
    };
    let mut stage = Stage::new("COUNT_SCAN");
    if let Some(counts) = counts {
        let (keys, inside) = (counts.keys.get(), counts.inside.get());
        stage = stage.working(Work {
            advanced: inside.saturating_sub(counts.again.get()),
            idle: 0,
            ended: true,
        });
        // The server looks at one key more to see the end.
        stage = stage.with("keysExamined", number(keys));
    }
    Some(described(stage, scan).with("indexBounds", run))
}
