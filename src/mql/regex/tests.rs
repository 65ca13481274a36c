use super::*;

#[track_caller]
fn matches(pattern: &str, options: &str, text: &str) -> bool {
    let regex = Regex::new(pattern, options).unwrap_or_else(|e| panic!("{pattern}: {e:?}"));
    regex.is_match(text)
}

#[test]
fn as_pcre_matches() {
    for (pattern, options, text, expected) in [
        ("a$", "", "a\n", true),
        ("a$", "", "a\n\n", false),
        ("a$", "m", "a\nb", true),
        ("^b", "", "a\nb", false),
        ("^b", "m", "a\nb", true),
        ("a.b", "", "a\nb", false),
        ("a.b", "s", "a\nb", true),
        ("a b", "x", "ab", true),
        ("a#c\nb", "x", "ab", true),
        ("[a b]", "x", " ", true),
        ("[[a]", "", "[", true),
        ("[]a]", "", "]", true),
        ("[^]a]", "", "]", false),
        ("[a&&b]", "", "&", true),
        ("a{", "", "a{", true),
        ("a{,2}", "", "a{,2}", true),
        ("a{1,2}}", "", "aa}", true),
        ("\\d", "", "٣", false),
        ("\\d", "", "3", true),
        ("\\w", "", "é", false),
        ("[\\w]", "", "é", false),
        ("\\W", "", "é", true),
        ("\\bé", "", "é", false),
        ("É", "i", "é", true),
        ("(a)\\1", "", "aa", true),
        ("(?<n>a)\\k<n>", "", "aa", true),
        ("(?P<n>a)(?P=n)", "", "aa", true),
        ("(?'n'a)", "", "a", true),
        ("a(?=b)", "", "ab", true),
        ("(?<!a)b", "", "ab", false),
        ("\\Qa.b\\E", "", "a.b", true),
        ("\\Qa.b", "", "axb", false),
        ("\\x61\\x{62}", "", "ab", true),
        ("[[:alpha:]]+$", "", "ab", true),
        ("a++b", "", "aab", true),
        ("(?>a+)b", "", "aab", true),
        ("(?i)A", "", "a", true),
        ("a(?#comment)b", "", "ab", true),
        ("\\Aa\\z", "", "a", true),
        ("a\\Z", "", "a\n", true),
        ("#", "", "#", true),
        ("a-b_c", "", "a-b_c", true),
        ("\\/", "", "/", true),
        ("\\-\\.\\@", "", "-.@", true),
        ("(?:)", "", "", true),
        ("", "", "x", true),
        ("|a", "", "x", true),
        ("\\t", "", "\t", true),
        ("\\e", "", "\u{1b}", true),
        ("^\\p{Lu}", "", "É", true),
        ("a|b|", "", "z", true),
        ("x*", "", "aaa", true),
    ] {
        assert_eq!(
            matches(pattern, options, text),
            expected,
            "/{pattern}/{options} on {text:?}"
        );
    }
}

#[test]
fn as_pcre_complains() {
    for (pattern, complaint) in [
        ("(", "missing )"),
        (")", "unmatched parentheses"),
        ("[a", "missing terminating ] for character class"),
        ("*", "nothing to repeat"),
        ("a**", "nothing to repeat"),
        (
            "(?P<a>b)(?P<a>c)",
            "two named subpatterns have the same name",
        ),
        ("a{2,1}", "numbers out of order in {} quantifier"),
        ("a\\", "\\ at end of pattern"),
    ] {
        let got = Regex::new(pattern, "").map(|_| ());
        assert_eq!(
            got,
            Err(Mistake::Pattern(complaint.to_owned())),
            "{pattern}"
        );
    }
}
