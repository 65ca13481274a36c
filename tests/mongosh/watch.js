const stream = db.orders.watch();
print(stream.isClosed());
print(stream.tryNext());
db.orders.insertOne({ _id: 1, status: "new", total: 5 });
db.orders.updateOne({ _id: 1 }, { $set: { status: "paid" }, $unset: { total: "" } });
db.orders.replaceOne({ _id: 1 }, { status: "replaced" });
db.orders.deleteOne({ _id: 1 });
function nextEvent(cursor) {
  let event = cursor.tryNext();
  while (event === null) {
    event = cursor.tryNext();
  }
  return event;
}
const insert = nextEvent(stream);
print(insert.operationType, insert.ns, insert.documentKey, insert.fullDocument);
print(Object.keys(insert));
const update = nextEvent(stream);
print(update.operationType, update.updateDescription);
const replace = nextEvent(stream);
print(replace.operationType, replace.fullDocument);
const removed = nextEvent(stream);
print(removed.operationType, removed.documentKey, removed.fullDocument);
print(stream.getResumeToken()._data.length > 10);
stream.close();
const matched = db.orders.watch([{ $match: { operationType: "insert", "fullDocument.total": { $gt: 10 } } }, { $project: { fullDocument: 1 } }], { fullDocument: "updateLookup" });
db.orders.insertMany([{ _id: 2, total: 5 }, { _id: 3, total: 15 }]);
const event = nextEvent(matched);
print(event.fullDocument, event.operationType);
const token = event._id;
matched.close();
db.orders.insertOne({ _id: 4, total: 100 });
const resumed = db.watch([], { resumeAfter: token });
print(nextEvent(resumed).documentKey);
resumed.close();
