//! What each file is now: a stream, or what is wrong with it.
//!
//! The keeper looks at its folders and files a few times a second. A file that cannot be loaded, or
//! whose stream ended by itself, is tried again once a script of its folder changed: what it
//! imports may be what was wrong. Files are loaded beside each other, so one whose top level does
//! not end holds up no other.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use super::file::{Broken, File, KeeperConfig, State, around, load};
use super::folder::Folder;
use crate::cli::connection::bug;
use crate::cli::metrics::Watched;
use crate::cli::notices::Weight;
use crate::cli::screen::OnScreen;
use crate::cli::script_streams::taken;
use crate::diag::{Diagnostic, Kind};
use crate::script::{ScriptProgram, Stop};
use crate::stream::host::{StreamHandle, Streams};
use crate::stream::{StreamStatus, Version as _};

/// How often folders and files are looked at. An edit of a stream's own files is seen by the
/// stream, sooner.
const LOOK: Duration = Duration::from_millis(200);

/// The files of one process.
pub struct Keeper {
    config: Arc<KeeperConfig>,
    streams: Streams,
    runtime: Handle,
    files: Mutex<BTreeMap<PathBuf, File>>,
    /// Whether the program ends: nothing is attached any more.
    closing: AtomicBool,
}

impl Keeper {
    /// Without files yet.
    pub fn new(config: Arc<KeeperConfig>, streams: Streams) -> Self {
        Self {
            config,
            streams,
            runtime: Handle::current(),
            files: Mutex::default(),
            closing: AtomicBool::new(false),
        }
    }

    /// Attaches nothing any more, and stops what loading files is at.
    pub fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.config.loader.interrupt.raise(Stop::Shutdown);
    }

    /// Attaches all files, and keeps looking, until it is dropped.
    ///
    /// # Errors
    /// With a single file, why it cannot be loaded, or why its stream ended. Several files wait for
    /// an edit.
    pub async fn run(self: Arc<Self>, targets: &[PathBuf]) -> Result<Infallible, Diagnostic> {
        let handler = self.config.handler.as_deref();
        let mut folders: Vec<Folder> = Vec::new();
        for target in targets {
            match target.is_dir() {
                true => folders.push(Folder::new(target, handler)),
                false => self.attach(target.clone(), false),
            }
        }
        let mut look = tokio::time::interval(LOOK);
        loop {
            look.tick().await;
            let keeper = self.clone();
            let looked = tokio::task::spawn_blocking(move || {
                keeper.look_at(&mut folders);
                folders
            });
            folders = looked.await.map_err(bug)?;
            self.look_at_streams().await;
            if let Some(failure) = self.only_failure() {
                return Err(failure);
            }
        }
    }

    /// Attaches new files of folders, forgets those that are gone, and tries again what was edited.
    fn look_at(self: &Arc<Self>, folders: &mut [Folder]) {
        for file in folders.iter_mut().flat_map(Folder::handlers) {
            if !self.files().contains_key(&file) {
                self.attach(file, true);
            }
        }
        for (path, of_folder) in self.broken_files() {
            if of_folder && !path.exists() {
                self.files().remove(&path);
            } else if self.changed(&path) {
                self.attach(path, of_folder);
            }
        }
    }

    fn broken_files(&self) -> Vec<(PathBuf, bool)> {
        let files = self.files();
        let broken = files
            .iter()
            .filter(|(_, file)| matches!(file.state, State::Broken(_)));
        broken
            .map(|(path, file)| (path.clone(), file.of_folder))
            .collect()
    }

    /// Whether a script of a broken file's folder changed since it was tried.
    fn changed(&self, path: &Path) -> bool {
        let now = around(path);
        match self.files().get(path).map(|file| &file.state) {
            Some(State::Broken(broken)) => broken.then != now,
            _ => false,
        }
    }

    /// Loads a file and starts its stream, in a task.
    fn attach(self: &Arc<Self>, path: PathBuf, of_folder: bool) {
        let before = match self.files().get(&path).map(|file| &file.state) {
            Some(State::Broken(broken)) => Some(Box::new(broken.why.clone())),
            _ => None,
        };
        self.attach_unless(path, of_folder, before, None);
    }

    /// The same, after `before` was told of the file; unless it still is the version that `failed`.
    fn attach_unless(
        self: &Arc<Self>,
        path: PathBuf,
        of_folder: bool,
        before: Option<Box<Diagnostic>>,
        failed: Option<String>,
    ) {
        self.set(&path, of_folder, State::Loading(before.clone()));
        let keeper = self.clone();
        self.runtime.spawn(async move {
            let then = around(&path);
            let loaded = load(keeper.config.clone(), path.clone(), of_folder).await;
            let started = loaded.and_then(|program| match (failed, &before) {
                (Some(failed), Some(why)) if failed == program.version().generation() => {
                    Err(why.clone())
                }
                _ => keeper.start(program),
            });
            let state = match started {
                Ok(handle) => State::Attached(handle),
                Err(why) => {
                    if before.as_deref() != Some(&*why) {
                        keeper.tell(&path, &why);
                    }
                    State::Broken(Box::new(Broken { why: *why, then }))
                }
            };
            keeper.set(&path, of_folder, state);
        });
    }

    fn set(&self, path: &Path, of_folder: bool, state: State) {
        let file = File { of_folder, state };
        self.files().insert(path.to_path_buf(), file);
    }

    fn start(&self, program: ScriptProgram) -> Result<StreamHandle, Box<Diagnostic>> {
        if self.closing.load(Ordering::SeqCst) {
            return Err(Box::new(Diagnostic::new(
                Kind::Interrupted,
                "the program ends",
            )));
        }
        let version = program.version();
        let spec = version.spec();
        let watch: Vec<String> = spec.watch.iter().map(ToString::to_string).collect();
        let screen = self.config.screen;
        let observer = OnScreen::new(screen, &spec.id, &watch.join(", "), self.config.single);
        let attached = self.streams.attach(Arc::new(program), observer);
        attached.map_err(|e| Box::new(taken(&e)))
    }

    /// Tells what is wrong with a file, unless that is what the program ends with.
    fn tell(&self, path: &Path, why: &Diagnostic) {
        if self.config.single || self.closing.load(Ordering::SeqCst) {
            return;
        }
        let text = format!(
            "{} is not attached; it is tried again once it is edited",
            path.display()
        );
        self.config.screen.say(Weight::Trouble, &text, Some(why));
    }

    /// Files whose streams have ended: by themselves, or since the file is gone.
    async fn look_at_streams(self: &Arc<Self>) {
        for (path, of_folder, handle) in self.ended_streams() {
            match handle.ended().await {
                Ok(_) => {
                    self.streams.detach(handle.id(), Duration::ZERO);
                    self.files().remove(&path);
                    self.try_again();
                }
                // It stays in the list of streams, as what it is: failed.
                Err(error) => self.failed(path, of_folder, &handle, error.diagnostic()),
            }
        }
    }

    /// Has all broken files tried again: what one lacked may have been the name of a stream that
    /// has ended now, as where its file was renamed.
    fn try_again(&self) {
        for file in self.files().values_mut() {
            if let State::Broken(broken) = &mut file.state {
                broken.then.clear();
            }
        }
    }

    /// A stream that ended by itself begins again once its file is edited, which may have happened
    /// while it ended.
    fn failed(
        self: &Arc<Self>,
        path: PathBuf,
        of_folder: bool,
        stream: &StreamHandle,
        why: Diagnostic,
    ) {
        if self.config.single {
            let then = Vec::new();
            return self.set(
                &path,
                of_folder,
                State::Broken(Box::new(Broken { why, then })),
            );
        }
        let generation = stream.status().generation;
        self.attach_unless(path, of_folder, Some(Box::new(why)), Some(generation));
    }

    fn ended_streams(&self) -> Vec<(PathBuf, bool, StreamHandle)> {
        let files = self.files();
        let ended = files.iter().filter_map(|(path, file)| match &file.state {
            State::Attached(handle) if handle.is_over() => {
                Some((path.clone(), file.of_folder, handle.clone()))
            }
            _ => None,
        });
        ended.collect()
    }

    /// What is wrong with the single file that there is.
    fn only_failure(&self) -> Option<Diagnostic> {
        let files = self.files();
        match files.values().next() {
            Some(File {
                state: State::Broken(broken),
                ..
            }) if self.config.single => Some(broken.why.clone()),
            _ => None,
        }
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, File>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched for Keeper {
    fn streams(&self) -> Vec<StreamStatus> {
        self.streams.list()
    }

    fn broken(&self) -> Vec<(String, String)> {
        let files = self.files();
        let broken = files.iter().filter_map(|(path, file)| {
            let why = match &file.state {
                State::Broken(broken) => broken.why.message.clone(),
                State::Loading(Some(before)) => before.message.clone(),
                State::Loading(None) => "being loaded".into(),
                State::Attached(_) => return None,
            };
            Some((path.display().to_string(), why))
        });
        broken.collect()
    }
}
