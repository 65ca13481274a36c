//! Rows of documents as a table of characters, as node draws it.

use rhai::{Array, Dynamic, ImmutableString};

use crate::script::{Doc, inspect};

/// A row an item, a column a field; items that are no documents are in a column `Values`.
#[must_use]
pub fn of_rows(rows: &Array) -> String {
    let columns = columns(rows);
    let plain = rows.iter().any(|row| !row.is::<Doc>());
    let mut head = vec!["(index)".to_string()];
    head.extend(columns.iter().map(ToString::to_string));
    head.extend(plain.then(|| "Values".to_string()));
    let mut lines = vec![head];
    for (i, row) in rows.iter().enumerate() {
        let mut cells = vec![i.to_string()];
        let doc = row.read_lock::<Doc>();
        for column in &columns {
            let cell = doc
                .as_ref()
                .and_then(|d| d.get(column).map(inspect::one_line));
            cells.push(cell.unwrap_or_default());
        }
        if plain {
            cells.push(if doc.is_none() {
                inspect::one_line(row)
            } else {
                String::new()
            });
        }
        lines.push(cells);
    }
    draw(&lines)
}

/// The names of all fields, in the order they come up.
fn columns(rows: &[Dynamic]) -> Vec<ImmutableString> {
    let mut columns: Vec<ImmutableString> = Vec::new();
    for doc in rows.iter().filter_map(Dynamic::read_lock::<Doc>) {
        for key in doc.keys() {
            if !columns.contains(key) {
                columns.push(key.clone());
            }
        }
    }
    columns
}

fn draw(lines: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().count();
    let count = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..count)
        .map(|i| lines.iter().map(|l| width(&l[i])).max().unwrap_or(0) + 2)
        .collect();
    let rule = |left: &str, middle: &str, right: &str| {
        let bars: Vec<String> = widths.iter().map(|w| "─".repeat(*w)).collect();
        format!("{left}{}{right}", bars.join(middle))
    };
    let mut out = vec![rule("┌", "┬", "┐")];
    for (i, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(text, w)| format!(" {text}{}", " ".repeat(w - 1 - width(text))))
            .collect();
        out.push(format!("│{}│", cells.join("│")));
        if i == 0 {
            out.push(rule("├", "┼", "┤"));
        }
    }
    out.push(rule("└", "┴", "┘"));
    out.join("\n")
}
