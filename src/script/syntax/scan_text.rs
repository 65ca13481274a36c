//! The scanner's literals: strings, templates, regular expressions, numbers.

use super::scan::{Mark, Scanner, bad, is_word_continue};
use super::token::Kind;

impl<'s> Scanner<'s> {
    /// `"…"` as in Rhai, `'…'` as in JavaScript; the escapes of both in either.
    pub(super) fn quoted(&mut self, quote: char) -> Kind<'s> {
        let start_column = self.column + 1;
        self.take();
        let mut text = String::new();
        loop {
            // Runs of ordinary characters go in one piece: a string may be megabytes long.
            let run = self
                .rest()
                .find(['\\', '\n', quote])
                .unwrap_or(self.rest().len());
            let piece = &self.rest()[..run];
            text.push_str(piece);
            self.column += piece.chars().count() as u32;
            self.at += run;
            match self.take() {
                None => {
                    return bad(
                        format!("this string is never closed: {quote} is missing"),
                        false,
                    );
                }
                Some('\n') => {
                    return bad(
                        format!(
                            "this string is not closed at the end of its line: {quote} is missing"
                        ),
                        false,
                    );
                }
                Some('\\') => match self.escape(&mut text, start_column) {
                    Ok(()) => {}
                    Err(kind) => return kind,
                },
                // Rhai writes a double quote in a string twice.
                Some(_) if quote == '"' && self.eat('"') => text.push('"'),
                Some(_) => return Kind::Text(text),
            }
        }
    }

    fn escape(&mut self, text: &mut String, start_column: u32) -> Result<(), Kind<'s>> {
        let Some(c) = self.take() else {
            return Err(bad("this string is never closed", false));
        };
        match c {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'v' => text.push('\u{b}'),
            '0' => text.push('\0'),
            'x' => text.push(self.code_point(2)?),
            'U' => text.push(self.code_point(8)?),
            'u' => text.push(self.unicode()?),
            '\r' | '\n' => self.continue_line(c, start_column),
            c => text.push(c),
        }
        Ok(())
    }

    /// A `\` at the end of a line: the string goes on, past the indentation below it.
    fn continue_line(&mut self, c: char, start_column: u32) {
        if c == '\r' {
            self.eat('\n');
        }
        while self.column < start_column
            && self.peek().is_some_and(|c| c != '\n' && c.is_whitespace())
        {
            self.take();
        }
    }

    /// Whether `\u` is an escape of JavaScript's here, and not the start of a path's folder.
    fn unicode_follows(&self) -> bool {
        let code = self.rest().get(2..).unwrap_or_default();
        let hex = |text: &str| text.chars().take_while(char::is_ascii_hexdigit).count();
        match code.strip_prefix('{') {
            Some(code) => hex(code) > 0 && code[hex(code)..].starts_with('}'),
            None => hex(code) >= 4,
        }
    }

    fn unicode(&mut self) -> Result<char, Kind<'s>> {
        if self.eat('{') {
            let mut digits = String::new();
            while let Some(c) = self.peek().filter(char::is_ascii_hexdigit) {
                digits.push(c);
                self.take();
            }
            let code = u32::from_str_radix(&digits, 16)
                .ok()
                .and_then(char::from_u32);
            return match code {
                Some(c) if self.eat('}') => Ok(c),
                _ => Err(bad_escape("u{…}")),
            };
        }
        let high = self.hex(4)?;
        if (0xD800..0xDC00).contains(&high) && self.rest().starts_with("\\u") {
            self.take();
            self.take();
            let low = self.hex(4)?;
            let pair = 0x10000 + ((high - 0xD800) << 10) + low.wrapping_sub(0xDC00);
            return char::from_u32(pair).ok_or_else(|| bad_escape("u"));
        }
        char::from_u32(high).ok_or_else(|| bad_escape("u"))
    }

    fn code_point(&mut self, digits: usize) -> Result<char, Kind<'s>> {
        char::from_u32(self.hex(digits)?).ok_or_else(|| bad_escape("x"))
    }

    fn hex(&mut self, digits: usize) -> Result<u32, Kind<'s>> {
        let mut code = 0_u32;
        for _ in 0..digits {
            let digit = self
                .peek()
                .and_then(|c| c.to_digit(16))
                .ok_or_else(|| bad_escape("x or \\u"))?;
            code = code.wrapping_mul(16).wrapping_add(digit);
            self.take();
        }
        Ok(code)
    }

    /// `#"…"#`: everything stands for itself.
    pub(super) fn raw_string(&mut self) -> Kind<'s> {
        let mut hashes = 0;
        while self.eat('#') {
            hashes += 1;
        }
        if !self.eat('"') {
            return bad("'#' has no meaning here", false);
        }
        let close = format!("\"{}", "#".repeat(hashes));
        match self.rest().find(&close) {
            Some(len) => {
                let text = self.rest()[..len].to_string();
                let end = self.at + len + close.len();
                while self.at < end {
                    self.take();
                }
                Kind::Text(text)
            }
            None => {
                while self.take().is_some() {}
                bad(
                    format!("this raw string is never closed: {close} is missing"),
                    true,
                )
            }
        }
    }

    /// Rhai drops a line break right after the opening back-tick.
    pub(super) fn template_start(&mut self, mark: Mark) {
        if self.rest().starts_with("\r\n") {
            self.take();
        }
        self.eat('\n');
        self.piece_at(mark);
    }

    /// The text of a template after an interpolation.
    pub(super) fn piece(&mut self, mark: Mark) {
        self.piece_at(mark);
    }

    fn piece_at(&mut self, mark: Mark) {
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                self.push(
                    mark,
                    bad("this template string is never closed: ` is missing", true),
                );
                return;
            };
            match (c, self.peek_second()) {
                ('`', Some('`')) => {
                    self.take();
                    text.push('`');
                }
                ('`', _) => {
                    self.take();
                    self.push(mark, Kind::Piece { text, open: false });
                    return;
                }
                ('$', Some('{')) => {
                    self.take();
                    self.push(mark, Kind::Piece { text, open: true });
                    let brace = self.mark();
                    self.take();
                    self.open_bracket(brace, "${");
                    return;
                }
                ('\\', Some('u')) if self.unicode_follows() => {
                    self.take();
                    self.take();
                    match self.unicode() {
                        Ok(c) => text.push(c),
                        Err(bad) => return self.push(mark, bad),
                    }
                    continue;
                }
                // The escapes people write in JavaScript's templates; Rhai's are verbatim, so
                // that every other backslash stays one.
                ('\\', Some(escaped @ ('n' | 't' | 'r' | '`' | '$' | '\\'))) => {
                    self.take();
                    text.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    });
                }
                ('\r', Some('\n')) => {}
                (c, _) => text.push(c),
            }
            self.take();
        }
    }

    /// `/…/flags`, or `None` where the line has no closing slash.
    pub(super) fn regex(&mut self) -> Option<Kind<'s>> {
        let (mut in_class, mut escaped) = (false, false);
        let body = &self.rest()[1..];
        let end = body.char_indices().find_map(|(i, c)| match c {
            '\n' | '\r' => Some(None),
            _ if escaped => {
                escaped = false;
                None
            }
            '\\' => {
                escaped = true;
                None
            }
            '[' => {
                in_class = true;
                None
            }
            ']' => {
                in_class = false;
                None
            }
            '/' if !in_class => Some(Some(i)),
            _ => None,
        })??;
        let pattern = body[..end].replace("\\/", "/");
        let stop = self.at + 1 + end + 1;
        while self.at < stop {
            self.take();
        }
        let flags_from = self.at;
        while self.peek().is_some_and(is_word_continue) {
            self.take();
        }
        Some(Kind::Regex(Box::new((
            pattern,
            self.text[flags_from..self.at].to_string(),
        ))))
    }

    pub(super) fn number(&mut self, mark: Mark, negative: bool) {
        let kind = self.number_kind(negative);
        self.push(mark, kind);
    }

    fn number_kind(&mut self, negative: bool) -> Kind<'s> {
        let radix = match (self.peek(), self.peek_second()) {
            (Some('0'), Some('x' | 'X')) => Some(16),
            (Some('0'), Some('o' | 'O')) => Some(8),
            (Some('0'), Some('b' | 'B')) => Some(2),
            _ => None,
        };
        let kind = match radix {
            Some(radix) => self.radix_number(radix, negative),
            None => self.decimal_number(negative),
        };
        // `5n` is a BigInt of JavaScript.
        if matches!(kind, Kind::Int(_))
            && self.peek() == Some('n')
            && !self.peek_second().is_some_and(is_word_continue)
        {
            self.take();
        }
        kind
    }

    fn radix_number(&mut self, radix: u32, negative: bool) -> Kind<'s> {
        self.take();
        self.take();
        let digits = self.digits(|c| c.is_digit(radix));
        match u64::from_str_radix(&digits, radix) {
            Ok(n) if negative => Kind::Int((n as i64).wrapping_neg()),
            Ok(n) => Kind::Int(n as i64),
            Err(_) => bad(format!("'{digits}' is not a number in base {radix}"), false),
        }
    }

    fn decimal_number(&mut self, negative: bool) -> Kind<'s> {
        let mut text = String::from(if negative { "-" } else { "" });
        text += &self.digits(|c| c.is_ascii_digit());
        let mut float = false;
        if self.peek() == Some('.') && self.point_is_of_number() {
            self.take();
            text.push('.');
            text += &self.digits(|c| c.is_ascii_digit());
            float = true;
        }
        float |= self.exponent(&mut text);
        if !float && let Ok(n) = text.parse() {
            return Kind::Int(n);
        }
        text.parse().map_or_else(
            |_| bad(format!("'{text}' is not a number"), false),
            Kind::Float,
        )
    }

    /// `5.` and `5.5` are numbers, `5..9` a range, `5.abs()` a method call.
    fn point_is_of_number(&self) -> bool {
        match self.peek_second() {
            Some('.' | '_') => false,
            Some(c) => !c.is_alphabetic(),
            None => true,
        }
    }

    fn exponent(&mut self, text: &mut String) -> bool {
        let mut ahead = self.rest().chars();
        if !matches!(ahead.next(), Some('e' | 'E')) {
            return false;
        }
        let sign = ahead.next().filter(|c| matches!(c, '+' | '-'));
        let digit = if sign.is_some() {
            ahead.next()
        } else {
            self.peek_second()
        };
        if !digit.is_some_and(|c| c.is_ascii_digit()) {
            return false;
        }
        self.take();
        text.push('e');
        if let Some(sign) = sign {
            self.take();
            text.push(sign);
        }
        text.push_str(&self.digits(|c| c.is_ascii_digit()));
        true
    }

    fn digits(&mut self, valid: impl Fn(char) -> bool) -> String {
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(|c| *c == '_' || valid(*c)) {
            self.take();
            if c != '_' {
                digits.push(c);
            }
        }
        digits
    }
}

fn bad_escape<'s>(which: &str) -> Kind<'s> {
    bad(
        format!("a \\{which} in a string needs the code of a character after it"),
        false,
    )
}
