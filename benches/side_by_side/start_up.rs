//! From the start of `rhaiver run` to the first line that its script prints.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TIMES: usize = 11;

/// What was started, and how long each start took: a new folder of data, one with data, and none on disk.
pub fn times() -> [(&'static str, Vec<Duration>); 3] {
    let folder = tempfile::tempdir().unwrap();
    let new = (0..TIMES).map(|n| start(&folder.path().join(n.to_string())));
    let new = new.collect();
    let again = (0..TIMES)
        .map(|_| start(&folder.path().join("0")))
        .collect();
    let memory = (0..TIMES).map(|_| start(Path::new(":memory:"))).collect();
    [
        ("a new folder", new),
        ("a folder with data", again),
        (":memory:", memory),
    ]
}

/// A script that writes, reads and prints.
fn start(data: &Path) -> Duration {
    let script = "db.starts.insertOne({ at: new Date() }); print(db.starts.countDocuments())";
    let mut command = Command::new(env!("CARGO_BIN_EXE_rhaiver"));
    command
        .args(["run", "--eval", script, "--data"])
        .arg(data)
        .env_remove("RHAIVER_URI");
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let took = begin.elapsed();
    assert!(!line.is_empty() && child.wait().unwrap().success());
    took
}
