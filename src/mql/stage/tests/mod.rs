//! The case tables of stages, on collections in memory.

mod memory;

use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::Namespace;
use crate::mql::cases::{self, Case};
use crate::mql::error::code;
use crate::mql::{Env, Result};
use memory::{Memory, all};

const DB: &str = "rhaiver_cases";

fn answer(memory: &Arc<Memory>, case: &Case) -> Option<Result<Bson>> {
    let keeps = matches!(case.line.get_bool("reset"), Ok(false));
    if !keeps {
        memory.with("c", |c| c.documents = case.docs.clone());
    }
    let env = cases::env(case);
    let found = match (
        case.line.get_array("pipeline"),
        case.line.get_document("run"),
    ) {
        (Ok(stages), _) => pipeline(memory, case, stages, &env),
        (_, Ok(command)) => run(memory, case, command, env)?,
        _ => return None,
    };
    match found {
        // What only a whole database can answer.
        Err(e) if e.code == code::COMMAND_NOT_SUPPORTED || e.code == 40573 => None,
        Ok(_) if case.place.contains("sources") && is_of_the_host(case) => None,
        found => Some(found),
    }
}

fn pipeline(memory: &Arc<Memory>, case: &Case, stages: &[Bson], env: &Env) -> Result<Bson> {
    let mut documents = all(memory, &Namespace::new(DB, "c"), stages, env)?;
    if case.line.get_bool("unordered").unwrap_or(false) {
        documents.sort_by_key(|d| cases::text(&Bson::Document(d.clone())));
    }
    let documents = documents.into_iter().map(Bson::Document);
    Ok(documents.collect::<Vec<_>>().into())
}

/// Whether the first stage's documents are the host's.
fn is_of_the_host(case: &Case) -> bool {
    let text = cases::text(&Bson::Document(case.line.clone()));
    text.contains("$indexStats") || text.contains("$currentOp")
}

/// A command: one that prepares is done and says nothing.
fn run(memory: &Arc<Memory>, case: &Case, command: &Document, env: Env) -> Option<Result<Bson>> {
    match command.keys().next()?.as_str() {
        "aggregate" => Some(aggregate(memory, case, command, env)),
        "find" if !host_knows(case) => {
            let namespace = Namespace::new(DB, command.get_str("find").ok()?);
            let found = memory.find(command, &env);
            Some(found.map(|documents| reply(&namespace, documents)))
        }
        "drop" => {
            memory.remove(command.get_str("drop").ok()?);
            None
        }
        "create" => {
            memory.with(command.get_str("create").ok()?, |c| {
                c.view = command.contains_key("viewOn");
                c.capped = command.contains_key("capped");
            });
            None
        }
        "createIndexes" => {
            for index in command.get_array("indexes").ok()? {
                let key = index.as_document()?.get_document("key").ok()?;
                let fields = key.keys().cloned().collect();
                memory.with(command.get_str("createIndexes").ok()?, |c| {
                    c.unique.push(fields)
                });
            }
            None
        }
        _ => None,
    }
}

/// Whether the answer has fields in another order than a cursor's.
fn host_knows(case: &Case) -> bool {
    let cursor = case
        .is
        .as_document()
        .and_then(|is| is.get_document("cursor").ok());
    cursor.is_some_and(|cursor| cursor.keys().next().is_some_and(|first| first == "id"))
}

fn aggregate(memory: &Arc<Memory>, case: &Case, command: &Document, mut env: Env) -> Result<Bson> {
    let nothing = Vec::new();
    let stages = command.get_array("pipeline").unwrap_or(&nothing);
    let db = case.line.get_str("db").unwrap_or(DB);
    let namespace = match command.get("aggregate") {
        Some(Bson::String(name)) => Namespace::new(db, name),
        _ => Namespace::collectionless(db),
    };
    if let Ok(variables) = command.get_document("let") {
        for (name, value) in variables {
            env = env.with_variable(name, Some(value.clone()));
        }
    }
    Ok(reply(&namespace, all(memory, &namespace, stages, &env)?))
}

fn reply(namespace: &Namespace, documents: Vec<Document>) -> Bson {
    let batch: Vec<Bson> = documents.into_iter().map(Bson::Document).collect();
    let cursor = doc! { "firstBatch": batch, "id": 0_i64, "ns": namespace.to_string() };
    doc! { "cursor": cursor, "ok": 1.0 }.into()
}

fn check(table: &str) {
    let memory = Arc::new(Memory::default());
    cases::check(table, |case| answer(&memory, case));
}

/// The table that a fuzzer wrote, if there is one: `STAGES_TABLE=path` under `tests/cases`.
#[test]
fn given_table() {
    if let Ok(table) = std::env::var("STAGES_TABLE") {
        check(&table);
    }
}

macro_rules! tables {
    ($($test:ident = $file:literal;)*) => {
        $(
            #[test]
            fn $test() {
                check(concat!("stages/", $file, ".jsonl"));
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
    places = "places";
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
