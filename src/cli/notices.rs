//! What `attach` says on the screen: a line when something changes, on standard error, so that
//! what handlers print stays alone on standard output.

use std::io::Write as _;

use super::args::Global;
use crate::diag::render;
use crate::stream::{Notice, Observer, StreamConfig};

/// Shows notices of one stream.
pub struct OnScreen {
    id: String,
    watch: String,
    color: bool,
    quiet: bool,
}

impl OnScreen {
    /// For the stream of this configuration.
    pub fn new(config: &StreamConfig, global: &Global) -> Self {
        Self {
            id: config.id.clone(),
            watch: config.watch.to_string(),
            color: global.color.on_stderr(),
            quiet: global.quiet,
        }
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Errors are shown even where little is wanted.
    fn complain(&self, text: &str) {
        // A screen that went away (`2>&1 | head`) is no reason to stop handling events.
        let _ = writeln!(std::io::stderr(), "[{}] {text}", self.id);
    }
}

impl Observer for OnScreen {
    fn notice(&self, notice: &Notice) {
        match notice {
            Notice::Attached {
                resumed,
                generation,
            } => {
                let from = if *resumed {
                    "from its checkpoint"
                } else {
                    "from now on"
                };
                self.say(&format!(
                    "watching {} {from}, generation {generation}",
                    self.watch
                ));
            }
            Notice::Reloaded { generation } => {
                self.say(&format!(
                    "the edited handler took over, generation {generation}"
                ));
            }
            Notice::Refused(diagnostic) => self.complain(&format!(
                "the edited handler cannot be used, the old one goes on\n{}",
                render(diagnostic, self.color)
            )),
            Notice::Failed {
                diagnostic,
                event,
                attempts,
                again_in,
            } => {
                let next = match again_in {
                    Some(pause) => format!("trying again in {} ms", pause.as_millis()),
                    None => "waiting for an edit; the event is kept".to_string(),
                };
                self.complain(&format!(
                    "the handler failed (try {attempts}), {next}\n{}\n  = event {event}",
                    render(diagnostic, self.color)
                ));
            }
            Notice::Recovered { attempts } => {
                self.say(&format!("the event is handled, at try {attempts}"))
            }
            Notice::Left { event } => self.say(&format!(
                "the handler was stopped; its event comes again at the next start\n  = event {event}"
            )),
            Notice::Interrupted { reason, again_in } => {
                self.complain(&format!(
                    "interrupted: {reason}; trying again in {} ms",
                    again_in.as_millis()
                ));
            }
            Notice::Resumed => self.say("going on"),
        }
    }
}
