//! A file of the command line or of a folder: how it is loaded, and what it can be.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bson::Document;

use super::folder::Stamp;
use super::loader::Loader;
use super::overrides;
use crate::cli::args::{AttachArgs, Global};
use crate::cli::connection::bug;
use crate::cli::screen::Screen;
use crate::client::Cluster;
use crate::diag::Diagnostic;
use crate::script::{Interrupt, ScriptProgram};
use crate::stream::host::StreamHandle;

/// Scripts of a folder, and how they are.
pub type Scripts = Vec<(PathBuf, Stamp)>;

/// A file, and what it is now.
pub struct File {
    /// Whether it is one of a folder's: its stream ends with it.
    pub of_folder: bool,
    /// What it is.
    pub state: State,
}

/// What a file is.
pub enum State {
    /// It is being loaded; what was wrong with it before, if anything was.
    Loading(Option<Box<Diagnostic>>),
    /// It is a stream.
    Attached(StreamHandle),
    /// It is none.
    Broken(Box<Broken>),
}

/// What is wrong with a file.
pub struct Broken {
    /// In what way.
    pub why: Diagnostic,
    /// The scripts of its folder as they were when it was tried.
    pub then: Scripts,
}

/// What all files are attached with.
pub struct KeeperConfig {
    /// Makes programs of files.
    pub loader: Loader,
    /// Fields that win over those of files.
    pub overrides: Document,
    /// What `--handler` names.
    pub handler: Option<String>,
    /// Where things are told.
    pub screen: Screen,
    /// Whether one file is all there is.
    pub single: bool,
}

impl KeeperConfig {
    /// As the command line says.
    pub fn new(global: &Global, args: &AttachArgs, cluster: Cluster, screen: Screen) -> Arc<Self> {
        let single = overrides::is_single(&args.targets);
        let limits = args.limits.limits();
        Arc::new(Self {
            loader: Loader {
                named: !single,
                ..Loader::new(global, cluster, limits, Interrupt::default())
            },
            overrides: overrides::fields(global, args),
            handler: args.handler.clone(),
            screen,
            single,
        })
    }

    /// The connection.
    pub fn cluster(&self) -> &Cluster {
        &self.loader.cluster
    }
}

/// Loads a file, on a thread that may block.
pub async fn load(
    config: Arc<KeeperConfig>,
    file: PathBuf,
    ends_with_file: bool,
) -> Result<ScriptProgram, Box<Diagnostic>> {
    let loaded = tokio::task::spawn_blocking(move || {
        config
            .loader
            .load(file, config.overrides.clone(), ends_with_file)
    });
    loaded.await.unwrap_or_else(|e| Err(Box::new(bug(e))))
}

/// The scripts beside a file, as they are now: an edit of any of them may mend it.
pub fn around(file: &Path) -> Scripts {
    let folder = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut seen: Scripts = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "rhai"))
        .filter_map(|path| Some((path.clone(), Stamp::of(&path)?)))
        .collect();
    seen.sort_by(|a, b| a.0.cmp(&b.0));
    seen
}
