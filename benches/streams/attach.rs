//! `rhaiver attach`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use crate::orders::{ORDERS, Orders};

/// A running host; it ends with this.
pub struct Attached {
    child: Child,
    folder: tempfile::TempDir,
    /// What its handlers print.
    pub printed: BufReader<ChildStdout>,
}

impl Attached {
    /// Attaches a handler file with this text.
    pub fn start(uri: &str, handler: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("handler.rhai");
        std::fs::write(&file, handler).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_rhaiver"))
            .args(["attach", "--uri", uri])
            .arg(&file)
            .env_remove("RHAIVER_URI")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("stderr")).unwrap())
            .spawn()
            .unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            folder,
            printed,
        }
    }

    /// The next line that a handler printed; panics with what the host said where there is none.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.printed.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the host ended:\n{}", self.said());
        line
    }

    /// What the host said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }

    /// The most memory that it held, in megabytes.
    pub fn peak_mb(&self) -> f64 {
        let status = Path::new("/proc")
            .join(self.child.id().to_string())
            .join("status");
        let status = std::fs::read_to_string(status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kb.unwrap_or(f64::NAN) / 1024.0
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The plain handler: reads three fields, inserts one notification; how many it made a second.
pub async fn notify(orders: &Orders, delivery: &str, count: u64) -> f64 {
    let into = format!("by_rhaiver_{}", delivery.replace('-', "_"));
    let handler = format!(
        r#"const STREAM = #{{ id: "{into}", watch: "shop.orders", delivery: "{delivery}", startAt: {since} }};

fn onInsert(change) {{
    let order = change.fullDocument;
    db.{into}.insertOne(#{{ userId: order.customerId, orderId: order._id, total: order.totalAmount, read: false }});
}}
"#,
        since = since(orders),
    );
    let _attached = Attached::start(&orders.uri, &handler);
    orders.rate(&into, count).await
}

/// A handler that counts; how many it saw a second, from the first to the last.
pub async fn count(orders: &Orders) -> f64 {
    let handler = format!(
        r#"const STREAM = #{{ id: "count", watch: "shop.orders", startAt: {since} }};
let seen = 0;

fn onInsert(change) {{
    seen += 1;
    if seen == 1 || seen == {ORDERS} {{ print(seen); }}
}}
"#,
        since = since(orders),
    );
    let mut attached = Attached::start(&orders.uri, &handler);
    tokio::task::spawn_blocking(move || {
        attached.line();
        let first = Instant::now();
        attached.line();
        (ORDERS - 1) as f64 / first.elapsed().as_secs_f64()
    })
    .await
    .unwrap()
}

fn since(orders: &Orders) -> String {
    format!(
        "Timestamp({}, {})",
        orders.since.time, orders.since.increment
    )
}
