function t(title, action) {
  try {
    const result = action();
    print(title + ":", result);
  } catch (e) {
    print(`${title}: [${e.name}] ${e.message} (${e.code} ${e.codeName})`);
  }
}
db.c.insertMany([{ _id: 1, n: 1, s: "a" }, { _id: 2, n: 2, s: "b" }, { _id: 3, n: 3, s: "c" }, { _id: 4, n: 4, items: [1, 2] }]);
t("before", () => db.c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }));
t("after", () => db.c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: "after" }));
t("returnNewDocument", () => db.c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnNewDocument: true }));
t("returnOriginal", () => db.c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnOriginal: false }));
t("new", () => db.c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { new: true }));
t("both", () => db.c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnOriginal: true, returnNewDocument: true }));
t("none", () => db.c.findOneAndUpdate({ _id: 9 }, { $inc: { n: 1 } }));
t("upsert before", () => db.c.findOneAndUpdate({ _id: 9 }, { $inc: { n: 1 } }, { upsert: true }));
t("upsert after", () => db.c.findOneAndUpdate({ _id: 10 }, { $inc: { n: 1 } }, { upsert: true, returnDocument: "after" }));
t("sort", () => db.c.findOneAndUpdate({}, { $set: { last: true } }, { sort: { _id: -1 }, projection: { last: 1 } , returnDocument: "after" }));
t("sort string", () => db.c.findOneAndUpdate({ n: { $gt: 0 } }, { $set: { last: true } }, { sort: [["n", -1]], returnDocument: "after" }));
t("projection", () => db.c.findOneAndUpdate({ _id: 2 }, { $set: { x: 1 } }, { projection: { _id: 0, n: 1 } }));
t("array filters", () => db.c.findOneAndUpdate({ _id: 4 }, { $set: { "items.$[i]": 9 } }, { arrayFilters: [{ i: 2 }], returnDocument: "after" }));
t("pipeline", () => db.c.findOneAndUpdate({ _id: 4 }, [{ $set: { n: { $add: ["$n", 1] } } }], { returnDocument: "after" }));
t("no operators", () => db.c.findOneAndUpdate({ _id: 4 }, { n: 1 }));
t("replace", () => db.c.findOneAndReplace({ _id: 2 }, { n: 22 }));
t("replace after", () => db.c.findOneAndReplace({ _id: 2 }, { n: 23 }, { returnDocument: "after" }));
t("replace operators", () => db.c.findOneAndReplace({ _id: 2 }, { $set: { n: 23 } }));

t("replace upsert", () => db.c.findOneAndReplace({ _id: 12 }, { n: 1 }, { upsert: true, returnNewDocument: true }));
t("delete", () => db.c.findOneAndDelete({ _id: 12 }));
t("delete none", () => db.c.findOneAndDelete({ _id: 12 }));
t("delete sorted", () => db.c.findOneAndDelete({}, { sort: { n: -1 }, projection: { n: 1 } }));
t("hint", () => db.c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { hint: "_id_", comment: "c", maxTimeMS: 1000, let: { a: 1 }, collation: { locale: "en" }, writeConcern: { w: 1 } }));
t("fam", () => db.c.findAndModify({ query: { _id: 1 }, update: { $inc: { n: 1 } } }));
t("fam new", () => db.c.findAndModify({ query: { _id: 1 }, update: { $inc: { n: 1 } }, new: true }));
t("fam fields", () => db.c.findAndModify({ query: { _id: 1 }, update: { $inc: { n: 1 } }, fields: { n: 1 } }));
t("fam projection", () => db.c.findAndModify({ query: { _id: 1 }, update: { $inc: { n: 1 } }, projection: { _id: 0 } }));
t("fam replace", () => db.c.findAndModify({ query: { _id: 1 }, update: { z: 1 }, new: true }));
t("fam remove", () => db.c.findAndModify({ query: { _id: 1 }, remove: true, sort: { _id: 1 } }));
t("fam none", () => db.c.findAndModify({ query: { _id: 1 }, update: { z: 1 } }));
t("fam upsert", () => db.c.findAndModify({ query: { _id: 1 }, update: [{ $set: { z: 1 } }], upsert: true, new: true }));
t("duplicate", () => db.c.findOneAndUpdate({ _id: 3 }, { $set: { _id: 4 } }));
print(db.c.find().sort({ _id: 1 }).toArray());
