//! Strings and keys: quotes and escapes.

use std::fmt::Write;

/// A string in the quotes that need the fewest escapes: `'…'`, else `"…"`, else `` `…` ``.
pub fn quote(text: &str) -> String {
    let quote = match text {
        _ if !text.contains('\'') => '\'',
        _ if !text.contains('"') => '"',
        _ if !text.contains('`') && !text.contains("${") => '`',
        _ => '\'',
    };
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for c in text.chars() {
        escape(&mut quoted, c, quote == '\'');
    }
    quoted.push(quote);
    quoted
}

fn escape(out: &mut String, c: char, single: bool) {
    match c {
        '\'' if single => out.push_str("\\'"),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\x{:02X}", u32::from(c));
        }
        _ => out.push(c),
    }
}

/// Whether a key needs no quotes.
pub(super) fn is_identifier(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A document's key: an identifier as it is, anything else in quotes.
pub fn key(key: &str) -> String {
    if is_identifier(key) {
        key.to_owned()
    } else {
        quote(key)
    }
}

/// The length JavaScript gives a string.
pub(super) fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The first `units` UTF-16 units, and how many are left out.
pub(super) fn cut(text: &str, units: usize) -> (&str, usize) {
    let mut seen = 0;
    for (at, c) in text.char_indices() {
        if seen + c.len_utf16() > units {
            return (&text[..at], utf16_len(&text[at..]));
        }
        seen += c.len_utf16();
    }
    (text, 0)
}
