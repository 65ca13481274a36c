//! Looking for edits, on a thread: reading, compiling and testing block.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::stream::program::{Look, Program};

/// How long between two looks: an edit takes over within 200 ms of its save.
const STEP: Duration = Duration::from_millis(50);

/// A thread that looks for edits of a program until it is dropped.
pub struct Looker {
    /// What it saw; [`Look::Unchanged`] is not among it.
    pub seen: mpsc::UnboundedReceiver<Look>,
    /// How often it has looked.
    looks: watch::Receiver<u64>,
    over: Arc<AtomicBool>,
}

/// How long a host that takes over waits for a look that may be trying an edit.
const CATCH_UP: Duration = Duration::from_secs(1);

impl Looker {
    /// Starts looking.
    ///
    /// # Errors
    /// Where there can be no thread.
    pub fn start(program: Arc<dyn Program>) -> std::io::Result<Self> {
        let (send, seen) = mpsc::unbounded_channel();
        let (looked, looks) = watch::channel(0);
        let over = Arc::new(AtomicBool::new(false));
        let done = over.clone();
        std::thread::Builder::new()
            .name("look".into())
            .stack_size(LOOK_STACK)
            .spawn(move || {
                while !done.load(Relaxed) {
                    match program.look() {
                        Look::Unchanged => {}
                        look => {
                            if send.send(look).is_err() {
                                return;
                            }
                        }
                    }
                    looked.send_modify(|n| *n += 1);
                    std::thread::sleep(STEP);
                }
            })?;
        Ok(Self { seen, looks, over })
    }

    /// Waits until a look that began from now on is over: whoever had the stream before may have
    /// taken up an edit that was not seen here yet.
    pub async fn catch_up(&mut self) {
        let now = *self.looks.borrow();
        let looked = self.looks.wait_for(|n| *n >= now + 2);
        let _ = tokio::time::timeout(CATCH_UP, looked).await;
    }
}

/// Compiling nests as deep as sources do.
const LOOK_STACK: usize = 16 << 20;

impl Drop for Looker {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
    }
}
