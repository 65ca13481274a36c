//! A running `rhaiver attach`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{rhaiver, wait};

/// A running `rhaiver attach`, killed when the test ends.
pub struct Attached {
    child: Child,
    errors: PathBuf,
}

impl Attached {
    /// One on a server, that has begun to watch.
    pub fn start(uri: &str, folder: &Path, more: &[&str]) -> Self {
        let attached = Self::launch(&["--uri", uri], folder, more);
        attached.wait_for("watching");
        attached
    }

    /// One on the server that these options name (`--uri URI`, `--data DIR`), in whatever state it is. What it
    /// prints goes to files in `folder`: `stdout` for all of them, a file of its own for standard error.
    pub fn launch(server: &[&str], folder: &Path, more: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let errors = folder.join(format!("stderr-{number}"));
        let mut command = rhaiver();
        command
            .arg("attach")
            .args(server)
            .args(more)
            .stdin(Stdio::null())
            .stdout(
                File::options()
                    .create(true)
                    .append(true)
                    .open(folder.join("stdout"))
                    .unwrap(),
            )
            .stderr(File::create(&errors).unwrap());
        Self {
            child: command.spawn().unwrap(),
            errors,
        }
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The exit code of one that has ended (-1: by a signal).
    pub fn ended(&mut self) -> Option<i32> {
        let status = self.child.try_wait().unwrap()?;
        Some(status.code().unwrap_or(-1))
    }

    /// Waits until it ends by itself; gives its exit code.
    pub fn wait_until_ended(&mut self) -> i32 {
        wait("end of the host", || self.ended())
    }

    /// The memory that it holds, in kB (`VmRSS`), and the most that it ever held (`VmHWM`).
    pub fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    /// The file of its standard error.
    pub fn log(&self) -> PathBuf {
        self.errors.clone()
    }

    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap()
    }

    pub fn wait_for(&self, text: &str) {
        wait(&format!("{text:?} on standard error"), || {
            self.said().contains(text).then_some(())
        });
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(
            std::process::Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Asks it to end, and waits; gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
