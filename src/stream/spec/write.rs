//! A stream's fields as a document again, with every default said.

use std::time::Duration;

use bson::{Bson, Document, doc};

use super::{
    BeforeChange, Delivery, FullDocument, Namespace, OnFailure, OnLostHistory, OnRegression,
    StartAt, StreamSpec,
};

impl StreamSpec {
    /// The fields of [`StreamSpec::read`], all of them, so that it reads the same spec of them.
    #[must_use]
    pub fn to_document(&self) -> Document {
        let watch: Vec<String> = self.watch.iter().map(Namespace::to_string).collect();
        let mut fields = doc! {
            "id": &self.id,
            "watch": watch,
            "database": &self.database,
            "pipeline": self.pipeline.clone(),
            "fullDocument": self.full_document.as_str(),
            "fullDocumentBeforeChange": self.full_document_before_change.as_str(),
            "startAt": start_at(&self.start_at),
            "delivery": self.delivery.as_str(),
            "lanes": number(self.lanes),
            "batch": {
                "events": number(self.batch.events),
                "bytes": number(self.batch.bytes),
                "time": time(self.batch.time),
            },
            "retry": {
                "attempts": number(self.retry.attempts),
                "first": time(self.retry.first),
                "longest": time(self.retry.longest),
            },
            "onFailure": self.on_failure.as_str(),
            "onLostHistory": on_lost_history(&self.on_lost_history),
            "timeout": self.timeout.map(time),
            "onRegression": on_regression(self.on_regression),
            "maxDepth": number(self.max_depth),
        };
        if !self.allow.is_empty() {
            fields.insert("allow", self.allow.clone());
        }
        fields
    }
}

impl FullDocument {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::UpdateLookup => "updateLookup",
            Self::WhenAvailable => "whenAvailable",
            Self::Required => "required",
        }
    }
}

impl BeforeChange {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::WhenAvailable => "whenAvailable",
            Self::Required => "required",
        }
    }
}

impl Delivery {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExactlyOnce => "exactly-once",
            Self::AtLeastOnce => "at-least-once",
        }
    }
}

impl OnFailure {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeadLetter => "dead-letter",
            Self::BlockKey => "block-key",
            Self::Stop => "stop",
        }
    }
}

fn start_at(at: &StartAt) -> Bson {
    match at {
        StartAt::Now => "now".into(),
        StartAt::Time(time) => Bson::Timestamp(*time),
        StartAt::After(token) => token.clone(),
    }
}

fn on_lost_history(policy: &OnLostHistory) -> Bson {
    match policy {
        OnLostHistory::Stop => "stop".into(),
        OnLostHistory::RestartNow => "restart-now".into(),
        OnLostHistory::RestartAt(at) => doc! { "restartAt": Bson::Timestamp(*at) }.into(),
    }
}

fn on_regression(policy: OnRegression) -> Bson {
    match policy {
        OnRegression::GoOn => "go-on".into(),
        OnRegression::Rollback { after } => doc! { "rollbackAfter": number(after) }.into(),
    }
}

/// A number as a script would write it: int32 where it fits.
fn number(n: impl TryInto<i64>) -> Bson {
    let n = n.try_into().unwrap_or(i64::MAX);
    i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32)
}

fn time(time: Duration) -> String {
    match time.as_millis() {
        ms if ms % 1000 == 0 => format!("{}s", ms / 1000),
        ms => format!("{ms}ms"),
    }
}

#[cfg(test)]
mod tests {
    use bson::Timestamp;

    use super::super::{Batch, Origin, Retry};
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let watch = vec![Namespace::Collection("shop".into(), "orders".into())];
        let plain = StreamSpec::new("orders", watch, "shop");
        let at = Timestamp {
            time: 1_700_000_000,
            increment: 0,
        };
        let other = StreamSpec {
            watch: vec![
                Namespace::Database("a".into()),
                Namespace::Database("b".into()),
            ],
            pipeline: vec![doc! { "$match": { "fullDocument.total": { "$gt": 5 } } }],
            full_document: FullDocument::UpdateLookup,
            full_document_before_change: BeforeChange::Required,
            start_at: StartAt::Time(at),
            delivery: Delivery::AtLeastOnce,
            lanes: 4,
            batch: Batch {
                events: 7,
                bytes: 1 << 20,
                time: Duration::from_millis(1500),
            },
            retry: Retry {
                attempts: 9,
                first: Duration::from_millis(5),
                longest: Duration::from_secs(60),
            },
            on_failure: OnFailure::BlockKey,
            on_lost_history: OnLostHistory::RestartAt(at),
            timeout: Some(Duration::from_secs(3)),
            on_regression: OnRegression::Rollback { after: 50 },
            max_depth: 2,
            allow: vec!["self-writes".into()],
            ..plain.clone()
        };
        for spec in [plain, other] {
            let written = spec.to_document();
            assert_eq!(StreamSpec::read(&written, &Origin::default()), Ok(spec));
        }
    }
}
