//! Several processes, one data directory: they start, stop and are killed in any order, and whoever is left
//! goes on; what was acknowledged is there, and streams lose and repeat nothing.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use support::{Output, rhaiver, run, wait};

/// `rhaiver --data DIR run --eval CODE`.
fn eval(data: &Path, code: &str) -> Output {
    let mut command = rhaiver();
    command
        .arg("--data")
        .arg(data)
        .args(["run", "--eval", code]);
    run(command)
}

/// A script that runs until it is killed, its output in a file.
struct Script {
    child: Child,
    out: PathBuf,
}

impl Script {
    fn start(data: &Path, folder: &Path, name: &str, code: &str) -> Self {
        let file = folder.join(format!("{name}.js"));
        std::fs::write(&file, code).unwrap();
        let out = folder.join(format!("{name}.out"));
        let mut command = rhaiver();
        let child = command
            .arg("--data")
            .arg(data)
            .arg("run")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(
                File::options()
                    .create(true)
                    .append(true)
                    .open(&out)
                    .unwrap(),
            )
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(folder.join("errors"))
                    .unwrap(),
            )
            .spawn()
            .unwrap();
        Self { child, out }
    }

    /// What it has printed, complete lines only.
    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.out).unwrap_or_default();
        let complete = text.rfind('\n').map_or("", |end| &text[..end]);
        complete.lines().map(str::to_string).collect()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Inserts with an acknowledgement for each, printed after it; begins behind what its file tells.
fn writer(name: &str, from: usize) -> String {
    format!(
        "for (let n = {from}; ; n++) {{ \
           db.events.insertOne({{ _id: '{name}-' + n }}, {{ writeConcern: {{ w: 'majority' }} }}); \
           print(n); \
         }}"
    )
}

#[test]
fn data_of_one_process_is_there_in_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("db");
    eval(&data, "db.c.insertOne({ _id: 1, x: NumberLong(7) })").ok();
    let found = eval(&data, "db.c.find().toArray()").ok();
    assert!(
        found.contains("_id: 1") && found.contains("Long('7')"),
        "{found}"
    );
}

#[test]
fn memory_vanishes() {
    let memory = Path::new(":memory:");
    eval(memory, "db.c.insertOne({ _id: 1 })").ok();
    assert_eq!(eval(memory, "db.c.countDocuments({})").ok().trim(), "0");
}

#[test]
fn a_process_sees_what_another_one_writes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("db");
    let writer = Script::start(&data, folder.path(), "a", &writer("a", 0));
    wait("the first insert", || {
        (!writer.lines().is_empty()).then_some(())
    });
    let seen = eval(&data, "db.events.countDocuments({})").ok();
    assert!(seen.trim().parse::<usize>().unwrap() > 0, "{seen}");
}

/// Two hosts and a stream on one directory; they are killed in turn, the owner among them each time.
#[test]
fn whoever_is_left_goes_on() {
    const KILLS: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("db");
    eval(&data, "db.createCollection('events')").ok();
    let start = |name: &str, from| Script::start(&data, folder.path(), name, &writer(name, from));
    let stream = "const s = db.watch([], { fullDocument: 'default' }); print('watching'); \
                  while (true) { const e = s.tryNext(); if (e != null) print(e.documentKey._id); }";
    let stream = Script::start(&data, folder.path(), "stream", stream);
    wait("the stream", || {
        stream
            .lines()
            .contains(&"watching".to_string())
            .then_some(())
    });
    let mut writers = [start("a", 0), start("b", 0)];
    let acknowledged = |script: &Script| {
        script
            .lines()
            .last()
            .map_or(0, |line| line.parse::<usize>().unwrap() + 1)
    };
    for kill in 0..KILLS {
        let at = kill % 2;
        let before = [acknowledged(&writers[0]), acknowledged(&writers[1])];
        // Both go on after whatever happened last.
        wait("both writers", || {
            writers
                .iter()
                .zip(before)
                .all(|(w, n)| acknowledged(w) >= n + 20)
                .then_some(())
        });
        writers[at].kill();
        // An insert may be there without having been acknowledged: begin behind it.
        let from = acknowledged(&writers[at]) + 1;
        writers[at] = start(["a", "b"][at], from);
    }
    let counts = [acknowledged(&writers[0]), acknowledged(&writers[1])];
    wait("both writers", || {
        writers
            .iter()
            .zip(counts)
            .all(|(w, n)| acknowledged(w) >= n + 20)
            .then_some(())
    });
    writers.iter_mut().for_each(Script::kill);
    let there = eval(&data, "db.events.find().forEach(d => print(d._id))").ok();
    let there: Vec<&str> = there.lines().filter(|line| line.contains('-')).collect();
    for (writer, name) in writers.iter().zip(["a", "b"]) {
        for n in writer.lines() {
            assert!(
                there.contains(&format!("{name}-{n}").as_str()),
                "{name}-{n} was acknowledged and is gone"
            );
        }
    }
    wait("the stream to see all", || {
        (stream.lines().len() > there.len()).then_some(())
    });
    let mut streamed = stream.lines().split_off(1);
    let mut expected: Vec<String> = there.iter().map(ToString::to_string).collect();
    streamed.sort();
    expected.sort();
    assert_eq!(streamed, expected, "the stream saw each insert once");
    println!(
        "{KILLS} kills, {} documents, none lost, each streamed once",
        there.len()
    );
}

#[test]
fn an_orderly_end_hands_over_too() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("db");
    let owner = Script::start(&data, folder.path(), "a", &writer("a", 0));
    wait("the owner", || (owner.lines().len() > 5).then_some(()));
    let guest = Script::start(&data, folder.path(), "b", &writer("b", 0));
    wait("the guest", || (guest.lines().len() > 5).then_some(()));
    owner.signal("-INT");
    let so_far = guest.lines().len();
    wait("the guest to go on", || {
        (guest.lines().len() > so_far + 50).then_some(())
    });
}

#[test]
fn a_place_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.txt"), "dear").unwrap();
    let output = eval(folder.path(), "db.c.insertOne({})");
    assert_eq!(output.code, 3, "{}", output.stderr);
    assert!(
        output.stderr.contains("database") && output.stderr.contains("help:"),
        "{}",
        output.stderr
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let file = folder.path().join("letter.txt");
    assert_eq!(eval(&file, "db.c.insertOne({})").code, 3);
}

#[test]
fn the_folder_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("db");
    eval(&data, "db.c.insertOne({})").ok();
    let mode = std::fs::metadata(&data).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
