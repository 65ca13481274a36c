//! `rhaiver attach` with many handlers, and what tells of them: dead letters, `streams`, metrics, logs.
#![allow(missing_docs, clippy::unwrap_used)]

mod folders;
mod letters;
mod metrics;
mod scripts;
mod settings;
mod streams;
#[path = "../support/mod.rs"]
mod support;

use support::{Output, rhaiver, run, shared};

/// `rhaiver COMMAND… --uri URI` on the shared server.
#[track_caller]
fn command(args: &[&str]) -> Output {
    let mut command = rhaiver();
    command.args(args).args(["--uri", &shared().uri()]);
    run(command)
}
