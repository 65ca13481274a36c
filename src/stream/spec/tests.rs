//! Fields and what is wrong with them, without a source.

use bson::{Bson, Document, Timestamp, doc};

use super::*;

fn read(fields: Document) -> Result<StreamSpec, SpecError> {
    let mut all = doc! { "watch": "shop.orders" };
    all.extend(fields);
    let origin = Origin {
        stem: "notify".into(),
        database: Some("main".into()),
    };
    StreamSpec::read(&all, &origin)
}

fn message(fields: Document) -> String {
    let error = read(fields.clone()).expect_err(&fields.to_string());
    format!("{} [{} {:?}]", error.message, error.field, error.at)
}

#[test]
fn defaults_follow_from_the_file_and_what_is_watched() {
    let cases = [
        (doc! {}, "notify:shop.orders", "shop"),
        (doc! { "watch": "shop" }, "notify:shop", "shop"),
        (doc! { "watch": "*" }, "notify:*", "main"),
        (doc! { "watch": ["a.b", "a.c"] }, "notify:a.b,a.c", "a"),
        (doc! { "watch": ["a.b", "c.d"] }, "notify:a.b,c.d", "main"),
        (doc! { "id": "x", "database": "y" }, "x", "y"),
        (doc! { "id": Bson::Null }, "notify:shop.orders", "shop"),
    ];
    for (fields, id, database) in cases {
        let spec = read(fields).unwrap();
        assert_eq!((spec.id.as_str(), spec.database.as_str()), (id, database));
    }
}

#[test]
fn every_field_is_read() {
    let at = Timestamp {
        time: 1_700_000_000,
        increment: 3,
    };
    let spec = read(doc! {
        "pipeline": [{ "$match": { "a": 1 } }],
        "fullDocument": "updateLookup",
        "fullDocumentBeforeChange": "whenAvailable",
        "startAt": at,
        "delivery": "at-least-once",
        "lanes": 4_i64,
        "batch": { "events": 10, "bytes": 1000, "time": "2s" },
        "retry": { "attempts": 5, "first": 50, "longest": "1m" },
        "onFailure": "block-key",
        "onLostHistory": { "restartAt": at },
        "timeout": "1.5s",
        "allow": ["self-writes"],
        "onRegression": { "rollbackAfter": 7 },
        "maxDepth": 3.0,
    });
    let spec = spec.unwrap();
    assert_eq!(spec.pipeline.len(), 1);
    assert_eq!(spec.full_document, FullDocument::UpdateLookup);
    assert_eq!(
        spec.full_document_before_change,
        BeforeChange::WhenAvailable
    );
    assert_eq!(spec.start_at, StartAt::Time(at));
    assert_eq!(spec.delivery, Delivery::AtLeastOnce);
    assert_eq!(spec.lanes, 4);
    assert_eq!(
        (spec.batch.events, spec.batch.bytes, spec.batch.time),
        (10, 1000, Duration::from_secs(2))
    );
    assert_eq!(
        (spec.retry.attempts, spec.retry.first, spec.retry.longest),
        (5, Duration::from_millis(50), Duration::from_secs(60))
    );
    assert_eq!(spec.on_failure, OnFailure::BlockKey);
    assert_eq!(spec.on_lost_history, OnLostHistory::RestartAt(at));
    assert_eq!(spec.timeout, Some(Duration::from_millis(1500)));
    assert_eq!(spec.allow, ["self-writes"]);
    assert_eq!(spec.on_regression, OnRegression::Rollback { after: 7 });
    assert_eq!(spec.max_depth, 3);
}

#[test]
fn short_forms_and_times() {
    assert_eq!(read(doc! { "batch": 7 }).unwrap().batch.events, 7);
    assert_eq!(read(doc! { "retry": 1 }).unwrap().retry.attempts, 1);
    let date = bson::DateTime::from_millis(1_700_000_000_500);
    let want = StartAt::Time(Timestamp {
        time: 1_700_000_000,
        increment: 0,
    });
    assert_eq!(read(doc! { "startAt": date }).unwrap().start_at, want);
    let text = doc! { "startAt": "2023-11-14T22:13:20Z" };
    assert_eq!(read(text).unwrap().start_at, want);
    let token = doc! { "_data": "8265" };
    let after = read(doc! { "startAt": token.clone() }).unwrap().start_at;
    assert_eq!(after, StartAt::After(token.into()));
    let longer = read(doc! { "retry": { "first": "1m" } }).unwrap().retry;
    assert_eq!(longer.longest, Duration::from_secs(60));
}

#[test]
fn what_is_wrong_names_the_field() {
    let cases = [
        (
            doc! { "wach": 1 },
            "a stream has no field `wach` [wach Key]",
        ),
        (
            doc! { "retry": { "atempts": 1 } },
            "`retry` has no field `atempts` [retry.atempts Key]",
        ),
        (
            doc! { "lanes": 0 },
            "`lanes` must be 1 or more, got 0 [lanes Value]",
        ),
        (
            doc! { "lanes": "many" },
            "`lanes` must be a whole number, got text [lanes Value]",
        ),
        (
            doc! { "timeout": "soon" },
            "`timeout` is no length of time: \"soon\" [timeout Value]",
        ),
        (
            doc! { "timeout": 0 },
            "`timeout` must be more than nothing [timeout Value]",
        ),
        (
            doc! { "timeout": "400d" },
            "`timeout` is longer than a year [timeout Value]",
        ),
        (
            doc! { "delivery": "once" },
            "`delivery` cannot be \"once\" [delivery Value]",
        ),
        (
            doc! { "onLostHistory": "restart-at" },
            "`onLostHistory` does not say at what time to restart [onLostHistory Value]",
        ),
        (
            doc! { "watch": "shop." },
            "\"shop.\" cannot be watched: a name is missing beside the dot [watch Value]",
        ),
        (
            doc! { "watch": "admin" },
            "\"admin\" cannot be watched: no server tells the changes of admin [watch Value]",
        ),
        (
            doc! { "watch": ["shop", "shop.orders"] },
            "shop.orders is watched with shop already [watch Value]",
        ),
        (
            doc! { "watch": "shop.resume_tokens" },
            "shop.resume_tokens holds the checkpoints of streams: it cannot be watched [watch Value]",
        ),
        (
            doc! { "retry": { "first": "2s", "longest": "1s" } },
            "the first pause of `retry` is longer than its longest one [retry.first Value]",
        ),
        (
            doc! { "pipeline": [{ "$group": {} }] },
            "a change stream takes no stage `$group` [pipeline Value]",
        ),
        (
            doc! { "pipeline": [{ "$project": { "_id": 0 } }] },
            "this $project takes `_id` away from events, their resume token [pipeline Value]",
        ),
        (
            doc! { "lanes": 2, "pipeline": [{ "$project": { "fullDocument": 1 } }] },
            "this pipeline takes `documentKey` away from events: with several `lanes` events are \
             spread by it [pipeline Value]",
        ),
        (
            doc! { "allow": ["self-write"] },
            "`allow` cannot be \"self-write\" [allow Value]",
        ),
        (
            doc! { "batch": { "time": "2m" } },
            "`batch.time` is longer than a transaction may last: 30 s at most with delivery \
             \"exactly-once\" [batch.time Value]",
        ),
    ];
    for (fields, want) in cases {
        assert_eq!(message(fields), want);
    }
    let longer = doc! { "batch": { "time": "2m" }, "delivery": "at-least-once" };
    assert!(read(longer).is_ok());
}

#[test]
fn a_stream_without_watch_is_told_how_to_say_it() {
    let error = StreamSpec::read(&doc! {}, &Origin::default()).unwrap_err();
    assert_eq!(error.at, At::Missing);
    assert!(error.hints[0].contains("--watch"));
}

#[test]
fn pipelines_keep_or_take_fields() {
    let cases = [
        (doc! { "$match": {} }, "documentKey", true),
        (doc! { "$project": { "fullDocument": 1 } }, "_id", true),
        (doc! { "$project": { "fullDocument": 1 } }, "ns", false),
        (doc! { "$project": { "fullDocument": 0 } }, "ns", true),
        (doc! { "$unset": ["ns"] }, "ns", false),
        (doc! { "$set": { "ns": "x" } }, "ns", false),
        (
            doc! { "$replaceRoot": { "newRoot": "$fullDocument" } },
            "_id",
            false,
        ),
        (
            doc! { "$replaceWith": { "_id": "$_id", "n": 1 } },
            "_id",
            true,
        ),
    ];
    for (stage, field, want) in cases {
        assert_eq!(keeps(std::slice::from_ref(&stage), field), want, "{stage}");
    }
}
