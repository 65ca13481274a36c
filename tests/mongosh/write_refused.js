function t(title, action) {
  try {
    const result = action();
    print(title + ":", result);
  } catch (e) {
    print(`${title}: [${e.name}] ${e.message} (${e.code} ${e.codeName})`);
  }
}
db.c.insertMany([{ _id: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 3, a: 3 }]);
t("insertMany document", () => db.c.insertMany({ a: 1 }));
t("insertMany []", () => db.c.insertMany([]));
t("updateOne empty", () => db.c.updateOne({}, {}));
t("updateOne empty pipeline", () => db.c.updateOne({}, []));
t("updateOne plain pipeline", () => db.c.updateOne({}, [{ a: 1 }]));
t("updateOne mixed", () => db.c.updateOne({}, { a: 1, $set: { b: 1 } }));
t("updateOne replacement", () => db.c.updateOne({}, { a: 1 }));
t("updateOne mixed 2", () => db.c.updateOne({}, { $set: { b: 1 }, a: 1 }));
t("updateMany replacement", () => db.c.updateMany({}, { a: 1 }));
t("replaceOne operators", () => db.c.replaceOne({}, { $set: { a: 1 } }));
t("replaceOne mixed", () => db.c.replaceOne({ _id: 1 }, { a: 1, $set: { a: 1 } }));
t("replaceOne pipeline", () => db.c.replaceOne({ _id: 1 }, [{ $set: { a: 1 } }]));
t("replaceOne {}", () => db.c.replaceOne({ _id: 3 }, {}));
t("bad hint", () => db.c.deleteOne({}, { hint: "nope_1" }));
t("bad collation", () => db.c.deleteOne({}, { collation: { locale: "xx" } }));
t("arrayFilters object", () => db.c.updateOne({}, { $set: { "a.$[x]": 1 } }, { arrayFilters: { x: 1 } }));
t("unused array filter", () => db.c.updateOne({}, { $set: { a: 1 } }, { arrayFilters: [{ x: 1 }] }));
t("w too big", () => db.c.insertOne({ _id: 50 }, { writeConcern: { w: 5, wtimeout: 50 } }));
t("w unknown", () => db.c.insertOne({ _id: 51 }, { writeConcern: { w: "nope" } }));
print(db.c.find().sort({ _id: 1 }).toArray());
