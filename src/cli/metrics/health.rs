//! Whether streams do what they are there for.

use std::time::Duration;

use super::Watched;
use crate::stream::{State, StreamStatus};

/// How streams are judged.
#[derive(Debug, Clone, Copy)]
pub struct Health {
    /// After how long without progress a stream that has something to do counts as stalled.
    pub stalled_after: Duration,
}

impl Health {
    /// What is wrong, a line for each; nothing where every stream is healthy.
    ///
    /// A stream that stands by is healthy: another process runs it. One that waits for a server, or
    /// for a handler that takes its time, is not once that lasts.
    pub fn wrong(&self, watched: &dyn Watched) -> Vec<String> {
        let streams = watched.streams();
        let wrong = streams
            .iter()
            .filter_map(|stream| Some(format!("{}: {}", stream.id, self.trouble(stream)?)));
        wrong.collect()
    }

    fn trouble(&self, stream: &StreamStatus) -> Option<String> {
        let idle = stream.progress.elapsed();
        let late = idle > self.stalled_after;
        let seconds = idle.as_secs();
        let last = || match &stream.last_error {
            Some(error) => format!("; last error: {}", first_line(&error.message)),
            None => String::new(),
        };
        match stream.state {
            State::Failed => Some(format!("failed{}", last())),
            State::Starting if late => Some(format!("not open for {seconds} s{}", last())),
            // Who stands by asks for the lease about once a second.
            State::StandingBy if late => {
                Some(format!("no server answers for {seconds} s{}", last()))
            }
            State::Running if !stream.open => Some(format!("no server answers{}", last())),
            State::Running | State::Draining if late && stream.queued > 0 => Some(format!(
                "stalled: {} events wait, and none was done for {seconds} s{}",
                stream.queued,
                last()
            )),
            _ => None,
        }
    }

    /// What is not ready yet, a line for each; nothing where every file is a stream that is open,
    /// or that stands by.
    pub fn not_ready(watched: &dyn Watched) -> Vec<String> {
        let mut lines: Vec<String> = watched
            .streams()
            .iter()
            .filter(|stream| !ready(stream))
            .map(|stream| format!("{}: {}", stream.id, what(stream)))
            .collect();
        let broken = watched.broken();
        lines.extend(
            broken
                .iter()
                .map(|(file, why)| format!("{file}: {}", first_line(why))),
        );
        lines
    }
}

fn ready(stream: &StreamStatus) -> bool {
    match stream.state {
        State::StandingBy => true,
        State::Running => stream.open && stream.lease,
        _ => false,
    }
}

fn what(stream: &StreamStatus) -> &'static str {
    match stream.state {
        State::Running if !stream.lease => "without its lease",
        State::Running => "no server answers",
        other => other.as_str(),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Instant;

    use super::*;
    use crate::stream::LastError;
    use crate::stream::spec::{Delivery, Namespace};

    /// A stream that runs and has nothing to do.
    pub fn stream(id: &str) -> StreamStatus {
        StreamStatus {
            id: id.into(),
            state: State::Running,
            watch: vec![Namespace::Collection("shop".into(), "orders".into())],
            delivery: Delivery::ExactlyOnce,
            lanes: 1,
            generation: "3f2a9c1b".into(),
            lease: true,
            epoch: 3,
            open: true,
            events: 10,
            batches: 2,
            handler_time: Duration::from_millis(1500),
            failed: 0,
            retried: 0,
            dead_letters: 0,
            reloads: 0,
            queued: 0,
            queued_bytes: 0,
            lag: Some(Duration::from_millis(250)),
            progress: Instant::now(),
            last_error: None,
        }
    }

    struct These(Vec<StreamStatus>);

    impl Watched for These {
        fn streams(&self) -> Vec<StreamStatus> {
            self.0.clone()
        }

        fn broken(&self) -> Vec<(String, String)> {
            Vec::new()
        }
    }

    /// With a limit of nothing, every stream is late.
    fn told(change: impl Fn(&mut StreamStatus)) -> (Option<String>, bool) {
        let mut stream = stream("s");
        change(&mut stream);
        let health = Health {
            stalled_after: Duration::ZERO,
        };
        let these = These(vec![stream]);
        let wrong = health.wrong(&these).pop();
        (wrong, Health::not_ready(&these).is_empty())
    }

    #[test]
    fn a_stream_is_judged_by_what_it_does() {
        assert_eq!(told(|_| ()), (None, true));
        let (wrong, ready) = told(|s| s.state = State::StandingBy);
        assert!(wrong.unwrap().contains("no server answers"));
        assert!(ready);
        assert_eq!(told(|s| s.state = State::Draining), (None, false));
        let (wrong, ready) = told(|s| s.queued = 3);
        assert!(
            wrong
                .unwrap()
                .starts_with("s: stalled: 3 events wait, and none")
        );
        assert!(ready);
        let (wrong, ready) = told(|s| s.open = false);
        assert_eq!(
            (wrong.as_deref(), ready),
            (Some("s: no server answers"), false)
        );
        let (wrong, ready) = told(|s| {
            s.state = State::Failed;
            s.last_error = Some(LastError {
                message: "boom\nat h.rhai".into(),
                at: std::time::SystemTime::now(),
            });
        });
        assert_eq!(wrong.as_deref(), Some("s: failed; last error: boom"));
        assert!(!ready);
    }

    #[test]
    fn a_stream_that_works_is_not_stalled() {
        let health = Health {
            stalled_after: Duration::from_secs(60),
        };
        let mut busy = stream("s");
        busy.queued = 5;
        let mut spare = stream("t");
        spare.state = State::StandingBy;
        assert!(health.wrong(&These(vec![busy, spare])).is_empty());
    }
}
