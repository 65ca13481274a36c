//! What `attach` shows of its streams, on standard error, so that what handlers print stays alone
//! on standard output: a line when something changes, and with `--events` one for each event.
//! With `--log-format json` each of them is a log entry with fields.

use std::sync::Arc;

use bson::Timestamp;
use tracing::{error, info, warn};

use super::args::{Global, LogFormat};
use super::notices::{Weight, Words, words};
use super::stderr;
use crate::diag::Diagnostic;
use crate::stream::{EventDone, Notice, Observer};

/// Standard error as the streams of one process share it.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    color: bool,
    quiet: bool,
    events: bool,
    format: LogFormat,
}

impl Screen {
    /// A screen as the command line asks for it.
    pub fn new(global: &Global, format: LogFormat, events: bool) -> Self {
        Self {
            color: global.color.on_stderr(),
            quiet: global.quiet,
            events,
            format,
        }
    }

    /// Tells of something that is about no stream, or about none that runs yet.
    pub fn say(&self, weight: Weight, text: &str, diagnostic: Option<&Diagnostic>) {
        let words = Words {
            weight,
            text: text.into(),
            diagnostic,
            event: None,
        };
        self.show(None, "host", &words);
    }

    fn show(&self, stream: Option<&str>, what: &str, words: &Words<'_>) {
        if self.quiet && words.weight == Weight::News {
            return;
        }
        if self.format == LogFormat::Json {
            return log(stream, what, words);
        }
        let text = words.whole(self.color);
        stderr::line(&match stream {
            Some(id) => format!("[{id}] {text}"),
            None => text,
        });
    }
}

/// A notice as a log entry.
fn log(stream: Option<&str>, what: &str, words: &Words<'_>) {
    let text = words.text.as_str();
    let event = words.event;
    let Some(d) = words.diagnostic else {
        return match words.weight {
            Weight::News => info!(target: "rhaiver::attach", stream, what, event, "{text}"),
            Weight::Trouble => warn!(target: "rhaiver::attach", stream, what, event, "{text}"),
        };
    };
    let at = d
        .excerpt
        .as_ref()
        .map(|e| format!("{}:{}:{}", e.source, e.line, e.column));
    let hint = Some(d.hints.join("; ")).filter(|hint| !hint.is_empty());
    error!(
        target: "rhaiver::attach",
        stream, what, event, error = d.message, code = d.code, codeName = d.code_name, at, hint,
        "{text}"
    );
}

/// Shows what happens to one stream.
pub struct OnScreen {
    screen: Screen,
    id: String,
    watch: String,
    /// Whether the program ends with the stream, and tells why it failed.
    alone: bool,
}

impl OnScreen {
    /// For the stream `id`, which watches `watch`; `alone` where the program ends with it.
    pub fn new(screen: Screen, id: &str, watch: &str, alone: bool) -> Arc<Self> {
        Arc::new(Self {
            screen,
            id: id.into(),
            watch: watch.into(),
            alone,
        })
    }
}

impl Observer for OnScreen {
    fn notice(&self, notice: &Notice) {
        let failed = matches!(
            notice,
            Notice::Ended {
                failure: Some(_),
                ..
            }
        );
        if failed && self.alone && self.screen.format == LogFormat::Text {
            return;
        }
        let words = words(notice, &self.watch);
        self.screen.show(Some(&self.id), kind(notice), &words);
    }

    fn wants_events(&self) -> bool {
        self.screen.events
    }

    fn event(&self, event: &EventDone<'_>) {
        let EventDone {
            operation,
            namespace,
            key,
            lane,
            generation,
            outcome,
            ..
        } = *event;
        let micros = u64::try_from(event.took.as_micros()).unwrap_or(u64::MAX);
        let time = event.cluster_time.map(seconds);
        if self.screen.format == LogFormat::Json {
            return info!(
                target: "rhaiver::attach",
                stream = self.id, what = "event", operation, namespace, key, lane, generation,
                clusterTime = time, micros, "{outcome}"
            );
        }
        stderr::line(&format!(
            "[{}] {outcome}: {operation} {namespace} {key} (lane {lane}, generation {generation}, {micros} µs)",
            self.id
        ));
    }
}

fn seconds(time: Timestamp) -> u64 {
    u64::from(time.time)
}

/// The name of a notice for machines.
fn kind(notice: &Notice) -> &'static str {
    match notice {
        Notice::StandingBy { .. } => "standingBy",
        Notice::Attached { .. } => "attached",
        Notice::LeaseLost { .. } => "leaseLost",
        Notice::Reloaded { .. } => "reloaded",
        Notice::Refused(_) => "refused",
        Notice::Back { .. } => "back",
        Notice::RolledBack { .. } => "rolledBack",
        Notice::Failed { .. } => "failed",
        Notice::Recovered { .. } => "recovered",
        Notice::PutAside { blocks: true, .. } => "blocked",
        Notice::PutAside { .. } => "deadLetter",
        Notice::Redelivered { .. } => "redelivered",
        Notice::Unblocked { .. } => "unblocked",
        Notice::HookFailed(_) => "hookFailed",
        Notice::Left { .. } => "left",
        Notice::Interrupted { .. } => "interrupted",
        Notice::Resumed => "resumed",
        Notice::Gap { .. } => "gap",
        Notice::Warning(_) => "warning",
        Notice::Ended { .. } => "ended",
    }
}
