//! `db.collection.stats()`: the reply of `$collStats` in the layout of mongosh.
//!
//! mongosh adds up the shards' numbers; a replica set is one shard, and its numbers are divided
//! by the scale here as there, so that fractions stay.

use bson::{Bson, Document, doc};
use rhai::Dynamic;

use super::Collection;
use super::admin::aggregate;
use super::indexes::list_indexes;
use crate::script::api::{Call, Options};
use crate::script::convert::document_from;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::invalid;
use crate::script::shell::target::Target;

/// Fields that are copied as they are, in front.
const AS_IS: [&str; 6] = [
    "userFlags",
    "capped",
    "max",
    "paddingFactorNote",
    "indexDetails",
    "wiredTiger",
];

/// Numbers, with whether they are sizes.
const NUMBERS: [(&str, bool); 6] = [
    ("count", false),
    ("size", true),
    ("storageSize", true),
    ("totalIndexSize", true),
    ("totalSize", true),
    ("numOrphanDocs", false),
];

pub(super) fn stats(call: &mut Call<'_>) -> Outcome {
    let collection = call.this::<Collection>()?;
    let (scale, options) = match call.arg(0).is_int() || call.arg(0).is_float() {
        true => (call.float(0)?, Options::default()),
        false => from_options(call)?,
    };
    let mut stats = of_collection(call, &collection, scale)?;
    if options.flag("indexDetails")? != Some(true) {
        stats.remove("indexDetails");
    } else if let Some(name) = wanted_index(call, &collection, &options)?
        && let Ok(details) = stats.get_document_mut("indexDetails")
    {
        let kept = details.remove(&name);
        details.clear();
        details.extend(kept.map(|k| (name, k)));
    }
    Ok(Dynamic::from(document_from(stats)))
}

fn from_options(call: &Call<'_>) -> Result<(f64, Options), Fault> {
    let known = [
        "scale",
        "indexDetails",
        "indexDetailsKey",
        "indexDetailsName",
    ];
    let options = call.options(0, &known)?;
    if options.get("indexDetailsKey").is_some() && options.get("indexDetailsName").is_some() {
        return Err(invalid(
            "Cannot filter indexDetails on both indexDetailsKey and indexDetailsName",
        )
        .into());
    }
    let scale = options.bson("scale")?.as_ref().map_or(0.0, number);
    Ok((if scale == 0.0 { 1.0 } else { scale }, options))
}

/// The name of the one index whose details are asked for.
fn wanted_index(
    call: &Call<'_>,
    collection: &Collection,
    options: &Options,
) -> Result<Option<String>, Fault> {
    if let Some(name) = options.string("indexDetailsName")? {
        return Ok(Some(name));
    }
    let Some(keys) = options.document("indexDetailsKey")? else {
        return Ok(None);
    };
    let same = |index: &Document| match index.get_document("key") {
        Ok(found) => {
            found.len() == keys.len()
                && found.iter().zip(&keys).all(|((k, v), (key, value))| {
                    k == key && (v == value || number(v) == number(value))
                })
        }
        Err(_) => false,
    };
    let found = list_indexes(call, collection)?.into_iter().find(same);
    Ok(found.and_then(|i| i.get_str("name").ok().map(str::to_string)))
}

/// The statistics of one collection.
///
/// # Errors
/// The server's, such as NamespaceNotFound.
pub(in crate::script::shell) fn of_collection(
    call: &Call<'_>,
    collection: &Collection,
    scale: f64,
) -> Result<Document, Fault> {
    let pipeline = vec![doc! { "$collStats": { "storageStats": { "scale": 1 } } }];
    let found = aggregate(call, collection, pipeline)?;
    let Some(first) = found.first() else {
        return Err(ScriptError::new(
            "MongoshRuntimeError",
            format!(
                "Error running $collStats aggregation stage on {}",
                collection.full_name()
            ),
        )
        .into());
    };
    let whole = Document::try_from(first.as_ref())?;
    let storage = whole
        .get_document("storageStats")
        .cloned()
        .unwrap_or_default();
    let sharded = is_sharded(call, collection.target(), &collection.full_name());
    Ok(laid_out(&storage, &collection.full_name(), sharded, scale))
}

/// Whether the config server knows the collection as sharded; no where it cannot be asked.
fn is_sharded(call: &Call<'_>, target: &Target, name: &str) -> bool {
    let filter = doc! { "_id": name, "dropped": { "$ne": true }, "unsplittable": { "$ne": true } };
    let command = doc! { "find": "collections", "filter": filter, "limit": 1 };
    let found = target.sibling("config").listing(call.host, command);
    found.is_ok_and(|found| !found.is_empty())
}

fn laid_out(storage: &Document, name: &str, sharded: bool, scale: f64) -> Document {
    let mut stats = doc! { "ok": 1 };
    for key in storage.keys().filter(|k| AS_IS.contains(&k.as_str())) {
        stats.insert(key, storage.get(key).cloned());
    }
    stats.insert("sharded", sharded);
    for (key, value) in storage {
        if let Some((_, is_size)) = NUMBERS.iter().find(|(n, _)| n == key) {
            let divisor = if *is_size { scale } else { 1.0 };
            stats.insert(key, plain(number(value) / divisor));
        }
    }
    if let Ok(timeseries) = storage.get_document("timeseries") {
        stats.insert("timeseries", time_series(timeseries));
    }
    let sizes = storage
        .get_document("indexSizes")
        .cloned()
        .unwrap_or_default();
    let sizes = sizes
        .iter()
        .map(|(k, v)| (k.clone(), plain(number(v) / scale)));
    stats.insert("indexSizes", sizes.collect::<Document>());
    stats.insert(
        "avgObjSize",
        plain(storage.get("avgObjSize").map_or(0.0, number)),
    );
    if stats.get_bool("capped").unwrap_or(false) {
        let most = storage.get("maxSize").map_or(0.0, number);
        stats.insert("maxSize", plain(most / scale));
    }
    stats.insert("ns", name);
    stats.insert("nindexes", storage.get("nindexes").cloned());
    if storage.contains_key("scaleFactor") {
        stats.insert("scaleFactor", plain(scale));
    }
    stats
}

/// The time series' numbers; the average and the bucket collection's name last.
fn time_series(found: &Document) -> Document {
    let mut out: Document = found
        .iter()
        .filter(|(k, v)| k.as_str() != "avgBucketSize" && v.as_str().is_none())
        .map(|(k, v)| (k.clone(), plain(number(v))))
        .collect();
    out.insert(
        "avgBucketSize",
        plain(found.get("avgBucketSize").map_or(0.0, number)),
    );
    out.insert("bucketsNs", found.get("bucketsNs").cloned());
    out
}

#[allow(clippy::cast_precision_loss)] // as JavaScript has it
fn number(value: &Bson) -> f64 {
    match value {
        Bson::Int32(n) => f64::from(*n),
        Bson::Int64(n) => *n as f64,
        Bson::Double(n) => *n,
        _ => f64::NAN,
    }
}

/// A number as JavaScript has it: whole ones print without a fraction.
#[allow(clippy::cast_possible_truncation)] // whole and within int32
fn plain(n: f64) -> Bson {
    if n.fract() == 0.0 && n.abs() <= f64::from(i32::MAX) {
        Bson::Int32(n as i32)
    } else {
        Bson::Double(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_scaled_and_counts_are_not() {
        let storage = doc! {
            "size": 29, "count": 1_i64, "avgObjSize": 29, "storageSize": 4096, "capped": true,
            "maxSize": 5120_i64, "nindexes": 1, "indexSizes": { "_id_": 4096 }, "scaleFactor": 1,
            "indexDetails": { "_id_": {} }, "totalSize": 8192,
        };
        let want = doc! {
            "ok": 1, "capped": true, "indexDetails": { "_id_": {} }, "sharded": false,
            "size": 0.0283203125, "count": 1, "storageSize": 4, "totalSize": 8,
            "indexSizes": { "_id_": 4 }, "avgObjSize": 29, "maxSize": 5, "ns": "a.b",
            "nindexes": 1, "scaleFactor": 1024,
        };
        let got = laid_out(&storage, "a.b", false, 1024.0);
        assert_eq!(got, want);
        assert!(got.keys().eq(want.keys()));
    }
}
