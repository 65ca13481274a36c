//! The two servers.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mongodb::Client;
use mongodb::bson::doc;

/// A mongod of one member, as `scripts/replica-set.sh` finds it.
pub struct Mongod(Process);

/// `rhaiver serve`.
pub struct Embedded(Process);

struct Process {
    child: Child,
    port: u16,
    data: tempfile::TempDir,
}

impl Mongod {
    /// Starts it, and waits until it is primary.
    pub fn start() -> Self {
        let process = Process::start(|data, port| {
            let mut command = Command::new(mongod());
            command.args([
                "--replSet",
                "bench",
                "--bind_ip",
                "127.0.0.1",
                "--nounixsocket",
            ]);
            command
                .args(["--port", &port.to_string()])
                .arg("--dbpath")
                .arg(data);
            command
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let admin = process.client().await.database("admin");
            let config = doc! { "_id": "bench", "members": [{ "_id": 0, "host": format!("127.0.0.1:{}", process.port) }] };
            admin.run_command(doc! { "replSetInitiate": config }).await.unwrap();
            let deadline = Instant::now() + Duration::from_secs(60);
            loop {
                let hello = admin.run_command(doc! { "hello": 1 }).await.unwrap();
                if hello.get_bool("isWritablePrimary").unwrap_or(false) {
                    return;
                }
                assert!(Instant::now() < deadline, "mongod did not become primary");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self(process)
    }

    /// A client of it alone.
    pub async fn client(&self) -> Client {
        self.0.client().await
    }

    /// Its connection string, with the server's own defaults.
    pub fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.0.port)
    }
}

impl Embedded {
    /// Starts it, and waits until it answers.
    pub fn start() -> Self {
        let process = Process::start(|data, port| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_rhaiver"));
            command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
            command.arg("--data").arg(data.join("db"));
            command
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let admin = process.client().await.database("admin");
            admin.run_command(doc! { "ping": 1 }).await.unwrap();
        });
        Self(process)
    }

    /// A client of it alone.
    pub async fn client(&self) -> Client {
        self.0.client().await
    }

    /// A client over the data directory's socket, as the program's own commands connect.
    pub async fn client_over_socket(&self) -> Client {
        let socket = self.0.data.path().join("db/rhaiver.sock");
        let socket = socket.display().to_string().replace('/', "%2F");
        Client::with_uri_str(format!("mongodb://{socket}/?directConnection=true&w=1"))
            .await
            .unwrap()
    }

    /// What the process holds in memory, in megabytes.
    pub fn memory_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.child.id()))
            .unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap_or_default();
        let kb: f64 = line
            .split_whitespace()
            .nth(1)
            .and_then(|n| n.parse().ok())
            .unwrap_or(f64::NAN);
        kb / 1024.0
    }
}

impl Process {
    fn start(command: impl Fn(&std::path::Path, u16) -> Command) -> Self {
        let data = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut command = command(data.path(), port);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port, data }
    }

    async fn client(&self) -> Client {
        let uri = format!(
            "mongodb://127.0.0.1:{}/?directConnection=true&w=1",
            self.port
        );
        Client::with_uri_str(uri).await.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn mongod() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/replica-set.sh");
    let found = Command::new("bash")
        .args([script, "mongod-path"])
        .output()
        .unwrap();
    assert!(
        found.status.success(),
        "{}",
        String::from_utf8_lossy(&found.stderr)
    );
    String::from_utf8(found.stdout).unwrap().trim_end().into()
}
