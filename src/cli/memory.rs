//! A bound on the memory that a script may use.
//!
//! Rhai's own limits measure arrays and strings at every operation, which makes building a list
//! quadratic. Looking at the process from time to time costs nothing, and a script that grows
//! without end is stopped well before the system would end the whole process.

use std::time::Duration;

use tokio::runtime::Runtime;

use crate::script::{Interrupt, Stop};

/// How often the process is looked at: a string that doubles itself takes longer than that for
/// each of its last steps.
const LOOK: Duration = Duration::from_millis(20);

/// Stops the script once the process holds more than `most` bytes of memory.
pub fn watch(runtime: &Runtime, interrupt: &Interrupt, most: u64) {
    let interrupt = interrupt.clone();
    runtime.spawn(async move {
        loop {
            exceeded(most).await;
            if interrupt.raised().is_none() {
                interrupt.raise(Stop::Memory);
            }
            tokio::time::sleep(LOOK).await;
        }
    });
}

/// Waits until the process holds more than `most` bytes of memory.
pub async fn exceeded(most: u64) {
    let mut look = tokio::time::interval(LOOK);
    loop {
        look.tick().await;
        match resident() {
            Some(bytes) if bytes > most => return,
            Some(_) => {}
            None => std::future::pending().await,
        }
    }
}

/// The bytes of memory that the process holds, where the system says (Linux).
pub fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn the_process_knows_its_memory() {
        let held = super::resident().unwrap();
        assert!((1 << 20..1 << 40).contains(&held), "{held}");
    }
}
