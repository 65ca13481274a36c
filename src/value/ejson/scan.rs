//! The tokens of JSON.

use super::error::ErrorKind;
use crate::value::Number;

/// A place in a text that is being read.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0 }
    }

    pub fn offset(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// The next byte after white space.
    pub fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes a byte after white space if it is the one given.
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub fn expect(&mut self, byte: u8, name: &'static str) -> Result<(), ErrorKind> {
        match self.eat(byte) {
            true => Ok(()),
            false => Err(self.expected(name)),
        }
    }

    /// The error for something missing here.
    pub fn expected(&mut self, name: &'static str) -> ErrorKind {
        match self.peek() {
            Some(_) => ErrorKind::Expected(name),
            None => ErrorKind::End,
        }
    }

    /// Takes a word such as `true`.
    pub fn word(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn digits(&mut self) -> Result<(), ErrorKind> {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += count;
        match count {
            0 if self.rest().is_empty() => Err(ErrorKind::End),
            0 => Err(ErrorKind::Expected("a digit")),
            _ => Ok(()),
        }
    }

    fn any(&mut self, bytes: &[u8]) -> bool {
        let found = self
            .rest()
            .bytes()
            .next()
            .is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(found);
        found
    }

    /// An integer in the smallest type that holds it, anything else as a double.
    pub fn number(&mut self) -> Result<Number, ErrorKind> {
        let start = self.at;
        self.any(b"-");
        if !self.any(b"0") {
            self.digits()?;
        }
        let whole = self.at;
        if self.any(b".") {
            self.digits()?;
        }
        if self.any(b"eE") {
            self.any(b"+-");
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        let integer = (whole == self.at && text != "-0")
            .then(|| text.parse().ok())
            .flatten();
        let double = || Number::Double(text.parse().unwrap_or(f64::NAN));
        Ok(integer.map_or_else(double, Number::from_int))
    }

    /// A string; the opening quote is the next byte.
    pub fn string(&mut self) -> Result<String, ErrorKind> {
        self.expect(b'"', "a string")?;
        let mut value = String::new();
        loop {
            let rest = self.rest();
            let plain = rest
                .find(|c: char| c == '"' || c == '\\' || c < ' ')
                .unwrap_or(rest.len());
            value.push_str(&rest[..plain]);
            self.at += plain;
            match self.text.as_bytes().get(self.at) {
                None => return Err(ErrorKind::End),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(value);
                }
                Some(b'\\') => {
                    let c = self.escape()?;
                    value.push(c);
                }
                Some(_) => return Err(ErrorKind::BadString("a control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ErrorKind> {
        let escape = self
            .text
            .as_bytes()
            .get(self.at + 1)
            .ok_or(ErrorKind::End)?;
        let c = match escape {
            b'"' | b'\\' | b'/' => char::from(*escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(ErrorKind::BadString("an unknown escape in a string")),
        };
        self.at += 2;
        Ok(c)
    }

    /// `\uXXXX`, or two of them for one character. Half a pair is what BSON makes of it: U+FFFD.
    fn unicode(&mut self) -> Result<char, ErrorKind> {
        let first = self.hex(self.at)?;
        self.at += 6;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let second = match self.rest().starts_with("\\u") {
            true => self.hex(self.at)?,
            false => 0,
        };
        if first < 0xdc00 && (0xdc00..0xe000).contains(&second) {
            self.at += 6;
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    /// The number of the escape at an offset.
    fn hex(&self, at: usize) -> Result<u32, ErrorKind> {
        let bad = ErrorKind::BadString("\\u needs four hexadecimal digits");
        let digits = self.text.get(at + 2..at + 6).ok_or(bad.clone())?;
        match digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            true => u32::from_str_radix(digits, 16).map_err(|_| bad),
            false => Err(bad),
        }
    }
}
