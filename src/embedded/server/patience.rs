//! Waiting for the next request of a client that asks again at once, without going to sleep.
//!
//! A thread that sleeps in a read is woken by the system, which takes longer than most commands. A client that
//! sends one request after the other has its next one ready within microseconds of its answer: it is looked for,
//! again and again, for so long as that takes. Nobody is looked for who did not ask at once the last time, so a
//! process whose clients are quiet uses no processor; and no more connections look at the same time than leave
//! others a processor to work with. Between two looks the processor is offered to whoever wants it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a request is looked for; also how soon the last one must have come.
const LOOK: Duration = Duration::from_micros(100);

/// Whether a read waits until something comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It fails with `WouldBlock`.
    Not,
    /// It does.
    ForBytes,
}

/// What one connection's reader knows of its client.
#[derive(Debug)]
pub struct Patience {
    /// Whether the last wait was short.
    quick: bool,
    turns: Arc<Turns>,
}

/// How many connections may look at the same time, and how many do.
#[derive(Debug)]
pub struct Turns {
    most: usize,
    taken: AtomicUsize,
}

impl Patience {
    /// Nothing is known yet.
    pub fn new(turns: Arc<Turns>) -> Self {
        Self {
            quick: false,
            turns,
        }
    }

    /// Reads without waiting until something comes, and where that is not soon, waiting.
    ///
    /// # Errors
    /// What reading says.
    pub fn read(&mut self, mut read: impl FnMut(Wait) -> io::Result<usize>) -> io::Result<usize> {
        match read(Wait::Not) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
        let since = Instant::now();
        if let Some(_turn) = self.turn() {
            while since.elapsed() < LOOK {
                std::thread::yield_now();
                match read(Wait::Not) {
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    done => return done,
                }
            }
        }
        let done = read(Wait::ForBytes);
        self.quick = since.elapsed() < LOOK;
        done
    }
}

impl Patience {
    /// The right to look, for one whose client was quick, if there is one left.
    fn turn(&self) -> Option<Turn> {
        if !self.quick {
            return None;
        }
        let before = self.turns.taken.fetch_add(1, Ordering::Relaxed);
        let turn = Turn(self.turns.clone());
        (before < self.turns.most).then_some(turn)
    }
}

impl Default for Turns {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            most: processors / 2,
            taken: AtomicUsize::new(0),
        }
    }
}

/// The right to look.
struct Turn(Arc<Turns>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads once from a client whose bytes come at the `n`th look; how often it looked, and whether it waited.
    fn read(patience: &mut Patience, n: usize) -> (usize, bool) {
        let (mut looks, mut waited) = (0, false);
        let done = patience.read(|wait| {
            waited = wait == Wait::ForBytes;
            looks += 1;
            match waited || looks == n {
                true => Ok(1),
                false => Err(io::ErrorKind::WouldBlock.into()),
            }
        });
        assert_eq!(done.unwrap(), 1);
        (looks, waited)
    }

    fn patience(most: usize) -> Patience {
        let taken = AtomicUsize::new(0);
        Patience::new(Arc::new(Turns { most, taken }))
    }

    #[test]
    fn a_client_that_asked_late_is_not_looked_for() {
        let mut patience = patience(1);
        assert_eq!(read(&mut patience, usize::MAX), (2, true));
        patience.quick = true;
        let since = Instant::now();
        assert!(read(&mut patience, usize::MAX).1);
        assert!(since.elapsed() >= LOOK && !patience.quick);
        assert_eq!(read(&mut patience, usize::MAX), (2, true));
    }

    #[test]
    fn only_so_many_look_at_once() {
        let mut patience = patience(1);
        patience.quick = true;
        let turn = patience.turn().unwrap();
        assert_eq!(read(&mut patience, usize::MAX), (2, true));
        drop(turn);
        patience.quick = true;
        assert!(patience.turn().is_some());
    }

    #[test]
    fn what_is_there_is_read_at_once() {
        assert_eq!(read(&mut patience(1), 1), (1, false));
    }
}
