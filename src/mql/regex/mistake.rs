//! PCRE's complaints about patterns, for the mistakes that people make.

use std::collections::BTreeSet;

use super::translate::is_count;

/// The first complaint, if there is one.
pub fn find(pattern: &str, extended: bool) -> Option<&'static str> {
    let mut scan = Scan {
        rest: pattern,
        names: BTreeSet::new(),
        depth: 0,
        groups: 0,
        referred: 0,
        unknown: BTreeSet::new(),
        repeatable: false,
        extended,
    };
    scan.pattern().err()
}

struct Scan<'a> {
    rest: &'a str,
    names: BTreeSet<&'a str>,
    depth: usize,
    /// How many groups there are, and the greatest number of one that is referred to.
    groups: usize,
    referred: usize,
    /// Names that were referred to.
    unknown: BTreeSet<&'a str>,
    /// Whether there is something before that a quantifier can repeat.
    repeatable: bool,
    extended: bool,
}

impl<'a> Scan<'a> {
    fn pattern(&mut self) -> Result<(), &'static str> {
        while let Some(c) = self.next() {
            self.one(c)?;
        }
        if self.depth > 0 {
            return Err("missing )");
        }
        if self.referred > self.groups || !self.unknown.is_subset(&self.names) {
            return Err("reference to non-existent subpattern");
        }
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    fn skip(&mut self, end: &str) -> Option<&'a str> {
        let (skipped, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(skipped)
    }

    fn one(&mut self, c: char) -> Result<(), &'static str> {
        match c {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => self.open()?,
            ')' => {
                self.depth = self.depth.checked_sub(1).ok_or("unmatched parentheses")?;
                self.repeatable = true;
            }
            '*' | '+' | '?' => self.quantifier()?,
            '{' if is_count(self.rest) => {
                let count = self.skip("}").unwrap_or_default();
                in_order(count)?;
                self.quantifier()?;
            }
            '|' | '^' | '$' => self.repeatable = false,
            '#' if self.extended => self.rest = self.rest.split_once('\n').map_or("", |(_, r)| r),
            ' ' | '\n' | '\t' | '\r' if self.extended => {}
            _ => self.repeatable = true,
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), &'static str> {
        match self.next() {
            None => return Err("\\ at end of pattern"),
            Some('Q') => {
                self.skip("\\E")
                    .unwrap_or_else(|| std::mem::take(&mut self.rest));
            }
            Some('b' | 'B' | 'A' | 'Z' | 'z' | 'G') => {
                self.repeatable = false;
                return Ok(());
            }
            Some(digit @ '1'..='9') if !self.rest.starts_with(|c: char| c.is_ascii_digit()) => {
                self.refer(digit as usize - '0' as usize);
            }
            Some('k') => self.named_reference()?,
            Some('p' | 'P') => self.property()?,
            Some('c') if self.rest.is_empty() => return Err("\\c at end of pattern"),
            Some(_) => {}
        }
        self.repeatable = true;
        Ok(())
    }

    fn refer(&mut self, group: usize) {
        self.referred = self.referred.max(group);
    }

    fn named_reference(&mut self) -> Result<(), &'static str> {
        const ODD: &str = "\\k is not followed by a braced, angle-bracketed, or quoted name";
        let close = match self.next() {
            Some('<') => ">",
            Some('{') => "}",
            Some('\'') => "'",
            _ => return Err(ODD),
        };
        let name = self
            .skip(close)
            .ok_or("syntax error in subpattern name (missing terminator)")?;
        self.unknown.insert(name);
        Ok(())
    }

    /// `\p{L}`: whether there is such a property is for the engine to say.
    fn property(&mut self) -> Result<(), &'static str> {
        const MALFORMED: &str = "malformed \\P or \\p sequence";
        const UNKNOWN: &str = "unknown property name after \\P or \\p";
        let name = match self.next().ok_or(MALFORMED)? {
            '{' => self.skip("}").ok_or(MALFORMED)?.to_owned(),
            letter => letter.to_string(),
        };
        let name = name.trim_start_matches('^').to_owned();
        let is_known = fancy_regex::Regex::new(&format!("\\p{{{name}}}")).is_ok();
        if is_known { Ok(()) } else { Err(UNKNOWN) }
    }

    fn quantifier(&mut self) -> Result<(), &'static str> {
        if !self.repeatable {
            return Err("nothing to repeat");
        }
        if self.rest.starts_with(['?', '+']) {
            self.next();
        }
        self.repeatable = false;
        Ok(())
    }

    fn class(&mut self) -> Result<(), &'static str> {
        const OPEN: &str = "missing terminating ] for character class";
        self.rest = self.rest.strip_prefix('^').unwrap_or(self.rest);
        self.rest = self.rest.strip_prefix(']').unwrap_or(self.rest);
        // The character that a range may begin with.
        let mut last = None;
        loop {
            let c = self.next().ok_or(OPEN)?;
            let is_range = c == '-' && last.is_some() && !self.rest.starts_with(']');
            last = match c {
                ']' => break,
                '\\' => {
                    let letter = self.next().ok_or("\\ at end of pattern")?;
                    if matches!(letter, 'p' | 'P') {
                        self.property()?;
                    }
                    None
                }
                '[' if self.rest.starts_with(':') && self.rest.contains(":]") => {
                    posix(self.skip(":]").unwrap_or_default())?;
                    None
                }
                _ if is_range => {
                    let end = self.rest.chars().next().ok_or(OPEN)?;
                    if end != '\\' && end != '[' && last.is_some_and(|from| from > end) {
                        return Err("range out of order in character class");
                    }
                    if end != '\\' && end != '[' {
                        self.next();
                    }
                    None
                }
                c => Some(c),
            };
        }
        self.repeatable = true;
        Ok(())
    }

    fn open(&mut self) -> Result<(), &'static str> {
        self.repeatable = false;
        if self.rest.starts_with("?#") {
            return match self.skip(")") {
                Some(_) => Ok(()),
                None => Err("missing ) after comment"),
            };
        }
        let Some(group) = self.rest.strip_prefix('?') else {
            self.depth += 1;
            self.groups += usize::from(!self.rest.starts_with('*'));
            return Ok(());
        };
        self.rest = group;
        if let Some(flags) = flags(group)? {
            self.rest = group.get(flags..).unwrap_or_default();
            return Ok(());
        }
        self.depth += 1;
        let named = group.strip_prefix('P').unwrap_or(group);
        if let Some(name) = name(named)
            && !self.names.insert(name)
        {
            return Err("two named subpatterns have the same name");
        }
        if name(named).is_some() {
            self.groups += 1;
        }
        // What is left of the group's head has nothing that this scan would take for something else but
        // a count of the alternatives of `(?|`.
        self.rest = self.rest.strip_prefix('|').unwrap_or(self.rest);
        Ok(())
    }
}

/// A POSIX class.
fn posix(name: &str) -> Result<(), &'static str> {
    const NAMES: [&str; 14] = [
        "alpha", "lower", "upper", "alnum", "ascii", "blank", "cntrl", "digit", "graph", "print",
        "punct", "space", "word", "xdigit",
    ];
    let name = name.trim_start_matches(':').trim_start_matches('^');
    match NAMES.contains(&name) {
        true => Ok(()),
        false => Err("unknown POSIX class name"),
    }
}

/// The length of options that stand alone, `i)`; other groups have none.
fn flags(group: &str) -> Result<Option<usize>, &'static str> {
    const ODD: &str = "unrecognized character after (? or (?-";
    let letters = group.find(|c: char| !"imsxJUX-".contains(c));
    let Some(at) = letters else {
        return Ok(None);
    };
    let rest = group.get(at..).unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '=' || c == '!';
    match rest.chars().next() {
        Some('<') if !rest.get(1..).is_some_and(|name| name.starts_with(is_name)) => {
            Err("unrecognized character after (?<")
        }
        Some(')') => Ok(Some(at + 1)),
        Some(':') => Ok(None),
        Some(_) if at > 0 => Err(ODD),
        Some('=' | '!' | '<' | '>' | '#' | '|' | 'P' | '\'' | '(' | 'R' | '&' | '+' | 'C') => {
            Ok(None)
        }
        Some(c) if c.is_ascii_digit() => Ok(None),
        _ => Err(ODD),
    }
}

/// The name of a group: `<name>`, `'name'`.
fn name(rest: &str) -> Option<&str> {
    let (name, _) = match rest.strip_prefix('<') {
        Some(after) => after.split_once('>')?,
        None => rest.strip_prefix('\'')?.split_once('\'')?,
    };
    (!name.starts_with(['=', '!'])).then_some(name)
}

fn in_order(count: &str) -> Result<(), &'static str> {
    let Some((from, to)) = count.split_once(',') else {
        return Ok(());
    };
    match (from.parse::<u32>(), to.parse::<u32>()) {
        (Ok(from), Ok(to)) if from > to => Err("numbers out of order in {} quantifier"),
        _ => Ok(()),
    }
}
