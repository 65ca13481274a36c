//! The oracle: what the host promises about an event, seen while it is killed, and its servers with it.
//!
//! Writers count up 1,000 documents in five collections; so the events of a document carry 1, 2, 3 … A handler on
//! several lanes records what it saw. Meanwhile two hosts with one stream id are killed and paused, the primary is
//! stepped down, members are frozen, and the handler's file is rewritten every 100 ms, at times with text that
//! does not compile, at times with another number of lanes. At the end the writers' documents say what must have been seen, and the records what was.
//!
//! - [`ground`] is the server: a replica set of three, or the embedded database that several processes share;
//! - [`writers`] count up, [`handler`] writes the handler's file, [`hosts`] runs the two hosts;
//! - [`trouble`] is what goes wrong, in an order that follows from the seed;
//! - [`verdict`] compares records with documents.
//!
//! `RHAIVER_SEED` chooses another run, `RHAIVER_ORACLE_SECONDS` (15) how long there is trouble,
//! `RHAIVER_ORACLE_RATE` how many writes there are in a second; with
//! `RHAIVER_ORACLE_KEEP` the hosts' logs stay.
#![allow(missing_docs, clippy::unwrap_used)]

mod ground;
mod handler;
mod hosts;
#[path = "../support/mod.rs"]
mod support;
mod trouble;
mod verdict;
mod writers;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ground::Ground;
use handler::{Delivery, Editor};
use hosts::Hosts;
use support::{Random, block_on, seed, wait};
use trouble::Troubles;

/// The name of the stream.
const STREAM: &str = "oracle";
/// The database that is watched.
const WATCHED: &str = "oracle";
/// The database of the records.
const RECORDS: &str = "oracle_seen";

/// Each takes all of the machine.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn exactly_once_on_a_replica_set() {
    run(Ground::replica_set, Delivery::ExactlyOnce);
}

#[test]
fn exactly_once_on_the_embedded_database() {
    run(Ground::embedded, Delivery::ExactlyOnce);
}

#[test]
fn at_least_once_on_a_replica_set() {
    run(Ground::replica_set, Delivery::AtLeastOnce);
}

#[test]
fn at_least_once_on_the_embedded_database() {
    run(Ground::embedded, Delivery::AtLeastOnce);
}

fn run(ground: fn() -> Ground, delivery: Delivery) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let ground = ground();
    let (seed, time) = (
        seed(),
        Duration::from_secs(setting("RHAIVER_ORACLE_SECONDS", 15)),
    );
    let rate = setting("RHAIVER_ORACLE_RATE", delivery.rate());
    println!("{delivery:?} on {ground}: RHAIVER_SEED={seed}, {time:?} of trouble");
    let mut folder = tempfile::tempdir().unwrap();
    folder.disable_cleanup(std::env::var_os("RHAIVER_ORACLE_KEEP").is_some());
    let editor = Editor::new(folder.path(), delivery);
    ground.with_client(writers::prepare);
    let mut hosts = Hosts::start(&ground, editor.file(), folder.path());

    let over = AtomicBool::new(false);
    let (edits, writes, troubles) = std::thread::scope(|scope| {
        let edits = scope.spawn(|| editor.edit_until(&over, Random::new(seed, 1)));
        let writes = scope.spawn(|| writers::write_until(&ground, &over, rate, seed));
        // Also where trouble ends in a panic, the others come to their end.
        let _over = AtEnd(&over);
        let troubles = Troubles::new(Random::new(seed, 2)).run(time, &ground, &mut hosts);
        over.store(true, Ordering::Relaxed);
        (edits.join().unwrap(), writes.join().unwrap(), troubles)
    });
    let calm = Instant::now();
    println!("{writes}; {troubles}; {edits}; waiting for the rest");
    hosts.revive();
    let expected = wait("the writers' documents", || {
        block_on(verdict::expected(&ground))
    });
    let mut told = calm;
    hosts.wait("every event to be seen", || {
        let missing = block_on(verdict::missing(&ground, &expected));
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            println!(
                "{missing:?} of {} are missing",
                expected.values().sum::<i64>()
            );
        }
        missing.is_some_and(|n| n <= 0).then_some(())
    });
    println!(
        "every event is seen, {:?} after the last write",
        calm.elapsed()
    );
    let ended = hosts.stop();
    let verdict = block_on(verdict::gather(&ground, &expected, &edits));
    println!("{verdict}; {ended}");
    let complaints = verdict.complaints(delivery);
    assert!(complaints.is_empty(), "{}", verdict::told(&complaints));
}

/// Raises a flag when it goes.
struct AtEnd<'a>(&'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}
