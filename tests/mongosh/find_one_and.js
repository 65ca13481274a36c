db.jobs.insertMany([
  { _id: 1, state: "open", pri: 2 },
  { _id: 2, state: "open", pri: 5 },
  { _id: 3, state: "done", pri: 1 }
]);
print(db.jobs.findOneAndUpdate({ state: "open" }, { $set: { state: "busy" } }, { sort: { pri: -1 } }));
print(db.jobs.findOneAndUpdate({ _id: 1 }, { $inc: { pri: 10 } }, { returnDocument: "after" }));
print(db.jobs.findOneAndUpdate({ _id: 1 }, { $inc: { pri: 10 } }, { returnNewDocument: true, projection: { pri: 1, _id: 0 } }));
print(db.jobs.findOneAndUpdate({ _id: 9 }, { $set: { state: "new" } }, { upsert: true, returnDocument: "after" }));
print(db.jobs.findOneAndUpdate({ _id: 99 }, { $set: { state: "new" } }));
print(db.jobs.findOneAndReplace({ _id: 3 }, { state: "replaced" }));
print(db.jobs.findOneAndReplace({ _id: 3 }, { state: "again", n: 1 }, { returnDocument: "after" }));
print(db.jobs.findOneAndDelete({ state: "again" }));
print(db.jobs.findOneAndDelete({ state: "again" }));
print(db.jobs.findOneAndDelete({}, { sort: { _id: -1 }, projection: { state: 1 } }));
print(db.jobs.findAndModify({ query: { _id: 1 }, update: { $set: { by: "fam" } }, new: true }));
print(db.jobs.findAndModify({ query: { _id: 1 }, remove: true }));
print(db.jobs.find().toArray());
