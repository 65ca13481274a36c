//! `type`, `bsonType`, `encrypt`, `encryptMetadata`

use bson::{Bson, Document};

use super::{failed, mismatch};
use crate::mql::json_schema::rule::Rule;
use crate::mql::matching::TypeSet;
use crate::mql::{Error, Result};

/// The types of JSON, by which BSON's they are.
const JSON_TYPES: [&str; 6] = ["array", "boolean", "null", "number", "object", "string"];

/// What is said of a value's type.
pub fn parse(schema: &Document) -> Result<Option<Rule>> {
    let (json, bson) = (schema.get("type"), schema.get("bsonType"));
    if json.is_some() && bson.is_some() {
        return failed("Cannot specify both $jsonSchema keywords 'type' and 'bsonType'");
    }
    if encrypt(schema)? {
        return Ok(Some(Rule::Encrypted));
    }
    let specified = json.map(|v| ("type", v)).or(bson.map(|v| ("bsonType", v)));
    let rule = |(keyword, value): (&'static str, &Bson)| {
        Ok(Rule::Type {
            keyword,
            specified: value.clone(),
            types: types(keyword, value)?,
        })
    };
    specified.map(rule).transpose()
}

fn types(keyword: &str, value: &Bson) -> Result<TypeSet> {
    let names = names(keyword, value)?;
    for (i, name) in names.iter().enumerate() {
        if names.iter().take(i).any(|earlier| earlier == name) {
            return failed(format!(
                "$jsonSchema keyword '{keyword}' has duplicate value: {name}"
            ));
        }
    }
    if names.is_empty() {
        return failed(format!(
            "$jsonSchema keyword '{keyword}' must name at least one type"
        ));
    }
    let mut types = TypeSet::default();
    for name in names {
        add(keyword, name, &mut types)?;
    }
    Ok(types)
}

fn names<'a>(keyword: &str, value: &'a Bson) -> Result<Vec<&'a str>> {
    match value {
        Bson::String(name) => Ok(vec![name]),
        Bson::Array(items) => {
            let name = |item: &'a Bson| match item {
                Bson::String(name) => Ok(name.as_str()),
                _ => mismatch(keyword, "array elements must be strings"),
            };
            items.iter().map(name).collect()
        }
        _ => mismatch(keyword, "must be either a string or an array of strings"),
    }
}

fn add(keyword: &str, name: &str, types: &mut TypeSet) -> Result<()> {
    if name == "integer" {
        return failed("$jsonSchema type 'integer' is not currently supported.");
    }
    let known = match keyword {
        "type" if name == "boolean" => types.add_name("bool"),
        "type" => JSON_TYPES.contains(&name) && types.add_name(name),
        _ => types.add_name(name),
    };
    match known {
        true => Ok(()),
        false => Err(Error::bad_value(format!("Unknown type name alias: {name}"))),
    }
}

/// Whether a value must be encrypted.
fn encrypt(schema: &Document) -> Result<bool> {
    match schema.get("encryptMetadata") {
        Some(Bson::Document(metadata)) if metadata.is_empty() => {
            return failed("$jsonSchema keyword 'encryptMetadata' cannot be an empty object ");
        }
        Some(Bson::Document(metadata)) => algorithm(metadata)?,
        None => {}
        Some(_) => return mismatch("encryptMetadata", "must be an object "),
    }
    match schema.get("encrypt") {
        None => return Ok(false),
        Some(Bson::Document(_)) => {}
        Some(_) => return mismatch("encrypt", "must be an object "),
    }
    for keyword in ["type", "bsonType"] {
        if schema.contains_key(keyword) {
            return failed(format!(
                "$jsonSchema keyword 'encrypt' cannot be used in conjunction with '{keyword}', 'encrypt' implies type 'bsonType::BinData'"
            ));
        }
    }
    Ok(true)
}

/// The algorithms of client-side encryption.
const ALGORITHMS: [&str; 2] = [
    "AEAD_AES_256_CBC_HMAC_SHA_512-Deterministic",
    "AEAD_AES_256_CBC_HMAC_SHA_512-Random",
];

fn algorithm(metadata: &Document) -> Result<()> {
    match metadata.get("algorithm") {
        Some(Bson::String(name)) if !ALGORITHMS.contains(&name.as_str()) => {
            Err(Error::bad_value(format!(
                "Enumeration value '{name}' for field 'encryptMetadata.algorithm' is not a valid value."
            )))
        }
        _ => Ok(()),
    }
}
