//! `$type`

use bson::Bson;
use bson::spec::ElementType;

/// A set of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TypeSet {
    /// A bit for each type's number; MinKey has the last.
    bits: u32,
}

/// The names of the types with their numbers, `number` and aliases apart.
const NAMES: [(&str, i32); 21] = [
    ("array", 4),
    ("binData", 5),
    ("bool", 8),
    ("date", 9),
    ("dbPointer", 12),
    ("decimal", 19),
    ("double", 1),
    ("int", 16),
    ("javascript", 13),
    ("javascriptWithScope", 15),
    ("long", 18),
    ("maxKey", 127),
    ("minKey", -1),
    ("null", 10),
    ("object", 3),
    ("objectId", 7),
    ("regex", 11),
    ("string", 2),
    ("symbol", 14),
    ("timestamp", 17),
    ("undefined", 6),
];

impl TypeSet {
    /// All numbers.
    pub const NUMBERS: TypeSet = TypeSet {
        bits: 1 << 1 | 1 << 16 | 1 << 18 | 1 << 19,
    };

    /// Adds the type of a number; says whether there is one.
    pub fn add_code(&mut self, code: i32) -> bool {
        let known = NAMES.iter().any(|(_, own)| *own == code);
        if known {
            self.bits |= 1 << place(code);
        }
        known
    }

    /// Adds the type or types of a name; says whether there is one.
    pub fn add_name(&mut self, name: &str) -> bool {
        if name == "number" {
            self.bits |= Self::NUMBERS.bits;
            return true;
        }
        match NAMES.binary_search_by(|(own, _)| (*own).cmp(name)) {
            Ok(at) => NAMES.get(at).is_some_and(|(_, code)| self.add_code(*code)),
            Err(_) => false,
        }
    }

    /// The same with all of another set.
    #[must_use]
    pub fn with(self, other: TypeSet) -> TypeSet {
        TypeSet {
            bits: self.bits | other.bits,
        }
    }

    /// Whether it holds the type of a value.
    #[must_use]
    pub fn contains(self, value: &Bson) -> bool {
        self.bits >> place(code(value)) & 1 == 1
    }

    /// Whether it holds a type by its number.
    #[must_use]
    pub fn contains_code(self, code: i32) -> bool {
        self.bits >> place(code) & 1 == 1
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The numbers of its types.
    pub fn codes(self) -> impl Iterator<Item = i32> {
        let all = NAMES.iter().map(|(_, code)| *code);
        all.filter(move |code| self.contains_code(*code))
    }
}

/// MinKey and MaxKey, whose numbers are not small, take the last bits.
fn place(code: i32) -> u32 {
    match code {
        -1 => 31,
        127 => 30,
        code => u32::try_from(code).unwrap_or(0) & 31,
    }
}

fn code(value: &Bson) -> i32 {
    match value.element_type() {
        ElementType::MinKey => -1,
        other => i32::from(other as u8),
    }
}
