//! A running `rhaiver attach`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::{rhaiver, wait};

/// A running `rhaiver attach`, killed when the test ends.
pub struct Attached {
    child: Child,
    errors: PathBuf,
}

impl Attached {
    pub fn start(uri: &str, folder: &Path, more: &[&str]) -> Self {
        let errors = folder.join(format!(
            "stderr-{}",
            std::fs::read_dir(folder).unwrap().count()
        ));
        let mut command = rhaiver();
        command
            .args(["attach", "--uri", uri])
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
        let attached = Self {
            child: command.spawn().unwrap(),
            errors,
        };
        attached.wait_for("watching");
        attached
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
