//! Waiting for the next request of a client that asks again at once, without going to sleep.
//!
//! A thread that sleeps in a read is woken by the system, which takes longer than most commands. A client that
//! sends one request after the other has its next one ready within microseconds of its answer: it is looked for,
//! again and again, for so long as that takes. Nobody is looked for who did not ask at once the last time, so a
//! process whose clients are quiet uses no processor; and no more connections look at the same time than leave
//! others a processor to work with. The processor is not offered to others between two looks, so that the client's
//! threads keep to the others, where waking one another is quick. Once a client is slow it is: the client may be
//! waiting for just this one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a request is looked for; also how soon the last one must have come. The official drivers take 100
/// to 200 microseconds from an answer to the next request; the rest is for what the program does with the answer.
const LOOK: Duration = Duration::from_micros(300);

/// A client that takes longer than this may be waiting for the processor on which its request is looked for.
const SLOW: Duration = Duration::from_micros(200);

/// For how many waits that processor is offered to others then.
const OFFERS: u8 = 8;

/// After how many looks it is offered each time.
const OFFER: u32 = 5;

/// Whether a read or write waits until bytes come, or there is room for some.
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
    /// For how many waits the processor is offered to others.
    offers: u8,
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
            offers: 0,
            turns,
        }
    }

    /// Reads without waiting until something comes, and where that is not soon, waiting.
    ///
    /// # Errors
    /// What reading says.
    pub fn read(&mut self, mut read: impl FnMut(Wait) -> io::Result<usize>) -> io::Result<usize> {
        if let Some(done) = unless_it_would_block(read(Wait::Not)) {
            return done;
        }
        let since = Instant::now();
        let looked = self.quick.then(|| self.look(since, &mut read)).flatten();
        let done = looked.unwrap_or_else(|| read(Wait::ForBytes));
        let took = since.elapsed();
        self.quick = took < LOOK;
        self.offers = match took < SLOW {
            true => self.offers.saturating_sub(1),
            false => OFFERS,
        };
        done
    }

    /// The same for writing: a client that has an answer half is about to read on.
    ///
    /// # Errors
    /// What writing says.
    pub fn write(&self, mut write: impl FnMut(Wait) -> io::Result<usize>) -> io::Result<usize> {
        if let Some(done) = unless_it_would_block(write(Wait::Not)) {
            return done;
        }
        let looked = self.look(Instant::now(), &mut write);
        looked.unwrap_or_else(|| write(Wait::ForBytes))
    }

    /// Looks again and again, if there is a turn left; `None` where that was in vain.
    fn look(
        &self,
        since: Instant,
        again: &mut impl FnMut(Wait) -> io::Result<usize>,
    ) -> Option<io::Result<usize>> {
        let _turn = self.turns.take()?;
        for look in 1_u32.. {
            if since.elapsed() >= LOOK {
                break;
            }
            if self.offers > 0 && look.is_multiple_of(OFFER) {
                std::thread::yield_now();
            }
            if let Some(done) = unless_it_would_block(again(Wait::Not)) {
                return Some(done);
            }
        }
        None
    }
}

fn unless_it_would_block(done: io::Result<usize>) -> Option<io::Result<usize>> {
    match done {
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => None,
        done => Some(done),
    }
}

impl Turns {
    /// The right to look, if there is one left.
    fn take(self: &Arc<Self>) -> Option<Turn> {
        let before = self.taken.fetch_add(1, Ordering::Relaxed);
        let turn = Turn(self.clone());
        (before < self.most).then_some(turn)
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

    /// Does something that the `n`th look finds possible; how often it looked, and whether it waited.
    fn looks(
        n: usize,
        act: impl FnOnce(&mut dyn FnMut(Wait) -> io::Result<usize>) -> io::Result<usize>,
    ) -> (usize, bool) {
        let (mut looks, mut waited) = (0, false);
        let done = act(&mut |wait| {
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

    fn read(patience: &mut Patience, n: usize) -> (usize, bool) {
        looks(n, |io| patience.read(io))
    }

    fn write(patience: &Patience, n: usize) -> (usize, bool) {
        looks(n, |io| patience.write(io))
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
        let turn = patience.turns.take().unwrap();
        assert_eq!(read(&mut patience, usize::MAX), (2, true));
        drop(turn);
        patience.quick = true;
        assert!(patience.turns.take().is_some());
    }

    #[test]
    fn what_is_there_is_read_at_once() {
        assert_eq!(read(&mut patience(1), 1), (1, false));
    }

    #[test]
    fn a_client_that_reads_is_looked_for() {
        assert_eq!(write(&patience(1), 1), (1, false));
        assert_eq!(write(&patience(1), 3), (3, false));
        assert!(write(&patience(1), usize::MAX).1);
        assert_eq!(write(&patience(0), 3), (2, true));
    }
}
