//! rhaiver's embedded database beside mongod, in one run, with the official driver: medians and ratios.
//!
//! `cargo bench --bench side_by_side` starts both servers in temporary folders, on the same disk, each as a
//! one-member replica set over loopback TCP, and does the same work on both in turns, so that whatever else
//! the machine does meets both. A ratio above 1 says that the embedded database is faster.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod servers;
mod work;

use std::time::Duration;

use servers::{Embedded, Mongod};
use work::{Task, tasks};

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (mongod, embedded) = (Mongod::start(), Embedded::start());
    println!(
        "idle embedded database, empty: {:.1} MB of memory",
        embedded.memory_mb()
    );
    println!(
        "{:<34} {:>12} {:>12} {:>8}",
        "", "mongod", "rhaiver", "ratio"
    );
    runtime.block_on(async {
        let (theirs, ours) = (mongod.client().await, embedded.client().await);
        for task in tasks() {
            if wanted.is_empty() || wanted.iter().any(|w| task.name.contains(w.as_str())) {
                compare(&task, &theirs, &ours).await;
            }
        }
    });
}

async fn compare(task: &Task, theirs: &mongodb::Client, ours: &mongodb::Client) {
    let (theirs, ours) = (theirs.database("bench"), ours.database("bench"));
    task.prepare(&theirs).await;
    task.prepare(&ours).await;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for round in 0..task.rounds {
        a.push(task.round(&theirs, round).await);
        b.push(task.round(&ours, round).await);
    }
    let (a, b) = (median(a), median(b));
    let ratio = a.as_secs_f64() / b.as_secs_f64();
    println!(
        "{:<34} {:>12} {:>12} {:>8.2}",
        task.name,
        shown(a),
        shown(b),
        ratio
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn shown(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    if us < 10_000.0 {
        format!("{us:.0} us")
    } else {
        format!("{:.1} ms", us / 1e3)
    }
}
