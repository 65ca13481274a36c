//! Plans as mongod 6.0.5 has them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bson::{Bson, DateTime, Document, RawDocumentBuf, Uuid, doc};
use proptest::prelude::*;

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
    let name = if id == 0 {
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
    let mut query = query(case.get_document("run").unwrap())?;
    query.count = case.get_str("cmd").unwrap() == "count";
    let plan = Plan::choose(Some(&collection), query, &env())?;
    Ok(plan.explain())
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

/// The stages of a plan, and its indexes.
fn outline(shown: &Document) -> String {
    let mut text = shown.get_str("stage").unwrap().to_owned();
    if let Ok(name) = shown.get_str("indexName") {
        text.push_str(name);
    }
    if let Ok(input) = shown.get_document("inputStage") {
        text.push_str(" < ");
        text.push_str(&outline(input));
    }
    text
}

/// Lines with `other` are those where the server sorts keys before it fetches documents.
#[test]
fn of_several_plans_the_servers_is_taken() {
    let document = |i: i32| doc! { "_id": i, "a": i % 3, "b": i % 7, "c": i * 13 % 40 };
    let documents: Vec<Document> = (0..40).map(document).collect();
    let mut failures = Vec::new();
    for line in include_str!("several.jsonl")
        .lines()
        .filter(|line| !line.contains("\"other\""))
    {
        let case = parse(line);
        let collection = collection(case.get_array("indexes").unwrap(), &[]);
        let view = crate::embedded::engine::testing::view_of(&collection, &documents);
        let query = query(case.get_document("run").unwrap()).unwrap();
        let plan = Plan::choose(Some(&collection), query, &env()).unwrap();
        let got = outline(&plan.decided(&view, &env()).unwrap().explain());
        let expected = outline(case.get_document("is").unwrap());
        if got != expected {
            failures.push(format!(
                "{} {}\n  is {expected}\n  got {got}",
                case.get("indexes").unwrap(),
                case.get("run").unwrap()
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

/// What the documents are without any plan.
fn brute(documents: &[Document], query: &Query) -> Vec<Document> {
    let meant = documents
        .iter()
        .filter(|document| query.matcher.matches(document).unwrap());
    let mut found: Vec<Document> = meant.cloned().collect();
    if let Some(sort) = query.order() {
        let spec = crate::mql::sort::SortSpec::parse(sort).unwrap();
        let key = |document: &Document| spec.key(document, &env()).unwrap();
        found.sort_by(|a, b| spec.compare(&key(a), &key(b)));
    }
    found
}

/// The sort's values of the documents, since plans may differ in the order of equal ones.
fn sort_keys(documents: &[Document], query: &Query) -> Vec<String> {
    let Some(sort) = query.order() else {
        return Vec::new();
    };
    let spec = crate::mql::sort::SortSpec::parse(sort).unwrap();
    documents
        .iter()
        .map(|document| format!("{:?}", spec.key(document, &env()).unwrap()))
        .collect()
}

fn ids(documents: &[Document]) -> Vec<i32> {
    let mut ids: Vec<i32> = documents
        .iter()
        .map(|document| document.get_i32("_id").unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

fn value() -> impl Strategy<Value = Bson> + Clone {
    let leaf = prop_oneof![
        6 => (0..5_i32).prop_map(Bson::Int32),
        1 => (0..5_i32).prop_map(|n| Bson::Double(f64::from(n) + 0.5)),
        1 => Just(Bson::Null),
        1 => "[ab]{0,2}".prop_map(Bson::String),
        1 => any::<bool>().prop_map(Bson::Boolean),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Bson::Array),
            prop::collection::vec(("[bc]", inner), 0..3)
                .prop_map(|f| Bson::Document(f.into_iter().collect())),
        ]
    })
}

fn tests() -> impl Strategy<Value = Bson> + Clone {
    let op = prop::sample::select(vec!["$eq", "$gt", "$gte", "$lt", "$lte", "$ne"]);
    let one = (op, value()).prop_map(|(op, value)| doc! { op: value });
    let many = prop::sample::select(vec!["$in", "$nin"]);
    let list =
        (many, prop::collection::vec(value(), 0..3)).prop_map(|(op, list)| doc! { op: list });
    let tests = prop_oneof![
        6 => one.clone(),
        2 => list,
        1 => any::<bool>().prop_map(|exists| doc! { "$exists": exists }),
        1 => prop::sample::select(vec!["int", "string", "null", "array", "object", "number"]).prop_map(|t| doc! { "$type": t }),
        1 => (one.clone(), one.clone()).prop_map(|(a, b)| a.into_iter().chain(b).collect()),
        1 => Just(doc! { "$regex": "^a" }),
        1 => Just(doc! { "$mod": [2, 1] }),
    ];
    prop_oneof![
        6 => tests.clone(),
        1 => tests.clone().prop_map(|tests| doc! { "$not": tests }),
        1 => tests.clone().prop_map(|tests| doc! { "$elemMatch": tests }),
        1 => tests.prop_map(|tests| doc! { "$elemMatch": { "b": tests } }),
    ]
    .prop_map(Bson::Document)
}

fn path() -> impl Strategy<Value = String> + Clone {
    prop::sample::select(vec!["a", "a.b", "a.c", "d", "a.0", "_id"]).prop_map(str::to_owned)
}

fn filter() -> impl Strategy<Value = Document> {
    let clause = (path(), tests()).prop_map(|(path, tests)| doc! { path: tests });
    let clauses = prop::collection::vec(clause, 0..3);
    prop_oneof![
        4 => clauses.clone().prop_map(|all| if all.is_empty() { doc! {} } else { doc! { "$and": all } }),
        1 => (clauses.clone(), clauses).prop_map(|(some, all)| {
            let mut filter = doc! {};
            if !some.is_empty() { filter.insert("$or", some); }
            if !all.is_empty() { filter.insert("$and", all); }
            filter
        }),
    ]
}

fn pattern() -> impl Strategy<Value = Document> {
    let field = (
        path(),
        prop::sample::select(vec![Bson::Int32(1), Bson::Int32(-1)]),
    );
    prop::collection::vec(field, 1..3).prop_map(|fields| fields.into_iter().collect())
}

fn document() -> impl Strategy<Value = Document> {
    prop::collection::vec((prop::sample::select(vec!["a", "d"]), value()), 0..3).prop_map(
        |fields| {
            fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        },
    )
}

fn spec() -> impl Strategy<Value = Bson> {
    (pattern(), any::<bool>(), 0..4_u8).prop_map(|(key, sparse, partial)| {
        let mut spec = doc! { "key": key };
        match partial {
            0 => drop(spec.insert("partialFilterExpression", doc! { "a": { "$gt": 1 } })),
            1 => drop(spec.insert("partialFilterExpression", doc! { "d": { "$exists": true } })),
            _ if sparse => drop(spec.insert("sparse", true)),
            _ => {}
        }
        Bson::Document(spec)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    /// Whatever the indexes, the rows are the same ones.
    #[test]
    fn rows_do_not_depend_on_the_plan(
        documents in prop::collection::vec(document(), 0..12),
        specs in prop::collection::vec(spec(), 0..3),
        filter in filter(),
        sort in prop::option::of(pattern()),
        (skip, limit) in (0..3_u64, prop::option::of(1..5_u64)),
    ) {
        let numbered = documents.into_iter().enumerate().map(|(n, document)| {
            let mut numbered = doc! { "_id": n as i32 };
            numbered.extend(document);
            numbered
        });
        // Documents that an index, or a sort, cannot have are left out.
        let collection = collection(&specs, &[]);
        let possible = |document: &Document| {
            let raw = RawDocumentBuf::try_from(document).unwrap();
            let sorted = sort.as_ref().is_none_or(|sort| {
                crate::mql::sort::SortSpec::parse(sort).unwrap().key(document, &env()).is_ok()
            });
            sorted && collection.indexes.iter().all(|index| document_keys(index, &raw).is_ok())
        };
        let documents: Vec<Document> = numbered.filter(possible).collect();
        let view = crate::embedded::engine::testing::view_of(&collection, &documents);
        let Ok(matcher) = Matcher::parse(&filter, &env()) else { return Ok(()) };
        let mut query = Query::new(filter, matcher);
        query.sort = sort;
        query.needs.whole_document();
        let expected = brute(&documents, &query);
        let plan = Plan::choose(Some(&collection), query.clone(), &env()).unwrap();
        let shown = plan.explain();
        let rows = |plan: Plan| -> Vec<Document> {
            plan.run(&view, &env()).unwrap().map(|row| row.unwrap().into_document()).collect()
        };
        let found = rows(plan.clone());
        prop_assert_eq!(ids(&found), ids(&expected), "{}", shown);
        prop_assert_eq!(sort_keys(&found, &query), sort_keys(&expected, &query), "{}", shown);
        prop_assert_eq!(plan.clone().count(&view, &env()).unwrap(), expected.len() as u64, "{}", plan.explain());
        let measured = plan.clone().measure(&view, &env()).unwrap();
        prop_assert_eq!(measured.returned, expected.len() as u64);
        for (access, sorting) in plan.rejected.clone() {
            let other = Plan { access, sorting, ..plan.clone() };
            prop_assert_eq!(ids(&rows(other)), ids(&expected));
        }
        query.skip = skip;
        query.limit = limit;
        let part = Plan::choose(Some(&collection), query.clone(), &env()).unwrap();
        let wanted = (expected.len() as u64).saturating_sub(skip).min(limit.unwrap_or(u64::MAX));
        let part_rows = rows(part.clone());
        prop_assert_eq!(part_rows.len() as u64, wanted);
        let whole = sort_keys(&expected, &query);
        let from = (skip as usize).min(whole.len());
        if query.order().is_some() {
            prop_assert_eq!(sort_keys(&part_rows, &query), whole[from..from + wanted as usize].to_vec());
        }
        prop_assert_eq!(part.count(&view, &env()).unwrap(), wanted);
    }
}
