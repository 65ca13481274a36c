//! Reading JSON.

use bson::{Bson, Document};

use super::MAX_DEPTH;
use super::error::{EjsonError, ErrorKind, Position};
use super::scan::Scanner;
use super::types;

/// `EJSON.parse(text)`: canonical, relaxed and legacy extended JSON. A plain integer is an int32, else an
/// int64, else a double; anything with a point or an exponent is a double.
pub fn parse(text: &str) -> Result<Bson, EjsonError> {
    Reader {
        scanner: Scanner::new(text),
        extended: true,
    }
    .document(text)
}

/// `JSON.parse(text)`: keys with a `$` mean nothing.
pub fn parse_json(text: &str) -> Result<Bson, EjsonError> {
    Reader {
        scanner: Scanner::new(text),
        extended: false,
    }
    .document(text)
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    extended: bool,
}

/// An error, and where if that is not where the scanner stopped.
type Failure = (ErrorKind, Option<usize>);

impl Reader<'_> {
    fn document(mut self, text: &str) -> Result<Bson, EjsonError> {
        let result = self.value(0).and_then(|value| match self.scanner.peek() {
            None => Ok(value),
            Some(_) => Err((ErrorKind::Expected("the end of the text"), None)),
        });
        result.map_err(|(kind, offset)| {
            let offset = offset.unwrap_or(self.scanner.offset());
            EjsonError {
                kind,
                position: Some(Position::of(text, offset)),
            }
        })
    }

    fn value(&mut self, depth: usize) -> Result<Bson, Failure> {
        if depth > MAX_DEPTH {
            return Err((ErrorKind::TooDeep, None));
        }
        let start = self.scanner.peek();
        let value = match start {
            Some(b'{') => return self.object(depth),
            Some(b'[') => return self.array(depth),
            Some(b'"') => Bson::String(self.scanner.string().map_err(here)?),
            Some(b'-' | b'0'..=b'9') => self.scanner.number().map_err(here)?.into(),
            Some(b't') if self.scanner.word("true") => Bson::Boolean(true),
            Some(b'f') if self.scanner.word("false") => Bson::Boolean(false),
            Some(b'n') if self.scanner.word("null") => Bson::Null,
            _ => return Err((self.scanner.expected("a value"), None)),
        };
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Bson, Failure> {
        self.scanner.eat(b'[');
        let mut items = Vec::new();
        if self.scanner.eat(b']') {
            return Ok(Bson::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.scanner.eat(b',') {
                self.scanner.expect(b']', "a comma or ]").map_err(here)?;
                return Ok(Bson::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Bson, Failure> {
        let start = self.scanner.offset();
        self.scanner.eat(b'{');
        let mut document = Document::new();
        if self.scanner.eat(b'}') {
            return Ok(Bson::Document(document));
        }
        loop {
            let (key, value) = self.field(depth)?;
            document.insert(key, value);
            if !self.scanner.eat(b',') {
                self.scanner.expect(b'}', "a comma or }").map_err(here)?;
                break;
            }
        }
        match self.extended {
            true => types::value_of(document).map_err(|kind| (kind, Some(start))),
            false => Ok(Bson::Document(document)),
        }
    }

    fn field(&mut self, depth: usize) -> Result<(String, Bson), Failure> {
        self.scanner.skip_space();
        let start = self.scanner.offset();
        let key = self.scanner.string().map_err(|kind| match kind {
            ErrorKind::Expected(_) => (ErrorKind::Expected("a field name in double quotes"), None),
            kind => (kind, None),
        })?;
        if key.contains('\0') {
            return Err((ErrorKind::NullInKey, Some(start)));
        }
        self.scanner.expect(b':', "a colon").map_err(here)?;
        Ok((key, self.value(depth + 1)?))
    }
}

fn here(kind: ErrorKind) -> Failure {
    (kind, None)
}
