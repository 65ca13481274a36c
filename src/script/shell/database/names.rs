//! The database's name, its neighbours and its collections by name.

use rhai::Dynamic;

use super::Db;
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::error::{Fault, Outcome};
use crate::script::shell::invalid;

pub(super) const METHODS: &[Method] = methods! {
    /// The database's name.
    ///
    /// ```js
    /// db.getName()
    /// ```
    getName("") => get_name;
    /// The connection that the database belongs to.
    ///
    /// ```js
    /// db.getMongo().getDBNames()
    /// ```
    getMongo("") => get_mongo;
    /// A collection by its name, for names that cannot be written as a property.
    ///
    /// ```js
    /// db.getCollection("my-orders").countDocuments()
    /// ```
    getCollection("name") => get_collection;
    /// Another database of the same connection, in the same session.
    ///
    /// ```js
    /// db.getSiblingDB("ecommerce").getName()
    /// ```
    getSiblingDB("name") => get_sibling_db;
};

fn get_name(call: &mut Call<'_>) -> Outcome {
    Ok(call.this::<Db>()?.name().to_string().into())
}

fn get_mongo(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from(call.this::<Db>()?.target().mongo))
}

fn get_collection(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    check_collection_name(&name)?;
    Ok(Dynamic::from(call.this::<Db>()?.collection(&name)))
}

fn get_sibling_db(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    check_database_name(&name)?;
    let target = call.this::<Db>()?.target();
    Ok(Dynamic::from(Db::new(target.sibling(&name))))
}

/// Refuses what no server takes as a database's name, as mongosh does.
///
/// # Errors
/// Where it is empty or has one of `/\. "` or NUL in it.
pub fn check_database_name(name: &str) -> Result<(), Fault> {
    if !name.is_empty() && !name.contains(['/', '\\', '.', ' ', '"', '\0']) {
        return Ok(());
    }
    Err(invalid(format!("Invalid database name: {name}")).into())
}

/// The same for a collection's name.
///
/// # Errors
/// Where it is empty or has `$` or NUL in it.
pub fn check_collection_name(name: &str) -> Result<(), Fault> {
    if !name.is_empty() && !name.contains(['$', '\0']) {
        return Ok(());
    }
    Err(invalid(format!("Invalid collection name: {name}")).into())
}
