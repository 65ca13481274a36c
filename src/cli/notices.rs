//! The words for what happens to a stream: one line where it can be said in one.

use bson::{Bson, Timestamp};

use crate::diag::{Diagnostic, render};
use crate::stream::Notice;

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Something changed as it should: not shown with `--quiet`.
    News,
    /// Something went wrong: shown in any case.
    Trouble,
}

/// A notice in words: its weight, its text, and the failure that it tells of.
pub struct Words<'a> {
    /// How much it matters.
    pub weight: Weight,
    /// One line.
    pub text: String,
    /// The failure, for below the line.
    pub diagnostic: Option<&'a Diagnostic>,
    /// The resume token of the event that it is about.
    pub event: Option<&'a str>,
}

impl Words<'_> {
    /// The line, the failure with its place in the source, and the event.
    pub fn whole(&self, color: bool) -> String {
        let mut whole = self.text.clone();
        if let Some(diagnostic) = self.diagnostic {
            whole.push('\n');
            whole.push_str(&render(diagnostic, color));
        }
        if let Some(event) = self.event {
            whole.push_str(&format!("\n  = event {event}"));
        }
        whole
    }
}

/// A notice of a stream that watches `watch`, in words.
pub fn words<'a>(notice: &'a Notice, watch: &str) -> Words<'a> {
    let news = |text: String| Words {
        weight: Weight::News,
        text,
        diagnostic: None,
        event: None,
    };
    let trouble = |text: String| Words {
        weight: Weight::Trouble,
        ..news(text)
    };
    match notice {
        Notice::StandingBy { owner } => news(format!(
            "standing by: {owner} runs this stream; it is taken over when that one is gone"
        )),
        Notice::Attached {
            resumed,
            generation,
        } => news(format!(
            "watching {watch} {}, generation {generation}",
            match resumed {
                true => "from its checkpoint",
                false => "from now on",
            }
        )),
        Notice::LeaseLost { reason } => trouble(format!(
            "the lease is lost ({reason}); nothing more is committed here, standing by"
        )),
        Notice::Reloaded { generation } => news(format!(
            "the edited handler took over, generation {generation}"
        )),
        Notice::Refused(diagnostic) => Words {
            diagnostic: Some(diagnostic),
            ..trouble("the edited handler cannot be used, the old one goes on".into())
        },
        Notice::Back { generation } => news(format!(
            "the files are as they were: generation {generation} goes on"
        )),
        Notice::RolledBack { from, to, reason } => trouble(format!(
            "rolled back from generation {from} to {to}: {reason}"
        )),
        Notice::HookFailed(diagnostic) => Words {
            diagnostic: Some(diagnostic),
            ..trouble("a function of the handler failed, the stream goes on".into())
        },
        Notice::Interrupted { reason, again_in } => trouble(format!(
            "interrupted: {reason}; trying again in {} ms",
            again_in.as_millis()
        )),
        Notice::Resumed => news("going on".into()),
        Notice::Gap {
            from,
            to,
            reason,
            action,
        } => trouble(gap(*from, *to, reason, action)),
        Notice::Warning(diagnostic) => Words {
            diagnostic: Some(diagnostic),
            ..trouble("warning".into())
        },
        Notice::Ended { handled, failure } => Words {
            weight: match failure {
                Some(_) => Weight::Trouble,
                None => Weight::News,
            },
            diagnostic: failure.as_deref(),
            ..news(format!("detached: {handled} events handled"))
        },
        of_event => event_words(of_event, news, trouble),
    }
}

/// Notices about one event.
fn event_words<'a>(
    notice: &'a Notice,
    news: impl Fn(String) -> Words<'a>,
    trouble: impl Fn(String) -> Words<'a>,
) -> Words<'a> {
    match notice {
        Notice::Failed {
            diagnostic,
            attempts,
            again_in: Some(pause),
            ..
        } => trouble(format!(
            "the handler failed (try {attempts}), trying again in {} ms: {}",
            pause.as_millis(),
            in_one_line(diagnostic)
        )),
        Notice::Failed {
            diagnostic,
            event,
            attempts,
            again_in: None,
        } => Words {
            diagnostic: Some(diagnostic),
            event: Some(event),
            ..trouble(format!(
                "the handler failed (try {attempts}), waiting for an edit; the event is kept"
            ))
        },
        Notice::PutAside {
            letter,
            diagnostic,
            event,
            attempts,
            blocks,
        } => Words {
            diagnostic: Some(diagnostic),
            event: Some(event),
            ..trouble(match blocks {
                true => format!(
                    "the handler failed (try {attempts}); the events of this document wait for an edit, others go on; {}",
                    id(letter)
                ),
                false => format!(
                    "the handler failed (try {attempts}); dead letter {}",
                    id(letter)
                ),
            })
        },
        Notice::Recovered { attempts } => news(format!("the event is handled, at try {attempts}")),
        Notice::Redelivered { letter } => {
            news(format!("dead letter {} was delivered again", id(letter)))
        }
        Notice::Unblocked { key } => news(format!("the events of {key} go on")),
        Notice::Left { event } => Words {
            event: Some(event),
            ..news("the handler was stopped; its event comes again at the next start".into())
        },
        other => news(format!("{other:?}")),
    }
}

/// A failure with its place, where the rest of it comes when the event is given up.
fn in_one_line(d: &Diagnostic) -> String {
    let message = d.message.lines().next().unwrap_or_default();
    match &d.excerpt {
        Some(at) => format!("{message} ({}:{}:{})", at.source, at.line, at.column),
        None => message.to_string(),
    }
}

/// The `_id` of a dead letter as the command line takes it.
fn id(letter: &Bson) -> String {
    match letter {
        Bson::ObjectId(id) => id.to_hex(),
        other => other.to_string(),
    }
}

fn gap(from: Option<Timestamp>, to: Option<Timestamp>, reason: &str, action: &str) -> String {
    let at = |time: Option<Timestamp>, unknown: &str| match time {
        Some(time) => when(time),
        None => unknown.into(),
    };
    let then = match action {
        "stop" => "the stream ends (onLostHistory: \"stop\")".into(),
        other => format!("going on as onLostHistory says: \"{other}\""),
    };
    format!(
        "events were lost between {} and {}: {reason}; {then}",
        at(from, "an unknown time"),
        at(to, "now")
    )
}

/// A cluster time as people read it.
pub fn when(time: Timestamp) -> String {
    let seconds = i64::from(time.time);
    match jiff::Timestamp::from_second(seconds) {
        Ok(at) => at.to_string(),
        Err(_) => seconds.to_string(),
    }
}
