//! The inner loops of the embedded database, alone: judging a document, updating one, making an index key,
//! appending to the history. `cargo bench --bench semantics`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use bson::{Bson, DateTime, Document, doc};
use criterion::{Criterion, criterion_group, criterion_main};
use rhaiver::embedded::index::encode_key;
use rhaiver::embedded::storage::{Batch, Space, Store, StoreOptions};
use rhaiver::mql::Env;
use rhaiver::mql::matching::Matcher;
use rhaiver::mql::update::Update;

fn order() -> Document {
    doc! {
        "_id": 1, "customer": "cust1", "status": "pending", "total": 29.99,
        "items": [{ "sku": "a", "quantity": 2 }, { "sku": "b", "quantity": 1 }],
        "shipping": { "city": "Ulm", "zip": "89073" }, "tags": ["new", "web"],
    }
}

fn env() -> Env {
    Env::at(DateTime::from_millis(1_700_000_000_000))
}

fn matcher(c: &mut Criterion) {
    let filter =
        doc! { "status": "pending", "total": { "$gt": 10 }, "items.sku": { "$in": ["b", "c"] } };
    let matcher = Matcher::parse(&filter, &env()).unwrap();
    let order = order();
    assert!(matcher.matches(&order).unwrap());
    c.bench_function("matcher", |b| {
        b.iter(|| matcher.matches(black_box(&order)).unwrap())
    });
}

fn update(c: &mut Criterion) {
    let change =
        doc! { "$inc": { "total": 1 }, "$set": { "status": "paid" }, "$push": { "tags": "seen" } };
    let update = Update::parse(&Bson::Document(change), &[], &env()).unwrap();
    let (order, env) = (order(), env());
    assert!(update.apply(&order, None, &env).unwrap().modified);
    c.bench_function("update", |b| {
        b.iter(|| update.apply(black_box(&order), None, &env).unwrap())
    });
}

fn index_key(c: &mut Criterion) {
    let fields = [("customer".to_owned(), true), ("total".to_owned(), false)];
    let (customer, total) = (Bson::from("cust1"), Bson::from(29.99));
    c.bench_function("index key", |b| {
        b.iter(|| encode_key(&fields, black_box(&[&customer, &total])))
    });
}

/// One entry in a batch of its own, on disk but not synced: what a write with `w: 1` waits for.
fn oplog_append(c: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreOptions::default()).unwrap();
    let entry =
        bson::RawDocumentBuf::try_from(&doc! { "op": "i", "ns": "shop.orders", "o": order() })
            .unwrap();
    let mut time = 0_u64;
    c.bench_function("oplog append", |b| {
        b.iter(|| {
            time += 1;
            let mut batch = Batch::new();
            batch.put(Space::Oplog, time.to_be_bytes(), entry.as_bytes().to_vec());
            store.write(batch).unwrap()
        });
    });
}

criterion_group!(benches, matcher, update, index_key, oplog_append);
criterion_main!(benches);
