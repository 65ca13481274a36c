//! The lab, on a real three-node replica set: what it prints and what it leaves behind are what
//! mongosh printed and left behind.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use fancy_regex::Regex;
use mongodb::bson::{Bson, Document, doc};
use mongodb::{Client, Database};
use rhaiver::value::ejson::{Mode, stringify};
use support::{Embedded, ReplicaSet, block_on, rhaiver, run, run_file};

const STDOUT: &str = include_str!("lab/stdout.txt");
const FINAL_STATE: &str = include_str!("lab/final_state.ejson");
const COLLECTIONS: [&str; 6] = [
    "orders",
    "products",
    "customers",
    "notifications",
    "activity_log",
    "resume_tokens",
];

/// Times and ObjectIds differ from run to run; nothing else may.
fn blanked(text: &str) -> String {
    let rules = [
        (
            r"\w{3} \w{3} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4} \([^)]*\)",
            "<Date>",
        ),
        (
            r"ISODate\('\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z'\)",
            "<ISODate>",
        ),
        (r"ObjectId\('[0-9a-f]{24}'\)", "<ObjectId>"),
        (r#"\{\s*"\$oid": "[0-9a-f]{24}"\s*\}"#, r#""<ObjectId>""#),
        (
            r#"\{\s*"\$date": \{\s*"\$numberLong": "\d+"\s*\}\s*\}"#,
            r#""<Date>""#,
        ),
    ];
    rules
        .iter()
        .fold(text.trim_end().to_string(), |text, (pattern, blank)| {
            Regex::new(pattern)
                .unwrap()
                .replace_all(&text, *blank)
                .into_owned()
        })
}

/// The state in the layout of the reference.
async fn state(client: Client) -> String {
    let shop = client.database("ecommerce");
    let mut all = Document::new();
    for name in COLLECTIONS {
        all.insert(
            name,
            doc! { "indexes": indexes(&shop, name).await, "docs": documents(&shop, name).await },
        );
    }
    stringify(&Bson::Document(all), Mode::Canonical, " ").unwrap()
}

async fn indexes(shop: &Database, name: &str) -> Vec<Document> {
    let reply = shop
        .run_command(doc! { "listIndexes": name })
        .await
        .unwrap();
    let found = reply
        .get_document("cursor")
        .unwrap()
        .get_array("firstBatch")
        .unwrap();
    let index = |i: &Bson| {
        let i = i.as_document().unwrap();
        doc! { "name": i.get_str("name").unwrap(), "key": i.get_document("key").unwrap() }
    };
    found.iter().map(index).collect()
}

async fn documents(shop: &Database, name: &str) -> Vec<Document> {
    let mut cursor = shop
        .collection::<Document>(name)
        .find(doc! {})
        .sort(doc! { "_id": 1 })
        .await
        .unwrap();
    let mut found = Vec::new();
    while cursor.advance().await.unwrap() {
        found.push(Document::try_from(cursor.current()).unwrap());
    }
    found
}

#[test]
fn the_lab_prints_and_leaves_what_mongosh_did() {
    let set = ReplicaSet::start(3);
    // Each example can be run again and again, and so can the lab.
    for _ in 0..2 {
        let printed = run_file(&set.uri(), "examples/lab4.rhai", &[]).ok();
        assert_eq!(blanked(&printed), blanked(STDOUT));
        let left = set.with_client(state);
        assert_eq!(blanked(&left), blanked(FINAL_STATE));
    }
}

/// With no server at all, as the README's first command; what it leaves is there for the next process.
#[test]
fn the_lab_is_the_same_on_the_embedded_database() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("db");
    for _ in 0..2 {
        let mut lab = rhaiver();
        lab.arg("--data")
            .arg(&data)
            .args(["run", "examples/lab4.rhai"]);
        let printed = run(lab).ok();
        assert_eq!(blanked(&printed), blanked(STDOUT));
        let server = Embedded::in_folder(&data);
        let uri = server.uri();
        let left = block_on(async { state(Client::with_uri_str(uri).await.unwrap()).await });
        assert_eq!(blanked(&left), blanked(FINAL_STATE));
    }
    let mut next = rhaiver();
    next.arg("--data").arg(&data);
    next.args([
        "run",
        "--db",
        "ecommerce",
        "--eval",
        "db.orders.findOne({ _id: 'order_cs_test1' })._id",
    ]);
    assert_eq!(run(next).ok().trim(), "order_cs_test1");
}

#[test]
fn each_step_runs_alone_and_again() {
    let set = support::shared();
    let mut steps: Vec<_> = std::fs::read_dir("examples")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("step")
        })
        .collect();
    steps.sort();
    assert_eq!(steps.len(), 7);
    for step in steps {
        let first = run_file(&set.uri(), &step, &[]).ok();
        let second = run_file(&set.uri(), &step, &[]).ok();
        assert_eq!(blanked(&first), blanked(&second), "{}", step.display());
        assert!(
            !first.trim().is_empty(),
            "{} prints nothing",
            step.display()
        );
    }
}
