//! `rhaiver attach` beside the loops that people write by hand, on one mongod, in one run: ratios.
//!
//! `cargo bench --bench streams` starts a mongod of one member and inserts 100,000 orders; then each contender
//! drains the same history from the same cluster time: the Node.js driver's `for await` loop and mongosh's
//! `tryNext` loop with an insert each, rhaiver with the plain handler (exactly once), and a Rust program that
//! writes 1,000 notifications and its token in one transaction; then what reads only: rhaiver with a handler that
//! counts, and the driver's typed change stream. At last the latency from a write's acknowledgement to the
//! handler's first line on an idle stream, and the memory of a host whose handler is slow.
//!
//! Rates count from the first effect to the last, so that no start-up is in them. The slow loops handle the first
//! 3,000 orders only. Node.js and mongosh are taken from PATH and npm; without them their lines are left out.
#![allow(clippy::unwrap_used)]

mod attach;
mod driver;
mod latency;
mod loops;
mod orders;
#[path = "../support/servers.rs"]
#[allow(dead_code)]
mod servers;
mod slow;

use std::time::Duration;

use orders::{ORDERS, Orders};
use servers::Mongod;

/// How many orders the slow loops handle.
const FEW: u64 = 3_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mongod = Mongod::start();
    runtime.block_on(async {
        let orders = Orders::insert(&mongod).await;
        let loops = [
            ("Node.js, for await + insertOne", loops::node(&orders, FEW).await),
            ("mongosh, tryNext + insertOne", loops::mongosh(&orders, FEW).await),
        ];
        let rust = driver::notify(&orders, "by_driver").await;
        let ours = attach::notify(&orders, "exactly-once", ORDERS).await;
        let relaxed = attach::notify(&orders, "at-least-once", ORDERS).await;
        let drained = driver::drain(&orders).await;
        let counted = attach::count(&orders).await;

        println!("{:<44} {:>10} {:>12}", "", "events/s", "rhaiver's");
        line("rhaiver, exactly-once, insertOne", ours, ours);
        line("rhaiver, at-least-once, insertOne", relaxed, ours);
        for (name, rate) in loops {
            match rate {
                Some(rate) => line(name, rate, ours),
                None => println!("{name:<44} (not here)"),
            }
        }
        line("Rust, insertMany + token in a transaction", rust, ours);
        line("rhaiver, a handler that counts", counted, counted);
        line("Rust, the driver's typed change stream", drained, counted);

        for (name, times) in [
            ("rhaiver", latency::of_rhaiver(&mongod).await),
            ("the driver", latency::of_driver(&mongod).await),
        ] {
            let [p50, p99] = latency::percentiles(times);
            println!("write to first line, {name:<23} p50 {} p99 {}", shown(p50), shown(p99));
        }
        let (peak, handled, written) = slow::memory(&mongod, Duration::from_secs(20)).await;
        println!("memory with a handler of 10 ms: {peak:.0} MB at most ({handled} handled of {written} written)");
    });
}

/// One contender, and how many times as fast rhaiver is.
fn line(name: &str, rate: f64, ours: f64) {
    println!("{name:<44} {rate:>10.0} {:>11.2}x", ours / rate);
}

fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
