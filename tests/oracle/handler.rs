//! The handler's file, and whoever rewrites it all the time.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::Random;
use crate::{RECORDS, STREAM, WATCHED};

/// The pause between two edits.
const PAUSE: Duration = Duration::from_millis(100);
/// How many lanes versions have; each for a while.
const LANES: [i32; 3] = [4, 2, 5];
/// After so many versions the number of lanes changes.
const LANES_FOR: i32 = 30;
/// What a file that does not compile has, and no other.
pub const BROKEN: &str = "let broken = ;";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    ExactlyOnce,
    AtLeastOnce,
}

impl Delivery {
    /// Writes in a second that a slow machine's handlers keep up with. Without a transaction, each of
    /// their own writes waits for a majority.
    pub fn rate(self) -> u64 {
        match self {
            Self::ExactlyOnce => 200,
            Self::AtLeastOnce => 60,
        }
    }
}

/// Rewrites the handler's file.
pub struct Editor {
    file: PathBuf,
    delivery: Delivery,
}

/// What was rewritten.
#[derive(Debug, Default)]
pub struct Edits {
    /// How many versions there were.
    pub count: i32,
    /// Those of them that do not compile.
    pub broken: BTreeSet<i32>,
}

impl Editor {
    /// Writes version 0.
    pub fn new(folder: &Path, delivery: Delivery) -> Self {
        let file = folder.join("oracle.rhai");
        std::fs::write(&file, code(delivery, 0, false)).unwrap();
        Self { file, delivery }
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// One edit after the other; the last one compiles.
    pub fn edit_until(&self, over: &AtomicBool, mut random: Random) -> Edits {
        let mut edits = Edits::default();
        loop {
            let last = over.load(Ordering::Relaxed);
            edits.count += 1;
            let broken = !last && random.once_in(7);
            if broken {
                edits.broken.insert(edits.count);
            }
            let code = code(self.delivery, edits.count, broken);
            self.save(&code, random.once_in(3));
            if last {
                return edits;
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// As editors do it: some write over the file, which is cut off for a moment; some put a new one in its place.
    fn save(&self, code: &str, over: bool) {
        if over {
            std::fs::write(&self.file, code).unwrap();
        } else {
            let new = self.file.with_extension("new");
            std::fs::write(&new, code).unwrap();
            std::fs::rename(&new, &self.file).unwrap();
        }
    }
}

impl fmt::Display for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, broken) = (self.count, self.broken.len());
        write!(f, "{all} edits, {broken} of them refused")
    }
}

/// The record of an event, written in three ways: an insert, a counter, and a proof of the order. Those of even
/// documents look at no result, those of odd ones do.
fn code(delivery: Delivery, version: i32, broken: bool) -> String {
    let (name, compared, before) = match delivery {
        Delivery::ExactlyOnce => ("exactly-once", "$eq", "n - 1"),
        // An event may come again: nothing may come before its predecessor did.
        Delivery::AtLeastOnce => ("at-least-once", "$gte", "#{ \"$gte\": n - 1 }"),
    };
    let broken = if broken { BROKEN } else { "" };
    let lanes = LANES[usize::try_from(version / LANES_FOR).unwrap() % LANES.len()];
    format!(
        r##"const VERSION = {version};
const STREAM = #{{ id: "{STREAM}", watch: "{WATCHED}", lanes: {lanes}, delivery: "{name}" }};
{broken}
fn onUpdate(change) {{
    let out = db.getSiblingDB("{RECORDS}");
    let key = change.documentKey._id;
    let n = change.updateDescription.updatedFields.n;
    let id = `${{change.ns.coll}}/${{key}}`;
    out.seen.insertOne(#{{ id: id, n: n, version: VERSION }});
    out.counters.updateOne(#{{ _id: id }}, #{{ "$inc": #{{ count: 1 }} }});
    if key % 2 == 0 {{
        out.order.updateOne(#{{ _id: id }}, [#{{ "$set": #{{
            violations: #{{ "$cond": [#{{ "{compared}": ["$last", n - 1] }}, "$violations", #{{ "$add": ["$violations", 1] }}] }},
            last: #{{ "$max": ["$last", n] }}
        }} }}]);
    }} else {{
        let done = out.order.updateOne(#{{ _id: id, last: {before} }}, #{{ "$max": #{{ last: n }} }});
        if done.matchedCount != 1 {{
            out.order.updateOne(#{{ _id: id }}, #{{ "$inc": #{{ violations: 1 }} }});
        }}
    }}
}}
"##
    )
}
