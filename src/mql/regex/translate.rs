//! PCRE's patterns in the dialect of `fancy-regex`.
//!
//! The two agree but for: brackets and operators inside a class, and white space there under `x`; braces
//! that are no count; `\Q…\E`; named groups in quotes; and, for the careful program, `\d`, `\w`, `\s`, `\b`, which
//! are ASCII in PCRE, and `$`, which matches before a final line end, too.

const NOT_BEFORE_END: &str = "(?=\\n?\\z)";
/// `\h`
const BLANKS: &str = r"\t\x20\x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}";
/// `\v`
const LINE_ENDS: &str = r"\n\x0b\f\r\x{85}\x{2028}\x{2029}";
const BOUNDARY: &str = "(?:(?<=[A-Za-z0-9_])(?![A-Za-z0-9_])|(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]))";
const NO_BOUNDARY: &str = "(?:(?<=[A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<![A-Za-z0-9_])(?![A-Za-z0-9_]))";

/// The pattern for `fancy-regex`.
pub fn translate(pattern: &str, flags: &str, careful: bool) -> String {
    let mut t = Translation {
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
        careful,
        multiline: flags.contains('m'),
        extended: flags.contains('x'),
        wraps: [")*", ")+", ")?", "){"].iter().any(|q| pattern.contains(q)),
        open: Vec::new(),
    };
    if !flags.is_empty() {
        t.out.push_str("(?");
        t.out.push_str(flags);
        t.out.push(')');
    }
    t.pattern();
    t.out
}

struct Translation<'a> {
    rest: &'a str,
    out: String,
    careful: bool,
    multiline: bool,
    extended: bool,
    /// Whether look-around is put into a group of its own, so that it can be repeated.
    wraps: bool,
    /// Of each open group, whether it was.
    open: Vec<bool>,
}

impl Translation<'_> {
    fn pattern(&mut self) {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape(false),
                '[' => self.class(),
                '{' if !is_count(self.rest) => self.out.push_str("\\{"),
                '{' => self.braces("{"),
                '}' => self.out.push_str("\\}"),
                '$' if self.careful && !self.multiline => self.out.push_str(NOT_BEFORE_END),
                '(' => self.group(),
                ')' => {
                    self.out.push(')');
                    if self.open.pop() == Some(true) {
                        let is_optional = self.skip_quantifier();
                        self.out.push_str(if is_optional { "|)" } else { ")" });
                    }
                }
                '#' if self.extended => self.comment(),
                '#' => self.out.push_str("\\#"),
                _ => self.out.push(c),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    /// Takes what is before `end`, which is taken, too.
    fn until(&mut self, end: &str) -> &str {
        let rest = self.rest;
        let (taken, after) = rest.split_once(end).unwrap_or((rest, ""));
        self.rest = after;
        taken
    }

    fn comment(&mut self) {
        self.until("\n");
    }

    fn braces(&mut self, before: &str) {
        let count = self.until("}").to_owned();
        self.out.push_str(&format!("{before}{count}}}"));
    }

    fn group(&mut self) {
        if self.rest.starts_with("?#") {
            self.until(")");
        } else if let Some(rest) = self.rest.strip_prefix("?'") {
            self.rest = rest;
            let name = self.until("'").to_owned();
            self.out.push_str(&format!("(?<{name}>"));
            self.open.push(false);
        } else if let Some(target) = self.call() {
            self.out.push_str(&format!("\\g<{target}>"));
        } else {
            self.flags_of_group();
            let looks = ["?=", "?!", "?<=", "?<!"];
            let looks = looks.iter().any(|l| self.rest.starts_with(l));
            self.open.push(looks && self.wraps);
            self.out
                .push_str(if looks && self.wraps { "(?:(" } else { "(" });
        }
    }

    /// The quantifier behind look-around, which cannot be repeated, but may be optional: whether it is.
    fn skip_quantifier(&mut self) -> bool {
        let rest = self.rest;
        let (is_optional, after) = match rest.chars().next() {
            Some('*' | '?') => (true, rest.get(1..)),
            Some('+') => (false, rest.get(1..)),
            Some('{') if rest.get(1..).is_some_and(is_count) => {
                let is_zero = rest.starts_with("{0}") || rest.starts_with("{0,");
                (is_zero, rest.split_once('}').map(|(_, after)| after))
            }
            _ => return false,
        };
        let after = after.unwrap_or_default();
        self.rest = after.strip_prefix(['?', '+']).unwrap_or(after);
        is_optional
    }

    /// `(?R)`, `(?1)`, `(?&name)`, `(?P>name)`: the pattern, or a group of it, once more.
    fn call(&mut self) -> Option<String> {
        let rest = self.rest.strip_prefix('?')?;
        let (inside, rest) = rest.split_once(')')?;
        let target = match inside.strip_prefix('&').or(inside.strip_prefix("P>")) {
            Some(name) => name,
            None if inside == "R" => "0",
            None if !inside.is_empty() && inside.bytes().all(|b| b.is_ascii_digit()) => inside,
            None => return None,
        };
        let target = target.to_owned();
        self.rest = rest;
        Some(target)
    }

    /// `(?m)` and `(?x)` change what `$` and `#` mean from here on.
    fn flags_of_group(&mut self) {
        let Some(rest) = self.rest.strip_prefix('?') else {
            return;
        };
        let end = rest.find([')', ':']).unwrap_or(0);
        let flags = rest.get(..end).unwrap_or_default();
        if flags
            .chars()
            .all(|c| matches!(c, 'i' | 'm' | 's' | 'x' | 'J' | 'U' | '-'))
        {
            let (on, off) = flags.split_once('-').unwrap_or((flags, ""));
            self.multiline = (self.multiline || on.contains('m')) && !off.contains('m');
            self.extended = (self.extended || on.contains('x')) && !off.contains('x');
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, in_class: bool) {
        let Some(c) = self.next() else {
            return self.out.push_str("\\\\");
        };
        match (c, in_class) {
            ('Q', _) => {
                let quoted = self.until("\\E").to_owned();
                self.out.push_str(&fancy_regex::escape(&quoted));
            }
            ('E', _) => {}
            ('d' | 'w' | 's', true) if self.careful => self.out.push_str(set(c)),
            ('d' | 'w' | 's', false) if self.careful => self.out.push_str(&format!("[{}]", set(c))),
            ('D' | 'W' | 'S', _) if self.careful => {
                let set = set(c.to_ascii_lowercase());
                self.out.push_str(&format!("[^{set}]"));
            }
            ('b', false) if self.careful => self.out.push_str(BOUNDARY),
            ('B', false) if self.careful => self.out.push_str(NO_BOUNDARY),
            ('b', true) => self.out.push_str("\\x08"),
            ('h', true) => self.out.push_str(BLANKS),
            ('h', false) => self.out.push_str(&format!("[{BLANKS}]")),
            ('H', false) => self.out.push_str(&format!("[^{BLANKS}]")),
            ('v', true) => self.out.push_str(LINE_ENDS),
            ('v', false) => self.out.push_str(&format!("[{LINE_ENDS}]")),
            ('V', false) => self.out.push_str(&format!("[^{LINE_ENDS}]")),
            ('R', false) => self.out.push_str(&format!("(?>\\r\\n|[{LINE_ENDS}])")),
            ('N', false) => self.out.push_str("[^\\n]"),
            ('Z', false) => self.out.push_str(NOT_BEFORE_END),
            // Upper and lower case are what they are, whatever the options.
            ('p' | 'P', false) if self.rest.starts_with('{') => {
                self.rest = self.rest.get(1..).unwrap_or_default();
                self.out.push_str("(?-i:");
                self.braces(&format!("\\{c}{{"));
                self.out.push(')');
            }
            ('x' | 'p' | 'P' | 'k' | 'g' | 'o', _) if self.rest.starts_with('{') => {
                self.rest = self.rest.get(1..).unwrap_or_default();
                self.braces(&format!("\\{c}{{"));
            }
            _ if !c.is_ascii() || c == ' ' || is_plain(c) => self.literal(c),
            _ => self.out.push_str(&format!("\\{c}")),
        }
    }

    fn literal(&mut self, c: char) {
        let mut buffer = [0; 4];
        let text = fancy_regex::escape(c.encode_utf8(&mut buffer)).into_owned();
        self.out.push_str(if c == ' ' { "\\x20" } else { &text });
    }

    /// A class up to its bracket.
    fn class(&mut self) {
        self.out.push('[');
        if let Some(rest) = self.rest.strip_prefix('^') {
            self.rest = rest;
            self.out.push('^');
        }
        if let Some(rest) = self.rest.strip_prefix(']') {
            self.rest = rest;
            self.out.push_str("\\]");
        }
        while let Some(c) = self.next() {
            match c {
                ']' => return self.out.push(']'),
                '[' if self.rest.starts_with(':') && self.rest.contains(":]") => {
                    let name = self.until(":]").to_owned();
                    self.out.push_str(&format!("[{name}:]"));
                }
                '\\' => self.escape(true),
                '[' | '&' | '~' | '#' | ' ' => self.out.push_str(&format!("\\x{:02x}", c as u32)),
                '\t' | '\n' | '\r' if self.extended => {
                    self.out.push_str(&format!("\\x{:02x}", c as u32));
                }
                '-' if self.rest.starts_with('-') => self.out.push_str("\\-"),
                _ => self.out.push(c),
            }
        }
    }
}

/// Letters that mean nothing after a backslash stand for themselves.
fn is_plain(c: char) -> bool {
    matches!(
        c,
        '_' | 'i' | 'j' | 'm' | 'q' | 'y' | 'F' | 'I' | 'J' | 'M' | 'O' | 'T' | 'Y'
    ) || matches!(
        c,
        '"' | '\'' | '%' | ',' | '/' | ':' | ';' | '=' | '@' | '`' | '!' | '<' | '>'
    )
}

fn set(c: char) -> &'static str {
    match c {
        'd' => "0-9",
        'w' => "A-Za-z0-9_",
        _ => "\\t\\n\\x0b\\f\\r\\x20",
    }
}

/// Whether what follows a brace makes it a count: `3}`, `3,}`, `3,5}`.
pub fn is_count(rest: &str) -> bool {
    let Some((count, _)) = rest.split_once('}') else {
        return false;
    };
    let (from, to) = count.split_once(',').unwrap_or((count, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !from.is_empty() && digits(from) && digits(to)
}
