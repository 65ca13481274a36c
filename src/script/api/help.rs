//! Help texts, from the declarations' doc comments.

use std::fmt::Write as _;

use super::{Class, Method};

/// What `help()` prints for a whole class: a line for each of these methods.
#[must_use]
pub fn class_help(class: &Class, methods: &[&Method]) -> String {
    let mut out = format!("{}: {}\n\n", class.name, class.docs.trim());
    let signatures: Vec<String> = methods.iter().map(|m| m.signature()).collect();
    let width = signatures
        .iter()
        .map(|s| s.chars().count())
        .max()
        .unwrap_or(0)
        .min(44);
    for (method, signature) in methods.iter().zip(&signatures) {
        let _ = writeln!(out, "  {signature:width$}  {}", summary(method));
    }
    out.trim_end().to_string()
}

/// What `help("name")` prints: signature, text, example.
#[must_use]
pub fn method_help(class: &Class, method: &Method) -> String {
    let text: Vec<&str> = method
        .docs
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .filter(|line| !line.starts_with("```"))
        .collect();
    format!(
        "{}.{}\n\n{}",
        class.name,
        method.signature(),
        text.join("\n").trim()
    )
}

/// The first sentence of a method's help.
fn summary(method: &Method) -> String {
    let first = method
        .docs
        .lines()
        .map(str::trim)
        .take_while(|l| !l.is_empty());
    let text = first.collect::<Vec<_>>().join(" ");
    match text.split_once(". ") {
        Some((sentence, _)) => format!("{sentence}."),
        None => text,
    }
}

/// The example in a method's help: what stands in its code fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The code.
    pub code: String,
    /// Whether it can be run alone: not where the fence says `no_run` (a shutdown, an endless wait).
    pub runs: bool,
}

/// The example in a method's help.
#[must_use]
pub fn example(method: &Method) -> Option<Example> {
    let mut lines = method
        .docs
        .lines()
        .map(|l| l.strip_prefix(' ').unwrap_or(l));
    let fence = lines.by_ref().find(|l| l.starts_with("```"))?;
    let code: Vec<&str> = lines.take_while(|l| !l.starts_with("```")).collect();
    Some(Example {
        code: code.join("\n"),
        runs: !fence.contains("no_run"),
    })
}
