//! Keys as mongod 6.0.5 makes them: how many, the first one, which paths are multikey, and the errors.

use std::sync::Arc;

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc};

use super::extract::visit_keys;
use super::*;
use crate::embedded::catalog::{Index, IndexId, IndexLive, IndexState, Namespace};
use crate::value::{compare, ejson};

pub(super) fn index(spec: Document) -> Index {
    let live = Arc::new(IndexLive::new(DateTime::from_millis(0)));
    Index::new(IndexId(1), spec, IndexState::Ready, live)
}

fn parse(line: &str) -> Document {
    let json = ejson::parse_json(line).unwrap();
    match ejson::deserialize(&json).unwrap() {
        Bson::Document(line) => line,
        other => panic!("{other:?}"),
    }
}

#[test]
fn as_the_server_makes_them() {
    let mut failures = Vec::new();
    for line in include_str!("keys.jsonl").lines() {
        let case = parse(line);
        let mut spec = doc! { "v": 2, "key": case.get_document("key").unwrap(), "name": "x" };
        if case.get_bool("sparse").unwrap() {
            spec.insert("sparse", true);
        }
        let got = keys_of(&index(spec), case.get_document("doc").unwrap());
        let mut expected = case.clone();
        ["key", "sparse", "doc"]
            .iter()
            .for_each(|field| drop(expected.remove(field)));
        if compare(
            &Bson::Document(got.clone()),
            &Bson::Document(expected.clone()),
        )
        .is_ne()
        {
            failures.push(format!("{line}\n  got {got}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} differ\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn keys_of(index: &Index, document: &Document) -> Document {
    let raw = RawDocumentBuf::try_from(document).unwrap();
    let made = match document_keys(index, &raw) {
        Ok(made) => made,
        Err(e) => return doc! { "error": { "code": e.code, "errmsg": e.message } },
    };
    let mut first: Option<Vec<Bson>> = None;
    let multikey = visit_keys(index, document, |values| {
        if made
            .keys
            .first()
            .is_some_and(|key| encode_key(&index.fields, values) == key[..])
        {
            // The table was written by a driver to which undefined is null.
            let read = |value: &&Bson| {
                if **value == Bson::Undefined {
                    Bson::Null
                } else {
                    (*value).clone()
                }
            };
            first = Some(values.iter().map(read).collect());
        }
    });
    assert_eq!(multikey.unwrap(), made.multikey);
    let paths = multikey_paths(&index.fields, made.multikey);
    let first: Vec<Bson> = first.into_iter().map(Bson::Array).collect();
    doc! { "count": made.keys.len() as i32, "multiKeyPaths": paths, "first": first }
}

#[test]
fn a_duplicate_says_which_key() {
    let ns = Namespace::new("db", "c");
    let index =
        index(doc! { "v": 2, "key": { "a": 1, "b": -1 }, "name": "a_1_b_-1", "unique": true });
    let document = doc! { "a": [1_i64, 2.0], "b": "x" };
    let raw = RawDocumentBuf::try_from(&document).unwrap();
    let keys = document_keys(&index, &raw).unwrap().keys;
    let error = duplicate_key(&ns, &index, &document, &keys[1]);
    assert_eq!(error.code, 11000);
    assert_eq!(
        error.message,
        "E11000 duplicate key error collection: db.c index: a_1_b_-1 dup key: { a: 2.0, b: \"x\" }"
    );
    assert_eq!(
        *error.extra,
        doc! { "keyPattern": { "a": 1, "b": -1 }, "keyValue": { "a": 2.0, "b": "x" } }
    );
}

#[test]
fn a_partial_index_leaves_out_what_does_not_match() {
    let index = index(doc! {
        "v": 2, "key": { "a": 1 }, "name": "a_1", "partialFilterExpression": { "b": { "$gt": 1 } },
    });
    let count = |document: Document| {
        let raw = RawDocumentBuf::try_from(&document).unwrap();
        document_keys(&index, &raw).unwrap().keys.len()
    };
    assert_eq!(count(doc! { "a": [1, 2], "b": 2 }), 2);
    assert_eq!(count(doc! { "a": 1, "b": 1 }), 0);
}
