//! Looking for edits, on a thread: reading, compiling and testing block.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::stream::program::{Look, Program};

/// How long between two looks: an edit takes over within 200 ms of its save.
const STEP: Duration = Duration::from_millis(50);

/// A thread that looks for edits of a program until it is dropped.
pub struct Looker {
    /// What it saw; [`Look::Unchanged`] is not among it.
    pub seen: mpsc::UnboundedReceiver<Look>,
    over: Arc<AtomicBool>,
}

impl Looker {
    /// Starts looking.
    ///
    /// # Errors
    /// Where there can be no thread.
    pub fn start(program: Arc<dyn Program>) -> std::io::Result<Self> {
        let (send, seen) = mpsc::unbounded_channel();
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
                    std::thread::sleep(STEP);
                }
            })?;
        Ok(Self { seen, over })
    }
}

/// Compiling nests as deep as sources do.
const LOOK_STACK: usize = 16 << 20;

impl Drop for Looker {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
    }
}
