//! [`ScriptVersion`]: one version of a handler file.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::functions::Functions;
use super::lane::ScriptLane;
use super::program::ScriptProgramConfig;
use crate::diag::Diagnostic;
use crate::script::shell::ambient::Holdable;
use crate::script::{Interrupt, STACK, Snapshot, Stop};
use crate::stream::{LaneHandler, StreamSpec, Version};

/// One version of a handler file: texts that were read once, and what was found out about them.
pub struct ScriptVersion {
    pub(super) config: Arc<ScriptProgramConfig>,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) functions: Arc<Functions>,
    pub(super) fields: Arc<Option<HashSet<String>>>,
    pub(super) holdable: Arc<Holdable>,
    spec: StreamSpec,
    generation: String,
    warnings: Vec<Diagnostic>,
    /// Whether handlers are to stop, those too that begin later.
    pub(super) stopping: Arc<AtomicBool>,
    running: Mutex<Vec<Interrupt>>,
}

/// What a trial found in a version's sources.
pub(super) struct Found {
    pub functions: Functions,
    /// The fields of events that they may look at; nothing for all.
    pub fields: Option<HashSet<String>>,
    pub holdable: Holdable,
    pub warnings: Vec<Diagnostic>,
}

impl ScriptVersion {
    pub(super) fn new(
        config: Arc<ScriptProgramConfig>,
        spec: StreamSpec,
        found: Found,
        generation: String,
        snapshot: Snapshot,
    ) -> Self {
        Self {
            config,
            snapshot: Arc::new(snapshot),
            functions: Arc::new(found.functions),
            fields: Arc::new(found.fields),
            holdable: Arc::new(found.holdable),
            spec,
            generation,
            warnings: found.warnings,
            stopping: Arc::default(),
            running: Mutex::default(),
        }
    }

    /// The lines whose writes may be held back and sent together.
    #[must_use]
    pub fn held_lines(&self) -> Vec<usize> {
        self.holdable.lines()
    }

    /// The interrupt of a handler that begins.
    fn new_interrupt(&self) -> Interrupt {
        let interrupt = Interrupt::default();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stopping.load(Ordering::SeqCst) {
            interrupt.raise(Stop::Shutdown);
        }
        running.push(interrupt.clone());
        interrupt
    }
}

impl Version for ScriptVersion {
    fn generation(&self) -> &str {
        &self.generation
    }

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    fn stack(&self) -> usize {
        STACK
    }

    fn handler(&self, lane: u32) -> Result<Box<dyn LaneHandler>, Box<Diagnostic>> {
        Ok(Box::new(ScriptLane::new(self, lane, self.new_interrupt())?))
    }

    fn interrupt(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        self.stopping.store(true, Ordering::SeqCst);
        for interrupt in &*running {
            interrupt.raise(Stop::Shutdown);
        }
    }
}
