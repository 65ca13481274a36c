//! What is asked of the server, as documents.

use bson::{Bson, Document, Timestamp, doc};

use super::{Abilities, Opening, SpecFault, Start, Token};
use crate::stream::spec::{BeforeChange, FullDocument, Namespace, StreamSpec};

const NEW: Abilities = Abilities {
    splits_large_events: true,
    expanded_events: true,
};
const OLD: Abilities = Abilities {
    splits_large_events: false,
    expanded_events: false,
};

fn coll(database: &str, collection: &str) -> Namespace {
    Namespace::Collection(database.into(), collection.into())
}

fn db(database: &str) -> Namespace {
    Namespace::Database(database.into())
}

fn spec(watch: Vec<Namespace>) -> StreamSpec {
    StreamSpec::new("s", watch, "shop")
}

/// The database, the `aggregate` field, and the pipeline.
fn asked(spec: &StreamSpec, can: Abilities) -> (String, Bson, Vec<Bson>) {
    let opening = Opening::new(spec, can).unwrap();
    let mut command = opening.command(&Start::Now);
    let pipeline = command.get_array("pipeline").unwrap().clone();
    let of = command.remove("aggregate").unwrap();
    (opening.database().to_string(), of, pipeline)
}

fn pipeline(stages: impl IntoIterator<Item = Document>) -> Vec<Bson> {
    stages.into_iter().map(Bson::from).collect()
}

#[test]
fn the_cursor_is_on_the_smallest_namespace_that_has_all() {
    let not_ours = doc! { "$match": { "ns.coll": { "$ne": "resume_tokens" } } };
    let whole = doc! { "$changeStream": { "allChangesForCluster": true } };
    let part = doc! { "$changeStream": {} };
    let invalidate = doc! { "operationType": "invalidate" };
    let either = |name: &str, collection: &str| {
        [
            doc! { "ns.db": name, "ns.coll": collection },
            doc! { "to.db": name, "to.coll": collection },
        ]
    };
    let [a, to_a] = either("shop", "a");
    let [b, to_b] = either("shop", "b");
    let [x, to_x] = either("crm", "x");
    for (watch, database, of, stages) in [
        (
            vec![coll("shop", "a")],
            "shop",
            Bson::from("a"),
            vec![part.clone()],
        ),
        (
            vec![coll("shop", "a.b")],
            "shop",
            Bson::from("a.b"),
            vec![part.clone()],
        ),
        (
            vec![db("shop")],
            "shop",
            Bson::from(1),
            vec![part.clone(), not_ours.clone()],
        ),
        (
            vec![Namespace::Cluster],
            "admin",
            Bson::from(1),
            vec![
                whole.clone(),
                doc! { "$match": { "ns.db": { "$ne": "rhaiver" }, "ns.coll": { "$ne": "resume_tokens" } } },
            ],
        ),
        // Twice the same, or one in another, is one.
        (
            vec![coll("shop", "a"); 2],
            "shop",
            Bson::from("a"),
            vec![part.clone()],
        ),
        (
            vec![coll("shop", "a"), db("shop")],
            "shop",
            Bson::from(1),
            vec![part.clone(), not_ours],
        ),
        (
            vec![coll("shop", "a"), coll("shop", "b")],
            "shop",
            Bson::from(1),
            vec![
                part,
                doc! { "$match": { "$or": [invalidate.clone(), a.clone(), to_a.clone(), b, to_b] } },
            ],
        ),
        (
            vec![coll("shop", "a"), coll("crm", "x"), db("log")],
            "admin",
            Bson::from(1),
            vec![
                whole,
                doc! { "$match": { "$or": [
                    invalidate, a, to_a, x, to_x,
                    { "ns.db": "log", "ns.coll": { "$ne": "resume_tokens" } },
                ] } },
            ],
        ),
    ] {
        let asked = asked(&spec(watch.clone()), OLD);
        assert_eq!(asked, (database.into(), of, pipeline(stages)), "{watch:?}");
    }
}

#[test]
fn only_what_the_handler_looks_at_is_asked_for() {
    let mut spec = spec(vec![coll("shop", "orders")]);
    spec.full_document = FullDocument::UpdateLookup;
    let stage = |stage: Document| doc! { "$changeStream": stage };
    let lookup = stage(doc! { "fullDocument": "updateLookup" });
    assert_eq!(asked(&spec, OLD).2, pipeline([lookup.clone()]));

    // No lookup for who does not look.
    spec.needs.full_document = false;
    let project = doc! { "$project": { "fullDocument": 0 } };
    assert_eq!(
        asked(&spec, OLD).2,
        pipeline([stage(doc! {}), project.clone()])
    );

    // The stream's own stages look, too; the projection is behind them.
    for own in [
        doc! { "$match": { "fullDocument.total": { "$gt": 1 } } },
        doc! { "$addFields": { "total": "$fullDocument.total" } },
        doc! { "$match": { "$expr": { "$gt": [ "$$ROOT.fullDocument.total", 1 ] } } },
    ] {
        spec.pipeline = vec![own.clone()];
        let expected = pipeline([lookup.clone(), own, project.clone()]);
        assert_eq!(asked(&spec, OLD).2, expected);
    }
    let own = doc! { "$match": { "fullDocumentBeforeChange.a": 1 } };
    spec.pipeline = vec![own.clone()];
    assert_eq!(
        asked(&spec, OLD).2,
        pipeline([stage(doc! {}), own, project])
    );

    // Operations are filtered in front of all that; the end of the cursor is always told.
    spec.pipeline.clear();
    spec.full_document_before_change = BeforeChange::WhenAvailable;
    spec.needs.update_description = false;
    spec.needs.operations = Some(vec!["insert".into(), "create".into()]);
    let all = |expanded: bool, split: bool| {
        let mut change = doc! { "fullDocumentBeforeChange": "whenAvailable" };
        if expanded {
            change.insert("showExpandedEvents", true);
        }
        let wanted = doc! { "$in": [ "insert", "create", "invalidate" ] };
        let mut stages = vec![
            stage(change),
            doc! { "$match": { "operationType": wanted } },
            doc! { "$project": { "fullDocument": 0, "updateDescription": 0 } },
        ];
        if split {
            stages.push(doc! { "$changeStreamSplitLargeEvent": {} });
        }
        pipeline(stages)
    };
    assert_eq!(asked(&spec, OLD).2, all(false, false));
    assert_eq!(asked(&spec, NEW).2, all(true, true));
}

#[test]
fn the_place_is_in_the_command() {
    let opening = Opening::new(&spec(vec![coll("shop", "orders")]), OLD).unwrap();
    let time = Timestamp {
        time: 7,
        increment: 1,
    };
    let token = Token::from_bson(&doc! { "_data": "82ab", "_typeBits": "x" }.into()).unwrap();
    let whole = |change: Document, cursor: Document| {
        doc! {
            "aggregate": "orders",
            "pipeline": [ { "$changeStream": change } ],
            "cursor": cursor,
            "readConcern": { "level": "majority" },
        }
    };
    let none = || doc! { "batchSize": 0 };
    for (start, expected) in [
        (Start::Now, whole(doc! {}, none())),
        (
            Start::Time(time),
            whole(doc! { "startAtOperationTime": time }, none()),
        ),
        (
            Start::After(token.clone()),
            whole(doc! { "startAfter": token.to_bson() }, doc! {}),
        ),
    ] {
        assert_eq!(opening.command(&start), expected);
    }
}

#[test]
fn the_stages_of_a_stream_leave_its_events_their_tokens() {
    let fault = |stage: Document| {
        let mut spec = spec(vec![coll("shop", "orders")]);
        spec.pipeline = vec![doc! { "$match": {} }, stage];
        Opening::new(&spec, OLD).err()
    };
    for stage in [
        doc! { "$project": { "_id": 0, "fullDocument": 1 } },
        doc! { "$project": { "_id": false } },
        doc! { "$project": { "_id": "$documentKey._id" } },
        doc! { "$project": { "_id._data": 0 } },
        doc! { "$unset": "_id" },
        doc! { "$unset": ["ns", "_id._data"] },
        doc! { "$set": { "_id": 1 } },
        doc! { "$addFields": { "_id.x": 1 } },
    ] {
        let dropped = matches!(
            fault(stage.clone()),
            Some(SpecFault::DropsToken { index: 1, .. })
        );
        assert!(dropped, "{stage}");
    }
    for stage in [
        doc! { "$project": { "_id": 1, "fullDocument": 1 } },
        doc! { "$project": { "fullDocument": 1 } },
        doc! { "$project": { "_id": "$_id" } },
        doc! { "$unset": ["ns", "_idea"] },
        doc! { "$set": { "fullDocument._id": 1 } },
        doc! { "$redact": "$$KEEP" },
        doc! { "$replaceWith": { "_id": "$_id" } },
    ] {
        assert_eq!(fault(stage.clone()), None, "{stage}");
    }
    let lookup = fault(doc! { "$lookup": {} });
    let name = "$lookup".to_string();
    assert_eq!(lookup, Some(SpecFault::Stage { index: 1, name }));
    assert_eq!(fault(doc! {}), Some(SpecFault::NoStage { index: 1 }));
}

#[test]
fn the_books_of_streams_cannot_be_watched() {
    for own in [
        db("rhaiver"),
        coll("rhaiver", "lanes"),
        coll("shop", "resume_tokens"),
    ] {
        let fault = Opening::new(&spec(vec![own]), OLD).err();
        assert!(matches!(fault, Some(SpecFault::Own(_))), "{fault:?}");
    }
    assert_eq!(
        Opening::new(&spec(vec![]), OLD).err(),
        Some(SpecFault::NothingToWatch)
    );
}

#[test]
fn tokens_tell_their_order_and_their_time() {
    let token = |hex: &str| Token::from_bson(&doc! { "_data": hex }.into()).unwrap();
    // Of a server: a place without an event, and the event at the same time.
    let place = token("826B074D24000000032B0229296E04");
    let event = token(
        "826B074D24000000032B022C0100296E5A100475FE377021D4423588E035BA402C6C15461E5F6964002B03800000000000000004",
    );
    let time = Timestamp {
        time: 1_795_640_612,
        increment: 3,
    };
    assert_eq!(place.cluster_time(), Some(time));
    assert_eq!(event.cluster_time(), Some(time));
    assert!(event.is_after(&place) && !place.is_after(&event) && !place.is_after(&place));
    assert_eq!(token("zz").cluster_time(), None);
    assert_eq!(Token::from_bson(&Bson::Null), None);
    assert_eq!(Token::from_bson(&doc! { "x": 1 }.into()), None);
}
