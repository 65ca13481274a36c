function t(title, action) {
  try {
    const result = action();
    print(title + ":", result);
  } catch (e) {
    print(`${title}: [${e.name}] ${e.message} (${e.code} ${e.codeName})`);
  }
}
const ordered = db.c.initializeOrderedBulkOp();
print(ordered);
ordered.insert({ _id: 1, n: 1 });
ordered.insert({ _id: 2, n: 2 }).insert({ _id: 3, n: 3 });
ordered.find({ _id: 1 }).updateOne({ $set: { n: 10 } });
ordered.find({}).update({ $inc: { seen: 1 } });
ordered.find({ _id: 4 }).upsert().updateOne({ $set: { n: 4 } });
ordered.find({ _id: 5 }).upsert().replaceOne({ n: 5 });
ordered.find({ _id: 3 }).deleteOne();
ordered.find({ n: 2 }).delete();
print(ordered);
print(ordered.toString(), ordered.toJSON());
print(ordered.execute());
printjson(ordered.getOperations().pop());
t("again", () => ordered.execute());
print(db.c.find().sort({ _id: 1 }).toArray());
const unordered = db.c.initializeUnorderedBulkOp();
unordered.find({ _id: 1 }).remove();
unordered.insert({ _id: 6, tags: ["a", "b"] });
unordered.find({ _id: 5 }).collation({ locale: "en", strength: 2 }).hint({ _id: 1 }).update({ $set: { k: 1 } });
unordered.insert({ _id: 7 });
unordered.find({ _id: 4 }).removeOne();
unordered.find({ _id: 6 }).arrayFilters([{ x: "b" }]).updateOne({ $set: { "tags.$[x]": "B" } });
print(unordered);
t("unordered", () => unordered.execute({ w: "majority" }));
print(unordered.getOperations());
print(db.c.find().sort({ _id: 1 }).toArray());
t("empty", () => db.c.initializeOrderedBulkOp().execute());
t("no operators", () => db.c.initializeOrderedBulkOp().find({}).updateOne({ a: 1 }));
t("operators", () => db.c.initializeOrderedBulkOp().find({}).replaceOne({ $set: { a: 1 } }));
t("duplicate", () => db.c.initializeOrderedBulkOp().insert({ _id: 6 }).insert({ _id: 60 }).execute());
t("duplicates", () => db.c.initializeUnorderedBulkOp().insert({ _id: 6 }).insert({ _id: 60 }).insert({ _id: 60 }).execute());
t("pipeline", () => db.c.initializeOrderedBulkOp().find({ _id: 60 }).updateOne([{ $set: { a: { $add: [1, 1] } } }]).execute());
print(db.c.initializeOrderedBulkOp().find({}));
print(db.c.find().sort({ _id: 1 }).toArray());
for (let round = 0; round < 3; round++) {
  const bulk = db.many.initializeUnorderedBulkOp();
  for (let i = 0; i < 50; i++) {
    bulk.insert({ _id: round * 50 + i });
  }
  print(bulk.execute().insertedCount);
}
print(db.many.countDocuments());
