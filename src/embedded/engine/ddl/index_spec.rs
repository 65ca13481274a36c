//! What an index specification of a client may say.

use bson::{Bson, Document};

use crate::embedded::catalog::Namespace;
use crate::mql::matching::{Matcher, Op, Predicate, Test};
use crate::mql::{Env, Error, Result, error::code, text};

/// A checked specification, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSpec(pub Document);

/// Options in the order in which `listIndexes` shows them, after `v`, `key` and `name`.
const ORDER: &[&str] = &[
    "background",
    "unique",
    "hidden",
    "partialFilterExpression",
    "sparse",
    "expireAfterSeconds",
    "prepareUnique",
    "storageEngine",
    "weights",
    "default_language",
    "language_override",
    "textIndexVersion",
    "2dsphereIndexVersion",
    "bits",
    "min",
    "max",
    "collation",
    "wildcardProjection",
];

const BOOLEANS: &[&str] = &["background", "unique", "prepareUnique", "hidden", "sparse"];

/// Options of older servers that are dropped.
const FORGOTTEN: &[&str] = &["ns", "dropDups"];

impl IndexSpec {
    /// Checks one specification of a `createIndexes`.
    ///
    /// # Errors
    /// What the server refuses, with its words around.
    pub fn parse(given: &Document, ignore_unknown: bool) -> Result<Self> {
        let within =
            |e: Error| e.context(&format!("Error in specification {}", text::document(given)));
        check_fields(given, ignore_unknown).map_err(within)?;
        let key = given.get_document("key").cloned().unwrap_or_default();
        let name = given.get_str("name").unwrap_or_default();
        if is_id_key(&key) || key.len() == 1 && key.contains_key("_id") {
            return id_index(given, &key);
        }
        if name == "_id_" {
            return Err(Error::bad_value(format!(
                "The index name '_id_' is reserved for the _id index, which must have key pattern \
                 {{_id: 1}}, found key: {}",
                text::document(&key)
            )));
        }
        if name == "*" {
            return Err(Error::bad_value("The index name '*' is not valid."));
        }
        check_expiry(given, &key)?;
        let mut with_version = given.clone();
        with_version.entry("v".to_owned()).or_insert(Bson::Int32(2));
        let within = |e: Error| {
            e.context(&format!(
                "Error in specification {}",
                text::document(&with_version)
            ))
        };
        if name.is_empty() {
            return Err(within(cannot("index name cannot be empty")));
        }
        if given
            .get_document("storageEngine")
            .is_ok_and(Document::is_empty)
        {
            return Err(within(cannot(
                "Empty \"storageEngine\" options are invalid. Please remove the field or include \
                 valid options.",
            )));
        }
        check_partial(given).map_err(within)?;
        check_supported(&key, given)?;
        Ok(Self(in_order(given)))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.get_str("name").unwrap_or_default()
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> Document {
        self.0.get_document("key").cloned().unwrap_or_default()
    }
}

/// A specification in the order in which it is stored and shown.
pub(super) fn in_order(given: &Document) -> Document {
    let mut spec = Document::new();
    spec.insert("v", given.get("v").map_or(Bson::Int32(2), as_int));
    for name in ["key", "name"] {
        spec.insert(name, given.get(name).cloned().unwrap_or(Bson::Null));
    }
    for name in ORDER {
        let Some(value) = given.get(*name) else {
            continue;
        };
        let value = match *name {
            // The one boolean that is kept when it is false.
            "background" => Bson::Boolean(truth(value)),
            _ if BOOLEANS.contains(name) => {
                // The server drops these where they are false, and keeps the others as they are.
                if !truth(value) && matches!(*name, "unique" | "hidden" | "prepareUnique") {
                    continue;
                }
                Bson::Boolean(truth(value))
            }
            "expireAfterSeconds" => seconds(value),
            // The simple collation is none.
            "collation" => continue,
            _ => value.clone(),
        };
        spec.insert(*name, value);
    }
    spec
}

/// Whether a stored specification has a key, by the numbers' values.
pub(super) fn same_key(spec: &Document, key: &Document) -> bool {
    let own = spec.get_document("key").cloned().unwrap_or_default();
    own.len() == key.len()
        && own.iter().zip(key).all(|((a, x), (b, y))| {
            a == b && crate::value::compare(x, y) == std::cmp::Ordering::Equal
        })
}

fn check_fields(given: &Document, ignore_unknown: bool) -> Result<()> {
    let spec = || text::document(given);
    for (name, value) in given {
        match name.as_str() {
            "key" => match value {
                Bson::Document(key) => check_key(key)?,
                other => return Err(wrong("key", "an object", other)),
            },
            "name" if value.as_str().is_none() => return Err(wrong("name", "a string", value)),
            "v" => match crate::embedded::commands::fields::long(value) {
                Some(1 | 2) => {}
                Some(v) => {
                    return Err(cannot(&format!(
                        "Invalid index specification {}; cannot create an index with v={v}",
                        spec()
                    )));
                }
                None => return Err(wrong("v", "a number", value)),
            },
            "partialFilterExpression" => match value {
                Bson::Document(filter) => {
                    Matcher::parse(filter, &Env::at(bson::DateTime::now()))?;
                }
                other => return Err(wrong(name, "an object", other)),
            },
            "collation" if value.as_document().is_none() => {
                return Err(wrong(name, "an object", value));
            }
            "storageEngine" if value.as_document().is_none() => {
                return Err(wrong(name, "an object", value));
            }
            "wildcardProjection" => {
                return Err(Error::bad_value(format!(
                    "The field '{name}' is only allowed in an 'wildcard' index"
                )));
            }
            // Where the keys are of text, they are what is refused.
            "weights" if is_text(given) => {}
            "weights" => {
                return Err(cannot(&format!(
                    "Invalid index specification {}; the field 'weights' can only be specified with \
                     text indexes",
                    spec()
                )));
            }
            "clustered" => {
                return Err(Error::new(
                    code::NOT_IMPLEMENTED,
                    "clustered indexes are not supported here",
                ));
            }
            boolean if BOOLEANS.contains(&boolean) => check_boolean(boolean, value)?,
            known if ORDER.contains(&known) || FORGOTTEN.contains(&known) || known == "name" => {}
            _ if ignore_unknown => {}
            unknown => {
                return Err(Error::new(
                    code::INVALID_INDEX_SPECIFICATION_OPTION,
                    format!(
                        "The field '{unknown}' is not valid for an index specification. \
                         Specification: {}",
                        spec()
                    ),
                ));
            }
        }
    }
    for name in ["key", "name"] {
        if !given.contains_key(name) {
            return Err(Error::failed_to_parse(format!(
                "The '{name}' field is a required property of an index specification"
            )));
        }
    }
    Ok(())
}

fn check_key(key: &Document) -> Result<()> {
    if key.is_empty() {
        return Err(cannot("Index keys cannot be empty."));
    }
    for (path, way) in key {
        match way {
            Bson::String(plugin) if plugin.is_empty() => {
                return Err(cannot(
                    "Values in the index key pattern cannot be empty strings",
                ));
            }
            Bson::String(plugin) => check_plugin(plugin)?,
            Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => {
                let number = way
                    .to_string()
                    .parse::<f64>()
                    .or_else(|_| number(way))
                    .unwrap_or(1.0);
                if number.is_nan() {
                    return Err(cannot("Values in the index key pattern cannot be NaN."));
                }
                if number == 0.0 {
                    return Err(cannot("Values in the index key pattern cannot be 0."));
                }
            }
            other => {
                return Err(cannot(&format!(
                    "Values in v:2 index key pattern cannot be of type {}. Only numbers > 0, numbers \
                     < 0, and strings are allowed.",
                    text::type_name(other)
                )));
            }
        }
        check_path(path)?;
    }
    Ok(())
}

fn number(value: &Bson) -> Result<f64, std::num::ParseFloatError> {
    match value {
        Bson::Double(n) => Ok(*n),
        other => other.to_string().parse(),
    }
}

fn check_path(path: &str) -> Result<()> {
    if path.is_empty() {
        return Err(cannot("Index keys cannot be an empty field."));
    }
    for part in path.split('.') {
        if part.is_empty() {
            return Err(cannot("Index keys cannot contain an empty field."));
        }
        if part.starts_with('$') && !matches!(part, "$**" | "$id" | "$db" | "$ref") {
            return Err(cannot(
                "Index key contains an illegal field name: field name starts with '$'.",
            ));
        }
    }
    Ok(())
}

fn is_text(given: &Document) -> bool {
    let key = given.get_document("key").ok();
    key.is_some_and(|key| key.values().any(|way| way.as_str() == Some("text")))
}

fn check_plugin(plugin: &str) -> Result<()> {
    match plugin {
        "2d" | "2dsphere" | "text" | "hashed" => Ok(()),
        "geoHaystack" => Err(cannot(
            "GeoHaystack indexes cannot be created in version 5.0 and above",
        )),
        _ => Err(cannot(&format!("Unknown index plugin '{plugin}'"))),
    }
}

/// Kinds of indexes that there are, and not here.
fn check_supported(key: &Document, given: &Document) -> Result<()> {
    let refuse = |what: &str| {
        Err(Error::new(
            code::NOT_IMPLEMENTED,
            format!("{what} indexes are not supported here"),
        ))
    };
    for (path, way) in key {
        if let Bson::String(plugin) = way {
            return refuse(plugin);
        }
        if path.split('.').any(|part| part == "$**") {
            return refuse("wildcard");
        }
    }
    crate::embedded::commands::collation::check(given.get_document("collation").ok())
}

fn check_boolean(name: &str, value: &Bson) -> Result<()> {
    match value {
        Bson::Boolean(_)
        | Bson::Int32(_)
        | Bson::Int64(_)
        | Bson::Double(_)
        | Bson::Decimal128(_) => Ok(()),
        _ => Err(Error::type_mismatch(format!(
            "The field '{name} has value {}, which is not convertible to bool",
            text::field(name, value)
        ))),
    }
}

fn check_expiry(given: &Document, key: &Document) -> Result<()> {
    let Some(seconds) = given.get("expireAfterSeconds") else {
        return Ok(());
    };
    let spec = text::document(given);
    let refuse = |what: &str| {
        Err(cannot(&format!(
            "TTL index 'expireAfterSeconds' option {what}. Index spec: {spec}"
        )))
    };
    let Some(number) = crate::embedded::commands::fields::long(seconds) else {
        let kind = text::type_name(seconds);
        return refuse(&format!("must be numeric, but received a type of '{kind}'"));
    };
    if number < 0 {
        return refuse("cannot be less than 0");
    }
    if number > i64::from(i32::MAX) {
        return refuse("must be within an acceptable range, try a lower number");
    }
    if key.len() > 1 {
        return Err(cannot(&format!(
            "TTL indexes are single-field indexes, compound indexes do not support TTL. Index spec: {spec}"
        )));
    }
    Ok(())
}

fn check_partial(given: &Document) -> Result<()> {
    let Ok(filter) = given.get_document("partialFilterExpression") else {
        return Ok(());
    };
    if given.get("sparse").is_some_and(truth) {
        return Err(cannot(
            "cannot mix \"partialFilterExpression\" and \"sparse\" options",
        ));
    }
    let matcher = Matcher::parse(filter, &Env::at(bson::DateTime::now()))?;
    partial(matcher.predicate(), filter)
}

/// Only some operators may choose an index's documents.
fn partial(predicate: &Predicate, filter: &Document) -> Result<()> {
    let allowed = match predicate {
        Predicate::And(all) | Predicate::Or(all) => {
            return all.iter().try_for_each(|inner| partial(inner, filter));
        }
        Predicate::Field { test, .. } => match test {
            Test::Compare(comparison) => {
                matches!(comparison.op, Op::Eq | Op::Lt | Op::Lte | Op::Gt | Op::Gte)
            }
            Test::Exists | Test::Type(_) | Test::In(_) => true,
            _ => false,
        },
        Predicate::Always(always) => *always,
        _ => false,
    };
    match allowed {
        true => Ok(()),
        false => Err(cannot(&format!(
            "Expression not supported in partial index: {}\n",
            text::document(filter)
        ))),
    }
}

fn is_id_key(key: &Document) -> bool {
    key.len() == 1 && key.get("_id").is_some_and(|way| *way == Bson::Int32(1))
}

/// The index on `_id` is there already; its specification is checked all the same.
fn id_index(given: &Document, key: &Document) -> Result<IndexSpec> {
    let way = key
        .get("_id")
        .and_then(crate::embedded::commands::fields::long);
    if way != Some(1) {
        return Err(Error::bad_value(format!(
            "The field 'key' for an _id index must be {{_id: 1}}, but got {}",
            text::document(key)
        )));
    }
    let mut with_version = given.clone();
    with_version.entry("v".to_owned()).or_insert(Bson::Int32(2));
    for name in given.keys() {
        if !matches!(
            name.as_str(),
            "key" | "name" | "v" | "ns" | "collation" | "background"
        ) {
            return Err(Error::new(
                code::INVALID_INDEX_SPECIFICATION_OPTION,
                format!(
                    "The field '{name}' is not valid for an _id index specification. Specification: {}",
                    text::document(&with_version)
                ),
            ));
        }
    }
    Ok(IndexSpec(super::create::id_index_spec()))
}

fn truth(value: &Bson) -> bool {
    crate::embedded::commands::fields::truth(value)
}

fn as_int(value: &Bson) -> Bson {
    let n = crate::embedded::commands::fields::long(value).and_then(|n| i32::try_from(n).ok());
    n.map_or_else(|| value.clone(), Bson::Int32)
}

/// Seconds are stored as a whole number; what is no number is the longest time.
fn seconds(value: &Bson) -> Bson {
    if matches!(value, Bson::Double(n) if n.is_nan()) {
        return Bson::Int32(i32::MAX);
    }
    as_int(value)
}

fn wrong(field: &str, expected: &str, got: &Bson) -> Error {
    let kind = text::type_name(got);
    Error::type_mismatch(format!(
        "The field '{field}' must be {expected}, but got {kind}"
    ))
}

fn cannot(text: &str) -> Error {
    Error::new(code::CANNOT_CREATE_INDEX, text)
}

/// How many indexes a collection may have.
pub(super) const MAX_INDEXES: usize = 64;

/// One more index than a collection may have.
pub(super) fn too_many(ns: &Namespace, spec: &IndexSpec) -> Error {
    let key = text::document(&spec.key());
    cannot(&format!(
        "add index fails, too many indexes for {ns} key:{key}"
    ))
}
