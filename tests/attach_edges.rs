//! `rhaiver attach` where things end, vanish or are stopped: collections, files, the process.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};

use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};
use support::{Attached, rhaiver, run, shared, wait};

/// A folder with a handler, and a database to watch.
struct Place {
    folder: tempfile::TempDir,
    database: String,
}

impl Place {
    fn new(name: &str, handler: &str) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            database: support::database(name),
        };
        place.write("handler.rhai", handler);
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn write(&self, name: &str, code: &str) {
        std::fs::write(self.file(name), code).unwrap();
    }

    fn attach(&self, watch: &str, more: &[&str]) -> Attached {
        let handler = self.file("handler.rhai");
        let mut args = vec![handler.to_str().unwrap(), "--watch", watch];
        args.extend(more);
        Attached::start(&shared().uri(), self.path(), &args)
    }

    fn attach_orders(&self) -> Attached {
        self.attach(&format!("{}.orders", self.database), &[])
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(self.file("stdout")).unwrap()
    }

    fn wait_for(&self, text: &str) {
        wait(&format!("{text:?} on standard output"), || {
            self.printed().contains(text).then_some(())
        });
    }

    fn insert(&self, id: i32) {
        shared().with_client(async |client: Client| {
            let orders = client.database(&self.database).collection("orders");
            orders.insert_one(doc! { "_id": id }).await.unwrap();
        });
    }

    fn drop_orders(&self) {
        shared().with_client(async |client: Client| {
            let orders: Collection<Document> = client.database(&self.database).collection("orders");
            orders.drop().await.unwrap();
        });
    }
}

const PRINTS: &str =
    "fn onChange(change) { print(`${change.operationType} ${change.documentKey?._id}`); }";

/// A dropped collection invalidates its stream, which goes on with what the name means next.
#[test]
fn a_stream_goes_on_after_its_collection_is_dropped() {
    let place = Place::new("dropped", PRINTS);
    let attached = place.attach_orders();
    place.insert(1);
    place.drop_orders();
    place.insert(2);
    place.wait_for("insert 2");
    let kinds: Vec<String> = place
        .printed()
        .lines()
        .map(|line| line.split(' ').next().unwrap().to_string())
        .collect();
    assert_eq!(kinds, ["insert", "drop", "invalidate", "insert"]);

    // Stopped right behind an invalidate, it begins there.
    place.drop_orders();
    wait("the second invalidate", || {
        (place.printed().matches("invalidate").count() == 2).then_some(())
    });
    assert_eq!(attached.stop(), Some(0));
    place.insert(3);
    let attached = place.attach_orders();
    place.wait_for("insert 3");
    assert_eq!(attached.stop(), Some(0));
    assert_eq!(place.printed().lines().count(), 7, "{}", place.printed());
}

/// Checkpoints are writes to the handler's database: a stream of that database leaves them out.
#[test]
fn a_stream_of_a_database_does_not_see_its_own_checkpoints() {
    let place = Place::new("whole", "fn onChange(change) { print(change.ns.coll); }");
    let database = place.database.clone();
    let attached = place.attach(&database, &[]);
    for id in 1..=3 {
        place.insert(id);
    }
    wait("three events", || {
        (place.printed().lines().count() >= 3).then_some(())
    });
    place.insert(4);
    wait("the fourth", || {
        (place.printed().lines().count() >= 4).then_some(())
    });
    assert_eq!(attached.stop(), Some(0));
    assert_eq!(place.printed(), "orders\n".repeat(4));
}

#[test]
fn checkpoints_cannot_be_watched() {
    let place = Place::new("refused", PRINTS);
    let mut command = rhaiver();
    command
        .args([
            "attach",
            "--uri",
            &shared().uri(),
            "--watch",
            "shop.resume_tokens",
        ])
        .arg(place.file("handler.rhai"));
    let output = run(command);
    assert_eq!(output.code, 2, "{output:?}");
}

/// A handler that sleeps is stopped with the process, and its event comes again.
#[test]
fn a_sleeping_handler_is_stopped_and_its_event_comes_again() {
    let place = Place::new(
        "sleeps",
        "fn onChange(change) { print(`begins ${change.documentKey._id}`); sleep(3600000); }",
    );
    let attached = place.attach_orders();
    place.insert(1);
    place.wait_for("begins 1");
    assert_eq!(attached.stop(), Some(0));
    place.write("handler.rhai", PRINTS);
    let attached = place.attach_orders();
    place.wait_for("insert 1");
    assert_eq!(attached.stop(), Some(0));
}

/// An import that is written after the script that asks for it is taken up all the same.
#[test]
fn a_missing_import_is_taken_up_once_it_is_there() {
    let place = Place::new("imports", PRINTS);
    let attached = place.attach_orders();
    let code = "import \"later\" as later;\nfn onChange(change) { print(later::text()); }";
    place.write("handler.rhai", code);
    attached.wait_for("there is no file");
    place.insert(1);
    place.wait_for("insert 1");
    // One that does not compile comes first.
    place.write("later.rhai", "fn text() {");
    attached.wait_for("later.rhai");
    place.write("later.rhai", "fn text() { \"from later\" }");
    attached.wait_for("took over");
    place.insert(2);
    place.wait_for("from later");
    // Without the file, the version that has it goes on.
    std::fs::remove_file(place.file("later.rhai")).unwrap();
    wait("the second refusal", || {
        (attached.said().matches("there is no file").count() == 2).then_some(())
    });
    place.insert(3);
    wait("the old version", || {
        (place.printed().matches("from later").count() == 2).then_some(())
    });
    // And a version that does not ask for it takes over.
    place.write("handler.rhai", PRINTS);
    wait("the second takeover", || {
        (attached.said().matches("took over").count() == 2).then_some(())
    });
    place.insert(4);
    place.wait_for("insert 4");
    assert_eq!(attached.stop(), Some(0));
}

/// An edit of the same length, whose time is the same as before, is an edit.
#[test]
fn an_edit_that_leaves_length_and_time_is_seen() {
    let place = Place::new(
        "racy",
        "fn onChange(change) { print(`one ${change.documentKey._id}`); }",
    );
    let attached = place.attach_orders();
    let file = std::fs::File::options()
        .write(true)
        .open(place.file("handler.rhai"))
        .unwrap();
    let time = file.metadata().unwrap().modified().unwrap();
    place.write(
        "handler.rhai",
        "fn onChange(change) { print(`two ${change.documentKey._id}`); }",
    );
    file.set_modified(time).unwrap();
    attached.wait_for("took over");
    place.insert(1);
    place.wait_for("two 1");
    assert_eq!(attached.stop(), Some(0));
}

#[test]
fn a_handler_of_the_wrong_shape_is_told_what_it_needs() {
    for (code, hint) in [
        ("fn onChange(a, b) { }", "has 2 parameters"),
        ("fn onChange() { }", "has 0 parameters"),
        (
            "fn onChanges(change) { }",
            "did you mean `onChange` by `onChanges`?",
        ),
    ] {
        let place = Place::new("shape", code);
        let mut command = rhaiver();
        command
            .args(["attach", "--uri", &shared().uri(), "--watch", "shop.orders"])
            .arg(place.file("handler.rhai"));
        let output = run(command);
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.stderr.contains(hint), "{}", output.stderr);
    }
}
