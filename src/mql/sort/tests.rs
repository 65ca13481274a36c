use bson::{Bson, Document, doc};

use super::*;
use crate::mql::{Env, Result, cases};

fn sorted(
    spec: &Document,
    docs: &[Document],
    limit: Option<u64>,
    env: &Env,
) -> Result<Vec<Document>> {
    let spec = SortSpec::parse(spec)?;
    let mut sorter = Sorter::new(spec.clone(), limit, env);
    for document in docs {
        sorter.add(spec.key(document, env)?, document.clone())?;
    }
    sorter.finish()?.collect()
}

#[test]
fn as_the_server_sorts() {
    for table in [
        "sort/order.jsonl",
        "sort/arrays.jsonl",
        "sort/specification.jsonl",
    ] {
        cases::check(table, |case| {
            let find = case.line.get_document("find").ok()?;
            let spec = find.get_document("sort").ok()?;
            let env = cases::env(case);
            let ids = |docs: Vec<Document>| docs.into_iter().map(|d| d.get("_id").cloned());
            Some(sorted(spec, &case.docs, None, &env).map(|docs| {
                let ids = ids(docs).map(|id| Bson::Document(doc! { "_id": id }));
                Bson::Array(ids.collect())
            }))
        });
    }
}

fn env() -> Env {
    Env::at(bson::DateTime::from_millis(0))
}

/// Numbers in a repeatable disorder.
fn shuffled(count: u32) -> Vec<Document> {
    let numbers = (0..count).map(|i| i.wrapping_mul(2_654_435_761) % 1000);
    numbers
        .zip(0..)
        .map(|(n, i): (u32, i32)| doc! { "_id": i, "n": n as i32, "pad": "x".repeat(100) })
        .collect()
}

fn sort_within(memory: usize, limit: Option<u64>, docs: &[Document]) -> (Vec<Document>, bool) {
    let spec = SortSpec::parse(&doc! { "n": -1 }).unwrap();
    let mut sorter = Sorter::new(spec.clone(), limit, &env()).with_memory_limit(memory);
    for document in docs {
        let key = spec.key(document, &env()).unwrap();
        sorter.add(key, document.clone()).unwrap();
    }
    let disk = sorter.used_disk();
    let all = sorter.finish().unwrap();
    (all.collect::<Result<_>>().unwrap(), disk)
}

#[test]
fn the_same_in_memory_on_disk_and_with_a_limit() {
    let docs = shuffled(5000);
    let (all, disk) = sort_within(MEMORY_LIMIT, None, &docs);
    assert!(!disk);
    let mut expected = docs.clone();
    expected.sort_by_key(|d| std::cmp::Reverse(d.get_i32("n").unwrap_or_default()));
    assert_eq!(all, expected);
    let (spilt, disk) = sort_within(100_000, None, &docs);
    assert!(disk);
    assert!(spilt == all);
    for limit in [0, 1, 7, 100, 4999, 5000, 6000] {
        let first = all.get(..limit).unwrap_or(&all);
        let (limited, disk) = sort_within(MEMORY_LIMIT, Some(limit as u64), &docs);
        assert!(!disk && limited == first, "{limit}");
        let (limited, _) = sort_within(100_000, Some(limit as u64), &docs);
        assert!(limited == first, "{limit}");
    }
}

#[test]
fn without_a_disk_memory_ends() {
    let mut env = env();
    env.allow_disk_use = false;
    let spec = SortSpec::parse(&doc! { "n": 1 }).unwrap();
    let mut sorter = Sorter::new(spec.clone(), None, &env).with_memory_limit(10_000);
    let docs = shuffled(1000);
    let refused = docs.into_iter().try_for_each(|document| {
        let key = spec.key(&document, &env)?;
        sorter.add(key, document)
    });
    let error = refused.unwrap_err();
    assert_eq!(error.code, 292);
    assert_eq!(
        error.message,
        "Sort exceeded memory limit of 10000 bytes, but did not opt in to external sorting."
    );
}
