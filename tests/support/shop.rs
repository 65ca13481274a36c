//! Orders, a handler's file that watches them, and what it notes about them.

use std::path::{Path, PathBuf};

use mongodb::bson::{Bson, Document, doc};
use mongodb::{Client, Collection};

use super::{Attached, database, shared, wait};

/// A database of the shared server, and a folder with a handler. The stream's id is the database's name.
pub struct Shop {
    folder: tempfile::TempDir,
    database: String,
}

impl Shop {
    /// One whose `orders` are there, so that a stream has something to watch.
    pub fn new(name: &str) -> Self {
        let shop = Self {
            folder: tempfile::tempdir().unwrap(),
            database: database(name),
        };
        shared().with_client(async |client: Client| {
            let database = client.database(&shop.database);
            for collection in ["orders", "notes"] {
                database.create_collection(collection).await.unwrap();
            }
        });
        shop
    }

    /// The stream's id, and the name of the database.
    pub fn id(&self) -> &str {
        &self.database
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The handler's file.
    pub fn handler(&self) -> PathBuf {
        self.folder().join("handler.rhai")
    }

    /// Writes the handler: `options` as in `const STREAM` (`, lanes: 4`), and the functions.
    pub fn write(&self, options: &str, functions: &str) {
        let id = self.id();
        let stream =
            format!("const STREAM = #{{ id: \"{id}\", watch: \"{id}.orders\"{options} }};");
        let new = self.folder().join("new");
        std::fs::write(&new, format!("{stream}\n{functions}\n")).unwrap();
        std::fs::rename(new, self.handler()).unwrap();
    }

    /// Starts a host for the handler.
    pub fn launch(&self, more: &[&str]) -> Attached {
        let (uri, handler) = (shared().uri(), self.handler());
        let mut args = vec![handler.to_str().unwrap()];
        args.extend(more);
        Attached::launch(&["--uri", &uri], self.folder(), &args)
    }

    /// Starts a host, and returns when it watches.
    pub fn attach(&self, more: &[&str]) -> Attached {
        let attached = self.launch(more);
        attached.wait_for("watching");
        attached
    }

    /// What the handlers printed.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.folder().join("stdout")).unwrap()
    }

    /// Does something with the database.
    pub fn with<T: Send, F>(&self, work: impl FnOnce(mongodb::Database) -> F + Send) -> T
    where
        F: Future<Output = T> + Send,
    {
        let name = self.database.clone();
        shared().with_client(async move |client: Client| work(client.database(&name)).await)
    }

    /// Inserts orders with these numbers.
    pub fn insert(&self, orders: impl IntoIterator<Item = i32>) {
        let orders: Vec<Document> = orders
            .into_iter()
            .map(|n| doc! { "_id": n, "n": 0 })
            .collect();
        self.with(async |db: mongodb::Database| {
            let collection: Collection<Document> = db.collection("orders");
            for some in orders.chunks(1000) {
                collection.insert_many(some).await.unwrap();
            }
        });
    }

    /// Counts up the `n` of an order.
    pub fn count_up(&self, order: i32) {
        self.with(async |db: mongodb::Database| {
            let orders: Collection<Document> = db.collection("orders");
            let update = doc! { "$inc": { "n": 1 } };
            orders
                .update_one(doc! { "_id": order }, update)
                .await
                .unwrap();
        });
    }

    /// The handler's notes that match, in the order of their making.
    pub fn notes(&self, filter: Document) -> Vec<Document> {
        let name = self.database.clone();
        find(&name, "notes", filter)
    }

    /// Waits for so many notes.
    pub fn wait_for_notes(&self, count: usize) {
        wait(&format!("{count} notes"), || {
            let there = self.with(async |db: mongodb::Database| {
                let notes: Collection<Document> = db.collection("notes");
                notes.count_documents(doc! {}).await.unwrap()
            });
            (there >= count as u64).then_some(())
        });
    }

    /// The stream's document in `rhaiver.streams`.
    pub fn stream(&self) -> Document {
        let found = find("rhaiver", "streams", doc! { "_id": self.id() });
        found.into_iter().next().unwrap_or_default()
    }

    /// The process that owns the stream.
    pub fn owner(&self) -> Option<u32> {
        let stream = self.stream();
        let pid = stream.get_document("owner").ok()?.get("pid")?;
        match pid {
            Bson::Int32(pid) => u32::try_from(*pid).ok(),
            Bson::Int64(pid) => u32::try_from(*pid).ok(),
            _ => None,
        }
    }

    /// Waits until a host owns the stream.
    pub fn wait_for_owner(&self, host: &Attached) {
        wait("the lease to change hands", || {
            (self.owner() == Some(host.pid())).then_some(())
        });
    }

    /// The stream's documents in a collection of the database `rhaiver`.
    pub fn kept(&self, collection: &str) -> Vec<Document> {
        find("rhaiver", collection, doc! { "stream": self.id() })
    }
}

/// The documents of a collection that match, by `_id`.
pub fn find(database: &str, collection: &str, filter: Document) -> Vec<Document> {
    shared().with_client(async |client: Client| {
        let collection: Collection<Document> = client.database(database).collection(collection);
        let mut cursor = collection
            .find(filter)
            .sort(doc! { "_id": 1 })
            .await
            .unwrap();
        let mut found = Vec::new();
        while cursor.advance().await.unwrap() {
            found.push(cursor.deserialize_current().unwrap());
        }
        found
    })
}
