//! The keeper of one mongod: a small shell between the test and the server.
//!
//! Statics are not dropped, and a test process may be killed; so the mongod's life hangs on a pipe.
//! The keeper reads orders from it, and when the pipe closes, for whatever reason, it kills the
//! mongod and removes its data.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

/// It runs in a process group of its own, so that a signal to the test's group (Ctrl-C, a timeout)
/// cannot end it before it has cleaned up.
const KEEPER: &str = r#"
data=$1; shift
launch() { "$@" </dev/null >>"$data/out" 2>&1 & pid=$!; }
launch "$@"
while read -r order; do
  case $order in
    START) launch "$@" ;;
    KILL) kill -s KILL $pid; wait $pid ;;
    *) kill -s "$order" $pid ;;
  esac
  echo done
done
kill -s KILL $pid
wait $pid
rm -rf "$data"
rmdir "${data%/*}"
"#;

/// One mongod that ends with its owner.
pub struct Keeper {
    data: PathBuf,
    shell: Child,
    pipe: Mutex<Option<(ChildStdin, std::io::BufReader<std::process::ChildStdout>)>>,
}

impl Keeper {
    /// Starts a mongod as the member `port` of the replica set `name`, its data under `folder`.
    pub fn start(folder: &Path, name: &str, port: u16) -> Self {
        let data = folder.join(port.to_string());
        std::fs::create_dir_all(&data).unwrap();
        let mut shell = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&data)
            .arg(mongod())
            .args([
                "--port",
                &port.to_string(),
                "--replSet",
                name,
                "--bind_ip",
                "localhost",
            ])
            .arg("--dbpath")
            .arg(&data)
            .arg("--logpath")
            .arg(data.join("log"))
            .args(["--logappend", "--nounixsocket", "--oplogSize", "128"])
            .args(["--wiredTigerCacheSizeGB", "0.25"])
            .args(["--wiredTigerEngineConfigString", "log=(file_max=16MB)"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
            .args(["--setParameter", "enableTestCommands=1"]) // for failCommand
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let answers = std::io::BufReader::new(shell.stdout.take().unwrap());
        let pipe = Mutex::new(shell.stdin.take().map(|orders| (orders, answers)));
        Keeper { data, shell, pipe }
    }

    /// `START`, or the name of a signal for the mongod (`KILL`, `STOP`, `CONT`, `TERM`); returns
    /// when it was carried out (`KILL`: when the process is gone).
    pub fn order(&self, order: &str) {
        use std::io::BufRead;
        let mut pipe = self.pipe.lock().unwrap();
        let (orders, answers) = pipe.as_mut().unwrap();
        writeln!(orders, "{order}").unwrap();
        answers.read_line(&mut String::new()).unwrap();
    }

    /// The last lines of the mongod's output and log, for a failure message.
    pub fn last_words(&self) -> String {
        let read = |name| std::fs::read_to_string(self.data.join(name)).unwrap_or_default();
        let text = format!("{}{}", read("out"), read("log"));
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Ok(mut pipe) = self.pipe.lock() {
            pipe.take();
        }
        self.shell.wait().ok();
    }
}

/// The mongod that `scripts/replica-set.sh` uses; the first call may download it.
fn mongod() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/replica-set.sh");
        let found = Command::new("bash")
            .args([script, "mongod-path"])
            .output()
            .unwrap();
        assert!(
            found.status.success(),
            "{}",
            String::from_utf8_lossy(&found.stderr)
        );
        PathBuf::from(String::from_utf8(found.stdout).unwrap().trim_end())
    })
}
