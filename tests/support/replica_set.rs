//! A replica set of one or more members for a test.

use super::block_on;
use super::keeper::Keeper;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const NAME: &str = "rs0";
const PATIENCE: Duration = Duration::from_secs(60);

/// A running replica set; it ends, and its data goes, when this is dropped.
pub struct ReplicaSet {
    members: Vec<Keeper>,
    ports: Vec<u16>,
    folder: PathBuf,
}

/// A database name that no other test of this process has, made of the test's name.
pub fn database(test: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let stem: String = test
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    let stem = &stem[..stem.len().min(40)];
    format!("t{}_{stem}", COUNT.fetch_add(1, Ordering::Relaxed))
}

impl ReplicaSet {
    /// Starts a set and waits until every member is in service and majority writes are taken.
    pub fn start(nodes: usize) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("rhaiver-test-")
            .tempdir()
            .unwrap()
            .keep();
        let ports: Vec<u16> = (0..nodes).map(|_| free_port()).collect();
        let members = ports
            .iter()
            .map(|port| Keeper::start(&folder, NAME, *port))
            .collect();
        let set = ReplicaSet {
            members,
            ports,
            folder,
        };
        set.initiate();
        set.wait_until_ready();
        set
    }

    /// The connection string of the whole set.
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?replicaSet={NAME}", self.hosts().join(","))
    }

    /// The connection string with a default database.
    pub fn uri_of(&self, database: &str) -> String {
        self.uri().replace("/?", &format!("/{database}?"))
    }

    /// Where the members keep their data.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs an async closure with a client of the set.
    pub fn with_client<T: Send, F>(&self, work: impl FnOnce(Client) -> F + Send) -> T
    where
        F: Future<Output = T> + Send,
    {
        let uri = self.uri();
        block_on(async move { work(Client::with_uri_str(uri).await.unwrap()).await })
    }

    /// Which member is primary, waiting for an election when there is none.
    pub fn primary(&self) -> usize {
        self.wait("a primary", || {
            (0..self.ports.len()).find(|member| self.is_primary(*member))
        })
    }

    /// Makes the primary step down, and returns when another member has taken over.
    pub fn step_down(&self) {
        let old = self.primary();
        self.ask(
            old,
            doc! { "replSetStepDown": 20, "secondaryCatchUpPeriodSecs": 10 },
        )
        .unwrap();
        self.wait("another primary", || {
            (0..self.ports.len()).find(|member| *member != old && self.is_primary(*member))
        });
    }

    /// Kills a member as `kill -9` does.
    pub fn kill(&self, member: usize) {
        self.members[member].order("KILL");
    }

    /// Starts a killed member again on its data.
    pub fn restart(&self, member: usize) {
        self.members[member].order("START");
    }

    /// Sends a signal to a member: `STOP` and `CONT` make it hang and go on.
    pub fn signal(&self, member: usize, signal: &str) {
        self.members[member].order(signal);
    }

    /// Returns when every member is in service and a majority write went through.
    pub fn wait_until_ready(&self) {
        self.wait("all members", || {
            let reply = self.ask(self.primary(), doc! { "replSetGetStatus": 1 })?;
            let states = reply.get_array("members").ok()?.iter();
            let mut states = states.filter_map(|m| m.as_document()?.get_str("stateStr").ok());
            states
                .all(|state| matches!(state, "PRIMARY" | "SECONDARY"))
                .then_some(())
        });
        self.wait("a majority write", || {
            let concern = doc! { "w": "majority", "wtimeout": 4000 };
            let note = doc! { "appendOplogNote": 1, "data": {}, "writeConcern": concern };
            self.ask(self.primary(), note)
        });
    }

    /// An admin command to one member; `None` when it fails or does not answer.
    pub fn ask(&self, member: usize, command: Document) -> Option<Document> {
        let host = &self.hosts()[member];
        let uri = format!(
            "mongodb://{host}/?directConnection=true&serverSelectionTimeoutMS=2000&connectTimeoutMS=2000"
        );
        block_on(async move {
            let client = Client::with_uri_str(uri).await.ok()?;
            client.database("admin").run_command(command).await.ok()
        })
    }

    pub fn hosts(&self) -> Vec<String> {
        self.ports
            .iter()
            .map(|port| format!("localhost:{port}"))
            .collect()
    }

    fn initiate(&self) {
        for member in 0..self.ports.len() {
            self.wait("mongod to answer", || self.ask(member, doc! { "ping": 1 }));
        }
        let hosts = self.hosts();
        let members = hosts
            .iter()
            .zip(0..)
            .map(|(host, id)| doc! { "_id": id, "host": host });
        let config = doc! {
            "_id": NAME,
            "members": members.collect::<Vec<_>>(),
            "settings": { "electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 300 },
        };
        self.ask(0, doc! { "replSetInitiate": config })
            .expect("replSetInitiate failed");
        self.wait("the first primary", || {
            if !self.is_primary(0) {
                self.ask(0, doc! { "replSetStepUp": 1 }); // an election now, not after a timeout
            }
            self.is_primary(0).then_some(())
        });
    }

    fn is_primary(&self, member: usize) -> bool {
        let reply = self.ask(member, doc! { "hello": 1 });
        reply.is_some_and(|reply| matches!(reply.get_bool("isWritablePrimary"), Ok(true)))
    }

    /// Waits, and shows the members' logs when it was in vain.
    fn wait<T>(&self, what: &str, ready: impl FnMut() -> Option<T>) -> T {
        wait_or(what, ready, || {
            self.members
                .iter()
                .map(Keeper::last_words)
                .collect::<Vec<_>>()
                .join("\n---\n")
        })
    }
}

/// Asks again and again until there is an answer; panics when that takes a minute.
pub fn wait<T>(what: &str, ready: impl FnMut() -> Option<T>) -> T {
    wait_or(what, ready, String::new)
}

fn wait_or<T>(
    what: &str,
    mut ready: impl FnMut() -> Option<T>,
    explain: impl FnOnce() -> String,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = ready() {
            return value;
        }
        if Instant::now() >= deadline {
            panic!("no {what} in time\n{}", explain());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Below the range that outgoing connections use, and from a place that differs from process to
/// process, so that nobody takes the port between this look and mongod's start.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..10_000 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let offset = (std::process::id().wrapping_mul(53).wrapping_add(step)) % 10_000;
        let port = 20_000 + u16::try_from(offset).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between 20000 and 30000");
}
