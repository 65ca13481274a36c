//! JavaScript's patterns in the dialect of `fancy-regex`.
//!
//! The two agree but for: `\d` and `\w`, which are ASCII in JavaScript; brackets and operators
//! inside a class, which are plain characters there; `[]` and `[^]`; braces that are no count;
//! `\uXXXX` and `\cX`; `$` and `.` as to line ends.

/// The pattern for `fancy-regex`.
#[must_use]
pub fn translate(pattern: &str) -> String {
    let mut t = Translation {
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
    };
    while let Some(c) = t.next() {
        match c {
            '\\' => t.escape(false),
            '[' => t.class(),
            '{' if is_count(t.rest) => t.braces("{"),
            '{' => t.out.push_str("\\{"),
            '}' => t.out.push_str("\\}"),
            // White space and # mean themselves: there is no flag x in JavaScript.
            '#' => t.out.push_str("\\#"),
            _ => t.out.push(c),
        }
    }
    t.out
}

struct Translation<'a> {
    rest: &'a str,
    out: String,
}

impl Translation<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// What is between braces, as it is.
    fn braces(&mut self, before: &str) {
        let length = self.rest.find('}').map_or(0, |at| at + 1);
        self.out.push_str(before);
        self.out.push_str(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    /// What follows a backslash.
    fn escape(&mut self, in_class: bool) {
        let Some(c) = self.next() else {
            return self.out.push_str("\\\\");
        };
        match c {
            'd' if in_class => self.out.push_str("0-9"),
            'd' => self.out.push_str("[0-9]"),
            'D' => self.out.push_str("[^0-9]"),
            'w' if in_class => self.out.push_str("A-Za-z0-9_"),
            'w' => self.out.push_str("[A-Za-z0-9_]"),
            'W' => self.out.push_str("[^A-Za-z0-9_]"),
            'b' if in_class => self.out.push_str("\\x08"),
            'u' => self.unicode(),
            'c' => self.control(),
            '0' => self.out.push_str("\\x00"),
            'p' if self.rest.starts_with('{') => self.braces("\\p"),
            'P' if self.rest.starts_with('{') => self.braces("\\P"),
            'k' | 'B' | 'b' | 's' | 'S' | 'x' | 'n' | 'r' | 't' | 'f' | 'v' => {
                self.out.push('\\');
                self.out.push(c);
            }
            '1'..='9' if !in_class => {
                self.out.push('\\');
                self.out.push(c);
            }
            // An escaped letter without a meaning is the letter.
            _ if c.is_alphanumeric() => self.out.push(c),
            _ if c.is_ascii() => {
                self.out.push('\\');
                self.out.push(c);
            }
            _ => self.out.push(c),
        }
    }

    /// `\uXXXX` and `\u{X…}`.
    fn unicode(&mut self) {
        let braced = self.rest.strip_prefix('{').and_then(|r| r.split_once('}'));
        let (digits, length) = match braced {
            Some((digits, _)) => (digits, digits.len() + 2),
            None => (self.rest.get(..4).unwrap_or_default(), 4),
        };
        match u32::from_str_radix(digits, 16) {
            Ok(point) => {
                self.rest = &self.rest[length..];
                self.out.push_str(&format!("\\x{{{point:x}}}"));
            }
            Err(_) => self.out.push('u'),
        }
    }

    fn control(&mut self) {
        match self.rest.bytes().next() {
            Some(letter) if letter.is_ascii_alphabetic() => {
                self.rest = &self.rest[1..];
                self.out.push_str(&format!("\\x{:02x}", letter % 32));
            }
            _ => self.out.push_str("\\\\c"),
        }
    }

    /// A class, from behind its opening bracket to its closing one.
    fn class(&mut self) {
        for (empty, meaning) in [("^]", "[\\s\\S]"), ("]", "(?!)")] {
            if let Some(rest) = self.rest.strip_prefix(empty) {
                self.rest = rest;
                return self.out.push_str(meaning);
            }
        }
        self.out.push('[');
        while let Some(c) = self.next() {
            match c {
                ']' => return self.out.push(']'),
                '\\' => self.escape(true),
                '[' | '&' | '~' | '#' => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                '-' if self.rest.starts_with('-') => self.out.push_str("\\-"),
                _ => self.out.push(c),
            }
        }
    }
}

/// Whether what follows an opening brace is a count: `2}`, `2,}`, `2,3}`.
fn is_count(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('}') else {
        return false;
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    match inside.split_once(',') {
        Some((least, most)) => !least.is_empty() && digits(least) && digits(most),
        None => !inside.is_empty() && digits(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn patterns() {
        for (js, ours) in [
            (r"^\d+-\w*$", r"^[0-9]+-[A-Za-z0-9_]*$"),
            (r"[\d\w.]", "[0-9A-Za-z0-9_.]"),
            ("[[]", r"[\[]"),
            ("[a&&b]", r"[a\&\&b]"),
            ("[^]", r"[\s\S]"),
            ("a{2,3}b{,3}{x}", r"a{2,3}b\{,3\}\{x\}"),
            (r"\u00e9\u{1F600}", r"\x{e9}\x{1f600}"),
            (r"a\/b\-c", r"a\/b\-c"),
            (r"\p{L}\e", r"\p{L}e"),
            (r"(?<y>\d{4})\k<y>\1", r"(?<y>[0-9]{4})\k<y>\1"),
        ] {
            assert_eq!(translate(js), ours, "{js}");
        }
    }
}
