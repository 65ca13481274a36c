//! Rows of documents as a table of characters, as node draws it.

use rhai::{Array, Dynamic, ImmutableString};

use crate::script::{Doc, inspect};

/// A row an item, a column a field; items that are neither documents nor arrays are in a column
/// `Values`.
#[must_use]
pub fn of_rows(rows: &Array) -> String {
    let fields: Vec<Option<Fields>> = rows.iter().map(fields).collect();
    let columns = columns(&fields);
    let plain = fields.iter().any(Option::is_none);
    let mut head = vec!["(index)".to_string()];
    head.extend(columns.iter().map(ToString::to_string));
    head.extend(plain.then(|| "Values".to_string()));
    let mut lines = vec![head];
    for (i, row) in rows.iter().enumerate() {
        let mut cells = vec![i.to_string()];
        let fields = fields[i].as_ref();
        for column in &columns {
            let cell = fields.and_then(|f| f.iter().find(|(name, _)| name == column));
            cells.push(cell.map_or_else(String::new, |(_, v)| inspect::one_line(v)));
        }
        match plain {
            true if fields.is_none() => cells.push(inspect::one_line(row)),
            true => cells.push(String::new()),
            false => {}
        }
        lines.push(cells);
    }
    draw(&lines)
}

type Fields = Vec<(ImmutableString, Dynamic)>;

fn fields(row: &Dynamic) -> Option<Fields> {
    if let Some(doc) = row.read_lock::<Doc>() {
        return Some(doc.iter().map(|(k, v)| (k.clone(), v.clone())).collect());
    }
    let items = row.read_lock::<Array>()?;
    let items = items.iter().enumerate();
    Some(
        items
            .map(|(i, v)| (i.to_string().into(), v.clone()))
            .collect(),
    )
}

/// The names of all fields, in the order they come up.
fn columns(rows: &[Option<Fields>]) -> Vec<ImmutableString> {
    let mut columns: Vec<ImmutableString> = Vec::new();
    for (name, _) in rows.iter().flatten().flatten() {
        if !columns.contains(name) {
            columns.push(name.clone());
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
