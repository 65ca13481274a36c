//! PCRE's complaints about patterns, for the mistakes that people make.

use std::collections::BTreeSet;

use super::translate::is_count;

/// The first complaint, if there is one.
pub fn find(pattern: &str, extended: bool) -> Option<&'static str> {
    let mut scan = Scan {
        rest: pattern,
        names: BTreeSet::new(),
        depth: 0,
        repeatable: false,
        extended,
    };
    scan.pattern().err()
}

struct Scan<'a> {
    rest: &'a str,
    names: BTreeSet<&'a str>,
    depth: usize,
    /// Whether there is something before that a quantifier can repeat.
    repeatable: bool,
    extended: bool,
}

impl<'a> Scan<'a> {
    fn pattern(&mut self) -> Result<(), &'static str> {
        while let Some(c) = self.next() {
            self.one(c)?;
        }
        match self.depth {
            0 => Ok(()),
            _ => Err("missing )"),
        }
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
            '|' => self.repeatable = false,
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
            Some(_) => {}
        }
        self.repeatable = true;
        Ok(())
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
        loop {
            match self.next().ok_or(OPEN)? {
                ']' => break,
                '\\' => _ = self.next().ok_or("\\ at end of pattern")?,
                '[' if self.rest.starts_with(':') && self.rest.contains(":]") => {
                    self.skip(":]");
                }
                _ => {}
            }
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
        self.depth += 1;
        let Some(group) = self.rest.strip_prefix('?') else {
            return Ok(());
        };
        self.rest = group;
        let named = group.strip_prefix('P').unwrap_or(group);
        if let Some(name) = name(named)
            && !self.names.insert(name)
        {
            return Err("two named subpatterns have the same name");
        }
        // What is left of the group's head has nothing that this scan would take for something else but
        // a count of the alternatives of `(?|`.
        self.rest = self.rest.strip_prefix('|').unwrap_or(self.rest);
        Ok(())
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
