//! Whether bytes are a document: every length, type, end and text, without decoding it.
//!
//! One pass with a small stack of its own, so that no nesting can exhaust the thread's.

use super::{MAX_DEPTH, WireError};

/// Whether `bytes` are exactly one well-formed document of at most [`MAX_DEPTH`] levels.
///
/// # Errors
/// [`WireError::Bson`] or [`WireError::Depth`].
pub fn document(bytes: &[u8]) -> Result<(), WireError> {
    Walk { bytes, place: 0 }.run()
}

struct Walk<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl Walk<'_> {
    fn run(mut self) -> Result<(), WireError> {
        let mut ends = Vec::with_capacity(8);
        ends.push(self.open(self.bytes.len())?);
        while let Some(end) = ends.last().copied() {
            let kind = self.byte()?;
            if kind == 0 {
                if self.place != end {
                    return Err(bad("a document does not end where it says"));
                }
                ends.pop();
                continue;
            }
            self.text()?;
            if let Some(inner) = self.value(kind, end)? {
                if ends.len() >= MAX_DEPTH {
                    return Err(WireError::Depth);
                }
                ends.push(inner);
            }
            if self.place >= end {
                return Err(bad("a value reaches beyond its document"));
            }
        }
        match self.place == self.bytes.len() {
            true => Ok(()),
            false => Err(bad("bytes follow a document")),
        }
    }

    /// Passes over a value; the end of a document that begins there, if one does.
    fn value(&mut self, kind: u8, end: usize) -> Result<Option<usize>, WireError> {
        match kind {
            0x01 | 0x09 | 0x11 | 0x12 => self.skip(8)?,
            0x02 | 0x0d | 0x0e => self.string()?,
            0x03 | 0x04 => return self.open(end).map(Some),
            0x05 => self.binary()?,
            0x06 | 0x0a | 0x7f | 0xff => {}
            0x07 => self.skip(12)?,
            0x08 => match self.byte()? {
                0 | 1 => {}
                _ => return Err(bad("a boolean is neither 0 nor 1")),
            },
            0x0b => {
                self.text()?;
                self.text()?;
            }
            0x0c => {
                self.string()?;
                self.skip(12)?;
            }
            0x0f => self.code_with_scope(end)?,
            0x10 => self.skip(4)?,
            0x13 => self.skip(16)?,
            other => return Err(bad(&format!("unrecognized BSON type {other}"))),
        }
        Ok(None)
    }

    /// A document's length; the place of its end.
    fn open(&mut self, outer: usize) -> Result<usize, WireError> {
        let start = self.place;
        let length = self.length()?;
        let end = start.saturating_add(length);
        match length >= 5 && end <= outer {
            true => Ok(end),
            false => Err(bad("a document's length is wrong")),
        }
    }

    fn binary(&mut self) -> Result<(), WireError> {
        let length = self.length()?;
        let subtype = self.byte()?;
        if subtype == 2 {
            // The old subtype has its length once more inside.
            let inner = self.length()?;
            if inner.checked_add(4) != Some(length) {
                return Err(bad("an old binary's lengths differ"));
            }
            return self.skip(inner);
        }
        self.skip(length)
    }

    /// The scope is a document; it is walked by a walk of its own, and holds no code with scope again.
    fn code_with_scope(&mut self, end: usize) -> Result<(), WireError> {
        let start = self.place;
        let total = self.length()?;
        self.string()?;
        let after = start.saturating_add(total);
        let scope = self.bytes.get(self.place..after.min(end));
        let scope = scope.filter(|_| after <= end);
        let scope = scope.ok_or_else(|| bad("a code's length is wrong"))?;
        self.place = after;
        let has_code = scope.contains(&0x0f);
        // Depth: a scope that might hold another scope is refused beyond one level.
        if has_code && scope.len() > 4096 {
            return Err(bad("a code's scope is too large"));
        }
        Scope { bytes: scope }.check()
    }

    fn string(&mut self) -> Result<(), WireError> {
        let length = self.length()?;
        let end = self.place.saturating_add(length);
        let text = self.bytes.get(self.place..end);
        match text.and_then(<[u8]>::split_last) {
            Some((0, text)) if std::str::from_utf8(text).is_ok() => {
                self.place = end;
                Ok(())
            }
            Some((0, _)) => Err(bad("a string is no UTF-8")),
            _ => Err(bad("a string's length is wrong")),
        }
    }

    fn text(&mut self) -> Result<(), WireError> {
        let rest = self.bytes.get(self.place..).unwrap_or_default();
        let end = rest.iter().position(|b| *b == 0);
        let end = end.ok_or_else(|| bad("a name has no end"))?;
        let name = rest.get(..end).unwrap_or_default();
        if std::str::from_utf8(name).is_err() {
            return Err(bad("a name is no UTF-8"));
        }
        self.place += end + 1;
        Ok(())
    }

    fn length(&mut self) -> Result<usize, WireError> {
        let bytes = self.bytes.get(self.place..).and_then(<[u8]>::first_chunk);
        let bytes = bytes.ok_or_else(|| bad("it ends too early"))?;
        self.place += 4;
        usize::try_from(i32::from_le_bytes(*bytes)).map_err(|_| bad("a length is negative"))
    }

    fn byte(&mut self) -> Result<u8, WireError> {
        let byte = self.bytes.get(self.place).copied();
        self.place += 1;
        byte.ok_or_else(|| bad("it ends too early"))
    }

    fn skip(&mut self, n: usize) -> Result<(), WireError> {
        self.place = self.place.saturating_add(n);
        match self.place <= self.bytes.len() {
            true => Ok(()),
            false => Err(bad("it ends too early")),
        }
    }
}

/// The scope of a code: a document without further scopes.
struct Scope<'a> {
    bytes: &'a [u8],
}

impl Scope<'_> {
    fn check(&self) -> Result<(), WireError> {
        let mut walk = Walk {
            bytes: self.bytes,
            place: 0,
        };
        let mut ends = vec![walk.open(self.bytes.len())?];
        while let Some(end) = ends.last().copied() {
            let kind = walk.byte()?;
            match kind {
                0 if walk.place == end => {
                    ends.pop();
                    continue;
                }
                0 => return Err(bad("a document does not end where it says")),
                0x0f => return Err(bad("a code's scope holds a code with scope")),
                _ => walk.text()?,
            }
            if let Some(inner) = walk.value(kind, end)? {
                if ends.len() >= MAX_DEPTH / 2 {
                    return Err(WireError::Depth);
                }
                ends.push(inner);
            }
            if walk.place >= end {
                return Err(bad("a value reaches beyond its document"));
            }
        }
        match walk.place == self.bytes.len() {
            true => Ok(()),
            false => Err(bad("bytes follow a document")),
        }
    }
}

fn bad(what: &str) -> WireError {
    WireError::Bson(what.to_owned())
}

#[cfg(test)]
mod tests {
    use bson::{Bson, doc};
    use proptest::prelude::*;

    /// `{a: {a: …}}`, made of bytes: a document of so many levels cannot even be dropped.
    fn nested(levels: usize) -> Vec<u8> {
        let mut bytes = vec![5, 0, 0, 0, 0];
        for _ in 1..levels {
            let length = i32::try_from(bytes.len() + 8).unwrap();
            let outer = length.to_le_bytes().into_iter().chain([3, b'a', 0]);
            bytes = outer.chain(bytes).chain([0]).collect();
        }
        bytes
    }

    #[test]
    fn takes_every_type() {
        let all = doc! {
            "double": 1.5, "string": "x", "doc": { "a": [1, { "b": 2_i64 }] },
            "binary": Bson::Binary(bson::Binary { subtype: bson::spec::BinarySubtype::BinaryOld, bytes: vec![1, 2] }),
            "undefined": Bson::Undefined, "id": bson::oid::ObjectId::new(), "bool": true,
            "date": bson::DateTime::now(), "null": null,
            "regex": bson::Regex { pattern: "a".to_owned().try_into().unwrap(), options: "i".to_owned().try_into().unwrap() },
            "code": Bson::JavaScriptCode("x".into()),
            "scope": bson::JavaScriptCodeWithScope { code: "x".into(), scope: doc! { "a": { "b": 1 } } },
            "timestamp": bson::Timestamp { time: 1, increment: 2 },
            "decimal": "1".parse::<bson::Decimal128>().unwrap(), "min": Bson::MinKey, "max": Bson::MaxKey,
        };
        super::document(&all.to_vec().unwrap()).unwrap();
    }

    #[test]
    fn bounds_the_depth() {
        super::document(&nested(super::MAX_DEPTH)).unwrap();
        assert!(super::document(&nested(super::MAX_DEPTH + 1)).is_err());
        assert!(super::document(&nested(5_000)).is_err());
    }

    proptest! {
        /// What passes can be decoded; what cannot be decoded does not pass; nothing panics.
        #[test]
        fn what_passes_can_be_decoded(
            place in 0..200_usize, byte: u8, cut in 0..300_usize, text in ".{0,8}",
        ) {
            let whole = doc! { "a": text, "b": { "c": [1, 2.5, null, { "d": "e" }] }, "f": true,
                "g": Bson::Binary(bson::Binary { subtype: bson::spec::BinarySubtype::Uuid, bytes: vec![7; 16] }),
                "h": bson::JavaScriptCodeWithScope { code: "x".into(), scope: doc! { "a": 1 } } };
            let mut bytes = whole.to_vec().unwrap();
            let len = bytes.len();
            bytes[place % len] = byte;
            bytes.truncate(cut.max(1));
            if super::document(&bytes).is_ok() {
                let decoded = bson::Document::from_reader(bytes.as_slice());
                prop_assert!(decoded.is_ok(), "{decoded:?} of {bytes:?}");
            }
        }

        #[test]
        fn survives_any_bytes(bytes: Vec<u8>) {
            let _ = super::document(&bytes);
        }
    }
}
