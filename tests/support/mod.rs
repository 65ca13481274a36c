//! What the integration tests share: real replica sets, and the built `rhaiver`.
//!
//! - [`ReplicaSet::start`] gives a test its own set, whose members it may kill and step down.
//! - [`Embedded::start`] gives a test its own `rhaiver serve`.
//! - [`shared`] is one server per test binary, started by the first test that asks: a single-node set, or
//!   the embedded database in binaries whose name ends in `_on_embedded` (Cargo.toml makes those of the same
//!   files, so that the same tests run on both). Each test works in a database of its own ([`database`]).
//! - [`Attached`] is a running `rhaiver attach`.
//! - [`Shop`] is a database with a handler's file, for tests of streams.
//! - [`Random`] makes what a test does at random repeatable, by [`seed`].
//! - [`rhaiver`], [`run_eval`] and [`run_file`] run the program and collect what it said.
//!
//! Sets live on free ports and in temporary folders. Nothing of them outlives the test process,
//! however that ends (see [`keeper`]). `cargo test` is the way to run the tests: tests of one
//! binary then share one server, while nextest gives each test a process, hence a server.

#![allow(dead_code, unused_imports, unreachable_pub, clippy::unwrap_used)] // each test crate uses a part

mod attached;
mod embedded;
mod keeper;
mod program;
mod random;
mod replica_set;
mod server;
mod shop;

pub use attached::Attached;
pub use embedded::Embedded;
pub use program::{Output, rhaiver, run, run_eval, run_file, run_with_input};
pub use random::{Random, seed};
pub use replica_set::{ReplicaSet, database, free_port, wait};
pub use server::{Server, on_embedded, shared};
pub use shop::{Shop, find};

use std::future::Future;

/// Runs a future to its end on a runtime of its own, also from within another runtime.
pub fn block_on<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(future)
        });
        match worker.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
