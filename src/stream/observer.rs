//! What a stream tells about itself.

use std::time::Duration;

use crate::diag::Diagnostic;

/// Something that happened to a stream. No notice per event: only changes of state.
#[derive(Debug, Clone)]
pub enum Notice {
    /// The stream is open; `resumed` says whether from a checkpoint or from now.
    Attached {
        /// Whether a checkpoint was found.
        resumed: bool,
        /// The handler's generation.
        generation: String,
    },
    /// An edited handler took over.
    Reloaded {
        /// The new generation.
        generation: String,
    },
    /// An edited handler cannot be used; the old one goes on.
    Refused(Box<Diagnostic>),
    /// The handler failed on an event, which comes again.
    Failed {
        /// Why.
        diagnostic: Box<Diagnostic>,
        /// The event's resume token, for finding it.
        event: String,
        /// How many times it was tried.
        attempts: u32,
        /// When it is tried again; nothing where it waits for an edit.
        again_in: Option<Duration>,
    },
    /// An event that had failed is handled.
    Recovered {
        /// How many times it was tried.
        attempts: u32,
    },
    /// The handler was stopped, with the stream; the event comes again at the next start.
    Left {
        /// The event's resume token, for finding it.
        event: String,
    },
    /// The stream lost its server and tries again.
    Interrupted {
        /// Why.
        reason: String,
        /// When it tries again.
        again_in: Duration,
    },
    /// The stream is open again.
    Resumed,
}

/// Who is told.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn notice(&self, notice: &Notice);
}
