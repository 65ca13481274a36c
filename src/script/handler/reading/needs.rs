//! What handlers look at of their events.
//!
//! A handler's parameter that is only ever read field by field (`change.documentKey._id`) tells
//! which fields; one that goes anywhere as a whole may be looked at everywhere.

use std::collections::HashSet;

use rhai::Expr;

use super::walk::{Place, Seen, statements};
use super::{Body, Source};

/// The fields that the functions of these names and numbers of parameters may look at of their
/// first one; nothing for all.
pub fn find<'a>(
    sources: &[Source],
    handlers: impl Iterator<Item = (&'a str, usize)>,
) -> Option<HashSet<String>> {
    let bodies = || sources.iter().flat_map(|source| &source.bodies);
    let mut fields = HashSet::new();
    for (handler, parameters) in handlers {
        let own = bodies().filter(|b| b.name.as_deref() == Some(handler));
        let mut own = own.filter(|b| b.parameters.len() == parameters);
        // Two of a name: who knows which one is called.
        let (Some(body), None) = (own.next(), own.next()) else {
            return None;
        };
        fields.extend(looked_at(body)?);
    }
    Some(fields)
}

fn looked_at(body: &Body) -> Option<HashSet<String>> {
    let change = body.parameters.first()?;
    let is_change = |e: &Expr| matches!(e, Expr::Variable(v, ..) if v.1 == *change);
    let mut fields = HashSet::new();
    let (mut seen_all, mut seen_fields) = (0_usize, 0_usize);
    let mut see = |seen: Seen<'_>, _: Place| {
        let Seen::Expr(expr) = seen else { return };
        if is_change(expr) {
            seen_all += 1;
        }
        if let Expr::Dot(parts, ..) | Expr::Index(parts, ..) = expr
            && is_change(&parts.lhs)
            && let Some(field) = first_field(expr)
        {
            seen_fields += 1;
            fields.insert(field);
        }
    };
    statements(&body.statements, Place::of_body(false, false), &mut see);
    (seen_all == seen_fields).then_some(fields)
}

/// `a` of `change.a`, `change.a.b`, `change["a"].b`.
fn first_field(expr: &Expr) -> Option<String> {
    let (Expr::Dot(parts, ..) | Expr::Index(parts, ..)) = expr else {
        return None;
    };
    let first = match &parts.rhs {
        Expr::Dot(more, ..) | Expr::Index(more, ..) => &more.lhs,
        other => other,
    };
    match (expr, first) {
        (Expr::Dot(..), Expr::Property(property, _)) => Some(property.2.to_string()),
        (Expr::Index(..), Expr::StringConstant(name, _)) => Some(name.to_string()),
        _ => None,
    }
}
