//! Documents in their bytes: their fields one after the other, of which only those that are asked for are
//! decoded. What stands in a field that is passed over is not looked at.

use bson::{Bson, DateTime, Document, RawDocument, Timestamp, oid::ObjectId};

use super::Number;

/// The bytes are not what the format says.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Damaged(String);

/// A value in its bytes.
#[derive(Debug, Clone, Copy)]
pub struct RawValue<'a> {
    kind: u8,
    bytes: &'a [u8],
}

/// The fields of a document, in its order.
#[derive(Debug, Clone)]
pub struct RawFields<'a> {
    /// What is left of the document, its last byte too.
    rest: &'a [u8],
}

impl<'a> RawFields<'a> {
    /// The fields of a document.
    #[must_use]
    pub fn of(document: &'a RawDocument) -> Self {
        Self {
            rest: document.as_bytes().get(4..).unwrap_or_default(),
        }
    }

    fn step(&mut self) -> Result<Option<(&'a [u8], RawValue<'a>)>, Damaged> {
        let (kind, rest) = match self.rest.split_first() {
            None | Some((0, _)) => return Ok(None),
            Some((kind, rest)) => (*kind, rest),
        };
        let end = rest.iter().position(|byte| *byte == 0);
        let (name, rest) = end
            .and_then(|end| rest.split_at_checked(end))
            .ok_or_else(cut)?;
        let rest = rest.get(1..).unwrap_or_default();
        let (bytes, rest) = rest.split_at_checked(size(kind, rest)?).ok_or_else(cut)?;
        self.rest = rest;
        Ok(Some((name, RawValue { kind, bytes })))
    }
}

/// A name and a value. After an error there is nothing.
impl<'a> Iterator for RawFields<'a> {
    type Item = Result<(&'a [u8], RawValue<'a>), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.rest = &[];
        }
        step.transpose()
    }
}

/// The whole document, decoded. Of two fields of one name the last one counts, in the place of the first.
///
/// (bson's own way copies every value's bytes first.)
///
/// # Errors
/// When it is damaged.
pub fn decode(document: &RawDocument) -> Result<Document, Damaged> {
    decode_fields(RawFields::of(document))
}

fn decode_fields(fields: RawFields<'_>) -> Result<Document, Damaged> {
    let mut decoded = Document::new();
    for field in fields {
        let (name, value) = field?;
        decoded.insert(text(name)?, value.to_bson()?);
    }
    Ok(decoded)
}

/// A name, or a text without what stands around it.
///
/// # Errors
/// When it is no UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, Damaged> {
    std::str::from_utf8(bytes).map_err(|e| Damaged(e.to_string()))
}

fn cut() -> Damaged {
    Damaged("a document ends too early".to_owned())
}

/// How many bytes a value of this kind has here.
fn size(kind: u8, bytes: &[u8]) -> Result<usize, Damaged> {
    let length = || {
        let length = bytes.first_chunk().copied().map(i32::from_le_bytes);
        let length = length.and_then(|length| usize::try_from(length).ok());
        length.ok_or_else(|| Damaged("a value has no length".to_owned()))
    };
    Ok(match kind {
        0x06 | 0x0A | 0x7F | 0xFF => 0,
        0x08 => 1,
        0x10 => 4,
        0x01 | 0x09 | 0x11 | 0x12 => 8,
        0x07 => 12,
        0x13 => 16,
        // Their lengths are those of texts; a database pointer has an id behind it.
        0x02 | 0x0D | 0x0E => length()?.saturating_add(4),
        0x0C => length()?.saturating_add(16),
        0x05 => length()?.saturating_add(5),
        // Their lengths include themselves.
        0x03 | 0x04 | 0x0F => length()?.max(4),
        // Pattern and options.
        0x0B => {
            let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == 0);
            let end = ends.nth(1).map(|(end, _)| end + 1);
            end.ok_or_else(cut)?
        }
        other => return Err(Damaged(format!("there is no type {other:#04x}"))),
    })
}

impl<'a> RawValue<'a> {
    /// Writes it as a field of a document.
    pub fn write(&self, name: &[u8], out: &mut Vec<u8>) {
        out.push(self.kind);
        out.extend_from_slice(name);
        out.push(0);
        out.extend_from_slice(self.bytes);
    }

    /// It as a number, if it is one other than a decimal.
    #[must_use]
    pub fn number(&self) -> Option<Number> {
        match self.kind {
            0x10 => Some(Number::Int32(i32::from_le_bytes(self.array()?))),
            0x12 => Some(Number::Int64(i64::from_le_bytes(self.array()?))),
            0x01 => Some(Number::Double(f64::from_le_bytes(self.array()?))),
            _ => None,
        }
    }

    /// It as a document, if it is one of its length.
    #[must_use]
    pub fn document(&self) -> Option<&'a RawDocument> {
        let bytes = (self.kind == 0x03).then_some(self.bytes)?;
        RawDocument::from_bytes(bytes).ok()
    }

    /// It as a truth value, if it is one.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        (self.kind == 0x08).then(|| self.bytes != [0])
    }

    /// It as a timestamp, if it is one.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        let parts = (self.kind == 0x11).then(|| self.array()).flatten()?;
        let parts = u64::from_le_bytes(parts);
        let (time, increment) = ((parts >> 32) as u32, parts as u32);
        Some(Timestamp { time, increment })
    }

    /// It as a UUID, if it is one.
    #[must_use]
    pub fn uuid(&self) -> Option<[u8; 16]> {
        match (self.kind, self.bytes) {
            (0x05, [16, 0, 0, 0, 4, id @ ..]) => id.try_into().ok(),
            _ => None,
        }
    }

    /// Whether it is a whole number, a text, an ObjectId, a truth value, a date or a binary: one that holds no others and
    /// means no more than itself.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self.kind, 0x02 | 0x05 | 0x07 | 0x08 | 0x09 | 0x10 | 0x12)
    }

    /// It as a text, if it is one.
    ///
    /// # Errors
    /// When it is no UTF-8.
    pub fn text(&self) -> Result<Option<&'a str>, Damaged> {
        if self.kind != 0x02 {
            return Ok(None);
        }
        match self.bytes {
            [_, _, _, _, within @ .., 0] => text(within).map(Some),
            _ => Err(cut()),
        }
    }

    /// It decoded.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn to_bson(&self) -> Result<Bson, Damaged> {
        if let Some(number) = self.number() {
            return Ok(number.into());
        }
        match self.kind {
            0x02 => self
                .text()
                .map(|text| Bson::String(text.unwrap_or_default().to_owned())),
            0x07 => self
                .array()
                .map(|id| Bson::ObjectId(ObjectId::from_bytes(id)))
                .ok_or_else(cut),
            0x03 => decode_fields(self.fields()?).map(Bson::Document),
            0x04 => {
                let items = self.fields()?.map(|item| item?.1.to_bson());
                items.collect::<Result<_, _>>().map(Bson::Array)
            }
            0x08 => Ok(Bson::Boolean(self.bytes != [0])),
            0x09 => self
                .array()
                .map(|time| Bson::DateTime(DateTime::from_millis(i64::from_le_bytes(time))))
                .ok_or_else(cut),
            0x0A => Ok(Bson::Null),
            0x11 => self.timestamp().map(Bson::Timestamp).ok_or_else(cut),
            _ => self.any(),
        }
    }

    fn array<const N: usize>(&self) -> Option<[u8; N]> {
        self.bytes.first_chunk().copied()
    }

    /// The fields of a document, or an array's items, of its length.
    fn fields(&self) -> Result<RawFields<'a>, Damaged> {
        let inner = RawDocument::from_bytes(self.bytes);
        let inner = inner.map_err(|e| Damaged(e.to_string()))?;
        Ok(RawFields::of(inner))
    }

    /// The value of a document that has it only.
    fn any(&self) -> Result<Bson, Damaged> {
        let damaged = |e: &dyn std::fmt::Display| Damaged(e.to_string());
        let length = i32::try_from(self.bytes.len() + 7).map_err(|e| damaged(&e))?;
        let length = length.to_le_bytes();
        let document = [&length, &[self.kind, 0][..], self.bytes, &[0]].concat();
        let document = RawDocument::from_bytes(&document).map_err(|e| damaged(&e))?;
        let (_, value) = document
            .iter()
            .next()
            .ok_or_else(cut)?
            .map_err(|e| damaged(&e))?;
        Bson::try_from(value).map_err(|e| damaged(&e))
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use bson::{RawDocumentBuf, doc};

    use super::*;

    fn every_type() -> bson::Document {
        let binary = |subtype, bytes: &[u8]| bson::Binary {
            subtype,
            bytes: bytes.to_vec(),
        };
        doc! {
            "double": -0.0, "text": "ä\u{0}b", "document": { "a": [1, { "b": 2 }] }, "array": [1, "x"],
            "binary": binary(bson::spec::BinarySubtype::Generic, b"\0\x01"),
            "old": binary(bson::spec::BinarySubtype::BinaryOld, b"xy"),
            "undefined": Bson::Undefined, "id": ObjectId::from_bytes([7; 12]), "true": true,
            "date": bson::DateTime::from_millis(-5), "null": Bson::Null,
            "regex": Bson::RegularExpression(bson::Regex { pattern: "a.*".try_into().unwrap(), options: "im".try_into().unwrap() }),
            "code": Bson::JavaScriptCode("f()".to_owned()), "symbol": Bson::Symbol("s".to_owned()),
            "scoped": Bson::JavaScriptCodeWithScope(bson::JavaScriptCodeWithScope {
                code: "g()".to_owned(), scope: doc! { "x": 1 },
            }),
            "int": -3, "timestamp": bson::Timestamp { time: 5, increment: 6 }, "long": i64::MIN,
            "decimal": bson::Decimal128::from_str("1.50").unwrap(),
            "min": Bson::MinKey, "max": Bson::MaxKey, "": "empty",
        }
    }

    #[test]
    fn decodes_every_type() {
        let document = every_type();
        let raw = RawDocumentBuf::try_from(&document).unwrap();
        let decoded = decode(&raw).unwrap();
        assert_eq!(decoded.to_vec().unwrap(), document.to_vec().unwrap());
    }

    #[test]
    fn damaged_bytes_are_an_error_or_other_values() {
        let bytes = every_type().to_vec().unwrap();
        for at in 4..bytes.len() - 1 {
            for new in [0, 1, 0x0B, 0x7F, 0xFF] {
                let mut bytes = bytes.clone();
                bytes[at] = new;
                let raw = RawDocument::from_bytes(&bytes).unwrap();
                decode(raw).ok();
                for (_, value) in RawFields::of(raw).flatten() {
                    value.to_bson().ok();
                }
            }
        }
    }
}
