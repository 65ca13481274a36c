//! Completion: what can stand at the end of what was typed so far.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use bson::doc;

use crate::script::api::{Class, Namespace, Receiver, Registry};
use crate::script::shell::database::Db;
use crate::script::{Doc, Session};

/// How long names of databases and collections are good for: a person types faster than they
/// change.
const FRESH: Duration = Duration::from_secs(5);

/// How long completion waits for the server.
const PATIENCE: Duration = Duration::from_millis(500);

/// Completion, with the server's names that it asked for last.
#[derive(Default)]
pub(super) struct Completions {
    cache: RefCell<Vec<Remembered>>,
}

struct Remembered {
    what: Option<String>,
    names: Vec<String>,
    when: Instant,
}

/// What stands before the dot.
enum Before {
    Database,
    Value(&'static str),
    Variable(String),
}

impl Completions {
    /// Where the word begins that is completed, and what it can become.
    pub(super) fn of(&self, session: &Session, typed: &str) -> (usize, Vec<String>) {
        let start = word_start(typed);
        let (before, word) = typed.split_at(start);
        let mut candidates = match before.strip_suffix('.') {
            Some(object) => self.members(session, object),
            None => self.words(session, before),
        };
        candidates.retain(|c| c.starts_with(word));
        candidates.sort();
        candidates.dedup();
        (start, candidates)
    }

    fn members(&self, session: &Session, object: &str) -> Vec<String> {
        match classify(object) {
            Before::Database => {
                let mut names = methods(session, "Database");
                names.extend(self.collections(session));
                names
            }
            Before::Value(class) => methods(session, class),
            Before::Variable(name) => variable(session, &name),
        }
    }

    fn words(&self, session: &Session, before: &str) -> Vec<String> {
        match before.trim() {
            "use" => return self.databases(session),
            "show" => {
                let what = [
                    "dbs",
                    "databases",
                    "collections",
                    "tables",
                    "users",
                    "roles",
                    "profile",
                    "logs",
                ];
                return what.map(String::from).to_vec();
            }
            _ => {}
        }
        let mut words: Vec<String> = [
            "db", "use", "show", "let", "const", "fn", "for", "if", "exit", "help",
        ]
        .map(String::from)
        .to_vec();
        for class in registry(session) {
            match class.receiver {
                Receiver::Global => {
                    words.extend(class.methods.iter().map(|m| format!("{}(", m.name)))
                }
                Receiver::Namespace => words.push(class.name.to_string()),
                Receiver::Value(_) => {}
            }
        }
        words.extend(
            session
                .scope()
                .iter_raw()
                .map(|(name, ..)| name.to_string()),
        );
        words.extend(
            session
                .function_names()
                .into_iter()
                .map(|name| format!("{name}(")),
        );
        words
    }

    fn collections(&self, session: &Session) -> Vec<String> {
        let host = session.host();
        let db = crate::script::shell::database::current_name(host);
        self.remembered(Some(db.clone()), || {
            let target = Db::target_named(host, &db);
            let command =
                doc! { "listCollections": 1, "nameOnly": true, "authorizedCollections": true };
            let reply = impatient(session, || target.command(host, command))?;
            let batch = reply
                .get_document("cursor")
                .ok()?
                .get_array("firstBatch")
                .ok()?
                .clone();
            Some(
                batch
                    .iter()
                    .filter_map(|c| Some(c.as_document()?.get_str("name").ok()?.to_string()))
                    .collect(),
            )
        })
    }

    fn databases(&self, session: &Session) -> Vec<String> {
        let host = session.host();
        self.remembered(None, || {
            let target = Db::target_named(host, "admin");
            let command = doc! { "listDatabases": 1, "nameOnly": true };
            let reply = impatient(session, || target.command(host, command))?;
            let all = reply.get_array("databases").ok()?.clone();
            Some(
                all.iter()
                    .filter_map(|d| Some(d.as_document()?.get_str("name").ok()?.to_string()))
                    .collect(),
            )
        })
    }

    fn remembered(
        &self,
        what: Option<String>,
        ask: impl FnOnce() -> Option<Vec<String>>,
    ) -> Vec<String> {
        let mut cache = self.cache.borrow_mut();
        cache.retain(|r| r.when.elapsed() < FRESH);
        if let Some(found) = cache.iter().find(|r| r.what == what) {
            return found.names.clone();
        }
        // A server that does not answer is not asked again at every key.
        let names = ask().unwrap_or_default();
        cache.push(Remembered {
            what,
            names: names.clone(),
            when: Instant::now(),
        });
        names
    }
}

/// Asks the server, but not for long: the interrupt that ends a running script ends this.
fn impatient<T, E>(session: &Session, ask: impl FnOnce() -> Result<T, E>) -> Option<T> {
    let interrupt = session.host().interrupt().clone();
    let bell = interrupt.clone();
    let alarm = session.host().runtime().spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        bell.raise(crate::script::Stop::Timeout);
    });
    let answer = ask();
    alarm.abort();
    interrupt.clear();
    answer.ok()
}

fn registry(session: &Session) -> Vec<&'static Class> {
    session.host().slot(Registry::default).classes()
}

fn methods(session: &Session, class: &str) -> Vec<String> {
    let all = registry(session);
    let of_class = all.iter().filter(|c| c.name == class);
    let mut names: Vec<String> = of_class
        .flat_map(|c| c.methods)
        .map(|m| format!("{}(", m.name))
        .collect();
    names.push("help()".to_string());
    names
}

fn variable(session: &Session, name: &str) -> Vec<String> {
    let registry = session.host().slot(Registry::default);
    if registry
        .classes()
        .iter()
        .any(|c| matches!(c.receiver, Receiver::Namespace) && c.name == name)
    {
        return methods(session, name);
    }
    let Some(value) = session
        .scope()
        .get_value::<rhai::Dynamic>(name)
        .map(rhai::Dynamic::flatten)
    else {
        return Vec::new();
    };
    if let Some(doc) = value.read_lock::<Doc>() {
        return doc.keys().map(ToString::to_string).collect();
    }
    if let Some(namespace) = value.read_lock::<Namespace>() {
        return methods(session, namespace.0);
    }
    registry
        .class_of(&value)
        .map(|c| methods(session, c.name))
        .unwrap_or_default()
}

/// Where the word at the end begins.
fn word_start(typed: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    typed.rfind(|c: char| !is_word(c)).map_or(0, |at| {
        at + typed[at..].chars().next().map_or(1, char::len_utf8)
    })
}

/// What an expression before a dot is, from its words alone.
fn classify(object: &str) -> Before {
    let chain = last_expression(object);
    let calls: Vec<&str> = chain.split('.').collect();
    let starts_with_db = calls.first() == Some(&"db");
    match calls.last() {
        Some(&"db") if calls.len() == 1 => Before::Database,
        Some(last) if last.starts_with("getSiblingDB(") || last.starts_with("getDatabase(") => {
            Before::Database
        }
        Some(last) if last.starts_with("find(") => Before::Value("Cursor"),
        Some(last) if last.starts_with("aggregate(") => Before::Value("AggregationCursor"),
        Some(last) if last.starts_with("watch(") => Before::Value("ChangeStreamCursor"),
        Some(last) if last.starts_with("explain(") => Before::Value("Explainable"),
        Some(last) if last.starts_with("startSession(") => Before::Value("Session"),
        Some(last) if last.starts_with("getMongo(") => Before::Value("Mongo"),
        Some(last) if last.starts_with("getCollection(") => Before::Value("Collection"),
        Some(last) if last.starts_with("initialize") => Before::Value("Bulk"),
        Some(last) if last.ends_with(')') && chain.contains(".find(") => Before::Value("Cursor"),
        Some(last) if starts_with_db && !last.ends_with(')') => Before::Value("Collection"),
        Some(last) => Before::Variable((*last).to_string()),
        None => Before::Variable(String::new()),
    }
}

/// The last expression of a text, with what stands in its parentheses left out:
/// `x = db.a.find({b: 1})` gives `db.a.find()`.
fn last_expression(text: &str) -> String {
    let mut depth = 0_usize;
    let mut kept: Vec<char> = Vec::new();
    for c in text.chars().rev() {
        match c {
            ')' | ']' | '}' => {
                if depth == 0 {
                    kept.push(c);
                }
                depth += 1;
            }
            '(' | '[' | '{' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    kept.push(c);
                }
            }
            _ if depth > 0 => {}
            c if c.is_alphanumeric() || matches!(c, '_' | '$' | '.') => kept.push(c),
            _ => break,
        }
    }
    kept.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expression_before_the_dot_says_what_follows() {
        let class = |text| match classify(text) {
            Before::Database => "Database".to_string(),
            Before::Value(class) => class.to_string(),
            Before::Variable(name) => format!("variable {name}"),
        };
        let cases = [
            ("db", "Database"),
            ("let x = db", "Database"),
            ("db.orders", "Collection"),
            ("db.orders.archive", "Collection"),
            ("print(db.orders", "Collection"),
            ("db.getCollection('a.b')", "Collection"),
            ("db.getSiblingDB('x')", "Database"),
            ("db.orders.find({a: {$gt: 1}})", "Cursor"),
            ("db.orders.find().sort({a: 1}).limit(5)", "Cursor"),
            ("db.orders.aggregate([{$match: {}}])", "AggregationCursor"),
            ("Math", "variable Math"),
            ("foo(bar", "variable bar"),
        ];
        for (text, want) in cases {
            assert_eq!(class(text), want, "{text}");
        }
    }

    #[test]
    fn a_word_begins_after_the_last_character_that_is_none() {
        assert_eq!(word_start("db.or"), 3);
        assert_eq!(word_start("db."), 3);
        assert_eq!(word_start("use ec"), 4);
        assert_eq!(word_start("pri"), 0);
        assert_eq!(word_start("`é"), 1);
    }
}
