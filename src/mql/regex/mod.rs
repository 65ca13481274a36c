//! Regular expressions as the server has them: PCRE's syntax with the options `imsx`.
//!
//! The work is done by `fancy-regex`, which has look-around and back references. A pattern is translated
//! where the dialects differ ([`translate`]); PCRE's complaints about a wrong one are in [`mistake`].
//!
//! Two programs are made of a pattern. In ASCII text without a final line end, Unicode's `\d`, `\w`, `\s` and
//! `\b` mean the same as PCRE's, and `$` is the very end: a fast program without look-around does. Other
//! text is matched by a careful one, made when first needed.

mod mistake;
mod translate;

use std::sync::{Arc, OnceLock};

/// A compiled pattern. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Regex {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pattern: String,
    flags: String,
    fast: fancy_regex::Regex,
    careful: OnceLock<Option<fancy_regex::Regex>>,
}

/// Why a pattern was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {
    /// An option that is none.
    Option(char),
    /// PCRE's complaint about the pattern.
    Pattern(String),
}

/// How long a pattern may be for the server, in bytes.
const LONGEST: usize = 32764;
/// How far a pattern may look back and try again before it counts as no match, as PCRE's limit.
const BACKTRACK_LIMIT: usize = 10_000_000;

impl Regex {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// A [`Mistake`] in the options or in the pattern.
    pub fn new(pattern: &str, options: &str) -> Result<Self, Mistake> {
        let flags = flags(options)?;
        if pattern.len() > LONGEST {
            return Err(Mistake::Pattern(
                "regular expression is too large".to_owned(),
            ));
        }
        if let Some(complaint) = mistake::find(pattern, flags.contains('x')) {
            return Err(Mistake::Pattern(complaint.to_owned()));
        }
        let fast = compile(pattern, &flags, false).map_err(|e| Mistake::Pattern(e.to_string()))?;
        Ok(Self {
            inner: Arc::new(Inner {
                pattern: pattern.to_owned(),
                flags,
                fast,
                careful: OnceLock::new(),
            }),
        })
    }

    /// Whether a text matches somewhere. A pattern that gives up is no match.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.program(text)
            .is_some_and(|p| p.is_match(text).unwrap_or(false))
    }

    /// The program for a text, for those who want more than whether it matches.
    #[must_use]
    pub fn program(&self, text: &str) -> Option<&fancy_regex::Regex> {
        if text.is_ascii() && !text.ends_with('\n') {
            return Some(&self.inner.fast);
        }
        let inner = &*self.inner;
        let careful = || compile(&inner.pattern, &inner.flags, true).ok();
        inner.careful.get_or_init(careful).as_ref()
    }
}

fn flags(options: &str) -> Result<String, Mistake> {
    let mut flags = String::new();
    for option in options.chars() {
        match option {
            'i' | 'm' | 's' | 'x' if !flags.contains(option) => flags.push(option),
            // PCRE's UTF mode, which is always on.
            'i' | 'm' | 's' | 'x' | 'u' => {}
            other => return Err(Mistake::Option(other)),
        }
    }
    Ok(flags)
}

fn compile(
    pattern: &str,
    flags: &str,
    careful: bool,
) -> Result<fancy_regex::Regex, Box<fancy_regex::Error>> {
    let translated = translate::translate(pattern, flags, careful);
    fancy_regex::RegexBuilder::new(&translated)
        .backtrack_limit(BACKTRACK_LIMIT)
        .build()
        .map_err(Box::new)
}

#[cfg(test)]
mod tests;
