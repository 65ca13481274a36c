//! Values in the server's `KeyString` format, version 1, ascending: bytes in the order of the values.
//!
//! Resume tokens are made of it. Each value begins with a byte for its type; numbers of all types share one
//! order, so that what they were (int, long, double, decimal; string or symbol) is kept beside it, as *type
//! bits*.

use bson::spec::BinarySubtype;
use bson::{Bson, Document, Timestamp};

use crate::value::{Number, pointer};

/// What ends a whole key.
const END: u8 = 4;

/// Bytes that are being written, and the type bits of their values.
#[derive(Debug, Default)]
pub(super) struct KeyString {
    bytes: Vec<u8>,
    bits: Vec<u8>,
    bit_count: usize,
}

impl KeyString {
    /// Adds a value.
    pub(super) fn push(&mut self, value: &Bson) {
        self.bytes.push(type_byte(value));
        match value {
            // The byte was for fields; a number's own says its size and a boolean's its value.
            Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => {
                self.bytes.pop();
                self.number(value);
            }
            Bson::Boolean(b) => {
                self.bytes.pop();
                self.bytes.push(0x6e + u8::from(*b));
            }
            value => self.rest(value),
        }
    }

    /// The key with its end, and the type bits if they say anything.
    pub(super) fn finish(mut self) -> (Vec<u8>, Option<Vec<u8>>) {
        self.bytes.push(END);
        let bits = self.bits;
        if bits.iter().all(|byte| *byte == 0) {
            return (self.bytes, None);
        }
        let bits = match (&bits[..], u8::try_from(bits.len())) {
            ([only], _) if *only < 0x80 => vec![*only],
            (_, Ok(length)) if length < 0x80 => [&[0x80 | length][..], &bits].concat(),
            _ => {
                let length = u32::try_from(bits.len()).unwrap_or(u32::MAX);
                [&[0x80][..], &length.to_le_bytes(), &bits].concat()
            }
        };
        (self.bytes, Some(bits))
    }

    fn bit(&mut self, bit: bool) {
        let offset = self.bit_count % 8;
        if offset == 0 {
            self.bits.push(0);
        }
        if let Some(last) = self.bits.last_mut() {
            *last |= u8::from(bit) << offset;
        }
        self.bit_count += 1;
    }

    /// A value without its type's byte.
    fn rest(&mut self, value: &Bson) {
        match value {
            Bson::String(s) => {
                self.bit(false);
                self.text(s);
            }
            Bson::Symbol(s) => {
                self.bit(true);
                self.text(s);
            }
            Bson::JavaScriptCode(s) => self.text(s),
            Bson::Document(doc) => self.document(doc),
            Bson::Array(items) => {
                items.iter().for_each(|item| self.push(item));
                self.bytes.push(0);
            }
            Bson::Binary(binary) => self.binary(binary.subtype, &binary.bytes),
            Bson::ObjectId(id) => self.bytes.extend(id.bytes()),
            Bson::DateTime(date) => {
                let ordered = date.timestamp_millis().cast_unsigned() ^ (1 << 63);
                self.bytes.extend(ordered.to_be_bytes());
            }
            Bson::Timestamp(t) => self.timestamp(*t),
            Bson::RegularExpression(regex) => {
                for part in [regex.pattern.as_str(), regex.options.as_str()] {
                    self.bytes.extend(part.as_bytes());
                    self.bytes.push(0);
                }
            }
            Bson::JavaScriptCodeWithScope(code) => {
                self.text(&code.code);
                self.document(&code.scope);
            }
            Bson::DbPointer(_) => {
                if let Some((ns, id)) = pointer::parts(value) {
                    let length = u32::try_from(ns.len()).unwrap_or(u32::MAX);
                    self.bytes.extend(length.to_be_bytes());
                    self.bytes.extend(ns.as_bytes());
                    self.bytes.extend(id.bytes());
                }
            }
            _ => {}
        }
    }

    fn timestamp(&mut self, t: Timestamp) {
        self.bytes.extend(t.time.to_be_bytes());
        self.bytes.extend(t.increment.to_be_bytes());
    }

    /// A text, ended by a zero byte; those in it are marked.
    fn text(&mut self, text: &str) {
        for byte in text.bytes() {
            self.bytes.push(byte);
            if byte == 0 {
                self.bytes.push(0xff);
            }
        }
        self.bytes.push(0);
    }

    /// Fields: the type, the name, the value. Ended by a zero byte.
    fn document(&mut self, doc: &Document) {
        for (name, value) in doc {
            self.bytes.push(type_byte(value));
            self.bytes.extend(name.as_bytes());
            self.bytes.push(0);
            self.push(value);
        }
        self.bytes.push(0);
    }

    fn binary(&mut self, subtype: BinarySubtype, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(length) if length < 0xff => self.bytes.push(length),
            _ => {
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                self.bytes.push(0xff);
                self.bytes.extend(length.to_be_bytes());
            }
        }
        self.bytes.push(subtype.into());
        self.bytes.extend(bytes);
    }

    fn number(&mut self, value: &Bson) {
        let (first, second) = match value {
            Bson::Double(_) => (true, false),
            Bson::Int64(_) => (false, true),
            Bson::Decimal128(_) => (true, true),
            _ => (false, false),
        };
        self.bit(first);
        self.bit(second);
        match value {
            Bson::Int32(n) => self.integer((*n).into()),
            Bson::Int64(n) => self.integer(*n),
            Bson::Double(x) => self.double(*x),
            other => self.double(Number::from_bson(other).map_or(0.0, Number::to_f64)),
        }
    }

    fn integer(&mut self, n: i64) {
        if n == 0 {
            self.bytes.push(NUMERIC_ZERO);
            return;
        }
        match n.unsigned_abs() {
            magnitude if magnitude < 1 << 63 => self.scaled(magnitude << 1, n < 0, &[]),
            // The least integer has no room for the bit of a fraction.
            _ => self.double(n as f64),
        }
    }

    /// A magnitude and the bytes of its fraction; how many bytes the magnitude has is in the first one.
    fn scaled(&mut self, magnitude: u64, negative: bool, fraction: &[u8]) {
        let bytes = magnitude.to_be_bytes();
        let skip = usize::try_from(magnitude.leading_zeros() / 8)
            .unwrap_or(7)
            .min(7);
        let (_, significant) = bytes.split_at(skip);
        let size = u8::try_from(significant.len()).unwrap_or(8);
        let start = self.bytes.len() + 1;
        self.bytes.push(match negative {
            false => NUMERIC_POSITIVE_1 + size - 1,
            true => NUMERIC_NEGATIVE_1 - (size - 1),
        });
        self.bytes.extend(significant);
        self.bytes.extend(fraction);
        self.flip(start, negative);
    }

    fn flip(&mut self, start: usize, negative: bool) {
        if negative {
            self.bytes.iter_mut().skip(start).for_each(|b| *b = !*b);
        }
    }

    fn double(&mut self, x: f64) {
        let (magnitude, negative) = (x.abs(), x < 0.0);
        if x.is_nan() {
            self.bytes.push(NUMERIC_NAN);
        } else if magnitude == 0.0 {
            self.bytes.push(NUMERIC_ZERO);
        } else if magnitude < 1.0 {
            // Those near zero are scaled, so that two bits of the others' exponents need not be kept.
            let bits = match magnitude < 2_f64.powi(-255) {
                true => (magnitude * 2_f64.powi(768)).to_bits() << 1,
                false => magnitude.to_bits() << 2,
            };
            self.outside(
                [NUMERIC_SMALL_POSITIVE, NUMERIC_SMALL_NEGATIVE],
                bits,
                negative,
            );
        } else if magnitude >= 2_f64.powi(63) {
            let bits = match magnitude.is_infinite() {
                true => u64::MAX,
                false => (magnitude.to_bits() << 1) & !(1 << 63),
            };
            self.outside(
                [NUMERIC_LARGE_POSITIVE, NUMERIC_LARGE_NEGATIVE],
                bits,
                negative,
            );
        } else {
            self.double_in_range(magnitude, negative);
        }
    }

    fn outside(&mut self, [positive, negated]: [u8; 2], bits: u64, negative: bool) {
        let start = self.bytes.len() + 1;
        self.bytes.push(if negative { negated } else { positive });
        self.bytes.extend(bits.to_be_bytes());
        self.flip(start, negative);
    }

    /// A double whose whole part is an integer of 63 bits.
    fn double_in_range(&mut self, magnitude: f64, negative: bool) {
        let whole = magnitude.trunc() as u64;
        let fraction = magnitude.fract();
        if fraction == 0.0 {
            self.scaled(whole << 1, negative, &[]);
            return;
        }
        let scaled = whole << 1 | 1;
        // The fraction has the bytes that the whole part leaves of eight.
        let room = usize::try_from(scaled.leading_zeros() / 8).unwrap_or(0);
        let shift = i32::try_from(8 * room).unwrap_or(0);
        let bits = (fraction * 2_f64.powi(shift)) as u64;
        let bytes = bits.to_be_bytes();
        let (_, bytes) = bytes.split_at(8 - room.min(8));
        self.scaled(scaled, negative, bytes);
    }
}

const NUMERIC_NAN: u8 = 0x1e;
const NUMERIC_LARGE_NEGATIVE: u8 = 0x1f;
const NUMERIC_NEGATIVE_1: u8 = 0x27;
const NUMERIC_SMALL_NEGATIVE: u8 = 0x28;
const NUMERIC_ZERO: u8 = 0x29;
const NUMERIC_SMALL_POSITIVE: u8 = 0x2a;
const NUMERIC_POSITIVE_1: u8 = 0x2b;
const NUMERIC_LARGE_POSITIVE: u8 = 0x33;

/// The byte of a value's type.
fn type_byte(value: &Bson) -> u8 {
    match value {
        Bson::MinKey => 0x0a,
        Bson::Undefined => 0x0f,
        Bson::Null => 0x14,
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => 0x1e,
        Bson::String(_) | Bson::Symbol(_) => 0x3c,
        Bson::Document(_) => 0x46,
        Bson::Array(_) => 0x50,
        Bson::Binary(_) => 0x5a,
        Bson::ObjectId(_) => 0x64,
        Bson::Boolean(_) => 0x6e,
        Bson::DateTime(_) => 0x78,
        Bson::Timestamp(_) => 0x82,
        Bson::RegularExpression(_) => 0x8c,
        Bson::DbPointer(_) => 0x96,
        Bson::JavaScriptCode(_) => 0xa0,
        Bson::JavaScriptCodeWithScope(_) => 0xaa,
        Bson::MaxKey => 0xf0,
    }
}

/// Reads the parts of a key that a resume token begins with.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    read: usize,
}

/// A key that is cut or is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    /// How many bytes were wanted.
    pub(super) wanted: usize,
    /// How many there were.
    pub(super) length: usize,
    /// Where, behind the first byte.
    pub(super) offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            read: 0,
        }
    }

    /// The next byte, if there is one, without reading it.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn take(&mut self, wanted: usize) -> Result<&'a [u8], Broken> {
        let Some((taken, rest)) = self.rest.split_at_checked(wanted) else {
            return Err(Broken {
                wanted,
                length: self.rest.len(),
                offset: self.read.saturating_sub(1),
            });
        };
        self.rest = rest;
        self.read += wanted;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Broken> {
        Ok(self.take(1)?.first().copied().unwrap_or(0))
    }

    pub(super) fn timestamp(&mut self) -> Result<Timestamp, Broken> {
        let bytes = self.take(8)?;
        let half = |at: usize| {
            let bytes = bytes.iter().skip(at).take(4);
            bytes.fold(0_u32, |n, b| n << 8 | u32::from(*b))
        };
        Ok(Timestamp {
            time: half(0),
            increment: half(4),
        })
    }

    /// A whole number that is not negative, as the parts of a token are; `None` for anything else.
    pub(super) fn integer(&mut self) -> Result<Option<u64>, Broken> {
        match self.byte()? {
            NUMERIC_ZERO => Ok(Some(0)),
            first @ NUMERIC_POSITIVE_1..NUMERIC_LARGE_POSITIVE => {
                let bytes = self.take(usize::from(first - NUMERIC_POSITIVE_1) + 1)?;
                let scaled = bytes.iter().fold(0_u64, |n, b| n << 8 | u64::from(*b));
                Ok((scaled & 1 == 0).then_some(scaled >> 1))
            }
            _ => Ok(None),
        }
    }
}
