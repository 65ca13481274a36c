//! The state of streams in Prometheus' text format.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::stream::{State, StreamStatus};

/// The text of one scrape.
///
/// # Errors
/// None but the formatter's.
pub fn exposition(streams: Vec<StreamStatus>, memory: Option<u64>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("rhaiver");
    registry.register_collector(Box::new(Snapshot { streams, memory }));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

/// Streams as they were when the scrape began.
#[derive(Debug)]
struct Snapshot {
    streams: Vec<StreamStatus>,
    memory: Option<u64>,
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.process(&mut encoder)?;
        self.counters(&mut encoder)?;
        self.gauges(&mut encoder)?;
        self.states(&mut encoder)
    }
}

impl Snapshot {
    fn process(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "The version of the program";
        let mut build = encoder.encode_descriptor("build", help, None, MetricType::Info)?;
        build.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])?;
        let help = "How many streams this process has";
        let mut count = encoder.encode_descriptor("streams", help, None, MetricType::Gauge)?;
        count.encode_gauge(&(self.streams.len() as u64))?;
        let Some(memory) = self.memory else {
            return Ok(());
        };
        let help = "Memory that the process holds";
        let name = "resident_memory";
        let unit = Some(&Unit::Bytes);
        let mut held = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
        held.encode_gauge(&memory)
    }

    fn counters(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        type Count = fn(&StreamStatus) -> u64;
        let counts: [(&str, &str, Count); 6] = [
            ("events", "Events handled, their effects committed", |s| {
                s.events
            }),
            ("batches", "Batches committed", |s| s.batches),
            ("failures", "Tries that a handler failed", |s| s.failed),
            ("retries", "Tries after the first", |s| s.retried),
            ("dead_letters", "Events put aside as dead letters", |s| {
                s.dead_letters
            }),
            ("reloads", "Edits that took over", |s| s.reloads),
        ];
        for (name, help, count) in counts {
            self.counter(encoder, (name, help, None), count)?;
        }
        let help = "Time that handlers took";
        let name = ("handler", help, Some(&Unit::Seconds));
        self.counter(encoder, name, |s| s.handler_time.as_secs_f64())
    }

    fn counter<N: prometheus_client::encoding::EncodeCounterValue>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help, unit): (&str, &str, Option<&Unit>),
        value: impl Fn(&StreamStatus) -> N,
    ) -> fmt::Result {
        let name = format!("stream_{name}");
        let mut metric = encoder.encode_descriptor(&name, help, unit, MetricType::Counter)?;
        for stream in &self.streams {
            metric
                .encode_family(&[("stream", stream.id.as_str())])?
                .encode_counter::<NoLabelSet, _, u64>(&value(stream), None)?;
        }
        Ok(())
    }

    fn gauges(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        type Amount = fn(&StreamStatus) -> Option<f64>;
        #[allow(clippy::cast_precision_loss)] // what a gauge shows of such numbers is enough
        let gauges: [(&str, &str, Option<Unit>, Amount); 7] = [
            (
                "lag",
                "How far the last committed place is behind the newest that the server told of",
                Some(Unit::Seconds),
                |s| s.lag.map(|lag| lag.as_secs_f64()),
            ),
            ("queue_events", "Events read and not committed", None, |s| {
                Some(s.queued as f64)
            }),
            ("queue", "Bytes of them", Some(Unit::Bytes), |s| {
                Some(s.queued_bytes as f64)
            }),
            (
                "since_progress",
                "Time since something was committed, or there was nothing to do",
                Some(Unit::Seconds),
                |s| Some(s.progress.elapsed().as_secs_f64()),
            ),
            (
                "lease_held",
                "Whether this process holds the stream's lease",
                None,
                |s| Some(f64::from(u8::from(s.lease))),
            ),
            ("lease_epoch", "The fencing epoch of the lease", None, |s| {
                Some(s.epoch as f64)
            }),
            (
                "open",
                "Whether the cursor is open at a server that answers",
                None,
                |s| Some(f64::from(u8::from(s.open))),
            ),
        ];
        for (name, help, unit, amount) in gauges {
            let name = format!("stream_{name}");
            let mut metric =
                encoder.encode_descriptor(&name, help, unit.as_ref(), MetricType::Gauge)?;
            for stream in &self.streams {
                if let Some(amount) = amount(stream) {
                    metric
                        .encode_family(&[("stream", stream.id.as_str())])?
                        .encode_gauge(&amount)?;
                }
            }
        }
        Ok(())
    }

    fn states(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help =
            "What a stream is: the version of its handler, what it watches, what it promises";
        let mut info = encoder.encode_descriptor("stream", help, None, MetricType::Info)?;
        for stream in &self.streams {
            let watch: Vec<String> = stream.watch.iter().map(ToString::to_string).collect();
            info.encode_info(&vec![
                ("stream", stream.id.clone()),
                ("generation", stream.generation.clone()),
                ("watch", watch.join(",")),
                ("delivery", stream.delivery.as_str().to_string()),
                ("lanes", stream.lanes.to_string()),
            ])?;
        }
        let help = "What a stream does now: 1 for its state, 0 for the others";
        let mut state = encoder.encode_descriptor("stream_state", help, None, MetricType::Gauge)?;
        for stream in &self.streams {
            // Each state has its line, with 0 or 1.
            for each in State::ALL {
                let labels = [("stream", stream.id.as_str()), ("state", each.as_str())];
                state
                    .encode_family(&labels)?
                    .encode_gauge(&u64::from(stream.state == each))?;
            }
        }
        Ok(())
    }
}
