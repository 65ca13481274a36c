//! The line of progress at the bottom of a terminal: rate, lag, last error.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant, SystemTime};

use crate::cli::args::{AttachArgs, Global, LogFormat};
use crate::cli::stderr;
use crate::stream::StreamStatus;
use crate::stream::host::Streams;

/// How often the line is made anew.
const STEP: Duration = Duration::from_millis(500);

/// How old an error is at most that is still shown.
const RECENT: Duration = Duration::from_secs(60);

/// Shows the line from now on, where somebody sees it.
pub fn start(global: &Global, args: &AttachArgs, streams: Streams) {
    let shown =
        std::io::stderr().is_terminal() && !global.quiet && args.log_format == LogFormat::Text;
    if shown {
        tokio::spawn(show(streams));
    }
}

/// Takes the line away.
pub fn end() {
    stderr::progress("");
}

async fn show(streams: Streams) {
    let mut step = tokio::time::interval(STEP);
    let mut before: Option<(Instant, u64)> = None;
    loop {
        step.tick().await;
        let now = streams.list();
        let events = now.iter().map(|stream| stream.events).sum();
        let rate = before.map_or(0.0, |(then, count)| rate(count, events, then.elapsed()));
        before = Some((Instant::now(), events));
        let mut line = line(&now, rate, SystemTime::now());
        if let Some(width) = width() {
            line = line.chars().take(width.saturating_sub(1)).collect();
        }
        stderr::progress(&line);
    }
}

#[allow(clippy::cast_precision_loss)] // a rate, for people
fn rate(before: u64, now: u64, time: Duration) -> f64 {
    now.saturating_sub(before) as f64 / time.as_secs_f64().max(0.001)
}

fn line(streams: &[StreamStatus], rate: f64, now: SystemTime) -> String {
    if streams.is_empty() {
        return String::new();
    }
    let events: u64 = streams.iter().map(|stream| stream.events).sum();
    let mut parts = Vec::new();
    if streams.len() > 1 {
        parts.push(format!("{} streams", streams.len()));
    }
    parts.push(format!("{rate:.0} events/s"));
    parts.push(format!("{events} handled"));
    if let Some(lag) = streams.iter().filter_map(|stream| stream.lag).max() {
        parts.push(format!("{:.1} s behind", lag.as_secs_f64()));
    }
    let letters: u64 = streams.iter().map(|stream| stream.dead_letters).sum();
    if letters > 0 {
        parts.push(format!("{letters} dead letters"));
    }
    parts.extend(last_error(streams, now));
    parts.join(" · ")
}

fn last_error(streams: &[StreamStatus], now: SystemTime) -> Option<String> {
    let errors = streams
        .iter()
        .filter_map(|stream| Some((stream.id.as_str(), stream.last_error.as_ref()?)));
    let (id, error) = errors.max_by_key(|(_, error)| error.at)?;
    let age = now.duration_since(error.at).unwrap_or_default();
    let text = error.message.lines().next().unwrap_or_default();
    (age < RECENT).then(|| format!("{} s ago [{id}] {text}", age.as_secs()))
}

/// How many columns the terminal has.
#[cfg(unix)]
fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

#[cfg(not(unix))]
fn width() -> Option<usize> {
    Some(80)
}
