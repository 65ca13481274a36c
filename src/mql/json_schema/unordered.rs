//! Equality without regard to the order of fields.

use bson::Bson;

use crate::value::compare;
use crate::value::compare::bracket;

/// Whether two values are equal, wherever their fields stand.
pub fn equal(a: &Bson, b: &Bson) -> bool {
    match (a, b) {
        (Bson::Document(x), Bson::Document(y)) => {
            let same =
                |(name, value): (&String, &Bson)| y.get(name).is_some_and(|v| equal(value, v));
            x.len() == y.len() && x.iter().all(same)
        }
        (Bson::Array(x), Bson::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal(x, y))
        }
        _ => bracket(a) == bracket(b) && compare(a, b).is_eq(),
    }
}

/// The first value that is there a second time.
pub fn duplicate(items: &[Bson]) -> Option<&Bson> {
    let numbered = items.iter().enumerate();
    let mut again = numbered.filter(|(i, item)| {
        let earlier = items.get(..*i).unwrap_or_default();
        earlier.iter().any(|other| equal(other, item))
    });
    again.next().map(|(_, item)| item)
}
