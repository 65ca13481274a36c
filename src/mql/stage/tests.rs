//! The case tables of stages, on collections in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bson::{Bson, Document, doc};

use super::*;
use crate::mql::cases::{self, Case};
use crate::mql::matching::Matcher;
use crate::mql::sort::SortSpec;
use crate::mql::{Env, Result};

const DB: &str = "rhaiver_cases";

/// A database in memory.
#[derive(Default)]
struct Memory {
    collections: Mutex<HashMap<String, Vec<Document>>>,
}

impl Memory {
    fn documents(&self, name: &str) -> Vec<Document> {
        let collections = self.collections.lock().unwrap();
        collections.get(name).cloned().unwrap_or_default()
    }

    /// Reads as a source does.
    fn source(&self, namespace: &Namespace, plan: &Plan, env: &Env) -> Result<BoxStream> {
        if plan.source == Source::Generated {
            return Ok(empty());
        }
        let mut documents = self.documents(&namespace.coll);
        let prefix = &plan.prefix;
        if let Some(filter) = &prefix.filter {
            let matcher = Matcher::parse(filter, env)?;
            let mut kept = Vec::new();
            for document in documents {
                if matcher.matches(&document)? {
                    kept.push(document);
                }
            }
            documents = kept;
        }
        if let Some(sort) = &prefix.sort {
            let spec = SortSpec::parse(sort)?;
            let keyed = documents.into_iter().map(|d| Ok((spec.key(&d, env)?, d)));
            let mut keyed = keyed.collect::<Result<Vec<_>>>()?;
            keyed.sort_by(|(a, _), (b, _)| spec.compare(a, b));
            documents = keyed.into_iter().map(|(_, d)| d).collect();
        }
        let limit = usize::try_from(prefix.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let skip = usize::try_from(prefix.skip).unwrap_or(usize::MAX);
        let fields = plan.deps.fields().cloned();
        let documents = documents.into_iter().skip(skip).take(limit);
        Ok(from_documents(documents.map(move |document| {
            match &fields {
                None => document,
                Some(fields) => document
                    .into_iter()
                    .filter(|(k, _)| fields.contains(k))
                    .collect(),
            }
        })))
    }
}

/// The host of tests: it hands out streams of a database in memory.
struct TestHost(Arc<Memory>);

impl Host for TestHost {
    fn open(&self, namespace: &Namespace, pipeline: &Pipeline, env: &Env) -> Result<BoxStream> {
        run(&self.0, namespace, pipeline, env)
    }
}

fn run(
    memory: &Arc<Memory>,
    namespace: &Namespace,
    pipeline: &Pipeline,
    env: &Env,
) -> Result<BoxStream> {
    let plan = pipeline.plan();
    let source = memory.source(namespace, &plan, env)?;
    let cx = RunContext {
        host: Arc::new(TestHost(memory.clone())),
        env: env.clone(),
        namespace: namespace.clone(),
    };
    plan.rest.run(source, &cx)
}

fn all(
    memory: &Arc<Memory>,
    namespace: &Namespace,
    stages: &[Bson],
    env: &Env,
) -> Result<Vec<Document>> {
    let pipeline = Pipeline::parse(stages, namespace, env)?;
    let mut stream = run(memory, namespace, &pipeline, env)?;
    let mut found = Vec::new();
    while let Some(document) = stream.next()? {
        found.push(document);
    }
    Ok(found)
}

fn answer(case: &Case) -> Option<Result<Bson>> {
    let memory = Arc::new(Memory::default());
    memory
        .collections
        .lock()
        .unwrap()
        .insert("c".to_owned(), case.docs.clone());
    let env = cases::env(case);
    if let Ok(stages) = case.line.get_array("pipeline") {
        let namespace = Namespace::new(DB, "c");
        let found = all(&memory, &namespace, stages, &env);
        return Some(found.map(|mut documents| {
            if case.line.get_bool("unordered").unwrap_or(false) {
                documents.sort_by_key(|d| cases::text(&Bson::Document(d.clone())));
            }
            documents
                .into_iter()
                .map(Bson::Document)
                .collect::<Vec<_>>()
                .into()
        }));
    }
    let command = case.line.get_document("run").ok()?;
    command
        .get("aggregate")
        .and_then(|_| aggregate(&memory, case, command, env))
}

/// An `aggregate` command that only reads.
fn aggregate(
    memory: &Arc<Memory>,
    case: &Case,
    command: &Document,
    mut env: Env,
) -> Option<Result<Bson>> {
    let stages = command.get_array("pipeline").ok()?;
    let db = case.line.get_str("db").unwrap_or(DB);
    let namespace = match command.get("aggregate")? {
        Bson::String(name) => Namespace::new(db, name),
        _ => Namespace::collectionless(db),
    };
    if let Ok(variables) = command.get_document("let") {
        for (name, value) in variables {
            env = env.with_variable(name, Some(value.clone()));
        }
    }
    if case
        .is
        .as_document()
        .is_some_and(|is| !is.contains_key("error"))
    {
        let last = stages
            .last()
            .and_then(Bson::as_document)
            .and_then(|s| s.keys().next());
        if last.is_some_and(|name| name == "$merge" || name == "$out") {
            return None;
        }
    }
    let reply = all(memory, &namespace, stages, &env).map(|documents| {
        let batch: Vec<Bson> = documents.into_iter().map(Bson::Document).collect();
        let cursor = doc! { "firstBatch": batch, "id": 0_i64, "ns": namespace.to_string() };
        doc! { "cursor": cursor, "ok": 1.0 }.into()
    });
    Some(reply)
}

macro_rules! tables {
    ($($test:ident = $file:literal;)*) => {
        $(
            #[test]
            fn $test() {
                cases::check(concat!("stages/", $file, ".jsonl"), answer);
            }
        )*
    };
}

tables! {
    add_fields = "addFields";
    bucket = "bucket";
    bucket_auto = "bucketAuto";
    count = "count";
    densify = "densify";
    documents = "documents";
    facet = "facet";
    fill = "fill";
    graph_lookup = "graphLookup";
    group = "group";
    limit = "limit";
    lookup = "lookup";
    matching = "match";
    merge = "merge";
    out = "out";
    project = "project";
    redact = "redact";
    replace_root = "replaceRoot";
    sample = "sample";
    set_window_fields = "setWindowFields";
    skip = "skip";
    sort = "sort";
    sort_by_count = "sortByCount";
    sources = "sources";
    union_with = "unionWith";
    unset = "unset";
    unwind = "unwind";
}
