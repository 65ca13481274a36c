//! The parts of a DBPointer, a deprecated type that the bson crate keeps closed: they are read from its bytes.

use bson::oid::ObjectId;
use bson::{Bson, Document};

const DB_POINTER: u8 = 0x0C;
const ID: usize = 12;

/// Namespace (`database.collection`) and id; `None` for other types.
pub fn parts(value: &Bson) -> Option<(String, ObjectId)> {
    let mut document = Document::new();
    document.insert("", value.as_db_pointer()?.clone());
    let bytes = document.to_vec().ok()?;
    // Length, type, empty key, length of the namespace | namespace, NUL | id | end of the document.
    let body = bytes.get(10..bytes.len().checked_sub(1)?)?;
    let (namespace, id) = body.split_last_chunk::<ID>()?;
    let namespace = String::from_utf8(namespace.strip_suffix(&[0])?.to_vec()).ok()?;
    Some((namespace, ObjectId::from_bytes(*id)))
}

/// A DBPointer of these parts.
pub fn make(namespace: &str, id: ObjectId) -> Option<Bson> {
    let length = i32::try_from(namespace.len() + 1).ok()?;
    let total = length.checked_add(10 + ID as i32 + 1)?;
    let mut bytes = Vec::with_capacity(total as usize);
    bytes.extend(total.to_le_bytes());
    bytes.extend([DB_POINTER, 0]);
    bytes.extend(length.to_le_bytes());
    bytes.extend(namespace.as_bytes());
    bytes.push(0);
    bytes.extend(id.bytes());
    bytes.push(0);
    Document::from_reader(bytes.as_slice()).ok()?.remove("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_round_trip() {
        let id = ObjectId::from_bytes([7; 12]);
        for namespace in ["db.coll", "", "x.ünï"] {
            let pointer = make(namespace, id).unwrap();
            assert!(pointer.as_db_pointer().is_some());
            assert_eq!(parts(&pointer), Some((namespace.to_owned(), id)));
        }
        assert_eq!(parts(&Bson::Null), None);
    }
}
