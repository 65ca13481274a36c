//! Every case table on a real mongod and on the embedded database, compared reply for reply, and both with what the
//! table holds.
//!
//! `RHAIVER_TABLES=expressions/add,match` runs those whose path begins so. [`KNOWN`] lists what differs, with
//! the reason; a case there that no longer differs fails the test, too.
#![allow(missing_docs, clippy::unwrap_used)]

mod ask;
mod compare;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use mongodb::bson::Bson;

use ask::Asker;
use compare::Verdict;
use support::{Embedded, ReplicaSet};
use table::Table;

/// Cases that differ and may: the table, the lines, and why.
const KNOWN: &[(&str, &[usize], &str)] = &[
    (
        "accumulators/mergeObjects.jsonl",
        &[18],
        "mongod has two engines for $group, and their words differ; which of them takes a constant is not followed",
    ),
    (
        "expressions/let.jsonl",
        &[11],
        "variables of the command are not constants here: the mistake is found while running",
    ),
    (
        "expressions/misc.jsonl",
        &[11, 12, 13, 15],
        "text and geo metadata are missed while the stage is parsed, so that its context is added",
    ),
    (
        "expressions/shapes.jsonl",
        &[52],
        "an object with a variable in it is not a constant here: the mistake is found while running",
    ),
    (
        "stages/sources.jsonl",
        &[19],
        "queryExecStats of a collection that is not there are not refused",
    ),
    (
        "stages/sources.jsonl",
        &[78],
        "a token that is cut short is looked at after the options are counted",
    ),
    (
        "update/pipeline.jsonl",
        &[4, 5, 6, 7, 8, 9, 10, 11],
        "a stage that is none is a mistake of the whole command on mongod, of its statement here",
    ),
];

/// How many differences are shown.
const SHOWN: usize = 40;

#[test]
fn the_embedded_database_answers_as_mongod() {
    let tables = table::all(std::env::var("RHAIVER_TABLES").ok().as_deref());
    let (real, embedded) = std::thread::scope(|scope| {
        let real = scope.spawn(|| {
            let set = ReplicaSet::start(1);
            answers(&set.hosts()[0], &tables)
        });
        let server = Embedded::in_memory();
        let embedded = answers(server.address(), &tables);
        (real.join().unwrap(), embedded)
    });
    let mut report = Report::default();
    for (table, (real, embedded)) in tables.iter().zip(real.iter().zip(&embedded)) {
        for ((case, real), embedded) in table.cases().zip(real).zip(embedded) {
            report.add(table, case, &compare::judge(case, real, embedded));
        }
    }
    report.end();
}

/// The answers of one server to all cases of all tables.
fn answers(address: &str, tables: &[Table]) -> Vec<Vec<Bson>> {
    let mut asker = Asker::new(address);
    tables.iter().map(|table| asker.table(table)).collect()
}

#[derive(Default)]
struct Report {
    /// By folder: cases, those that differ, and those that are known to.
    counts: BTreeMap<String, [usize; 3]>,
    differences: Vec<String>,
    unstable: Vec<String>,
    known: BTreeSet<String>,
}

impl Report {
    fn add(&mut self, table: &Table, case: &table::Line, verdict: &Verdict) {
        let place = format!("{}:{}", table.name, case.number);
        let [cases, different, known] = self.counts.entry(table.folder().to_owned()).or_default();
        *cases += 1;
        match verdict {
            Verdict::Same => {}
            Verdict::Unstable(how) => self.unstable.push(format!("{place}\n{how}")),
            Verdict::Different(_) if is_known(&table.name, case.number) => {
                *known += 1;
                self.known.insert(place);
            }
            Verdict::Different(how) => {
                *different += 1;
                self.differences.push(format!("{place}\n{how}"));
            }
        }
    }

    fn end(self) {
        for (folder, [cases, different, known]) in &self.counts {
            println!("{folder}: {cases} cases, {different} differ, {known} are known to");
        }
        println!(
            "{} answers of mongod are not those of its table",
            self.unstable.len()
        );
        for unstable in self.unstable.iter().take(SHOWN) {
            println!("{unstable}");
        }
        if let Ok(path) = std::env::var("RHAIVER_DIFFERENCES") {
            std::fs::write(path, self.differences.join("\n")).unwrap();
        }
        let shown: Vec<_> = self.differences.iter().take(SHOWN).cloned().collect();
        assert!(
            self.differences.is_empty(),
            "{} cases differ\n{}",
            self.differences.len(),
            shown.join("\n")
        );
        if std::env::var_os("RHAIVER_TABLES").is_none() {
            for (table, lines, reason) in KNOWN {
                for line in *lines {
                    let place = format!("{table}:{line}");
                    let seen = self.known.contains(&place);
                    assert!(seen, "{place} does not differ any more ({reason})");
                }
            }
        }
    }
}

fn is_known(table: &str, line: usize) -> bool {
    let mut known = KNOWN.iter();
    known.any(|(known, lines, _)| *known == table && lines.contains(&line))
}
