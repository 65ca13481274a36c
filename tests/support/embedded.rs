//! `rhaiver serve`, the embedded database for drivers, as a server for tests.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::program::rhaiver;

/// Ends the server when the test's end of the pipe closes, however that comes.
const KEEPER: &str = r#"
eval "$1"; shift
"$@" </dev/null & pid=$!
read -r order
kill -s KILL $pid 2>/dev/null
wait $pid 2>/dev/null
"#;

/// A running `rhaiver serve`; it ends with its owner.
pub struct Embedded {
    keeper: Child,
    pipe: Option<ChildStdin>,
    address: String,
}

impl Embedded {
    /// One whose data is in memory.
    pub fn in_memory() -> Self {
        Self::start(&["--data", ":memory:", "--test-commands"])
    }

    /// One whose data is in a folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self::start(&["--data", folder.to_str().unwrap()])
    }

    /// One whose files may not grow beyond `kilobytes`, as on a full disk.
    pub fn on_full_disk(folder: &Path, kilobytes: usize) -> Self {
        // Without the signal, the system answers the write with an error.
        let limit = format!("trap '' XFSZ; ulimit -f {}", kilobytes * 2);
        Self::start_after(&limit, "127.0.0.1:0", &["--data", folder.to_str().unwrap()])
    }

    /// One with these options, on a free port.
    pub fn start(options: &[&str]) -> Self {
        Self::start_after(":", "127.0.0.1:0", options)
    }

    /// One whose data is in a folder, on this port.
    pub fn on_port(port: u16, folder: &Path) -> Self {
        let address = format!("127.0.0.1:{port}");
        Self::start_after(":", &address, &["--data", folder.to_str().unwrap()])
    }

    fn start_after(shell: &str, address: &str, options: &[&str]) -> Self {
        let serve = rhaiver();
        let mut command = Command::new("sh");
        for (name, value) in serve.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut keeper = command
            .args(["-c", KEEPER, "keeper", shell])
            .arg(serve.get_program())
            .args(["serve", "--listen", address])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let pipe = keeper.stdin.take();
        let mut said = String::new();
        let mut out = BufReader::new(keeper.stdout.take().unwrap());
        out.read_line(&mut said).unwrap();
        let address = said
            .split("mongodb://")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_else(|| panic!("no address in {said:?}"))
            .to_string();
        Embedded {
            keeper,
            pipe,
            address,
        }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The connection string.
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// The connection string with a default database.
    pub fn uri_of(&self, database: &str) -> String {
        self.uri().replace("/?", &format!("/{database}?"))
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.pipe.take();
        self.keeper.wait().ok();
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.end();
    }
}
