//! What must have been seen, and what was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReadConcern;
use mongodb::{Client, Collection, Cursor};

use crate::ground::Ground;
use crate::handler::{Delivery, Edits};
use crate::writers::{COLLECTIONS, DOCUMENTS};
use crate::{RECORDS, STREAM, WATCHED};

/// Of each document, up to which number it was counted up.
pub type Expected = BTreeMap<String, i64>;

/// A record of an event: its number, and the version that handled it.
type Record = (i64, i64);

/// What there is at the end.
pub struct Verdict {
    expected: Expected,
    /// Records of each document.
    seen: BTreeMap<String, Vec<Record>>,
    counters: BTreeMap<String, i64>,
    violations: BTreeMap<String, i64>,
    /// Versions that do not compile.
    broken: BTreeSet<i64>,
    versions: BTreeSet<i64>,
    dead_letters: Vec<Document>,
    gaps: Vec<Document>,
}

async fn client(ground: &Ground) -> Client {
    Client::with_uri_str(ground.uri()).await.unwrap()
}

async fn read(
    client: &Client,
    database: &str,
    name: &str,
) -> Result<Vec<Document>, mongodb::error::Error> {
    let collection: Collection<Document> = client.database(database).collection(name);
    let found = collection
        .find(doc! {})
        .read_concern(ReadConcern::majority());
    let mut cursor: Cursor<Document> = found.sort(doc! { "_id": 1 }).await?;
    let mut documents = Vec::new();
    while cursor.advance().await? {
        documents.push(cursor.deserialize_current()?);
    }
    Ok(documents)
}

fn number(document: &Document, field: &str) -> i64 {
    match document.get(field) {
        Some(Bson::Int32(n)) => (*n).into(),
        Some(Bson::Int64(n)) => *n,
        other => panic!("{field} is {other:?} in {document}"),
    }
}

fn by_id(documents: &[Document], field: &str) -> BTreeMap<String, i64> {
    let pair = |d: &Document| (d.get_str("_id").unwrap().to_string(), number(d, field));
    documents.iter().map(pair).collect()
}

/// What the writers' documents say, once the server answers.
pub async fn expected(ground: &Ground) -> Option<Expected> {
    let client = client(ground).await;
    let mut expected = Expected::new();
    for name in (0..COLLECTIONS).map(|n| format!("c{n}")) {
        for document in read(&client, WATCHED, &name).await.ok()? {
            let id = format!("{name}/{}", number(&document, "_id"));
            expected.insert(id, number(&document, "n"));
        }
    }
    assert_eq!(expected.len() as u64, DOCUMENTS);
    Some(expected)
}

/// How many events left neither a record nor a dead letter; nothing where the server does not answer.
pub async fn missing(ground: &Ground, expected: &Expected) -> Option<i64> {
    let client = client(ground).await;
    let seen: Collection<Document> = client.database(RECORDS).collection("seen");
    let stages = [
        doc! { "$group": { "_id": { "id": "$id", "n": "$n" } } },
        doc! { "$count": "events" },
    ];
    let mut counted = seen.aggregate(stages).await.ok()?;
    let found = counted.advance().await.unwrap_or_default();
    let seen = if found {
        number(&counted.deserialize_current().unwrap(), "events")
    } else {
        0
    };
    let dead: Collection<Document> = client.database("rhaiver").collection("dead_letters");
    let dead = dead
        .count_documents(doc! { "stream": STREAM })
        .await
        .unwrap_or_default();
    Some(expected.values().sum::<i64>() - seen - i64::try_from(dead).unwrap())
}

/// Everything that was recorded.
pub async fn gather(ground: &Ground, expected: &Expected, edits: &Edits) -> Verdict {
    let client = client(ground).await;
    let mut seen: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    let mut versions = BTreeSet::new();
    for record in read(&client, RECORDS, "seen").await.unwrap() {
        let of = seen
            .entry(record.get_str("id").unwrap().into())
            .or_default();
        of.push((number(&record, "n"), number(&record, "version")));
        versions.insert(number(&record, "version"));
    }
    seen.values_mut()
        .for_each(|records| records.sort_unstable());
    Verdict {
        expected: expected.clone(),
        seen,
        counters: by_id(&read(&client, RECORDS, "counters").await.unwrap(), "count"),
        violations: by_id(
            &read(&client, RECORDS, "order").await.unwrap(),
            "violations",
        ),
        broken: edits.broken.iter().map(|n| (*n).into()).collect(),
        versions,
        dead_letters: read(&client, "rhaiver", "dead_letters").await.unwrap(),
        gaps: read(&client, "rhaiver", "gaps").await.unwrap(),
    }
}

impl Verdict {
    fn events(&self) -> i64 {
        self.expected.values().sum()
    }

    /// Records beyond the first of their event.
    fn repeats(&self) -> usize {
        let distinct = |records: &Vec<Record>| {
            let numbers: BTreeSet<i64> = records.iter().map(|(n, _)| *n).collect();
            records.len() - numbers.len()
        };
        self.seen.values().map(distinct).sum()
    }

    /// Where a promise was not kept.
    pub fn complaints(&self, delivery: Delivery) -> Vec<String> {
        let mut complaints = Vec::new();
        for (id, last) in &self.expected {
            let records = self.seen.get(id).map_or(&[][..], Vec::as_slice);
            self.judge(delivery, id, *last, records, &mut complaints);
        }
        for dead in &self.dead_letters {
            complaints.push(format!("a dead letter: {dead}"));
        }
        for gap in &self.gaps {
            complaints.push(format!("a gap: {gap}"));
        }
        for version in self.versions.intersection(&self.broken) {
            complaints.push(format!(
                "version {version} does not compile, and handled events"
            ));
        }
        complaints
    }

    fn judge(
        &self,
        delivery: Delivery,
        id: &str,
        last: i64,
        records: &[Record],
        complaints: &mut Vec<String>,
    ) {
        let once = delivery == Delivery::ExactlyOnce;
        for n in 1..=last {
            match records.iter().filter(|(seen, _)| *seen == n).count() {
                0 => complaints.push(format!("{id}: event {n} of {last} is missing")),
                2.. if once => {
                    complaints.push(format!("{id}: event {n} more than once: {records:?}"))
                }
                _ => {}
            }
        }
        if records.iter().any(|(n, _)| !(1..=last).contains(n)) {
            complaints.push(format!("{id}: an event beyond {last}: {records:?}"));
        }
        let count = self.counters.get(id).copied().unwrap_or(-1);
        // A handler that is killed half-way has recorded, and not counted.
        if count < last || (once && count != last) {
            complaints.push(format!("{id}: counted {count} of {last}"));
        }
        if self.violations.get(id) != Some(&0) {
            complaints.push(format!(
                "{id}: out of order: {:?}: {records:?}",
                self.violations.get(id)
            ));
        }
        if once && !records.is_sorted_by_key(|(_, version)| *version) {
            complaints.push(format!("{id}: a version came back: {records:?}"));
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed = self.expected.values().filter(|n| **n > 0).count();
        write!(
            f,
            "{} events of {changed} documents, {} repeated, by {} versions, {} dead letters",
            self.events(),
            self.repeats(),
            self.versions.len(),
            self.dead_letters.len()
        )
    }
}

/// The first of many.
pub fn told(complaints: &[String]) -> String {
    let first: Vec<&str> = complaints.iter().take(20).map(String::as_str).collect();
    format!("{} complaints:\n{}", complaints.len(), first.join("\n"))
}
