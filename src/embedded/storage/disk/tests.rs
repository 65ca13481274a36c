//! Killing, filling, locking.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::store::{Backend, Room};
use super::super::tests::tiny;
use super::super::{Batch, DirLock, Direction, Error, KeyRange, Space, Store, StoreOptions};

fn batch(n: u64, bytes: usize) -> Batch {
    let mut batch = Batch::new();
    batch.put(Space::Records, n.to_be_bytes(), vec![n as u8; bytes]);
    batch.put(Space::Oplog, n.to_be_bytes(), n.to_string());
    batch.put(Space::Meta, "last", n.to_string());
    batch
}

#[test]
fn what_was_acknowledged_is_there_after_closing() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..5 {
        let store = Store::open(dir.path(), tiny()).unwrap();
        let seq = store.write(batch(n, 10)).unwrap();
        store.wait_durable(seq).unwrap();
        let all = store
            .snapshot()
            .scan(Space::Records, KeyRange::all(), Direction::Forward);
        assert_eq!(all.count() as u64, n + 1);
    }
}

#[test]
fn a_new_store_opens_at_once_and_takes_little() {
    let dir = tempfile::tempdir().unwrap();
    let fastest = (0..5).map(|n| {
        let start = Instant::now();
        let store = Store::open(&dir.path().join(n.to_string()), StoreOptions::default()).unwrap();
        let time = start.elapsed();
        assert!(store.disk_bytes() < 1 << 20);
        time
    });
    let fastest = fastest.min().unwrap();
    println!("opened in {fastest:?}");
    assert!(fastest < Duration::from_millis(100), "{fastest:?}");
}

#[test]
fn a_directory_has_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), tiny()).unwrap();
    assert!(matches!(DirLock::acquire(dir.path()), Err(Error::InUse(_))));
    let snapshot = store.snapshot();
    drop(store);
    drop(snapshot);
    // A child that another test starts has the lock too, between its fork and its exec.
    let free = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        DirLock::acquire(dir.path()).is_ok()
    });
    assert!(free);
}

#[test]
fn a_directory_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    let refused = Store::open(dir.path(), tiny()).unwrap_err();
    assert!(matches!(refused, Error::NotADatabase { .. }), "{refused}");
    let file = dir.path().join("letter.txt");
    assert!(matches!(
        Store::open(&file, tiny()),
        Err(Error::NotADatabase { .. })
    ));
}

#[test]
fn a_newer_format_is_refused_and_a_broken_one_too() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path(), tiny()).unwrap());
    fs::write(
        dir.path().join(super::FORMAT_FILE),
        "rhaiver data directory, format 99\n",
    )
    .unwrap();
    let refused = Store::open(dir.path(), tiny()).unwrap_err();
    assert!(
        matches!(refused, Error::NewerFormat { found: 99, .. }),
        "{refused}"
    );
    fs::write(dir.path().join(super::FORMAT_FILE), [0xff, 0]).unwrap();
    assert!(matches!(
        Store::open(dir.path(), tiny()),
        Err(Error::Corrupt(_))
    ));
}

/// The log cut at any byte: a prefix of the batches is there, and what is written next stays.
#[test]
fn a_torn_log_is_read_up_to_the_tear() {
    let dir = tempfile::tempdir().unwrap();
    for cut in (0..3_000).step_by(97) {
        let path = dir.path().join(cut.to_string());
        let options = StoreOptions {
            overlay_bytes: 1 << 20,
            segment_bytes: 1_000,
            ..tiny()
        };
        let store = Store::open(&path, options.clone()).unwrap();
        (1..=20).for_each(|n| assert_eq!(store.write(batch(n, 50)).unwrap().0, n));
        let copy = dir.path().join(format!("{cut}-killed"));
        copy_dir(&path, &copy);
        drop(store);
        tear(&copy.join("log"), cut);
        for n in 0..2 {
            let store = Store::open(&copy, options.clone()).unwrap();
            let last = prefix(&store, n * 1000);
            store.write(batch(n * 1000 + last + 1, 50)).unwrap();
        }
    }
}

/// Checks that the batches after `base` are 1, 2, … without a gap, and gives the last one's number.
fn prefix(store: &Store, base: u64) -> u64 {
    let snapshot = store.snapshot();
    let records = snapshot.scan(Space::Records, KeyRange::all(), Direction::Forward);
    let numbers = records.map(|e| u64::from_be_bytes(e.unwrap().0[..].try_into().unwrap()));
    let (older, newer): (Vec<u64>, Vec<u64>) = numbers.partition(|n| *n <= base);
    let count = newer.len() as u64;
    assert_eq!(newer, (base + 1..=base + count).collect::<Vec<_>>());
    assert!(base == 0 || !older.is_empty());
    let last = snapshot.get(Space::Meta, b"last").unwrap();
    let last = last.map_or(0, |l| std::str::from_utf8(&l).unwrap().parse().unwrap());
    if count > 0 {
        assert_eq!(last, base + count);
    }
    last - last.min(base)
}

fn tear(log: &Path, cut: u64) {
    let mut files: Vec<_> = fs::read_dir(log)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    let mut left = cut;
    for file in files {
        let mut bytes = fs::read(&file).unwrap();
        if left < 1_000 {
            bytes
                .iter_mut()
                .skip(left as usize)
                .take(200)
                .for_each(|b| *b = !*b);
            fs::write(&file, bytes).unwrap();
            return;
        }
        left -= 1_000;
    }
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The child of the kill tests: writes batches from four threads, says which are durable, until it is killed.
#[test]
#[ignore = "the child of the kill tests"]
fn killed_child() {
    let Ok(dir) = std::env::var("RHAIVER_KILL_DIR") else {
        return;
    };
    let store = Store::open(Path::new(&dir), tiny_but_real()).unwrap();
    let start: u64 = std::env::var("RHAIVER_KILL_START")
        .unwrap()
        .parse()
        .unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let store = store.clone();
            scope.spawn(move || {
                for n in start.. {
                    let mut batch = Batch::new();
                    let key = [thread.to_be_bytes(), n.to_be_bytes()].concat();
                    batch.put(
                        Space::Records,
                        key.clone(),
                        vec![thread as u8; 100 + (n as usize * 37) % 900],
                    );
                    batch.put(Space::Indexes, [&n.to_be_bytes()[..], &key].concat(), "");
                    let seq = store.write(batch).unwrap();
                    if n % 3 != 0 {
                        store.wait_durable(seq).unwrap();
                        let mut out = std::io::stdout().lock();
                        writeln!(out, "ack {thread} {n}").unwrap();
                        out.flush().unwrap();
                    }
                }
            });
        }
    });
}

fn tiny_but_real() -> StoreOptions {
    StoreOptions {
        overlay_bytes: 60_000,
        segment_bytes: 100_000,
        ..StoreOptions::default()
    }
}

#[test]
fn every_acknowledged_batch_survives_kills() {
    kills(15);
}

/// The first checkpoint makes the tree's file: killed around it, again and again.
#[test]
fn a_new_store_survives_kills() {
    let mut acked = 0;
    for round in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        acked += kills_in(dir.path(), 2, round, 0xf);
    }
    println!("20 kills of new stores, {acked} acknowledged batches, all there");
}

#[test]
#[ignore = "takes minutes"]
fn every_acknowledged_batch_survives_thousands_of_kills() {
    let count = std::env::var("RHAIVER_KILLS")
        .ok()
        .and_then(|n| n.parse().ok());
    kills(count.unwrap_or(2_000));
}

fn kills(count: u64) {
    let dir = tempfile::tempdir().unwrap();
    let total = kills_in(dir.path(), count, 0, 0x7f);
    println!("{count} kills, {total} acknowledged batches, all there");
    assert!(total > count);
}

/// Kills a writer in a directory, each time after some milliseconds (by `mask`) at random; says how many
/// batches were acknowledged.
fn kills_in(dir: &Path, count: u64, seed: u64, mask: u64) -> u64 {
    let mut acked: HashMap<u64, Vec<u64>> = HashMap::new();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ seed << 32;
    for round in 0..count {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let time = Duration::from_millis(random >> 33 & mask);
        for line in run_and_kill(dir, round * 1_000_000, time) {
            let mut words = line.split(' ').skip(1).map(|n| n.parse::<u64>().unwrap());
            acked
                .entry(words.next().unwrap())
                .or_default()
                .push(words.next().unwrap());
        }
        verify(dir, &acked);
    }
    acked.values().map(Vec::len).sum::<usize>() as u64
}

fn run_and_kill(dir: &Path, start: u64, time: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "embedded::storage::disk::tests::killed_child",
        ])
        .env("RHAIVER_KILL_DIR", dir)
        .env("RHAIVER_KILL_START", start.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acked = Vec::new();
    // The clock starts with the first acknowledgement, so that a slow start does not hide everything.
    let ack = |line: &String| line.contains("ack ");
    let first = lines.by_ref().map_while(Result::ok).find(ack);
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
    let all = first
        .into_iter()
        .chain(lines.map_while(Result::ok).filter(ack));
    for line in all {
        // The harness writes on the same lines, and a kill may cut the last one.
        let at = line.find("ack ").unwrap();
        if line.split(' ').count() >= 3 {
            acked.push(line[at..].to_owned());
        }
    }
    acked.pop();
    acked
}

fn verify(dir: &Path, acked: &HashMap<u64, Vec<u64>>) {
    let store = Store::open(dir, tiny_but_real()).unwrap();
    let snapshot = store.snapshot();
    for (thread, numbers) in acked {
        for n in numbers {
            let key = [thread.to_be_bytes(), n.to_be_bytes()].concat();
            let value = snapshot.get(Space::Records, &key).unwrap();
            assert_eq!(
                value.map(|v| v.len()),
                Some(100 + (*n as usize * 37) % 900),
                "{thread} {n}"
            );
        }
    }
    let count = |space| {
        snapshot
            .scan(space, KeyRange::all(), Direction::Forward)
            .map(Result::unwrap)
            .count()
    };
    assert_eq!(count(Space::Records), count(Space::Indexes));
}

/// A file system of 8 MB, where this user may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let dir = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "none"])
            .arg(dir.path())
            .stderr(Stdio::null())
            .status();
        mount
            .is_ok_and(|status| status.success())
            .then_some(SmallDisk(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_an_error_and_not_an_end() {
    let Some(disk) = SmallDisk::mount() else {
        println!("no small disk could be mounted: not tested");
        return;
    };
    let dir = disk.0.path().join("data");
    let options = StoreOptions {
        overlay_bytes: 1 << 20,
        segment_bytes: 1 << 20,
        ..StoreOptions::default()
    };
    let ballast = disk.0.path().join("ballast");
    fs::write(&ballast, vec![1; 3 << 20]).unwrap();
    let store = Store::open(&dir, options.clone()).unwrap();
    let mut written = 0;
    let full = loop {
        match store.write(batch(written + 1, 1_000)) {
            Ok(_) => written += 1,
            Err(e) => break e,
        }
        assert!(written < 100_000);
    };
    assert!(matches!(full, Error::DiskFull(_)), "{full:?}");
    println!("full after {written} batches: {full}");
    assert_eq!(prefix(&store, 0), written);
    fs::remove_file(&ballast).unwrap();
    let start = Instant::now();
    let seq = loop {
        match store.write(batch(written + 1, 1_000)) {
            Ok(seq) => break seq,
            Err(Error::DiskFull(_)) if start.elapsed() < Duration::from_secs(10) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(e) => panic!("{e:?}"),
        }
    };
    store.wait_durable(seq).unwrap();
    assert_eq!(prefix(&store, 0), written + 1);
    drop(store);
    let store = Store::open(&dir, options).unwrap();
    assert_eq!(prefix(&store, 0), written + 1);
}

/// Writes batches after `from` until one is refused or there are enough; gives the last one's number.
fn write_while_it_works(disk: &super::Disk, from: u64, count: u64) -> (u64, Option<Error>) {
    for n in from + 1..=from + count {
        if let Err(e) = disk.write(batch(n, 100), Room::Await) {
            return (n - 1, Some(e));
        }
    }
    (from + count, None)
}

fn count(disk: &super::Disk) -> u64 {
    let all = disk
        .snapshot()
        .scan(Space::Records, KeyRange::all(), Direction::Forward);
    all.map(Result::unwrap).count() as u64
}

/// With a tree that is there and one that is still to be made: after failures the store goes on by itself.
#[test]
fn a_failed_checkpoint_is_tried_again() {
    for before in [0, 200] {
        let dir = tempfile::tempdir().unwrap();
        let disk = super::Disk::open(DirLock::acquire(dir.path()).unwrap(), tiny()).unwrap();
        let (mut last, refused) = write_while_it_works(&disk, 0, before);
        assert!(refused.is_none());
        for _ in 0..3 {
            let failing = &disk.shared.patience.failing;
            failing.store(true, Ordering::Relaxed);
            let (written, refused) = write_while_it_works(&disk, last, 10_000);
            assert!(matches!(refused, Some(Error::Io(_))), "{refused:?}");
            last = written;
            failing.store(false, Ordering::Relaxed);
            let deadline = Instant::now() + Duration::from_secs(20);
            while disk.write(batch(last + 1, 100), Room::Await).is_err() {
                assert!(Instant::now() < deadline);
                std::thread::sleep(Duration::from_millis(5));
            }
            last += 1;
            let (written, refused) = write_while_it_works(&disk, last, 200);
            assert!(refused.is_none(), "{refused:?}");
            last = written;
            assert_eq!(count(&disk), last);
        }
        drop(disk);
        assert_eq!(prefix(&Store::open(dir.path(), tiny()).unwrap(), 0), last);
    }
}
