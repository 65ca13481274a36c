//! Making programs of files, for `attach` and for scripts that attach streams.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bson::Document;
use tokio::runtime::Handle;

use crate::cli::args::Global;
use crate::cli::embedded::Embedded;
use crate::cli::stderr;
use crate::client::{Cluster, LocalServer};
use crate::diag::Diagnostic;
use crate::script::{
    Interrupt, Limits, MakeOutput, Named, Output, ScriptProgram, ScriptProgramConfig,
};

/// What all files of a process are loaded with.
#[derive(Clone)]
pub struct Loader {
    /// The runtime that drives the driver.
    pub runtime: Handle,
    /// The connection.
    pub cluster: Cluster,
    /// How much scripts may use.
    pub limits: Limits,
    /// Stops what loading is at.
    pub interrupt: Interrupt,
    /// Whether what handlers print begins with the names of their streams.
    pub named: bool,
    /// Whether to colour what they print.
    pub color: bool,
    /// Whether to hold warnings back.
    pub quiet: bool,
}

impl Loader {
    /// One that names the streams of what is printed, with this look.
    pub fn new(global: &Global, cluster: Cluster, limits: Limits, interrupt: Interrupt) -> Self {
        Self {
            runtime: Handle::current(),
            cluster,
            limits,
            interrupt,
            named: true,
            color: global.color.on_stdout(),
            quiet: global.quiet,
        }
    }

    /// Loads a file, whose tests run on a throw-away database of its own. Blocks.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn load(
        &self,
        file: PathBuf,
        overrides: Document,
        ends_with_file: bool,
    ) -> Result<ScriptProgram, Box<Diagnostic>> {
        let tests: Arc<dyn LocalServer> = Embedded::throw_away();
        ScriptProgram::load(ScriptProgramConfig {
            file,
            overrides,
            runtime: self.runtime.clone(),
            cluster: self.cluster.clone(),
            limits: self.limits,
            interrupt: self.interrupt.clone(),
            output: self.output(),
            tests: Some(tests),
            ends_with_file,
        })
    }

    fn output(&self) -> MakeOutput {
        let (color, quiet) = (self.color, self.quiet);
        let several = Arc::new(AtomicBool::new(self.named));
        Arc::new(move |id| {
            Rc::new(Named {
                inner: Rc::new(Shared { color, quiet }),
                name: id.to_string(),
                several: several.clone(),
            })
        })
    }
}

/// Standard output and standard error, as the streams of a process share them.
struct Shared {
    color: bool,
    quiet: bool,
}

impl Output for Shared {
    fn line(&self, text: &str) {
        stderr::line_on_stdout(text);
    }

    fn warn(&self, text: &str) {
        if !self.quiet {
            stderr::line(&format!("warning: {text}"));
        }
    }

    fn color(&self) -> bool {
        self.color
    }
}
