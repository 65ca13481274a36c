use std::cell::RefCell;

use bson::{Bson, Document, doc};

use crate::mql::cases;
use crate::mql::matching::{Matcher, failed_validation};

/// The tables create a collection with a validator and insert documents that it refuses.
fn table(name: &str) {
    let validator = RefCell::new(Document::new());
    cases::check(name, |case| {
        let run = case.line.get_document("run").ok()?;
        if let Ok(new) = run.get_document("validator") {
            *validator.borrow_mut() = new.clone();
        }
        let document = run.get_array("documents").ok()?.first()?.as_document()?;
        let validator = validator.borrow();
        let env = cases::env(case);
        let valid = Matcher::parse(&validator, &env).and_then(|m| m.matches(document));
        if valid == Ok(true) {
            // Taken in, or refused for its `_id` alone.
            let refused = case.is.to_string().contains("failed validation");
            assert!(!refused, "{}", case.place);
            return None;
        }
        let failure = doc! {
            "index": 0,
            "code": 121,
            "errmsg": "Document failed validation",
            "errInfo": failed_validation(&validator, document, &env),
        };
        Some(Ok(Bson::Document(
            doc! { "n": 0, "writeErrors": [failure], "ok": 1.0 },
        )))
    });
}

#[test]
fn filters() {
    table("json_schema/explained_filters.jsonl");
}

#[test]
fn schemas() {
    table("json_schema/explained_schemas.jsonl");
}
