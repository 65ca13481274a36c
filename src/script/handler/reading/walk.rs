//! Every expression of a tree, with what becomes of its value.

use rhai::{Expr, FnCallExpr, Position, Stmt};

/// Where an expression stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Whether nothing looks at its value.
    pub dropped: bool,
    /// Whether an error of it may be caught here.
    pub guarded: bool,
    /// Whether nothing looks at what the function returns.
    pub returns_dropped: bool,
}

impl Place {
    /// At the end of a body whose value nobody looks at, or somebody may.
    pub const fn of_body(dropped: bool, guarded: bool) -> Self {
        Self {
            dropped,
            guarded,
            returns_dropped: dropped,
        }
    }

    const fn used(self) -> Self {
        Self {
            dropped: false,
            ..self
        }
    }

    const fn dropped(self) -> Self {
        Self {
            dropped: true,
            ..self
        }
    }

    const fn guarded(self) -> Self {
        Self {
            guarded: true,
            ..self
        }
    }

    const fn returned(self) -> Self {
        Self {
            dropped: self.returns_dropped,
            ..self
        }
    }
}

/// What is seen on the way.
pub(super) enum Seen<'a> {
    /// An expression, before its parts.
    Expr(&'a Expr),
    /// A call of a method or a function.
    Call(&'a FnCallExpr, Position),
    /// An import.
    Import,
}

/// The first word of the form of `try … finally`; see `syntax::forms`.
const FINALLY: &str = "finally {";
/// The first word of the form of `a ? b : c`.
const TERNARY: &str = "?:";

/// Reads the statements of a body in order.
pub(super) fn statements<'a>(list: &'a [Stmt], place: Place, see: &mut dyn FnMut(Seen<'a>, Place)) {
    for (i, one) in list.iter().enumerate() {
        let last = i + 1 == list.len();
        statement(one, if last { place } else { place.dropped() }, see);
    }
}

fn statement<'a>(stmt: &'a Stmt, place: Place, see: &mut dyn FnMut(Seen<'a>, Place)) {
    match stmt {
        Stmt::Expr(e) => expression(e, place, see),
        Stmt::FnCall(f, position) => call(f, *position, place, see),
        Stmt::Block(block) => statements(block.statements(), place, see),
        Stmt::If(parts, _) => {
            expression(&parts.expr, place.used(), see);
            statements(parts.body.statements(), place, see);
            statements(parts.branch.statements(), place, see);
        }
        Stmt::Switch(parts, _) => {
            expression(&parts.0, place.used(), see);
            for case in &parts.1.expressions {
                expression(&case.lhs, place.used(), see);
                expression(&case.rhs, place, see);
            }
        }
        Stmt::While(parts, _) | Stmt::Do(parts, ..) => {
            expression(&parts.expr, place.used(), see);
            statements(parts.body.statements(), place.dropped(), see);
        }
        Stmt::For(parts, _) => {
            expression(&parts.2.expr, place.used(), see);
            statements(parts.2.body.statements(), place.dropped(), see);
        }
        Stmt::TryCatch(parts, _) => {
            statements(parts.body.statements(), place.guarded(), see);
            statements(parts.branch.statements(), place.guarded(), see);
        }
        Stmt::Var(parts, ..) => expression(&parts.1, place.used(), see),
        Stmt::Assignment(parts) => {
            expression(&parts.1.lhs, place.used(), see);
            expression(&parts.1.rhs, place.used(), see);
        }
        Stmt::Return(Some(value), ..) => expression(value, place.returned(), see),
        Stmt::BreakLoop(Some(value), ..) => expression(value, place.used(), see),
        Stmt::Import(parts, _) => {
            see(Seen::Import, place);
            expression(&parts.0, place.used(), see);
        }
        _ => {}
    }
}

fn expression<'a>(expr: &'a Expr, place: Place, see: &mut dyn FnMut(Seen<'a>, Place)) {
    see(Seen::Expr(expr), place);
    match expr {
        Expr::Stmt(block) => statements(block.statements(), place, see),
        Expr::Dot(parts, ..) => {
            expression(&parts.lhs, place.used(), see);
            expression(&parts.rhs, place, see);
        }
        Expr::Index(parts, ..) => {
            expression(&parts.lhs, place.used(), see);
            expression(&parts.rhs, place.used(), see);
        }
        Expr::MethodCall(f, position) => call(f, *position, place, see),
        Expr::FnCall(f, position) => call(f, *position, place, see),
        Expr::InterpolatedString(parts, _) | Expr::Array(parts, _) => {
            parts.iter().for_each(|e| expression(e, place.used(), see));
        }
        Expr::Map(parts, _) => {
            parts
                .0
                .iter()
                .for_each(|(_, e)| expression(e, place.used(), see));
        }
        Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => {
            parts.iter().for_each(|e| expression(e, place.used(), see));
        }
        Expr::Custom(custom, _) => {
            let first = custom.tokens.first().map_or("", |word| word.as_str());
            for (i, part) in custom.inputs.iter().enumerate() {
                let part_place = match first {
                    FINALLY => place.guarded(),
                    TERNARY if i > 0 => place,
                    _ => place.used(),
                };
                expression(part, part_place, see);
            }
        }
        _ => {}
    }
}

fn call<'a>(
    f: &'a FnCallExpr,
    position: Position,
    place: Place,
    see: &mut dyn FnMut(Seen<'a>, Place),
) {
    see(Seen::Call(f, position), place);
    f.args.iter().for_each(|e| expression(e, place.used(), see));
}
