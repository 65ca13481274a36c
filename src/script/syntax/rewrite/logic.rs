//! `&&` and `||`: Rhai's where all operands are sure to be true or false, else JavaScript's, whose
//! operands and results are any values.

use rhai::Token;

use crate::script::syntax::feed::Out;
use crate::script::syntax::forms;

const COMPARISONS: &[&str] = &[
    "==",
    "!=",
    "===",
    "!==",
    "<",
    ">",
    "<=",
    ">=",
    "in",
    "!in",
    "instanceof",
];

/// An expression as a chain of operands of `&&` and `||`.
#[derive(Debug)]
pub(super) struct Logic {
    operands: Vec<Part>,
    /// Where the operators between them were written, and whether they are `||`.
    joints: Vec<(usize, bool)>,
}

#[derive(Debug, Default)]
struct Part {
    start: usize,
    /// What is known of an operand with no operator in it.
    boolean: bool,
    compared: bool,
    calculated: bool,
    /// `|`, `&`, `^`: Rhai binds them as loosely as `||` and `&&`.
    loose: bool,
}

impl Logic {
    pub fn at(start: usize) -> Self {
        let first = Part {
            start,
            ..Part::default()
        };
        Self {
            operands: vec![first],
            joints: Vec::new(),
        }
    }

    pub fn start(&self) -> usize {
        self.operands.first().map_or(0, |part| part.start)
    }

    /// A value was read, which may be sure to be true or false.
    pub fn operand(&mut self, boolean: bool) {
        self.last().boolean = boolean;
    }

    /// An operator other than `&&` and `||` follows.
    pub fn operator(&mut self, operator: &str) {
        let part = self.last();
        match operator {
            "|" | "&" | "^" => part.loose = true,
            operator if COMPARISONS.contains(&operator) => part.compared = true,
            _ => part.calculated = true,
        }
    }

    /// `&&` or `||` was written at `place`, and the next operand follows.
    pub fn joined(&mut self, or: bool, place: usize) {
        self.joints.push((place, or));
        self.operands.push(Part {
            start: place + 1,
            ..Part::default()
        });
    }

    fn last(&mut self) -> &mut Part {
        if self.operands.is_empty() {
            self.operands.push(Part::default());
        }
        let last = self.operands.len() - 1;
        &mut self.operands[last]
    }

    /// Whether the whole is sure to be true or false.
    pub fn is_boolean(&self) -> bool {
        let boolean =
            |part: &Part| !part.loose && (part.compared || (part.boolean && !part.calculated));
        self.operands.iter().all(boolean)
    }

    /// The forms to put in front of tokens, in their order, where the operators cannot stay Rhai's;
    /// those become the `=>` of the forms. `a && b || c` is `|| && a => b => c`.
    pub fn forms(&self, out: &mut [Out]) -> Vec<(usize, &'static str)> {
        if self.is_boolean() || self.operands.iter().any(|part| part.loose) {
            return Vec::new();
        }
        let mut forms = Vec::with_capacity(self.joints.len());
        let mut group = 0;
        for (i, (place, or)) in self.joints.iter().enumerate() {
            out[*place].token = Token::DoubleArrow;
            match or {
                true => {
                    forms.push((self.operands[group].start, 0, forms::OR));
                    group = i + 1;
                }
                false => forms.push((self.operands[i].start, 1, forms::AND)),
            }
        }
        forms.sort_unstable_by_key(|(place, rank, _)| (*place, *rank));
        forms
            .into_iter()
            .map(|(place, _, form)| (place, form))
            .collect()
    }
}
