//! The one printer of failures.

use std::fmt::Write as _;

use super::{Diagnostic, Excerpt, Kind};

const RED: &str = "\x1b[1;31m";
const BLUE: &str = "\x1b[1;34m";
const BOLD: &str = "\x1b[1m";
const OFF: &str = "\x1b[0m";

/// The text of a failure, without a line break at its end; `color` adds terminal colours.
#[must_use]
pub fn render(d: &Diagnostic, color: bool) -> String {
    let paint = |style: &str, text: &str| match color {
        true => format!("{style}{text}{OFF}"),
        false => text.to_string(),
    };
    let title = if d.kind == Kind::Bug {
        "error (a bug in rhaiver)"
    } else {
        "error"
    };
    let mut out = format!(
        "{}{}",
        paint(RED, title),
        paint(BOLD, &format!(": {}", d.message))
    );
    if let Some(suffix) = code_suffix(d) {
        let _ = write!(out, " {suffix}");
    }
    if let Some(excerpt) = &d.excerpt {
        out.push_str(&render_excerpt(excerpt, &paint));
    }
    for frame in &d.trace {
        let _ = write!(
            out,
            "\n  {} in {} at {}",
            paint(BLUE, "="),
            frame.function,
            frame.place
        );
    }
    for hint in &d.hints {
        let _ = write!(out, "\n  {} help: {hint}", paint(BLUE, "="));
    }
    out
}

fn code_suffix(d: &Diagnostic) -> Option<String> {
    match (d.code, &d.code_name) {
        (Some(code), Some(name)) => Some(format!("({name}, code {code})")),
        (Some(code), None) => Some(format!("(code {code})")),
        (None, _) => None,
    }
}

fn render_excerpt(e: &Excerpt, paint: &dyn Fn(&str, &str) -> String) -> String {
    let mut out = String::new();
    let number = e.line.to_string();
    let margin = " ".repeat(number.len());
    let bar = paint(BLUE, "|");
    let arrow = paint(BLUE, "-->");
    let _ = write!(
        out,
        "\n{margin}{arrow} {}:{}:{}",
        e.source, e.line, e.column
    );
    if !e.text.is_empty() {
        let indent: String = e
            .text
            .chars()
            .take(e.caret)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let carets = paint(RED, &"^".repeat(e.width));
        let _ = write!(
            out,
            "\n{margin} {bar}\n{} {bar} {}",
            paint(BLUE, &number),
            e.text
        );
        let _ = write!(out, "\n{margin} {bar} {indent}{carets}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Diagnostic, Frame, Kind, Sources};

    #[test]
    fn the_layout_is_the_documented_one() {
        let mut sources = Sources::default();
        sources.insert(
            "scripts/orders.rhai",
            &format!("{}db.orders.findOne(\"o1\");", "\n".repeat(11)),
        );
        let mut d = Diagnostic::new(
            Kind::Script,
            "expected a document for the filter, got string",
        )
        .hint("filters are documents: #{ _id: \"o1\" }");
        d.excerpt = Some(sources.excerpt("scripts/orders.rhai", 12, 19));
        d.trace.push(Frame {
            function: "process".into(),
            place: "scripts/main.rhai:3:1".into(),
        });
        let want = "error: expected a document for the filter, got string
  --> scripts/orders.rhai:12:19
   |
12 | db.orders.findOne(\"o1\");
   |                   ^^^^
  = in process at scripts/main.rhai:3:1
  = help: filters are documents: #{ _id: \"o1\" }";
        assert_eq!(d.to_string(), want);
    }

    #[test]
    fn a_server_code_is_shown_with_its_name() {
        let d = Diagnostic::new(Kind::Script, "no")
            .server_code(Some(11000), Some("DuplicateKey".into()));
        assert_eq!(d.to_string(), "error: no (DuplicateKey, code 11000)");
    }
}
