//! Writing, and the two threads behind it: one syncs what nobody waits for, one brings overlays into the tree.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use super::super::store::Room;
use super::super::{Batch, DirLock, Error, Result, Seq, Snapshot};
use super::StoreOptions;
use super::backend::Patience;
use super::format;
use super::log::Log;
use super::recover::recover;
use super::state::State;
use super::tree::{self, Tree, TreeView};

/// A smaller overlay is left in the log when the store closes: the next opening reads it as fast as a tree.
const WORTH_A_CHECKPOINT: usize = 128 * 1024;
/// As many files of the log as make an opening slow, each of a time when the store was open.
const MANY_SEGMENTS: usize = 4;
/// How long a checkpoint that failed waits before it is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(200);
/// How long the syncing thread looks for writes after the last one, before it sleeps until it is called.
const WATCHFUL: u32 = 20;

/// The store, as its threads share it.
pub(super) struct Shared {
    dir: PathBuf,
    options: StoreOptions,
    pub(super) log: Log,
    state: RwLock<Arc<State>>,
    tree: Mutex<Tree>,
    pub(super) patience: Arc<Patience>,
    /// Whether the syncing thread sleeps until it is called.
    asleep: AtomicBool,
    calls: Mutex<Calls>,
    called: Condvar,
}

/// What the threads were asked for.
#[derive(Default)]
struct Calls {
    sync: bool,
    checkpoint: bool,
    /// Why the last checkpoint failed.
    failed: Option<Error>,
}

fn unpoisoned<T>(result: Result<T, PoisonError<T>>) -> T {
    // Everything under these locks is replaced as a whole.
    result.unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn open(lock: DirLock, options: StoreOptions) -> Result<Shared> {
        let dir = lock.dir().to_owned();
        format::check(&dir)?;
        let log_dir = dir.join("log");
        std::fs::create_dir_all(&log_dir)?;
        let patience = Arc::new(Patience::default());
        let tree = Tree::open(Arc::new(lock), options.cache_bytes, patience.clone())?;
        let (applied, view) = tree.view()?;
        let recovered = recover(&log_dir, applied)?;
        let seq = recovered.seq;
        let many = recovered.segments.len() > MANY_SEGMENTS;
        let log = Log::new(log_dir, options.segment_bytes, seq, recovered.segments)?;
        let state = State {
            seq,
            active: recovered.overlay,
            sealed: None,
            tree: Arc::new(view),
        };
        let checkpoint = many || state.active.bytes() > options.overlay_bytes;
        Ok(Shared {
            dir,
            options,
            log,
            state: RwLock::new(Arc::new(state)),
            tree: Mutex::new(tree),
            patience,
            asleep: AtomicBool::new(false),
            calls: Mutex::new(Calls {
                sync: true,
                checkpoint,
                failed: None,
            }),
            called: Condvar::new(),
        })
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        unpoisoned(self.calls.lock())
    }

    fn current(&self) -> Arc<State> {
        unpoisoned(self.state.read()).clone()
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let state = self.current();
        Snapshot::new(Seq(state.seq), state)
    }

    pub(super) fn write(&self, mut batch: Batch, room: Room) -> Result<u64> {
        let mut tail = self.log.tail();
        while self.is_crowded() {
            self.hope()?;
            if room == Room::Overdraw {
                break;
            }
            drop(tail);
            self.wait_for_room();
            tail = self.log.tail();
        }
        let seq = self.log.append(&mut tail, &mut batch)?;
        let large = self.show(seq, batch);
        drop(tail);
        if large || self.asleep.load(Ordering::Acquire) {
            self.call(large);
        }
        Ok(seq)
    }

    /// Makes a batch visible. Says whether it is time for a checkpoint.
    fn show(&self, seq: u64, batch: Batch) -> bool {
        let mut state = unpoisoned(self.state.write());
        let state = Arc::make_mut(&mut state);
        state.apply(seq, batch);
        state.sealed.is_none() && state.active.bytes() > self.options.overlay_bytes
    }

    fn call(&self, checkpoint: bool) {
        let mut calls = self.calls();
        calls.sync = true;
        calls.checkpoint |= checkpoint;
        self.called.notify_all();
    }

    /// Whether writers are faster than the tree.
    pub(super) fn is_crowded(&self) -> bool {
        unpoisoned(self.state.read()).bytes() > 4 * self.options.overlay_bytes
    }

    /// Waits until writers are not faster than the tree.
    pub(super) fn wait_until_roomy(&self) -> Result<()> {
        while self.is_crowded() {
            self.hope()?;
            self.wait_for_room();
        }
        Ok(())
    }

    /// Whether there will be room.
    fn hope(&self) -> Result<()> {
        if self.patience.is_waiting() {
            return Err(Error::DiskFull("the tree cannot grow".to_owned()));
        }
        match &self.calls().failed {
            Some(e) => Err(e.clone()),
            None => Ok(()),
        }
    }

    fn wait_for_room(&self) {
        let _ = self
            .called
            .wait_timeout(self.calls(), Duration::from_millis(10));
    }

    /// Syncs what nobody waits for, until the store closes.
    pub(super) fn keep_synced(&self) {
        let mut quiet = 0;
        while !self.patience.is_closing() {
            if quiet > WATCHFUL {
                self.sleep_until_called();
                quiet = 0;
            }
            self.patience.pause(self.options.sync_every);
            if self.log.is_dirty() {
                // A failure is kept in the log, which refuses all later writes with it.
                let _ = self.log.wait(self.log.seq());
                quiet = 0;
            } else {
                quiet += 1;
            }
        }
    }

    fn sleep_until_called(&self) {
        let mut calls = self.calls();
        calls.sync = false;
        self.asleep.store(true, Ordering::Release);
        // A writer that did not see the flag has written before it: look once more.
        if !self.log.is_dirty() {
            while !calls.sync && !self.patience.is_closing() {
                calls = unpoisoned(self.called.wait(calls));
            }
        }
        self.asleep.store(false, Ordering::Release);
    }

    /// Brings overlays that have grown large into the tree, until the store closes.
    pub(super) fn keep_small(&self) {
        loop {
            let mut calls = self.calls();
            while !calls.checkpoint && !self.patience.is_closing() {
                calls = unpoisoned(self.called.wait(calls));
            }
            if self.patience.is_closing() {
                return;
            }
            calls.checkpoint = false;
            drop(calls);
            if !self.checkpoint_and_tell() {
                self.patience.pause(TRY_AGAIN);
            }
        }
    }

    /// Says whether it was done. Otherwise it is still asked for: space and descriptors come back.
    fn checkpoint_and_tell(&self) -> bool {
        let failed = self.checkpoint().err();
        let large = self.current().active.bytes() > self.options.overlay_bytes;
        let mut calls = self.calls();
        // Once is enough to be told so.
        if let Some(e) = failed.as_ref().filter(|_| calls.failed.is_none()) {
            tracing::error!(%e, "the writes of the log could not be brought into the tree");
        }
        let done = failed.is_none();
        calls.failed = failed;
        calls.checkpoint |= large || !done;
        self.called.notify_all();
        done
    }

    /// Brings everything written so far into the tree.
    fn checkpoint(&self) -> Result<()> {
        let (seq, sealed) = self.seal();
        let mut tree = unpoisoned(self.tree.lock());
        self.mend(&mut tree)?;
        let done = tree.apply(&sealed, seq).and_then(|()| tree.view());
        if done.is_err() {
            // At once, for the readers. The next try does it where this one fails.
            let _ = self.mend(&mut tree);
        }
        let (_, view) = done?;
        drop(tree);
        self.show_tree(view);
        self.log.release(seq);
        Ok(())
    }

    /// Shows the tree opened anew where it has failed, under the overlays, which stay.
    fn mend(&self, tree: &mut Tree) -> Result<()> {
        if let Some(view) = tree.mend()? {
            let mut state = unpoisoned(self.state.write());
            Arc::make_mut(&mut state).tree = Arc::new(view);
        }
        Ok(())
    }

    /// Shows the tree as it is after a checkpoint, without the overlay that went into it.
    fn show_tree(&self, view: TreeView) {
        let mut state = unpoisoned(self.state.write());
        let state = Arc::make_mut(&mut state);
        state.tree = Arc::new(view);
        state.sealed = None;
    }

    /// Puts a new overlay over the present one. One that a failed checkpoint left is sealed again, with what
    /// has been written since.
    fn seal(&self) -> (u64, super::overlay::Overlay) {
        let mut state = unpoisoned(self.state.write());
        let state = Arc::make_mut(&mut state);
        let active = std::mem::take(&mut state.active);
        let sealed = match state.sealed.take() {
            Some(mut older) => {
                older.cover_with(active);
                older
            }
            None => active,
        };
        state.sealed = Some(sealed.clone());
        (state.seq, sealed)
    }

    pub(super) fn disk_bytes(&self) -> u64 {
        tree::bytes_on_disk(&self.dir) + self.log.bytes_on_disk()
    }

    /// Calls the threads home.
    pub(super) fn close(&self) {
        self.patience.close();
        let _calls = self.calls();
        self.called.notify_all();
    }

    /// The last steps, after the threads have ended.
    pub(super) fn finish(&self) {
        if self.log.is_dirty() && self.log.wait(self.log.seq()).is_err() {
            return;
        }
        let bytes = self.current().bytes();
        if bytes == 0 || (bytes > WORTH_A_CHECKPOINT && self.checkpoint().is_ok()) {
            self.log.remove_all();
        }
    }
}
