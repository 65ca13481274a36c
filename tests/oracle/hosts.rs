//! The two hosts of the stream.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};

use crate::STREAM;
use crate::ground::Ground;
use crate::handler::BROKEN;
use crate::support::{Attached, block_on};

/// How long an owner may be silent. Shorter than by default, so that a short run sees take-overs.
const LEASE: &str = "2s";
/// How long the stream may take for what is left, and a host to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two hosts that are to run all the time.
pub struct Hosts<'a> {
    ground: &'a Ground,
    handler: &'a Path,
    logs: PathBuf,
    running: [Option<Attached>; 2],
    ended: Ended,
}

/// Hosts that ended without having been told to.
#[derive(Debug, Default)]
pub struct Ended {
    /// Their file did not compile when they began.
    at_a_broken_file: u32,
    starts: u32,
}

impl<'a> Hosts<'a> {
    /// Starts both, and returns when one of them watches.
    pub fn start(ground: &'a Ground, handler: &'a Path, folder: &Path) -> Self {
        let logs = folder.join("logs");
        std::fs::create_dir(&logs).unwrap();
        let mut hosts = Self {
            ground,
            handler,
            logs,
            running: [None, None],
            ended: Ended::default(),
        };
        hosts.launch(0);
        hosts.running[0].as_ref().unwrap().wait_for("watching");
        hosts.launch(1);
        hosts
    }

    fn launch(&mut self, host: usize) {
        let options = self.ground.options();
        let options = options.each_ref().map(String::as_str);
        let args = [self.handler.to_str().unwrap(), "--lease", LEASE];
        self.running[host] = Some(Attached::launch(&options, &self.logs, &args));
        self.ended.starts += 1;
    }

    /// Kills one as `kill -9` does.
    pub fn kill(&mut self, host: usize) {
        if let Some(running) = self.running[host].take() {
            running.kill();
        }
    }

    /// Tells one to end; it ends well.
    pub fn end(&mut self, host: usize) {
        if let Some(running) = self.running[host].take() {
            let log = running.log();
            let code = running.stop();
            let said = std::fs::read_to_string(log).unwrap();
            assert!(code == Some(0) || began_broken(&said), "{code:?}: {said}");
        }
    }

    pub fn signal(&self, host: usize, signal: &str) {
        if let Some(running) = &self.running[host] {
            running.signal(signal);
        }
    }

    /// Starts whoever does not run: it was killed, or its file did not compile when it began.
    ///
    /// # Panics
    /// Where one ended for another reason.
    pub fn revive(&mut self) {
        for host in 0..self.running.len() {
            let ended = self.running[host].as_mut().and_then(Attached::ended);
            if let (Some(code), Some(running)) = (ended, &self.running[host]) {
                let said = running.said();
                assert!(
                    began_broken(&said),
                    "host {host} ended with {code}:\n{said}"
                );
                self.running[host] = None;
                self.ended.at_a_broken_file += 1;
            }
            if self.running[host].is_none() {
                self.launch(host);
            }
        }
    }

    /// Which of them owns the stream, as far as the server is able to tell.
    pub fn owner(&self) -> Option<usize> {
        let pid = block_on(owner(self.ground.uri()))?;
        let is_owner =
            |host: &Option<Attached>| host.as_ref().is_some_and(|host| host.pid() == pid);
        self.running.iter().position(is_owner)
    }

    /// Waits while both run; tells what they said when it was in vain.
    pub fn wait<T>(&mut self, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.revive();
            if let Some(value) = ready() {
                return value;
            }
            assert!(
                Instant::now() < deadline,
                "no {what} in time\n{}",
                self.last_words()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn last_words(&self) -> String {
        let last = |host: &Attached| {
            let said = host.said();
            let lines: Vec<&str> = said.lines().collect();
            lines[lines.len().saturating_sub(25)..].join("\n")
        };
        let said: Vec<String> = self.running.iter().flatten().map(last).collect();
        said.join("\n--- the other host:\n")
    }

    /// Tells both to end; they end well.
    pub fn stop(mut self) -> Ended {
        for host in 0..self.running.len() {
            self.end(host);
        }
        self.ended
    }
}

/// Whether a host's file did not compile when it began.
fn began_broken(said: &str) -> bool {
    let began = said.contains("watching") || said.contains("standing by");
    said.contains(BROKEN) && !began
}

async fn owner(uri: String) -> Option<u32> {
    let client = Client::with_uri_str(format!("{uri}&serverSelectionTimeoutMS=2000"));
    let streams: Collection<Document> =
        client.await.ok()?.database("rhaiver").collection("streams");
    let found = streams.find_one(doc! { "_id": STREAM }).await.ok()??;
    let pid = found.get_document("owner").ok()?.get("pid")?;
    let pid = pid.as_i64().or(pid.as_i32().map(i64::from))?;
    u32::try_from(pid).ok()
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (starts, broken) = (self.starts, self.at_a_broken_file);
        write!(
            f,
            "{starts} starts of hosts, {broken} of them at a file that does not compile"
        )
    }
}
