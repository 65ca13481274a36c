//! The loops that people write in JavaScript.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::orders::Orders;

/// The Node.js driver's `for await` loop.
const NODE: &str = r#"
const { MongoClient, Timestamp } = require("mongodb");
const [uri, time, increment] = process.argv.slice(2);
(async () => {
  const db = new MongoClient(uri).db("shop");
  const startAtOperationTime = new Timestamp({ t: Number(time), i: Number(increment) });
  for await (const change of db.collection("orders").watch([], { startAtOperationTime })) {
    const order = change.fullDocument;
    await db.collection("by_node").insertOne({ userId: order.customerId, orderId: order._id, total: order.totalAmount, read: false });
  }
})();
"#;

/// mongosh's `tryNext` loop.
const MONGOSH: &str = r#"
const shop = db.getSiblingDB("shop");
const startAtOperationTime = Timestamp({ t: Number(process.env.TIME), i: Number(process.env.INCREMENT) });
const stream = shop.orders.watch([], { startAtOperationTime });
while (!stream.isClosed()) {
  const change = stream.tryNext();
  if (change === null) continue;
  const order = change.fullDocument;
  shop.by_mongosh.insertOne({ userId: order.customerId, orderId: order._id, total: order.totalAmount, read: false });
}
"#;

/// Ends with this.
struct Loop(Child);

impl Drop for Loop {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// How many events a second Node.js handles; nothing where it is not here.
pub async fn node(orders: &Orders, count: u64) -> Option<f64> {
    let modules = modules()?;
    let file = modules.join("loop.js");
    std::fs::write(&file, NODE).unwrap();
    let mut command = Command::new("node");
    command.arg(&file).arg(&orders.uri);
    command.args([
        orders.since.time.to_string(),
        orders.since.increment.to_string(),
    ]);
    run(command, orders, "by_node", count).await
}

/// The same for mongosh.
pub async fn mongosh(orders: &Orders, count: u64) -> Option<f64> {
    let modules = modules()?;
    let file = modules.join("loop.mongosh.js");
    std::fs::write(&file, MONGOSH).unwrap();
    let mut command = Command::new(modules.join("node_modules/.bin/mongosh"));
    command
        .args([&orders.uri, "--quiet", "--norc", "--file"])
        .arg(&file);
    command.env("TIME", orders.since.time.to_string());
    command.env("INCREMENT", orders.since.increment.to_string());
    run(command, orders, "by_mongosh", count).await
}

async fn run(mut command: Command, orders: &Orders, into: &str, count: u64) -> Option<f64> {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _running = Loop(quiet.spawn().ok()?);
    Some(orders.rate(into, count).await)
}

/// A folder with the driver and mongosh, kept beside the build; nothing without Node.js and npm.
fn modules() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("javascript");
    if !folder.join("node_modules/.bin/mongosh").exists()
        || !folder.join("node_modules/mongodb").exists()
    {
        std::fs::create_dir_all(&folder).ok()?;
        let mut install = Command::new("npm");
        install.args([
            "install",
            "--no-audit",
            "--no-fund",
            "mongodb@6",
            "mongosh@2",
        ]);
        install
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if !install.status().ok()?.success() {
            return None;
        }
    }
    Some(folder)
}
