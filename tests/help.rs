//! Every method in scope has help, and the examples in it run.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::rc::Rc;
use std::sync::LazyLock;

use rhaiver::script::api::{self, Class, Method, Registry};
use rhaiver::script::{Captured, HostConfig, Limits, STACK, Session};
use tokio::runtime::Runtime;

/// What an example may leave behind.
const CLEAN: &str = "let scratch = db.getSiblingDB('examples');
    scratch.dropAllUsers();
    scratch.dropAllRoles();
    scratch.dropDatabase();";

/// The same on the embedded database, whose users are in a file.
const CLEAN_ON_EMBEDDED: &str = "db.getSiblingDB('examples').dropDatabase();";

/// What the embedded database answers in another way: it has no help of commands, no log components, and no
/// replication to tell of.
const OTHER_ON_EMBEDDED: [&str; 8] = [
    "Database.commandHelp",
    "Database.getLogComponents",
    "Database.setLogLevel",
    "Database.getReplicationInfo",
    "Database.printReplicationInfo",
    "Database.printSecondaryReplicationInfo",
    "ReplicaSet.printReplicationInfo",
    "ReplicaSet.printSecondaryReplicationInfo",
];

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A session on the tests' server; it lives on the thread of the caller.
fn session(uri: &str, database: &str) -> (Session, Captured) {
    let output = Captured::default();
    let config = HostConfig {
        uri: Some(uri.to_string()),
        database: Some(database.to_string()),
        ..HostConfig::new(RUNTIME.handle().clone(), Rc::new(output.clone()))
    };
    (Session::new(config, Limits::default()), output)
}

fn on_script_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap()
}

fn surface(session: &Session) -> Vec<(&'static Class, &'static Method)> {
    let classes = session.host().slot(Registry::default).classes();
    classes
        .into_iter()
        .flat_map(|c| c.methods.iter().map(move |m| (c, m)))
        .collect()
}

#[test]
fn every_method_has_a_summary_and_an_example() {
    let lacking = on_script_thread(|| {
        let (session, _) = session("mongodb://localhost:1", "test");
        let mut lacking = Vec::new();
        for (class, method) in surface(&session) {
            let summary = method
                .docs
                .trim()
                .lines()
                .next()
                .unwrap_or_default()
                .trim()
                .to_string();
            if summary.is_empty() || summary.starts_with("```") || api::example(method).is_none() {
                lacking.push(format!("{}.{}", class.name, method.name));
            }
        }
        lacking
    });
    assert!(lacking.is_empty(), "no help or no example: {lacking:#?}");
}

#[test]
fn every_example_runs() {
    let uri = support::shared().uri();
    let (failures, refused, ran, left) = on_script_thread(move || {
        let (all, _) = session(&uri, "examples");
        let (mut failures, mut refused, mut ran, mut left) = (Vec::new(), Vec::new(), 0, 0);
        for (class, method) in surface(&all) {
            let Some(example) = api::example(method) else {
                continue;
            };
            if !example.runs {
                left += 1;
                continue;
            }
            ran += 1;
            let (mut fresh, _) = session(&uri, "examples");
            if let Err(diagnostic) = fresh.run("<example>", &example.code) {
                // What the embedded database does not have it refuses by name.
                let known = format!("{}.{}", class.name, method.name);
                let refused_here =
                    diagnostic.code == Some(238) || OTHER_ON_EMBEDDED.contains(&known.as_str());
                if support::on_embedded() && refused_here {
                    refused.push(format!("{}.{}", class.name, method.name));
                    let _ = fresh.run("<clean>", CLEAN_ON_EMBEDDED).unwrap();
                    continue;
                }
                failures.push(format!(
                    "{}.{}:\n{}\n{diagnostic}\n",
                    class.name, method.name, example.code
                ));
            }
            let clean = if support::on_embedded() {
                CLEAN_ON_EMBEDDED
            } else {
                CLEAN
            };
            let _ = fresh.run("<clean>", clean).unwrap();
        }
        (failures, refused, ran, left)
    });
    println!("{ran} examples ran, {left} are not for running");
    println!(
        "{} are of what the embedded database refuses: {refused:?}",
        refused.len()
    );
    assert!(refused.len() < 80, "{refused:?}");
    assert!(ran > 300, "only {ran} examples ran");
    assert!(
        failures.is_empty(),
        "{} of {ran} examples fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
