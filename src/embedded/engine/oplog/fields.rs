//! Writing an entry's fields behind other bytes, where the store has them.

use bson::spec::BinarySubtype;
use bson::{DateTime, Timestamp};

/// A document that is being appended. Names are literals without a zero byte.
pub(super) struct Fields<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Fields<'a> {
    pub fn begin(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        Self { out, start }
    }

    /// Nothing follows.
    pub fn end(self) {
        self.out.push(0);
        let length = self.out.len() - self.start;
        if let Some(place) = self.out.get_mut(self.start..self.start + 4) {
            place.copy_from_slice(&size(length));
        }
    }

    fn name(&mut self, kind: u8, name: &str) {
        self.out.push(kind);
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(0);
    }

    fn value<const N: usize>(&mut self, kind: u8, name: &str, value: [u8; N]) {
        self.name(kind, name);
        self.out.extend_from_slice(&value);
    }

    /// A document in it.
    pub fn inner(&mut self, name: &str) -> Fields<'_> {
        self.name(0x03, name);
        Fields::begin(self.out)
    }

    /// A whole document.
    pub fn document(&mut self, name: &str, document: &[u8]) {
        self.name(0x03, name);
        self.out.extend_from_slice(document);
    }

    /// An array of elements that have their names.
    pub fn array(&mut self, name: &str, elements: &[u8]) {
        self.name(0x04, name);
        let inner = Fields::begin(self.out);
        inner.out.extend_from_slice(elements);
        inner.end();
    }

    /// A string, in its parts.
    pub fn text(&mut self, name: &str, parts: &[&str]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.value(0x02, name, size(length + 1));
        parts
            .iter()
            .for_each(|part| self.out.extend_from_slice(part.as_bytes()));
        self.out.push(0);
    }

    pub fn binary(&mut self, name: &str, subtype: BinarySubtype, bytes: &[u8]) {
        self.value(0x05, name, size(bytes.len()));
        self.out.push(subtype.into());
        self.out.extend_from_slice(bytes);
    }

    pub fn int(&mut self, name: &str, value: i32) {
        self.value(0x10, name, value.to_le_bytes());
    }

    pub fn long(&mut self, name: &str, value: i64) {
        self.value(0x12, name, value.to_le_bytes());
    }

    pub fn date(&mut self, name: &str, value: DateTime) {
        self.value(0x09, name, value.timestamp_millis().to_le_bytes());
    }

    pub fn timestamp(&mut self, name: &str, value: Timestamp) {
        let number = u64::from(value.time) << 32 | u64::from(value.increment);
        self.value(0x11, name, number.to_le_bytes());
    }
}

/// A length as BSON has it. Nothing that is stored is longer than 48 MB.
fn size(length: usize) -> [u8; 4] {
    i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use bson::{Binary, Document, doc};

    use super::*;

    #[test]
    fn as_the_driver_writes_it() {
        let (ts, wall) = (
            Timestamp {
                time: 7,
                increment: 3,
            },
            DateTime::from_millis(-5),
        );
        let mut out = vec![1, 2, 3];
        let mut fields = Fields::begin(&mut out);
        fields.text("text", &["a", "", "b"]);
        fields.binary("id", BinarySubtype::Uuid, &[9; 16]);
        let mut inner = fields.inner("inner");
        inner.int("int", -1);
        inner.end();
        fields.document("o", &doc! { "_id": 1 }.to_vec().unwrap());
        fields.long("long", i64::MIN);
        fields.date("wall", wall);
        fields.timestamp("ts", ts);
        fields.end();
        let id = Binary {
            subtype: BinarySubtype::Uuid,
            bytes: vec![9; 16],
        };
        let expected = doc! {
            "text": "ab", "id": id, "inner": { "int": -1 }, "o": { "_id": 1 }, "long": i64::MIN,
            "wall": wall, "ts": ts,
        };
        assert_eq!(Document::from_reader(&out[3..]).unwrap(), expected);
    }
}
