//! Plans as mongod 6.0.5 has them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bson::{Bson, DateTime, Document, RawDocumentBuf, Uuid, doc};

use super::*;
use crate::embedded::catalog::{
    Collection, CollectionId, Index, IndexId, IndexLive, IndexState, Kind, Live, Namespace,
};
use crate::embedded::index::document_keys;
use crate::mql::matching::Matcher;
use crate::mql::{Env, Error, Result};
use crate::value::{compare, ejson};

fn parse(line: &str) -> Document {
    match ejson::deserialize(&ejson::parse_json(line).unwrap()).unwrap() {
        Bson::Document(line) => line,
        other => panic!("{other:?}"),
    }
}

fn env() -> Env {
    Env::at(DateTime::from_millis(0))
}

fn index(id: u32, spec: &Document) -> Arc<Index> {
    let mut spec = spec.clone();
    let pattern = spec.get_document("key").unwrap();
    let name: Vec<String> = pattern
        .iter()
        .map(|(path, way)| format!("{path}_{way}"))
        .collect();
    let name = if pattern.contains_key("_id") {
        "_id_".into()
    } else {
        name.join("_")
    };
    spec.insert("name", name);
    let live = Arc::new(IndexLive::new(DateTime::from_millis(0)));
    Arc::new(Index::new(IndexId(id), spec, IndexState::Ready, live))
}

/// A collection with these indexes, which know of the arrays in the documents.
fn collection(specs: &[Bson], documents: &[Bson]) -> Arc<Collection> {
    let id = Bson::Document(doc! { "key": { "_id": 1 } });
    let specs = [id].into_iter().chain(specs.iter().cloned());
    let indexes: Vec<Arc<Index>> = specs
        .enumerate()
        .map(|(i, spec)| index(i as u32, spec.as_document().unwrap()))
        .collect();
    for document in documents {
        let raw = RawDocumentBuf::try_from(document.as_document().unwrap()).unwrap();
        for index in &indexes {
            let multikey = document_keys(index, &raw).unwrap().multikey;
            index.live.multikey.fetch_or(multikey, Ordering::Relaxed);
        }
    }
    Arc::new(Collection {
        id: CollectionId(1),
        ns: Namespace::new("storage", "p"),
        uuid: Uuid::new(),
        kind: Kind::Collection,
        options: Document::new(),
        capped: None,
        validator: None,
        pre_images: false,
        indexes,
        live: Arc::new(Live::default()),
    })
}

fn query(run: &Document) -> Result<Query> {
    let of = |name: &str| {
        run.get_document(name)
            .ok()
            .filter(|d| !d.is_empty())
            .cloned()
    };
    let filter = of("filter").or_else(|| of("query")).unwrap_or_default();
    let mut query = Query::new(filter.clone(), Matcher::parse(&filter, &env())?);
    query.sort = of("sort");
    query.skip = run.get_i32("skip").unwrap_or(0) as u64;
    query.limit = run.get_i32("limit").ok().map(|n| n as u64);
    query.hint = run.get("hint").map(Hint::parse).transpose()?.flatten();
    (query.min, query.max) = (of("min"), of("max"));
    query.return_key = run.get_bool("returnKey").unwrap_or(false);
    query.record_id = run.get_bool("showRecordId").unwrap_or(false);
    query.projection = of("projection");
    Ok(query)
}

fn plan(case: &Document) -> Result<Document> {
    let collection = collection(
        case.get_array("indexes").unwrap(),
        case.get_array("docs").unwrap(),
    );
    let plan = Plan::choose(
        Some(&collection),
        query(case.get_document("run").unwrap())?,
        &env(),
    )?;
    Ok(match case.get_str("cmd").unwrap() {
        "count" => plan.explain_count(),
        _ => plan.explain(),
    })
}

/// What the table does not have, since it is the same everywhere.
fn without_memory(mut shown: Document) -> Document {
    shown.remove("memLimit");
    if let Some(Bson::Document(input)) = shown.remove("inputStage") {
        shown.insert("inputStage", without_memory(input));
    }
    shown
}

fn error(e: &Error) -> Document {
    doc! { "code": e.code, "errmsg": e.message.rsplit(" :: caused by :: ").next().unwrap() }
}

/// Lines with `other` are planned in another way here: keys do not keep the types of numbers, so nothing is
/// covered; documents with several keys are sorted; sorted scans are not merged.
#[test]
fn as_the_server_plans() {
    let mut failures = Vec::new();
    for line in include_str!("plans.jsonl").lines() {
        let case = parse(line);
        if case.get_bool("other").unwrap_or(false) || case.get_str("cmd").unwrap() == "distinct" {
            continue;
        }
        let got = match plan(&case) {
            Ok(shown) => without_memory(shown),
            Err(e) => doc! { "error": error(&e) },
        };
        let expected = match case.get_document("error") {
            Err(_) => case.get_document("is").unwrap().clone(),
            Ok(refusal) => {
                let text = refusal
                    .get_str("errmsg")
                    .unwrap()
                    .rsplit(" :: caused by :: ")
                    .next()
                    .unwrap();
                doc! { "error": { "code": refusal.get_i32("code").unwrap(), "errmsg": text } }
            }
        };
        if compare(
            &Bson::Document(got.clone()),
            &Bson::Document(expected.clone()),
        )
        .is_ne()
        {
            failures.push(format!(
                "{}\n{}\n  is  {expected}\n  got {got}",
                case.get_array("indexes").unwrap().len(),
                case.get_document("run").unwrap()
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} differ\n{}",
        failures.len(),
        failures.join("\n")
    );
}
