//! Why a document does not pass.

use bson::{Bson, Document, doc};

use super::Schema;
use super::rule::{Additional, Dependency, End, Rule, SizeOf};
use super::unordered::duplicate;
use super::valid::{Subject, additional, property};
use crate::mql::text;

impl Schema {
    /// What a document does not pass: `title`, `description` and `schemaRulesNotSatisfied`, to stand behind an
    /// `operatorName`.
    #[must_use]
    pub fn explain(&self, document: &Document) -> Document {
        let mut explained = self.names();
        let rules = self.failures(Subject::Document(document));
        explained.insert("schemaRulesNotSatisfied", rules);
        explained
    }

    /// Whether it refuses whatever document there is: its type is not that of documents.
    #[must_use]
    pub fn refuses_documents(&self) -> bool {
        self.refusing.is_some()
    }

    fn names(&self) -> Document {
        let mut names = Document::new();
        if let Some(title) = &self.title {
            names.insert("title", title);
        }
        if let Some(description) = &self.description {
            names.insert("description", description);
        }
        names
    }

    /// What one of several schemas is told by: the rules that a subject does not pass.
    fn details(&self, subject: Subject<'_>) -> Bson {
        match (&self.refusing, subject) {
            (Some(schema), Subject::Document(_)) => Bson::Document(doc! {
                "operatorName": "$jsonSchema",
                "specifiedAs": { "$jsonSchema": schema.clone() },
                "reason": "expression always evaluates to false",
            }),
            _ => self.failures(subject).into(),
        }
    }

    fn failures(&self, subject: Subject<'_>) -> Vec<Bson> {
        let told = |rule: &&Rule| !rule.passes(subject) && self.tells(rule);
        self.rules
            .iter()
            .filter(told)
            .map(|rule| rule.explain(subject).into())
            .collect()
    }

    /// A rule about a type that the schema excludes is not told: that the type is wrong is enough.
    fn tells(&self, rule: &Rule) -> bool {
        let Some(about) = rule.about() else {
            return true;
        };
        self.rules.iter().all(|other| match other {
            Rule::Type { types, .. } => about.iter().any(|code| types.contains_code(*code)),
            _ => true,
        })
    }
}

impl Rule {
    /// The numbers of the types that it is about, if it is not about all.
    fn about(&self) -> Option<&'static [i32]> {
        Some(match self {
            Rule::Bound { .. } | Rule::MultipleOf(_) => &[1, 16, 18, 19],
            Rule::Pattern(_) => &[2],
            Rule::Size(size) => match size.of {
                SizeOf::Length => &[2],
                SizeOf::Items => &[4],
                SizeOf::Properties => &[3],
            },
            Rule::UniqueItems
            | Rule::Items(_)
            | Rule::ItemsByPlace(_)
            | Rule::AdditionalItems(..) => &[4],
            Rule::Properties(_)
            | Rule::PatternProperties(_)
            | Rule::AdditionalProperties { .. }
            | Rule::Required(_)
            | Rule::Dependencies(_) => &[3],
            _ => return None,
        })
    }

    /// Why a subject does not pass.
    fn explain(&self, subject: Subject<'_>) -> Document {
        match self {
            Rule::Type {
                keyword, specified, ..
            } if matches!(subject, Subject::Document(_)) => never(keyword, specified),
            Rule::Enum(values) if is_never(values, subject) => {
                never("enum", &Bson::Array(values.clone()))
            }
            Rule::Type {
                keyword, specified, ..
            } => {
                let mut explained = comparison(keyword, specified, "type did not match", subject);
                let value = subject.to_bson();
                explained.insert("consideredType", text::type_name(&value));
                explained
            }
            Rule::Encrypted => {
                doc! { "operatorName": "encrypt", "reason": "value was not encrypted" }
            }
            Rule::Enum(values) => {
                let reason = "value was not found in enum";
                comparison("enum", &Bson::Array(values.clone()), reason, subject)
            }
            Rule::Bound {
                end,
                limit,
                exclusive,
            } => bound(*end, limit, *exclusive, subject),
            Rule::MultipleOf(of) => comparison(
                "multipleOf",
                of,
                "considered value is not a multiple of the specified value",
                subject,
            ),
            Rule::Pattern(pattern) => {
                let pattern = Bson::String(pattern.pattern.clone());
                comparison(
                    "pattern",
                    &pattern,
                    "regular expression did not match",
                    subject,
                )
            }
            Rule::Size(size) => {
                let (keyword, specified) = (size.keyword(), &size.specified);
                let n = size.of_subject(subject).unwrap_or(0) as i64;
                sized(size.of, keyword, specified, n, subject)
            }
            Rule::UniqueItems => {
                let reason = "found a duplicate item";
                let mut explained = comparison("uniqueItems", &true.into(), reason, subject);
                let again = subject.array().and_then(duplicate);
                explained.extend(again.map(|value| ("duplicatedValue".to_owned(), value.clone())));
                explained
            }
            _ => self.explain_parts(subject),
        }
    }

    /// The same for rules about parts of a subject.
    fn explain_parts(&self, subject: Subject<'_>) -> Document {
        let items = subject.array().unwrap_or_default();
        let empty = Document::new();
        let object = subject.document().unwrap_or(&empty);
        match self {
            Rule::Items(schema) => item(
                "items",
                "At least one item did not match the sub-schema",
                schema,
                items,
                0,
            ),
            Rule::AdditionalItems(from, Additional::Schema(schema)) => item(
                "additionalItems",
                "At least one additional item did not match the sub-schema",
                schema,
                items,
                *from,
            ),
            Rule::AdditionalItems(from, Additional::None) => doc! {
                "operatorName": "additionalItems",
                "specifiedAs": { "additionalItems": false },
                "reason": "found additional items",
                "additionalItems": items.iter().skip(*from).cloned().collect::<Vec<_>>(),
            },
            Rule::ItemsByPlace(schemas) => {
                let pairs = schemas.iter().zip(items).enumerate();
                let failed = pairs.filter_map(|(i, (schema, item))| {
                    let failures = schema.failures(Subject::Value(item));
                    (!failures.is_empty())
                        .then(|| doc! { "itemIndex": i as i64, "details": failures })
                });
                doc! { "operatorName": "items", "details": failed.collect::<Vec<_>>() }
            }
            Rule::Properties(properties) => {
                let failed = properties.iter().filter_map(|(name, schema)| {
                    failed_property(
                        doc! { "propertyName": name },
                        schema,
                        property(object, name)?,
                    )
                });
                doc! {
                    "operatorName": "properties",
                    "propertiesNotSatisfied": failed.collect::<Vec<_>>(),
                }
            }
            Rule::PatternProperties(patterns) => {
                let failed = patterns.iter().filter_map(|(pattern, schema)| {
                    let mut fields = object.iter().filter(|(n, _)| pattern.regex.is_match(n));
                    fields.find_map(|(name, value)| {
                        let head = doc! { "propertyName": name, "regexMatched": &pattern.pattern };
                        failed_property(head, schema, value)
                    })
                });
                doc! {
                    "operatorName": "patternProperties",
                    "details": failed.collect::<Vec<_>>(),
                }
            }
            _ => self.explain_object(object, subject),
        }
    }

    fn explain_object(&self, object: &Document, subject: Subject<'_>) -> Document {
        match self {
            Rule::AdditionalProperties {
                names,
                patterns,
                allowed,
            } => {
                let mut rest = additional(object, names, patterns);
                match allowed {
                    Additional::None => doc! {
                        "operatorName": "additionalProperties",
                        "specifiedAs": { "additionalProperties": false },
                        "additionalProperties": rest.map(|(name, _)| name.clone()).collect::<Vec<_>>(),
                    },
                    Additional::Schema(schema) => {
                        let failed = rest.find_map(|(name, value)| {
                            let head = doc! {
                                "operatorName": "additionalProperties",
                                "reason": "at least one additional property did not match the subschema",
                                "failingProperty": name,
                            };
                            failed_property(head, schema, value)
                        });
                        failed.unwrap_or_default()
                    }
                }
            }
            Rule::Required(names) => doc! {
                "operatorName": "required",
                "specifiedAs": { "required": names.clone() },
                "missingProperties": missing(object, names),
            },
            Rule::Dependencies(dependencies) => {
                let failed = dependencies.iter().filter(|(name, dependency)| {
                    property(object, name).is_some() && !dependency.passes(object, subject)
                });
                let explain = |(name, dependency): &(String, Dependency)| match dependency {
                    Dependency::Properties(names) => doc! {
                        "conditionalProperty": name,
                        "missingProperties": missing(object, names),
                    },
                    Dependency::Schema(schema) => doc! {
                        "conditionalProperty": name,
                        "details": schema.details(subject),
                    },
                };
                doc! {
                    "operatorName": "dependencies",
                    "failingDependencies": failed.map(explain).collect::<Vec<_>>(),
                }
            }
            _ => self.explain_logic(subject),
        }
    }

    fn explain_logic(&self, subject: Subject<'_>) -> Document {
        match self {
            Rule::AllOf(schemas) => several("allOf", schemas, subject),
            Rule::AnyOf(schemas) => several("anyOf", schemas, subject),
            Rule::OneOf(schemas) => {
                let numbered = schemas.iter().enumerate();
                let passed = numbered.filter(|(_, schema)| schema.passes(subject));
                let passed: Vec<i32> = passed.map(|(i, _)| i as i32).collect();
                match passed.is_empty() {
                    true => several("oneOf", schemas, subject),
                    false => doc! {
                        "operatorName": "oneOf",
                        "reason": "more than one subschema matched",
                        "matchingSchemaIndexes": passed,
                    },
                }
            }
            _ => doc! { "operatorName": "not", "reason": "child expression matched" },
        }
    }
}

fn comparison(keyword: &str, specified: &Bson, reason: &str, subject: Subject<'_>) -> Document {
    doc! {
        "operatorName": keyword,
        "specifiedAs": { keyword: specified.clone() },
        "reason": reason,
        "consideredValue": subject.to_bson(),
    }
}

/// No document has another type, so that no document passes.
fn never(keyword: &str, specified: &Bson) -> Document {
    doc! {
        "operatorName": keyword,
        "specifiedAs": { keyword: specified.clone() },
        "reason": "expression always evaluates to false",
    }
}

fn is_never(values: &[Bson], subject: Subject<'_>) -> bool {
    let has_document = values.iter().any(|value| value.as_document().is_some());
    matches!(subject, Subject::Document(_)) && !has_document
}

fn bound(end: End, limit: &Bson, exclusive: Option<bool>, subject: Subject<'_>) -> Document {
    let (keyword, exclusively) = match end {
        End::Least => ("minimum", "exclusiveMinimum"),
        End::Greatest => ("maximum", "exclusiveMaximum"),
    };
    let mut explained = comparison(keyword, limit, "comparison failed", subject);
    if let (Some(true), Ok(specified)) = (exclusive, explained.get_document_mut("specifiedAs")) {
        specified.insert(exclusively, true);
    }
    explained
}

fn sized(of: SizeOf, keyword: &str, specified: &Bson, n: i64, subject: Subject<'_>) -> Document {
    let count = i32::try_from(n).unwrap_or(i32::MAX);
    match of {
        SizeOf::Length => comparison(
            keyword,
            specified,
            "specified string length was not satisfied",
            subject,
        ),
        SizeOf::Items => {
            let reason = "array did not match specified length";
            let mut explained = comparison(keyword, specified, reason, subject);
            explained.insert("numberOfItems", count);
            explained
        }
        SizeOf::Properties => doc! {
            "operatorName": keyword,
            "specifiedAs": { keyword: specified.clone() },
            "reason": "specified number of properties was not satisfied",
            "numberOfProperties": count,
        },
    }
}

/// The first item from a place on that does not pass.
fn item(keyword: &str, reason: &str, schema: &Schema, items: &[Bson], from: usize) -> Document {
    let mut numbered = items.iter().enumerate().skip(from);
    let failed = numbered.find(|(_, item)| !schema.passes(Subject::Value(item)));
    let (index, details) = failed.map_or((0, Vec::new()), |(i, item)| {
        (i as i32, schema.failures(Subject::Value(item)))
    });
    doc! {
        "operatorName": keyword,
        "reason": reason,
        "itemIndex": index,
        "details": details,
    }
}

/// A property that does not pass, behind what names it.
fn failed_property(head: Document, schema: &Schema, value: &Bson) -> Option<Document> {
    let failures = schema.failures(Subject::Value(value));
    if failures.is_empty() {
        return None;
    }
    let mut named = with_names(head, schema);
    named.insert("details", failures);
    Some(named)
}

/// In the order of their names, as the server has them.
fn missing(object: &Document, names: &[String]) -> Vec<String> {
    let missing = names.iter().filter(|name| property(object, name).is_none());
    let mut missing: Vec<String> = missing.cloned().collect();
    missing.sort();
    missing
}

/// The schemas of a list that a subject does not pass.
fn several(keyword: &str, schemas: &[Schema], subject: Subject<'_>) -> Document {
    let numbered = schemas.iter().enumerate();
    let failed = numbered.filter(|(_, schema)| !schema.passes(subject));
    let failed = failed.map(|(i, schema)| {
        let mut named = with_names(doc! { "index": i as i32 }, schema);
        named.insert("details", schema.details(subject));
        named
    });
    doc! {
        "operatorName": keyword,
        "schemasNotSatisfied": failed.collect::<Vec<_>>(),
    }
}

/// A schema's names stand behind the first field.
fn with_names(head: Document, schema: &Schema) -> Document {
    let mut fields = head.into_iter();
    let mut named: Document = fields.next().into_iter().collect();
    named.extend(schema.names());
    named.extend(fields);
    named
}
