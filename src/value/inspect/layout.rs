//! Documents and arrays: what shares a line, what stands in columns, what gets a line of its own.

use super::node::Node;
use super::scalar::scalar;
use super::style::{Kind, Layout, Style};
use super::text::{is_identifier, quote, utf16_len};
use super::width::width;

/// Lines are broken before this many characters.
const BREAK: usize = 80;
/// How many of the innermost levels may share a line.
const COMPACT: usize = 3;
/// Arrays with more entries are put in columns.
const GROUP: usize = 6;
/// However much a style allows: deeper trees would not fit the stack.
const MAX_DEPTH: usize = 200;

/// The state of printing one tree.
pub(super) struct Printer<'a> {
    style: &'a Style,
    indentation: usize,
    /// The level of the document or array begun last.
    current_depth: usize,
}

impl<'a> Printer<'a> {
    pub fn new(style: &'a Style) -> Printer<'a> {
        Printer {
            style,
            indentation: 0,
            current_depth: 0,
        }
    }

    pub fn print(&mut self, node: &Node) -> String {
        self.value(node, 0)
    }

    fn value(&mut self, node: &Node, depth: usize) -> String {
        let limit = self.style.depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH);
        match node {
            Node::Document(fields) if fields.is_empty() => "{}".into(),
            Node::Array(items) if items.is_empty() => "[]".into(),
            Node::Document(_) if depth > limit => self.style.paint("[Object]", Kind::Special),
            Node::Array(_) if depth > limit => self.style.paint("[Array]", Kind::Special),
            Node::Document(fields) => self.fields(fields, "{", depth + 1),
            Node::Array(items) => self.array(items, depth + 1),
            Node::Instance(class, fields) if fields.is_empty() => format!("{class} {{}}"),
            Node::Instance(class, _) if depth > limit => {
                self.style.paint(&format!("[{class}]"), Kind::Special)
            }
            Node::Instance(class, fields) => self.fields(fields, &format!("{class} {{"), depth + 1),
            _ => scalar(node, self.style, self.indentation),
        }
    }

    fn fields(&mut self, fields: &[(String, Node)], open: &str, depth: usize) -> String {
        self.current_depth = depth;
        let entries = fields
            .iter()
            .map(|(key, value)| format!("{}: {}", self.key(key), self.indented(value, depth)))
            .collect();
        self.join(entries, [open, "}"], depth, None)
    }

    fn array(&mut self, items: &[Node], depth: usize) -> String {
        self.current_depth = depth;
        let shown = items.len().min(self.style.max_array.unwrap_or(usize::MAX));
        let mut entries: Vec<String> = items[..shown]
            .iter()
            .map(|item| self.indented(item, depth))
            .collect();
        match items.len() - shown {
            0 => {}
            1 => entries.push("... 1 more item".into()),
            n => entries.push(format!("... {n} more items")),
        }
        self.join(entries, ["[", "]"], depth, Some(items))
    }

    fn indented(&mut self, node: &Node, depth: usize) -> String {
        self.indentation += 2;
        let text = self.value(node, depth);
        self.indentation -= 2;
        text
    }

    fn key(&self, key: &str) -> String {
        match key {
            "__proto__" => "['__proto__']".into(),
            _ if is_identifier(key) => key.into(),
            _ => self.style.paint(&quote(key), Kind::String),
        }
    }

    /// Puts the entries of a document, or of the given array, between braces.
    fn join(
        &self,
        mut entries: Vec<String>,
        [open, close]: [&str; 2],
        depth: usize,
        array: Option<&[Node]>,
    ) -> String {
        if self.style.layout == Layout::OneLine {
            return format!("{open} {} {close}", entries.join(", "));
        }
        if self.style.layout == Layout::Compact {
            let count = entries.len();
            if let Some(items) = array.filter(|_| count > GROUP) {
                entries = self.group(entries, items);
            }
            let grouped = entries.len() != count;
            if !grouped && self.current_depth - depth < COMPACT && self.fits(&entries, open) {
                return format!("{open} {} {close}", entries.join(", "));
            }
        }
        let line = format!("\n{}", " ".repeat(self.indentation));
        let entries = entries.join(&format!(",{line}  "));
        format!("{open}{line}  {entries}{line}{close}")
    }

    /// Whether entries can share a line.
    fn fits(&self, entries: &[String], open: &str) -> bool {
        let start = entries.len() + self.indentation + utf16_len(open) + 10;
        let mut total = entries.len() + start;
        if total + entries.len() > BREAK {
            return false;
        }
        for entry in entries {
            total += utf16_len(&self.plain(entry));
            if total > BREAK {
                return false;
            }
        }
        !entries.iter().any(|entry| entry.contains('\n'))
    }

    /// Joins the entries of an array to rows, as many to a row as make it about square.
    fn group(&self, entries: Vec<String>, items: &[Node]) -> Vec<String> {
        let more = self.style.max_array.is_some_and(|max| max < entries.len());
        let count = entries.len() - usize::from(more);
        let widths: Vec<usize> = entries[..count]
            .iter()
            .map(|entry| width(&self.plain(entry)))
            .collect();
        let columns = self.columns(&widths, entries.len());
        if columns <= 1 {
            return entries;
        }
        let column = |i: usize| {
            widths
                .iter()
                .skip(i)
                .step_by(columns)
                .max()
                .map_or(2, |w| w + 2)
        };
        let column_widths: Vec<usize> = (0..columns).map(column).collect();
        let numbers = entries.len() <= items.len()
            && items[..entries.len()]
                .iter()
                .all(|item| matches!(item, Node::Int(_) | Node::Double(_)));
        let mut rows: Vec<String> = (0..count)
            .step_by(columns)
            .map(|start| {
                let end = (start + columns).min(count);
                row(
                    &entries[start..end],
                    &widths[start..end],
                    &column_widths,
                    numbers,
                )
            })
            .collect();
        if more {
            rows.extend(entries.last().cloned());
        }
        rows
    }

    /// How many columns entries of these widths stand in; at most 1 means that they are not grouped.
    fn columns(&self, widths: &[usize], entries: usize) -> usize {
        let total: usize = widths.iter().map(|width| width + 2).sum();
        let longest = widths.iter().copied().max().unwrap_or(0);
        let column = longest + 2;
        let even = total as f64 / column as f64 > 5.0 || longest <= 6;
        if column * 3 + self.indentation >= BREAK || !even {
            return 1;
        }
        let average_bias = (column as f64 - total as f64 / entries as f64).sqrt();
        let biased = (column as f64 - 3.0 - average_bias).max(1.0);
        // A character is about 2.5 times as high as wide.
        let square = ((2.5 * biased * widths.len() as f64).sqrt() / biased + 0.5).floor() as usize;
        square
            .min((BREAK - self.indentation) / column)
            .min(COMPACT * 4)
            .min(15)
    }

    /// The text without colours.
    fn plain<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        if self.style.colors {
            strip_colors(text).into()
        } else {
            text.into()
        }
    }
}

/// One row of an array's columns; numbers stand to the right of their columns.
fn row(entries: &[String], widths: &[usize], columns: &[usize], numbers: bool) -> String {
    let mut row = String::new();
    for (i, entry) in entries.iter().enumerate() {
        let last = i + 1 == entries.len();
        let padding = " ".repeat((columns[i] - 2).saturating_sub(widths[i]));
        let separator = if last { "" } else { ", " };
        if numbers {
            row.extend([&padding, entry.as_str(), separator]);
        } else {
            row.extend([entry.as_str(), separator, if last { "" } else { &padding }]);
        }
    }
    row
}

fn strip_colors(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split("\x1b[");
    plain.extend(parts.next());
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}
