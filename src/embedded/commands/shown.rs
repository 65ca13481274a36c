//! A query as the server shows it in an error.

use bson::{Bson, Document};

use crate::mql::Error;
use crate::mql::stage::Namespace;

/// A query as the server shows it in an error: what of it there is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// `batchSize`
    pub batch_size: Option<u64>,
    /// `limit`
    pub limit: Option<u64>,
    /// `skip`; none is not shown.
    pub skip: u64,
    /// `filter`
    pub filter: Option<&'a Document>,
    /// `sort`
    pub sort: Option<&'a Document>,
    /// `projection`
    pub projection: Option<&'a Document>,
    /// Whether its (simple) collation is shown.
    pub collation: bool,
}

impl Shown<'_> {
    /// The error of a query without a plan, in the server's words: with the query before it.
    pub fn planning(&self, error: Error, namespace: &Namespace) -> Error {
        if !error.message.starts_with("planner returned error") {
            return error;
        }
        let message = self.before(namespace, &error.message);
        Error { message, ..error }
    }

    /// What the server says of a query, with the query before it.
    pub fn before(&self, namespace: &Namespace, what: &str) -> String {
        let number = |name: &str, n: Option<u64>| match n {
            Some(n) => format!(" {name}={n}"),
            None => String::new(),
        };
        let document = |document: Option<&Document>| match document {
            Some(document) if !document.is_empty() => crate::mql::text::document(document),
            _ => "{}".to_owned(),
        };
        format!(
            "error processing query: ns={namespace}{}{}{}Tree: {}\nSort: {}\nProj: {}\n{} {what}",
            number("batchSize", self.batch_size),
            number("limit", self.limit),
            number("skip", Some(self.skip).filter(|n| *n > 0)),
            self.filter.map_or_else(|| "$and".to_owned(), tree),
            document(self.sort),
            document(self.projection),
            match self.collation {
                true => "Collation: { locale: \"simple\" }\n",
                false => "",
            },
        )
    }
}

/// A filter as the server prints its tree: the same for comparisons of fields.
fn tree(filter: &Document) -> String {
    let leaf = |path: &str, value: &Bson| {
        let (operator, operand) = match value {
            Bson::Document(d) => match d.iter().next() {
                Some((name, operand)) if name.starts_with('$') && d.len() == 1 => {
                    (name.as_str(), operand)
                }
                _ => ("$eq", value),
            },
            _ => ("$eq", value),
        };
        format!("{path} {operator} {}", crate::mql::text::value(operand))
    };
    let leaves: Vec<_> = filter
        .iter()
        .map(|(path, value)| leaf(path, value))
        .collect();
    match leaves.as_slice() {
        [one] => one.clone(),
        many => {
            let indented = many.iter().map(|leaf| format!("\n    {leaf}"));
            format!("$and{}", indented.collect::<String>())
        }
    }
}
