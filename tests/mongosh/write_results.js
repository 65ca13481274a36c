function t(title, action) {
  try {
    const result = action();
    print(title + ":", result);
  } catch (e) {
    print(`${title}: [${e.name}] ${e.message} (${e.code} ${e.codeName})`);
  }
}
db.c.insertMany([{ _id: 1, n: 1, tags: ["a", "b"] }, { _id: 2, n: 2, tags: ["b"] }, { _id: 3, n: 3, tags: [] }]);
t("no match", () => db.c.updateOne({ _id: 9 }, { $set: { n: 1 } }));
t("no change", () => db.c.updateOne({ _id: 1 }, { $set: { n: 1 } }));
t("upsert", () => db.c.updateOne({ _id: 10 }, { $set: { n: 1 } }, { upsert: true }));
t("upsert many", () => db.c.updateMany({ _id: "x" }, { $set: { n: 1 } }, { upsert: true }));
t("upsert null id", () => db.c.updateOne({ _id: null }, { $set: { n: 1 } }, { upsert: true }));
t("upsert matches", () => db.c.updateOne({ _id: 10 }, { $set: { n: 7 } }, { upsert: true }));
t("upsert replacement", () => db.c.replaceOne({ _id: 11 }, { n: 1 }, { upsert: true }));
t("replace", () => db.c.replaceOne({ _id: 11 }, { m: 1 }));
t("pipeline", () => db.c.updateMany({}, [{ $set: { twice: { $multiply: ["$n", 2] } } }]));
t("array filters", () => db.c.updateMany({ tags: "b" }, { $set: { "tags.$[t]": "B" } }, { arrayFilters: [{ t: "b" }] }));
t("hint", () => db.c.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { hint: { _id: 1 } }));
t("hint name", () => db.c.updateMany({ _id: 1 }, { $inc: { n: 1 } }, { hint: "_id_" }));
t("collation", () => db.c.updateOne({ _id: "X" }, { $inc: { n: 1 } }, { collation: { locale: "en", strength: 2 } }));
t("let", () => db.c.updateOne({ $expr: { $eq: ["$_id", "$$id"] } }, [{ $set: { n: "$$n" } }], { let: { id: 1, n: 5 } }));
t("let delete", () => db.c.deleteOne({ $expr: { $eq: ["$_id", "$$id"] } }, { let: { id: 3 } }));
t("comment", () => db.c.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { comment: { why: "test" } }));
t("sort", () => db.c.updateOne({}, { $inc: { n: 1 } }, { sort: { _id: -1 } }));
t("delete none", () => db.c.deleteOne({ _id: 77 }));
t("delete collation", () => db.c.deleteMany({ _id: "X" }, { collation: { locale: "en", strength: 2 } }));
t("delete many", () => db.c.deleteMany({ n: { $gte: 5 } }));
t("w 0 insert", () => db.w.insertOne({ _id: 1 }, { writeConcern: { w: 0 } }));
t("w 0 insertMany", () => db.w.insertMany([{ _id: 2 }, { _id: 3 }], { writeConcern: { w: 0 } }));
t("w 0 update", () => db.w.updateOne({ _id: 1 }, { $set: { a: 1 } }, { writeConcern: { w: 0 } }));
t("w 0 delete", () => db.w.deleteOne({ _id: 1 }, { writeConcern: { w: 0 } }));
t("majority", () => db.w.insertOne({ _id: 5 }, { writeConcern: { w: "majority", j: true, wtimeout: 5000 } }));
t("maxTimeMS", () => db.w.updateMany({}, { $set: { a: 1 } }, { maxTimeMS: 5000 }));
db.createCollection("v", { validator: { a: { $type: "int" } } });
t("validation", () => db.v.insertOne({ _id: 1, a: "x" }));
t("bypass", () => db.v.insertOne({ _id: 1, a: "x" }, { bypassDocumentValidation: true }));
t("bypass update", () => db.v.updateOne({ _id: 1 }, { $set: { a: "y" } }, { bypassDocumentValidation: true }));
t("bypass many", () => db.v.insertMany([{ _id: 2, a: "x" }], { bypassDocumentValidation: true }));
t("bypass find", () => db.v.findOneAndUpdate({ _id: 1 }, { $set: { a: "z" } }, { bypassDocumentValidation: true, returnDocument: "after" }));
print(db.c.find().sort({ _id: 1 }).toArray());
print(db.v.find().sort({ _id: 1 }).toArray());
