//! Places in sources, and the texts they are places in.

use std::collections::HashMap;
use std::rc::Rc;

/// The longest piece of a source line that is shown; a longer one is cut around the caret.
const WIDTH: usize = 160;

/// One line of a source with the place that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The name of the source: a path as the user gave it, or `<eval>`.
    pub source: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line's text (a window of it where it is long).
    pub text: String,
    /// Where in `text` the caret goes, in characters from 0.
    pub caret: usize,
    /// How many characters the caret underlines.
    pub width: usize,
}

/// One call on the way to a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The function that was called.
    pub function: String,
    /// `source:line:column` of the call, or of the source alone where no position is known.
    pub place: String,
}

/// The texts of the sources that are loaded, by name.
#[derive(Debug, Clone, Default)]
pub struct Sources(HashMap<String, Rc<str>>);

impl Sources {
    /// Remembers the text of `name`, in place of an earlier one.
    pub fn insert(&mut self, name: impl Into<String>, text: &str) {
        self.0.insert(name.into(), text.into());
    }

    /// The text of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Rc<str>> {
        self.0.get(name)
    }

    /// Every name with its text.
    #[must_use]
    pub fn all(&self) -> Vec<(String, Rc<str>)> {
        let all = self
            .0
            .iter()
            .map(|(name, text)| (name.clone(), text.clone()));
        let mut all: Vec<(String, Rc<str>)> = all.collect();
        all.sort();
        all
    }

    /// The excerpt for a place in `name`; without the line's text where that is unknown.
    #[must_use]
    pub fn excerpt(&self, name: &str, line: usize, column: usize) -> Excerpt {
        let text = self
            .get(name)
            .and_then(|text| text.lines().nth(line.saturating_sub(1)));
        let chars: Vec<char> = text.unwrap_or_default().chars().collect();
        let at = column.saturating_sub(1).min(chars.len());
        let start = if chars.len() > WIDTH {
            at.saturating_sub(WIDTH / 2)
        } else {
            0
        };
        let end = chars.len().min(start + WIDTH);
        Excerpt {
            source: name.to_string(),
            line,
            column,
            text: chars[start..end].iter().collect(),
            caret: at - start,
            width: token_width(&chars[at..end]),
        }
    }
}

/// How far the word or string that starts here goes, so that the caret underlines it whole.
fn token_width(rest: &[char]) -> usize {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_' || *c == '$';
    match rest.first() {
        Some(quote @ ('"' | '\'' | '`')) => rest
            .iter()
            .skip(1)
            .position(|c| c == quote)
            .map_or(1, |end| end + 2),
        Some(first) if is_word(first) => rest.iter().take_while(|c| is_word(c)).count(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_underlines_the_word_or_the_string_it_points_at() {
        let mut sources = Sources::default();
        sources.insert("a.rhai", "let x = 1;\ndb.orders.findOne(\"o1\");");
        let at = |line, column| {
            let e = sources.excerpt("a.rhai", line, column);
            (e.caret, e.width)
        };
        assert_eq!(at(2, 19), (18, 4));
        assert_eq!(at(2, 11), (10, 7));
        assert_eq!(at(2, 99), (24, 1));
        assert_eq!(at(9, 9), (0, 1));
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let mut sources = Sources::default();
        sources.insert(
            "a.rhai",
            &format!("{}!{}", "a".repeat(1000), "b".repeat(1000)),
        );
        let e = sources.excerpt("a.rhai", 1, 1001);
        assert_eq!(e.text.chars().count(), WIDTH);
        assert_eq!(e.text.chars().nth(e.caret), Some('!'));
    }
}
