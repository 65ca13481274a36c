//! [`ScriptProgram`]: a handler file in whatever version it is now.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bson::Document;
use tokio::runtime::Handle;
use tracing::info;

use super::stamps::{Stamp, hash};
use super::trial::{self, Tried};
use super::version::ScriptVersion;
use crate::client::{Cluster, LocalServer};
use crate::diag::Diagnostic;
use crate::script::{Interrupt, Limits, Output, root_of};
use crate::stream::{Look, Program, Version};

/// Makes the place where a lane of the stream of an id prints; called on the lane's thread.
pub type MakeOutput = Arc<dyn Fn(&str) -> Rc<dyn Output> + Send + Sync>;

/// What a program is made of.
pub struct ScriptProgramConfig {
    /// The script file.
    pub file: PathBuf,
    /// Fields of `STREAM` that win over those of the file (the command line's). `handler` is the
    /// function that handles every event.
    pub overrides: Document,
    /// The runtime that drives the driver.
    pub runtime: Handle,
    /// The connection.
    pub cluster: Cluster,
    /// How much a script may use.
    pub limits: Limits,
    /// Stops what trials are at.
    pub interrupt: Interrupt,
    /// Where lanes print.
    pub output: MakeOutput,
    /// Opens the throw-away database that the files' own tests run on; opened at the first file that
    /// has tests. Nothing for none: tests are not run then.
    pub tests: Option<Arc<dyn LocalServer>>,
    /// Whether the stream ends when the file is removed (one of a directory's); else the last
    /// version goes on.
    pub ends_with_file: bool,
}

/// A handler file in whatever version it is now.
pub struct ScriptProgram {
    config: Arc<ScriptProgramConfig>,
    state: Mutex<State>,
}

struct State {
    current: Arc<ScriptVersion>,
    /// A hash of the current version's files.
    current_contents: String,
    /// The files as they were when the last version was tried, whether it was taken or refused.
    tried: Vec<Stamp>,
    /// A hash of what was tried.
    contents: String,
    /// A refusal that is not told yet: a file may be half written.
    held: Option<(Instant, Box<Diagnostic>)>,
    /// Whether the last thing that was told is a refusal.
    refused: bool,
    /// Since when a file is missing.
    missing: Option<Instant>,
}

/// How long a version that cannot be used may still be half written.
const SETTLE: Duration = Duration::from_millis(100);

/// How long an editor that replaces a file may leave none in its place.
const REPLACED: Duration = Duration::from_millis(500);

impl ScriptProgram {
    /// Reads and tries the file.
    ///
    /// # Errors
    /// Where it cannot be used: it does not compile, its top level or one of its tests fails, its
    /// `STREAM` is wrong, or it has no handler.
    pub fn load(config: ScriptProgramConfig) -> Result<Self, Box<Diagnostic>> {
        let config = Arc::new(config);
        let tried = trial::run(&config);
        let current = tried.result?;
        Ok(Self {
            state: Mutex::new(State {
                current,
                current_contents: tried.contents.clone(),
                tried: tried.files.iter().map(|file| Stamp::of(file)).collect(),
                contents: tried.contents,
                held: None,
                refused: false,
                missing: None,
            }),
            config,
        })
    }

    /// The version that was taken up last.
    #[must_use]
    pub fn version(&self) -> Arc<ScriptVersion> {
        self.state().current.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries the files as they are now.
    fn try_now(&self) -> Look {
        info!(file = %self.config.file.display(), "an edited handler is tried");
        // Nobody waits for the lock while a script runs.
        let tried = trial::run(&self.config);
        let mut state = self.state();
        state.note(&tried);
        match tried.result {
            Err(diagnostic) => {
                state.held = Some((Instant::now(), diagnostic));
                Look::Unchanged
            }
            Ok(_) if state.contents == state.current_contents => state.back(),
            Ok(version) => {
                state.current = version.clone();
                state.current_contents = state.contents.clone();
                state.refused = false;
                Look::New(version)
            }
        }
    }
}

impl Program for ScriptProgram {
    fn current(&self) -> Arc<dyn Version> {
        self.version()
    }

    fn look(&self) -> Look {
        let mut state = self.state();
        match state.seen(&self.config) {
            Seen::Same => state.told(),
            Seen::Gone => Look::Gone,
            Seen::AsCurrent => {
                state.held = None;
                state.back()
            }
            Seen::Edited => {
                state.held = None;
                drop(state);
                self.try_now()
            }
        }
    }
}

/// What the files show.
enum Seen {
    Same,
    /// They are again what the current version was made of.
    AsCurrent,
    Edited,
    /// The file itself is not there any more.
    Gone,
}

impl State {
    /// Looks at the files, and notes how they are now.
    fn seen(&mut self, config: &ScriptProgramConfig) -> Seen {
        let files: Vec<PathBuf> = self.tried.iter().map(|s| s.file.clone()).collect();
        // Stamps are taken before contents, and contents before a trial reads them: an edit in
        // between is seen at the next look.
        let now: Vec<Stamp> = files.iter().map(|file| Stamp::of(file)).collect();
        if self.is_being_replaced(&now) {
            return Seen::Same;
        }
        let gone = now.iter().any(|s| s.is_missing() && s.file == config.file);
        if gone && config.ends_with_file {
            return Seen::Gone;
        }
        if now == self.tried && !now.iter().any(Stamp::is_fresh) {
            return Seen::Same;
        }
        self.tried = now;
        let root = root_of(&config.file);
        let contents = hash(&root, &files, |file| {
            std::fs::read(file).unwrap_or_default()
        });
        if contents == self.contents {
            return Seen::Same;
        }
        if contents == self.current_contents {
            self.contents = contents;
            return Seen::AsCurrent;
        }
        Seen::Edited
    }

    /// Whether all that changed is that files are missing, and not for long.
    fn is_being_replaced(&mut self, now: &[Stamp]) -> bool {
        let changed = || now.iter().zip(&self.tried).filter(|(a, b)| a != b);
        if changed().count() > 0 && changed().all(|(now, _)| now.is_missing()) {
            let since = *self.missing.get_or_insert_with(Instant::now);
            if since.elapsed() < REPLACED {
                return true;
            }
        }
        self.missing = None;
        false
    }

    /// Notes what was tried.
    fn note(&mut self, tried: &Tried) {
        let mut files = tried.files.clone();
        if tried.result.is_err() {
            // What the old version imported may be what mends the new one.
            files.extend(self.tried.iter().map(|stamp| stamp.file.clone()));
            files.sort();
            files.dedup();
        }
        let known = |file: &PathBuf| self.tried.iter().find(|s| s.file == *file).cloned();
        let stamps = files
            .iter()
            .map(|file| known(file).unwrap_or_else(|| Stamp::of(file)));
        self.tried = stamps.collect();
        self.contents.clone_from(&tried.contents);
    }

    /// The sources are the current version's again.
    fn back(&mut self) -> Look {
        match std::mem::take(&mut self.refused) {
            true => Look::Back,
            false => Look::Unchanged,
        }
    }

    /// A refusal that has to be told now.
    fn told(&mut self) -> Look {
        match self.held.take_if(|(since, _)| since.elapsed() >= SETTLE) {
            Some((_, diagnostic)) => {
                self.refused = true;
                Look::Refused(diagnostic)
            }
            None => Look::Unchanged,
        }
    }
}
