//! Who runs a stream.

use std::time::{Duration, Instant};

use mongodb::Client;
use mongodb::bson::{Document, doc};
use rhaiver::stream::admin;
use rhaiver::stream::bookkeeping::{LANES, STREAMS, collection};
use rhaiver::stream::lease::{Ask, Attempt, EndState, Lease};
use rhaiver::stream::registry::{About, Progress};

use super::support::database;
use super::with_client;

const LONG: Duration = Duration::from_secs(30);
const MIDDLE: Duration = Duration::from_millis(1500);
const SHORT: Duration = Duration::from_millis(300);

fn ask(stream: &str, ttl: Duration) -> Ask {
    let about = About {
        watch: vec!["shop.orders".into(), "$odd".into()],
        database: "shop".into(),
        delivery: "exactly-once".into(),
        lanes: 2,
        generation: "abc".into(),
    };
    Ask::new(stream, ttl, about)
}

async fn taken(client: &Client, ask: &Ask) -> Lease {
    match Lease::try_take(client, ask).await.unwrap() {
        Attempt::Taken(lease) => lease,
        Attempt::Held(held) => panic!("{held:?}"),
    }
}

async fn listed(client: &Client, stream: &str) -> Document {
    let streams = admin::streams(client).await.unwrap();
    let named = |s: &Document| s.get_str("_id").is_ok_and(|id| id == stream);
    streams.into_iter().find(named).unwrap()
}

async fn document(client: &Client, stream: &str) -> Document {
    let streams = collection(client, STREAMS);
    let found = streams.find_one(doc! { "_id": stream }).await.unwrap();
    found.unwrap()
}

#[test]
fn one_has_it_and_another_stands_by_until_it_is_released() {
    with_client(async |client| {
        let id = database("lease_one");
        let first = ask(&id, LONG);
        let lease = taken(&client, &first).await;
        assert_eq!(lease.epoch(), 1);
        assert!(lease.holds());
        let second = ask(&id, LONG);
        match Lease::try_take(&client, &second).await.unwrap() {
            Attempt::Held(held) => {
                assert_eq!(held.owner, Some(first.owner.clone()));
                assert!(
                    held.expires_in > LONG / 2 && held.expires_in <= LONG,
                    "{held:?}"
                );
            }
            Attempt::Taken(_) => panic!("taken twice"),
        }
        let found = document(&client, &id).await;
        assert_eq!(found.get_str("state").unwrap(), "running");
        assert_eq!(found.get_array("watch").unwrap().len(), 2);
        assert_eq!(found.get_str("generation").unwrap(), "abc");

        let waiting = tokio::spawn({
            let client = client.clone();
            async move { Lease::take(&client, &second, |_| {}).await.unwrap() }
        });
        lease
            .release(EndState::Stopped, &Progress::default())
            .await
            .unwrap();
        assert!(!lease.holds());
        assert!(*lease.lost().borrow());
        let next = waiting.await.unwrap();
        assert_eq!(next.epoch(), 2);
        assert!(next.holds());
        assert!(!lease.renew(&Progress::default()).await.unwrap());
        next.release(EndState::Failed, &Progress::default())
            .await
            .unwrap();
        let found = document(&client, &id).await;
        assert_eq!(found.get_str("state").unwrap(), "failed");
        assert!(found.get("owner").unwrap().as_null().is_some());
    });
}

#[test]
fn a_lease_that_is_not_renewed_is_lost_and_taken_by_another() {
    with_client(async |client| {
        let id = database("lease_expires");
        let lease = taken(&client, &ask(&id, SHORT)).await;
        let next = Lease::take(&client, &ask(&id, LONG), |_| {}).await.unwrap();
        assert_eq!(next.epoch(), 2);
        assert!(
            !lease.holds(),
            "the server's clock is never ahead of the own one's end"
        );
        assert!(!lease.renew(&Progress::default()).await.unwrap());
        assert!(*lease.lost().borrow());
        assert!(next.holds());
    });
}

#[test]
fn a_kept_lease_outlasts_its_time_and_tells_how_far_the_stream_is() {
    with_client(async |client| {
        let id = database("lease_kept");
        let lease = taken(&client, &ask(&id, MIDDLE)).await;
        let began = Instant::now();
        lease.keep(|| Progress {
            handled: 7,
            lanes: 4,
            generation: "def".into(),
            last_error: Some(("$no path".into(), mongodb::bson::DateTime::from_millis(5))),
            ..Progress::default()
        });
        let mut entry = listed(&client, &id).await;
        while entry.get_i64("handled").ok() != Some(7) || began.elapsed() < MIDDLE * 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            entry = listed(&client, &id).await;
            assert_eq!(entry.get_str("state").unwrap(), "running");
        }
        assert!(lease.holds());
        assert_eq!(entry.get_str("generation").unwrap(), "def");
        assert_eq!(entry.get_i64("lanes").unwrap(), 4);
        let error = entry.get_document("lastError").unwrap();
        assert_eq!(error.get_str("message").unwrap(), "$no path");
        lease
            .release(EndState::Stopped, &Progress::default())
            .await
            .unwrap();
    });
}

#[test]
fn an_owner_that_says_nothing_any_more_is_listed_as_gone() {
    with_client(async |client| {
        let id = database("lease_listed");
        let _lease = taken(&client, &ask(&id, SHORT)).await;
        loop {
            let entry = listed(&client, &id).await;
            assert_eq!(entry.get_i64("epoch").unwrap(), 1);
            match entry.get_str("state").unwrap() {
                "abandoned" => break,
                state => assert_eq!(state, "running"),
            }
        }
    });
}

#[test]
fn of_many_who_ask_at_once_one_gets_it() {
    with_client(async |client| {
        for _ in 0..5 {
            let id = database("lease_race");
            let asks: Vec<_> = (0..8)
                .map(|_| {
                    let (client, ask) = (client.clone(), ask(&id, LONG));
                    tokio::spawn(async move { Lease::try_take(&client, &ask).await.unwrap() })
                })
                .collect();
            let mut won = 0;
            for ask in asks {
                if let Attempt::Taken(lease) = ask.await.unwrap() {
                    assert_eq!(lease.epoch(), 1);
                    won += 1;
                }
            }
            assert_eq!(won, 1);
        }
    });
}

#[test]
fn the_same_asking_takes_it_again() {
    with_client(async |client| {
        let ask = ask(&database("lease_again"), LONG);
        assert_eq!(taken(&client, &ask).await.epoch(), 1);
        assert_eq!(taken(&client, &ask).await.epoch(), 2);
    });
}

#[test]
fn an_owner_whose_process_is_gone_is_not_waited_for() {
    with_client(async |client| {
        let id = database("lease_gone");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let mut dead = ask(&id, LONG);
        dead.owner.pid = i64::from(child.id());
        child.wait().unwrap();
        taken(&client, &dead).await;
        assert_eq!(taken(&client, &ask(&id, LONG)).await.epoch(), 2);
    });
}

#[test]
fn whoever_takes_over_aborts_what_the_owner_before_had_begun() {
    with_client(async |client| {
        let id = database("lease_fences");
        let lanes = collection(&client, LANES);
        let lane = doc! { "_id": { "stream": &id, "lane": 0 }, "epoch": 1_i64, "handled": 0 };
        lanes.insert_one(lane).await.unwrap();
        let lease = taken(&client, &ask(&id, SHORT)).await;
        let mut session = client.start_session().await.unwrap();
        lease.use_sessions(&[session.id().clone()]).await.unwrap();
        session.start_transaction().await.unwrap();
        let mine = doc! { "_id": { "stream": &id, "lane": 0 }, "epoch": lease.epoch() };
        let update = doc! { "$set": { "handled": 1 } };
        let updated = lanes
            .update_one(mine.clone(), update.clone())
            .session(&mut session);
        assert_eq!(updated.await.unwrap().matched_count, 1);

        let began = Instant::now();
        let next = Lease::take(&client, &ask(&id, LONG), |_| {}).await.unwrap();
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{:?}",
            began.elapsed()
        );
        let error = session.commit_transaction().await.unwrap_err();
        assert!(error.to_string().contains("NoSuchTransaction"), "{error}");
        let found = lanes
            .find_one(doc! { "_id.stream": &id })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.get_i64("epoch").unwrap(), next.epoch());
        assert_eq!(found.get_i32("handled").unwrap(), 0);

        // And what it begins from here on does not find its epoch.
        session.start_transaction().await.unwrap();
        let updated = lanes.update_one(mine, update).session(&mut session);
        assert_eq!(updated.await.unwrap().matched_count, 0);
        session.abort_transaction().await.unwrap();
    });
}
