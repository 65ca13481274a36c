//! Fields that are at odds with each other.

use std::time::Duration;

use bson::Document;

use super::{Delivery, Namespace, OnFailure, SpecError, StreamSpec, pipeline};

/// More threads than this are no help on one machine, and a mistake.
const MOST_LANES: u32 = 256;

/// Servers end a transaction after a minute (`transactionLifetimeLimitSeconds`); half of it is
/// left for sending and committing.
const LONGEST_BATCH: Duration = Duration::from_secs(30);

/// Where rhaiver keeps what it knows of streams.
const OWN_DATABASE: &str = "rhaiver";

/// The collection of checkpoints in a handler's database.
const CHECKPOINTS: &str = "resume_tokens";

/// Refuses what cannot be meant.
pub(super) fn check(spec: &StreamSpec, fields: &Document) -> Result<(), SpecError> {
    check_watch(&spec.watch)?;
    check_lanes(spec)?;
    check_times(spec, fields)?;
    check_keys(spec)
}

fn check_watch(watch: &[Namespace]) -> Result<(), SpecError> {
    for (i, one) in watch.iter().enumerate() {
        let own = match one {
            Namespace::Collection(_, name) if name == CHECKPOINTS => true,
            other => other.database() == Some(OWN_DATABASE),
        };
        if own {
            let message = format!("{one} holds the checkpoints of streams: it cannot be watched");
            return Err(SpecError::value("watch", message));
        }
        let others = watch.iter().enumerate().filter(|(j, _)| *j != i);
        if let Some((_, wide)) = others.into_iter().find(|(_, other)| other.covers(one)) {
            let message = match wide == one {
                true => format!("{one} is there twice"),
                false => format!("{one} is watched with {wide} already"),
            };
            return Err(SpecError::value("watch", message).hint(format!("leave {one} out")));
        }
    }
    Ok(())
}

fn check_lanes(spec: &StreamSpec) -> Result<(), SpecError> {
    if spec.lanes <= MOST_LANES {
        return Ok(());
    }
    let message = format!("`lanes` may be {MOST_LANES} at most, got {}", spec.lanes);
    Err(SpecError::value("lanes", message).hint("each lane is a thread; as many as cores is much"))
}

fn check_times(spec: &StreamSpec, fields: &Document) -> Result<(), SpecError> {
    if spec.retry.first > spec.retry.longest {
        let message = "the first pause of `retry` is longer than its longest one";
        return Err(SpecError::value("retry.first", message)
            .hint("pauses double from `first` up to `longest`"));
    }
    if spec.delivery == Delivery::AtLeastOnce {
        return Ok(());
    }
    let too_long = |field: &str| {
        let message = format!(
            "`{field}` is longer than a transaction may last: {} s at most with delivery \
             \"exactly-once\"",
            LONGEST_BATCH.as_secs()
        );
        SpecError::value(field, message).hint("shorten it, or write delivery: \"at-least-once\"")
    };
    if spec.batch.time > LONGEST_BATCH {
        return Err(too_long("batch.time"));
    }
    match spec.timeout {
        Some(timeout) if timeout > LONGEST_BATCH && fields.contains_key("timeout") => {
            Err(too_long("timeout"))
        }
        _ => Ok(()),
    }
}

/// What needs to know the document that an event is about.
fn check_keys(spec: &StreamSpec) -> Result<(), SpecError> {
    if pipeline::keeps(&spec.pipeline, "documentKey") {
        return Ok(());
    }
    let why = match (spec.lanes > 1, spec.on_failure) {
        (true, _) => "with several `lanes` events are spread by it",
        (false, OnFailure::BlockKey) => "with onFailure: \"block-key\" it is what waits",
        _ => return Ok(()),
    };
    let message = format!("this pipeline takes `documentKey` away from events: {why}");
    Err(SpecError::value("pipeline", message).hint("leave `documentKey` in"))
}
