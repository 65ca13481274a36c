function t(title, action) {
  try { const result = action(); print(title + ":", result); } catch (e) { print(`${title}: [${e.name}] ${e.message} (${e.code} ${e.codeName}) ${e.errorLabels}`); }
}
db.createCollection("c");
const session = db.getMongo().startSession();
const sc = session.getDatabase(db.getName()).c;
session.startTransaction();
t("one", () => sc.insertOne({ _id: 1 }));
t("many", () => sc.insertMany([{ _id: 2 }, { _id: 3 }]));
t("bulk", () => sc.bulkWrite([{ updateOne: { filter: { _id: 1 }, update: { $set: { a: 1 } } } }, { deleteOne: { filter: { _id: 3 } } }]));
const b = sc.initializeOrderedBulkOp(); b.insert({ _id: 4 }); b.find({ _id: 2 }).updateOne({ $set: { b: 2 } });
t("bulk api", () => b.execute());
t("count outside", () => db.c.countDocuments());
t("count inside", () => sc.countDocuments({}));
t("distinct inside", () => sc.distinct("_id"));
t("find and", () => sc.findOneAndUpdate({ _id: 1 }, { $inc: { a: 1 } }, { returnDocument: "after" }));
t("delete", () => sc.deleteMany({ _id: 4 }));
t("replace", () => sc.replaceOne({ _id: 1 }, { z: 1 }));
session.commitTransaction();
print(db.c.find().sort({ _id: 1 }).toArray());
session.startTransaction();
t("dup in txn", () => sc.insertMany([{ _id: 7 }, { _id: 1 }]));
try { session.abortTransaction(); } catch (e) { print(e.name, e.code); }
session.startTransaction();
t("conflict prepare", () => sc.updateOne({ _id: 1 }, { $set: { k: 1 } }));
const s2 = db.getMongo().startSession();
const c2 = s2.getDatabase(db.getName()).c;
s2.startTransaction();
t("conflict", () => c2.updateOne({ _id: 1 }, { $set: { k: 2 } }));
try { s2.abortTransaction(); } catch (e) { print(e.name, e.code); }
s2.startTransaction();
t("conflict bulk", () => c2.bulkWrite([{ updateOne: { filter: { _id: 1 }, update: { $set: { k: 2 } } } }]));
try { s2.abortTransaction(); } catch (e) { print(e.name, e.code); }
session.abortTransaction();
session.startTransaction();
t("w in txn", () => sc.insertOne({ _id: 20 }, { writeConcern: { w: 1 } }));
try { session.abortTransaction(); } catch (e) { print(e.name, e.code); }
print(db.c.find().sort({ _id: 1 }).toArray());
t("writeConcern string", () => db.c.insertOne({ _id: 33 }, { writeConcern: { w: "majority" } }));
t("undefined options", () => db.c.insertOne({ _id: 34 }, undefined));
t("null options", () => db.c.insertOne({ _id: 35 }, null));
t("undefined option", () => db.c.updateOne({ _id: 35 }, { $set: { a: 1 } }, { upsert: undefined, hint: undefined }));
t("null id", () => Object.keys(db.c.insertOne({ _id: null })));
t("undefined field", () => db.c.insertOne({ _id: 36, u: undefined }));
print(db.c.find({ _id: { $gte: 30 } }).sort({ _id: 1 }).toArray());
t("big docs", () => db.c.insertMany([{ _id: 41 }, { _id: 42, t: "x".repeat(17 * 1024 * 1024) }]));
t("bulk empty name", () => db.getCollection("c").bulkWrite([{ insertOne: { document: { _id: 44 } } }], { ordered: false, comment: "x", let: { a: 1 } }));
t("capped", () => { db.createCollection("cap", { capped: true, size: 1000, max: 2 }); db.cap.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]); return db.cap.find().toArray(); });
t("view", () => { db.createView("vw", "c", []); return db.vw.insertOne({ a: 1 }); });
t("view many", () => db.vw.insertMany([{ a: 1 }]));
