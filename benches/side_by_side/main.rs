//! rhaiver's embedded database beside mongod, in one run, with the official driver: medians and ratios.
//!
//! `cargo bench --bench side_by_side` starts both servers in temporary folders, on the same disk, each as a
//! one-member replica set, and does the same work on both in turns, so that whatever else the machine does meets
//! both. mongod is reached over loopback TCP; the embedded database over TCP, as other programs reach it, and over
//! its socket, as the program's own commands do. A ratio above 1 says that the embedded database is faster.
#![allow(clippy::unwrap_used)]

#[path = "../support/servers.rs"]
#[allow(dead_code)]
mod servers;
mod start_up;
mod work;

use std::time::Duration;

use mongodb::Database;

use servers::{Embedded, Mongod};
use work::{Task, tasks};

/// How many turns a server has at most. A turn has several rounds where the work is small: a program talks to one
/// server, so what is measured is a round after a round.
const TURNS: i32 = 30;

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
    for (what, time) in start_up::times() {
        println!(
            "start-up to the first print, {what}: {}",
            shown(median(time))
        );
    }
    println!(
        "{:<32} {:>10} {:>10} {:>7} {:>10} {:>7}",
        "", "mongod", "TCP", "ratio", "socket", "ratio"
    );
    runtime.block_on(async {
        let clients = [
            mongod.client().await,
            embedded.client().await,
            embedded.client_over_socket().await,
        ];
        let databases = ["bench", "bench", "bench_socket"];
        let databases: Vec<_> = clients
            .iter()
            .zip(databases)
            .map(|(c, name)| c.database(name))
            .collect();
        for task in tasks() {
            if wanted.is_empty() || wanted.iter().any(|w| task.name.contains(w.as_str())) {
                compare(&task, &databases).await;
            }
        }
    });
}

/// The same work in each database, in turns.
async fn compare(task: &Task, databases: &[Database]) {
    for db in databases {
        task.prepare(db).await;
    }
    let mut times = vec![Vec::new(); databases.len()];
    let turn = (task.rounds / TURNS).max(1) as usize;
    for first in (0..task.rounds).step_by(turn) {
        for (db, times) in databases.iter().zip(&mut times) {
            for round in (first..task.rounds).take(turn) {
                times.push(task.round(db, round).await);
            }
        }
    }
    let medians: Vec<_> = times.into_iter().map(median).collect();
    let Some((mongod, ours)) = medians.split_first() else {
        return;
    };
    print!("{:<32} {:>10}", task.name, shown(*mongod));
    for time in ours {
        let ratio = mongod.as_secs_f64() / time.as_secs_f64();
        print!(" {:>10} {ratio:>7.2}", shown(*time));
    }
    println!();
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
