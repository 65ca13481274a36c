//! Reading numbers, months and zones off a piece of text, byte by byte.

use super::parsed::Parsed;

/// The rest of a text; a byte beyond its end is 0.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    pub text: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte.
    pub fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    pub fn is_end(&self) -> bool {
        self.peek() == 0
    }

    pub fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        while !self.is_end() && test(self.peek()) {
            self.at += 1;
        }
    }

    /// The next number of at most so many digits, whatever stands before it, and how many it has.
    pub fn number_with_length(&mut self, most: usize) -> Option<(i64, usize)> {
        self.skip_while(|b| !b.is_ascii_digit());
        let from = self.at;
        while self.peek().is_ascii_digit() && self.at - from < most {
            self.at += 1;
        }
        let digits = self.text.get(from..self.at)?;
        let digits = std::str::from_utf8(digits).ok()?;
        Some((digits.parse().ok()?, digits.len()))
    }

    pub fn number(&mut self, most: usize) -> Option<i64> {
        self.number_with_length(most).map(|(number, _)| number)
    }

    /// The next number with the signs before it.
    pub fn signed(&mut self, most: usize) -> Option<i64> {
        self.skip_while(|b| !b.is_ascii_digit() && b != b'+' && b != b'-');
        let from = self.at;
        self.skip_while(|b| b == b'+' || b == b'-');
        let signs = self.text.get(from..self.at).unwrap_or_default();
        let minus = signs.iter().filter(|b| **b == b'-').count() % 2 == 1;
        let number = self.number(most)?;
        Some(if minus { -number } else { number })
    }

    /// Digits behind a point as microseconds.
    pub fn fraction(&mut self) -> i64 {
        self.skip_while(|b| !b.is_ascii_digit());
        let from = self.at;
        self.skip_while(|b| b.is_ascii_digit());
        let digits = self.text.get(from..self.at).unwrap_or_default();
        let six = digits
            .iter()
            .copied()
            .chain(std::iter::repeat(b'0'))
            .take(6);
        six.fold(0, |n, digit| n * 10 + i64::from(digit - b'0'))
    }

    /// A month by its name.
    pub fn month(&mut self) -> Option<i64> {
        self.skip_while(|b| b" \t-./".contains(&b));
        let from = self.at;
        self.skip_while(|b| b.is_ascii_alphabetic());
        let word = self.text.get(from..self.at)?.to_ascii_lowercase();
        month(std::str::from_utf8(&word).ok()?)
    }

    /// The suffix of a day: `st`, `nd`, `rd`, `th`.
    pub fn skip_day_suffix(&mut self) {
        let next = self.text.get(self.at..self.at + 2);
        let next = next.map(<[u8]>::to_ascii_lowercase);
        if next.is_some_and(|two| [&b"st"[..], b"nd", b"rd", b"th"].contains(&&two[..])) {
            self.at += 2;
        }
    }

    /// What `am` or `pm` adds to an hour.
    pub fn meridian(&mut self, hour: i64) -> i64 {
        self.skip_while(|b| !b"AaPp".contains(&b));
        let add = match self.peek().to_ascii_lowercase() {
            b'a' if hour == 12 => -12,
            b'p' if hour != 12 => 12,
            _ => 0,
        };
        self.at += 1;
        self.skip_while(|b| b".Mm".contains(&b));
        add
    }

    /// A zone: an offset or an abbreviation. Whether one was found.
    pub fn zone(&mut self, parsed: &mut Parsed) -> bool {
        self.skip_while(|b| b" \t(".contains(&b));
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(b"GMT+") || rest.starts_with(b"GMT-") {
            self.at += 3;
        }
        let found = match self.peek() {
            sign @ (b'+' | b'-') => {
                self.at += 1;
                let offset = self.offset();
                let offset = if sign == b'-' { -offset } else { offset };
                parsed.zone = Some((offset, None));
                true
            }
            _ => self.abbreviation(parsed),
        };
        self.skip_while(|b| b == b')');
        found
    }

    /// `H`, `HH`, `HMM`, `HHMM`, `H:MM`, `HH:MM` in seconds.
    fn offset(&mut self) -> i64 {
        let from = self.at;
        self.skip_while(|b| b.is_ascii_digit() || b == b':');
        let text = self.text.get(from..self.at).unwrap_or_default();
        let text = std::str::from_utf8(text).unwrap_or_default();
        let number = |digits: &str| digits.parse::<i64>().unwrap_or(0);
        let (hours, minutes) = match (text.split_once(':'), text.len()) {
            (Some((hours, minutes)), _) => (number(hours), number(minutes)),
            (None, 1 | 2) => (number(text), 0),
            (None, 3 | 4) => (number(text) / 100, number(text) % 100),
            _ => (0, 0),
        };
        hours * 3600 + minutes * 60
    }

    fn abbreviation(&mut self, parsed: &mut Parsed) -> bool {
        let from = self.at;
        self.skip_while(|b| b.is_ascii_alphanumeric() || b"/_-+".contains(&b));
        let word = self.text.get(from..self.at).unwrap_or_default();
        let word = String::from_utf8_lossy(word).to_ascii_uppercase();
        match offset_of(&word) {
            Some(offset) => {
                parsed.zone = Some((offset, Some(word)));
                true
            }
            None => {
                parsed.zone = Some((0, Some(word)));
                false
            }
        }
    }
}

fn month(name: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    const ROMAN: [&str; 12] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii",
    ];
    if name == "sept" {
        return Some(9);
    }
    let is =
        |full: &&str, roman: &&str| *full == name || full.get(..3) == Some(name) || *roman == name;
    let mut months = MONTHS.iter().zip(&ROMAN).zip(1..);
    months
        .find(|((full, roman), _)| is(full, roman))
        .map(|(_, number)| number)
}

/// The offset of an abbreviation, summer time included, in seconds.
fn offset_of(name: &str) -> Option<i64> {
    const HOUR: i64 = 3600;
    if let [letter] = name.as_bytes() {
        return Some(
            HOUR * match letter {
                b'A'..=b'I' => i64::from(letter - b'A') + 1,
                b'K'..=b'M' => i64::from(letter - b'K') + 10,
                b'N'..=b'Y' => -i64::from(letter - b'N') - 1,
                b'Z' => 0,
                _ => return None,
            },
        );
    }
    let found = ABBREVIATIONS.binary_search_by_key(&name, |(n, _)| n).ok()?;
    ABBREVIATIONS.get(found).map(|(_, minutes)| minutes * 60)
}

/// The commoner of timelib's abbreviations, in minutes.
const ABBREVIATIONS: [(&str, i64); 65] = [
    ("ACDT", 630),
    ("ACST", 570),
    ("ADT", -180),
    ("AEDT", 660),
    ("AEST", 600),
    ("AKDT", -480),
    ("AKST", -540),
    ("AST", -240),
    ("AWDT", 540),
    ("AWST", 480),
    ("BST", 60),
    ("CAT", 120),
    ("CDT", -300),
    ("CEST", 120),
    ("CET", 60),
    ("CST", -360),
    ("EAT", 180),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("GMT", 0),
    ("GST", 600),
    ("HDT", -540),
    ("HKST", 540),
    ("HKT", 480),
    ("HST", -600),
    ("IDT", 180),
    ("IST", 120),
    ("JDT", 600),
    ("JST", 540),
    ("KDT", 600),
    ("KST", 540),
    ("MDT", -360),
    ("MEST", 120),
    ("MET", 60),
    ("MSD", 240),
    ("MSK", 180),
    ("MST", -420),
    ("NDT", -150),
    ("NST", -210),
    ("NZDT", 780),
    ("NZMT", 690),
    ("NZST", 720),
    ("PDT", -420),
    ("PHT", 480),
    ("PKST", 360),
    ("PKT", 300),
    ("PST", -480),
    ("SAST", 120),
    ("SST", -660),
    ("TSK", 180),
    ("TSM", 180),
    ("UCT", 0),
    ("UTC", 0),
    ("WAST", 120),
    ("WAT", 60),
    ("WEMT", 120),
    ("WEST", 60),
    ("WET", 0),
    ("WIB", 420),
    ("WIT", 540),
    ("WITA", 480),
    ("WMT", 84),
    ("YST", -540),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_are_sorted() {
        assert!(ABBREVIATIONS.windows(2).all(|w| w[0].0 < w[1].0));
        assert_eq!(offset_of("EST"), Some(-18_000));
        assert_eq!(offset_of("T"), Some(-7 * 3600));
        assert_eq!(offset_of("J"), None);
    }
}
