//! What all texts begin with that match a regular expression.

/// The text that all matches begin with, and whether every text that begins so matches (the server's
/// `getRegexPrefix`).
pub(super) fn of(pattern: &str, options: &str) -> (String, bool) {
    let none = (String::new(), false);
    let anchored = pattern
        .strip_prefix('^')
        .or_else(|| pattern.strip_prefix("\\A"));
    let Some(rest) =
        anchored.filter(|_| options.chars().all(|o| o == 's') && !pattern.contains('|'))
    else {
        return none;
    };
    let mut prefix = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        let literal = match c {
            '\\' => match chars.next() {
                Some(escaped) if !escaped.is_alphanumeric() => escaped,
                _ => return (prefix, false),
            },
            '.' if chars.clone().eq(['*']) => return (prefix, true),
            '*' | '?' | '{' => {
                // What came last may be missing.
                prefix.pop();
                return (prefix, false);
            }
            '^' | '$' | '.' | '[' | '(' | ')' | '+' => return (prefix, false),
            literal => literal,
        };
        prefix.push(literal);
    }
    let whole = !prefix.is_empty();
    (prefix, whole)
}

/// The least text that is greater than all that begin with this one.
pub(super) fn after(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX))
            .take(0x801)
            .find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        let of = |pattern| super::of(pattern, "");
        assert_eq!(of("^abc"), ("abc".into(), true));
        assert_eq!(of("^ab?c"), ("a".into(), false));
        assert_eq!(of("^a\\.b"), ("a.b".into(), true));
        assert_eq!(of("^a\\d"), ("a".into(), false));
        assert_eq!(of("^ab.*"), ("ab".into(), true));
        assert_eq!(of("abc"), (String::new(), false));
        assert_eq!(super::of("^abc", "i"), (String::new(), false));
        assert_eq!(after("az").as_deref(), Some("a{"));
        assert_eq!(after("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after(""), None);
    }
}
