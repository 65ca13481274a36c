//! The methods that cursors of every class have.

use rhai::{Array, Dynamic};

use super::mapping::Mapping;
use super::{Core, core};
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::error::{Fault, Outcome};

/// Reading documents one by one.
pub const READING: &[Method] = methods! {
    /// The next document; null after the last one.
    ///
    /// ```js
    /// db.orders.find().next()
    /// ```
    next("") => next;
    /// Whether there is a next document.
    ///
    /// ```js
    /// let c = db.orders.find(); while (c.hasNext()) { print(c.next()) }
    /// ```
    hasNext("") => has_next;
    /// The next document if one is here or comes with one question to the server, else null.
    ///
    /// ```js
    /// db.orders.find().tryNext()
    /// ```
    tryNext("") => try_next;
};

/// What cursors of all classes have.
pub const ALL: &[Method] = methods! {
    /// Calls a function with each document, until it returns false.
    ///
    /// ```js
    /// db.orders.find().forEach(order => print(order._id))
    /// ```
    forEach("function") => for_each;
    /// Gives what the function makes of each document instead of the document.
    ///
    /// ```js
    /// db.orders.find().map(order => order._id).toArray()
    /// ```
    map("function") => map;
    /// Reads everything that is left and returns how many documents that were.
    ///
    /// ```js
    /// db.orders.find().itcount()
    /// ```
    itcount("") => itcount;
    /// The cursor itself: results are always printed readably.
    ///
    /// ```js
    /// db.orders.find().pretty()
    /// ```
    pretty("") => same;
    /// Whether the cursor was closed, or everything was read.
    ///
    /// ```js
    /// db.orders.find().isClosed()
    /// ```
    isClosed("") => is_closed;
    /// Closes the cursor, here and at the server.
    ///
    /// ```js
    /// db.orders.find().close()
    /// ```
    close("") => close;
    /// Turns off the warning that a call may wait for documents.
    ///
    /// ```js
    /// db.orders.find().disableBlockWarnings()
    /// ```
    disableBlockWarnings("") => disable_block_warnings;
};

/// What only cursors with an end have.
pub const FINITE: &[Method] = methods! {
    /// All documents that are left, as an array.
    ///
    /// ```js
    /// db.orders.find().toArray()
    /// ```
    toArray("") => to_array;
    /// Whether the cursor is closed and nothing is left to read.
    ///
    /// ```js
    /// db.orders.find().isExhausted()
    /// ```
    isExhausted("") => is_closed;
    /// How many documents came from the server and were not read yet.
    ///
    /// ```js
    /// db.orders.find().objsLeftInBatch()
    /// ```
    objsLeftInBatch("") => objs_left;
};

fn next(call: &mut Call<'_>) -> Outcome {
    let cursor = core(call)?;
    if cursor.is_tailable() {
        warn_once(call, &cursor);
    }
    cursor.next()
}

fn has_next(call: &mut Call<'_>) -> Outcome {
    let cursor = core(call)?;
    if cursor.is_tailable() {
        warn_once(call, &cursor);
    }
    Ok(cursor.has_next()?.into())
}

/// Says at a prompt, once for each cursor, why nothing seems to happen.
pub(super) fn warn_once(call: &Call<'_>, cursor: &Core) {
    if call.host.interactive() && !cursor.quiet.replace(true) {
        let name = call.method.name;
        call.warn(&format!(
            "If there are no documents in the batch, {name} will block. Use tryNext if you want \
             to check if there are any documents without waiting, or \
             cursor.disableBlockWarnings() if you want to disable this warning."
        ));
    }
}

fn try_next(call: &mut Call<'_>) -> Outcome {
    core(call)?.try_next()
}

fn for_each(call: &mut Call<'_>) -> Outcome {
    let cursor = core(call)?;
    let f = call.callback(0)?;
    while let Some(document) = cursor.step()? {
        let answer = call.call_back(&f, vec![document])?;
        if matches!(answer.as_bool(), Ok(false)) {
            // As in mongosh, where only a plain loop closes the cursor behind it.
            if !cursor.is_mapped() {
                cursor.close();
            }
            break;
        }
    }
    Ok(Dynamic::UNIT)
}

fn map(call: &mut Call<'_>) -> Outcome {
    core(call)?.map(Mapping::new(call, call.callback(0)?));
    Ok(call.receiver())
}

fn itcount(call: &mut Call<'_>) -> Outcome {
    Ok(core(call)?.drain()?.into())
}

fn same(call: &mut Call<'_>) -> Outcome {
    Ok(call.receiver())
}

fn is_closed(call: &mut Call<'_>) -> Outcome {
    Ok(core(call)?.is_closed().into())
}

fn close(call: &mut Call<'_>) -> Outcome {
    core(call)?.close();
    Ok(Dynamic::UNIT)
}

fn disable_block_warnings(call: &mut Call<'_>) -> Outcome {
    core(call)?.quiet.set(true);
    Ok(call.receiver())
}

fn to_array(call: &mut Call<'_>) -> Outcome {
    Ok(Dynamic::from_array(rest(call)?))
}

fn rest(call: &Call<'_>) -> Result<Array, Fault> {
    let cursor = core(call)?;
    let mut all = Array::new();
    while let Some(document) = cursor.step()? {
        all.push(document);
    }
    Ok(all)
}

#[allow(clippy::cast_possible_wrap)] // a batch is small
fn objs_left(call: &mut Call<'_>) -> Outcome {
    Ok((core(call)?.arrived() as i64).into())
}
