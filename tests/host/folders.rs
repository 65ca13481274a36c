//! Many files in one process: folders, isolation, files that are none.

use mongodb::bson::doc;

use super::support::{Attached, Shop, shared, wait};

/// A folder of handlers of one shop.
struct Handlers {
    shop: Shop,
    folder: std::path::PathBuf,
}

impl Handlers {
    fn new(name: &str) -> Self {
        let shop = Shop::new(name);
        let folder = shop.folder().join("handlers");
        std::fs::create_dir(&folder).unwrap();
        Self { shop, folder }
    }

    /// A handler that notes orders under its name.
    fn write(&self, name: &str, body: &str) {
        self.write_text(name, &self.text(name, "", body));
    }

    fn text(&self, name: &str, options: &str, body: &str) -> String {
        let id = self.shop.id();
        format!(
            "import \"lib\" as lib;\n\
             const STREAM = #{{ id: \"{id}-{name}\", watch: \"{id}.orders\"{options} }};\n\
             fn onInsert(change) {{ {body} }}\n"
        )
    }

    fn write_text(&self, name: &str, text: &str) {
        let new = self.shop.folder().join("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.folder.join(format!("{name}.rhai"))).unwrap();
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.folder.join(format!("{name}.rhai"))).unwrap();
    }

    fn launch(&self, more: &[&str]) -> Attached {
        let mut args = vec![self.folder.to_str().unwrap()];
        args.extend(more);
        Attached::launch(&["--uri", &shared().uri()], self.shop.folder(), &args)
    }

    /// Waits until the handler noted so many orders.
    fn wait_for(&self, name: &str, count: usize) {
        wait(&format!("{count} notes by {name}"), || {
            (self.shop.notes(doc! { "by": name }).len() >= count).then_some(())
        });
    }

    fn told(&self, name: &str) -> String {
        format!("[{}-{name}]", self.shop.id())
    }
}

fn notes(name: &str) -> String {
    format!("db.notes.insertOne(lib::note(\"{name}\", change.documentKey._id));")
}

const LIB: &str = "fn note(by, order) { #{ by: by, order: order } }\n";

#[test]
fn a_folders_handlers_come_and_go() {
    let handlers = Handlers::new("come_and_go");
    handlers.write_text("lib", LIB);
    handlers.write("a", &notes("a"));
    handlers.write("b", &notes("b"));
    let host = handlers.launch(&[]);
    for name in ["a", "b"] {
        host.wait_for(&format!("{} watching", handlers.told(name)));
    }
    handlers.shop.insert(1..=3);
    handlers.wait_for("a", 3);
    handlers.wait_for("b", 3);

    handlers.write("c", &notes("c"));
    host.wait_for(&format!("{} watching", handlers.told("c")));
    handlers.remove("a");
    host.wait_for(&format!("{} detached: 3 events", handlers.told("a")));
    handlers.shop.insert(4..=5);
    handlers.wait_for("b", 5);
    handlers.wait_for("c", 2);
    assert_eq!(handlers.shop.notes(doc! { "by": "a" }).len(), 3);
    assert!(!host.said().contains("lib.rhai"), "{}", host.said());

    // It goes on where it was.
    handlers.write("a", &notes("a"));
    handlers.wait_for("a", 5);
    assert_eq!(host.stop(), Some(0));
    for name in ["a", "b"] {
        assert_eq!(handlers.shop.notes(doc! { "by": name }).len(), 5);
    }
}

#[test]
fn a_file_that_does_not_compile_leaves_the_others_alone() {
    let handlers = Handlers::new("isolated");
    handlers.write_text("lib", LIB);
    handlers.write("good", &notes("good"));
    handlers.write("bad", "let x = ;");
    let host = handlers.launch(&[]);
    host.wait_for(&format!("{} watching", handlers.told("good")));
    host.wait_for("bad.rhai is not attached; it is tried again once it is edited");
    host.wait_for("let x = ;");
    handlers.shop.insert(1..=2);
    handlers.wait_for("good", 2);
    handlers.write("bad", &notes("bad"));
    host.wait_for(&format!("{} watching", handlers.told("bad")));
    handlers.shop.insert(3..=3);
    handlers.wait_for("bad", 1);
    // Once told is enough.
    assert_eq!(host.said().matches("is not attached").count(), 1);
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn a_stream_that_stops_leaves_the_others_alone() {
    let handlers = Handlers::new("stops");
    handlers.write_text("lib", LIB);
    handlers.write("good", &notes("good"));
    let stops = ", onFailure: \"stop\", retry: 1";
    handlers.write_text("stops", &handlers.text("stops", stops, "throw \"enough\";"));
    let host = handlers.launch(&[]);
    for name in ["good", "stops"] {
        host.wait_for(&format!("{} watching", handlers.told(name)));
    }
    handlers.shop.insert(1..=1);
    host.wait_for("enough");
    host.wait_for(&format!("{} detached: 0 events", handlers.told("stops")));
    handlers.shop.insert(2..=2);
    handlers.wait_for("good", 2);
    // Mended, it begins with the event that it stopped in front of.
    handlers.write_text("stops", &handlers.text("stops", stops, &notes("stops")));
    handlers.wait_for("stops", 2);
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn one_name_is_one_stream() {
    let handlers = Handlers::new("one_name");
    handlers.write_text("lib", LIB);
    handlers.write("a", &notes("a"));
    let host = handlers.launch(&[]);
    host.wait_for(&format!("{} watching", handlers.told("a")));
    handlers.write_text("b", &handlers.text("a", "", &notes("b")));
    host.wait_for("b.rhai is not attached");
    host.wait_for("give one of them another `id`");
    assert_eq!(host.stop(), Some(0));
}

#[test]
fn what_handlers_print_names_their_streams() {
    let handlers = Handlers::new("prints");
    handlers.write_text("lib", LIB);
    handlers.write("a", "print(\"one\\ntwo\");");
    let host = handlers.launch(&[]);
    host.wait_for("watching");
    handlers.shop.insert(1..=1);
    let told = handlers.told("a");
    let want = format!("{told} one\n{told} two\n");
    wait("the lines", || {
        handlers.shop.printed().contains(&want).then_some(())
    });
    assert_eq!(host.stop(), Some(0));
}
