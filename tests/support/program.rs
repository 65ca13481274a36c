//! Running the built `rhaiver`.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// No run of a test takes this long; one that does hangs, and fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a run of the program left on its streams, and its exit code (-1: ended by a signal).
#[derive(Debug)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Output {
    /// The standard output of a run that must have succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(
            self.code, 0,
            "exit code\nstdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self.stdout
    }
}

/// The program, with nothing of the caller's environment that would change what it does.
pub fn rhaiver() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rhaiver"));
    for name in [
        "RHAIVER_URI",
        "RUST_LOG",
        "RUST_BACKTRACE",
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(name);
    }
    command.env("TZ", "UTC");
    command
}

/// `rhaiver run --eval CODE --uri URI`.
#[track_caller]
pub fn run_eval(uri: &str, code: &str) -> Output {
    let mut command = rhaiver();
    command.args(["run", "--uri", uri, "--eval", code]);
    run(command)
}

/// `rhaiver run FILE --uri URI ARGS…`.
#[track_caller]
pub fn run_file(uri: &str, file: impl AsRef<OsStr>, args: &[&str]) -> Output {
    let mut command = rhaiver();
    command.args(["run", "--uri", uri]).arg(file).args(args);
    run(command)
}

/// Runs a command to its end without standard input.
#[track_caller]
pub fn run(command: Command) -> Output {
    run_with_input(command, "")
}

/// Runs a command to its end with `input` as its standard input.
#[track_caller]
pub fn run_with_input(mut command: Command, input: &str) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let stdout = child.stdout.take().unwrap();
    let stderr = child.stderr.take().unwrap();
    let (status, stdout, stderr) = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input.as_bytes()).ok()); // it may end without reading
        let stdout = scope.spawn(move || read(stdout));
        let stderr = scope.spawn(move || read(stderr));
        let status = wait(&mut child);
        (status, stdout.join().unwrap(), stderr.join().unwrap())
    });
    let Some(status) = status else {
        panic!("{command:?} hangs\nstdout: {stdout}\nstderr: {stderr}");
    };
    Output {
        stdout,
        stderr,
        code: status.code().unwrap_or(-1),
    }
}

fn read(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wait(child: &mut std::process::Child) -> Option<std::process::ExitStatus> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().ok();
    child.wait().ok();
    None
}
