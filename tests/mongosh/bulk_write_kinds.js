function t(title, action) {
  try {
    const result = action();
    print(title + ":", result);
  } catch (e) {
    print(`${title}: [${e.name}] ${e.message} (${e.code} ${e.codeName})`);
  }
}
t("all kinds", () => db.c.bulkWrite([
  { insertOne: { document: { _id: 1, n: 1 } } },
  { insertOne: { document: { _id: 2, n: 2 } } },
  { updateOne: { filter: { _id: 1 }, update: { $set: { n: 10 } } } },
  { updateMany: { filter: {}, update: [{ $set: { m: "$n" } }] } },
  { replaceOne: { filter: { _id: 2 }, replacement: { n: 20 } } },
  { updateOne: { filter: { _id: 3 }, update: { $set: { n: 3 } }, upsert: true } },
  { replaceOne: { filter: { _id: 4 }, replacement: { n: 4 }, upsert: true } },
  { deleteOne: { filter: { _id: 1 } } },
  { insertOne: { document: { _id: 5, tags: [1, 2] } } },
  { updateOne: { filter: { _id: 5 }, update: { $set: { "tags.$[x]": 0 } }, arrayFilters: [{ x: 2 }] } },
  { updateOne: { filter: { _id: 5 }, update: { $inc: { n: 1 } }, hint: { _id: 1 }, collation: { locale: "en" } } },
]));
print(db.c.find().sort({ _id: 1 }).toArray());
t("unordered", () => db.c.bulkWrite([
  { deleteMany: { filter: { n: { $gte: 1 } } } },
  { insertOne: { document: { _id: 6, n: 0 } } },
  { updateOne: { filter: { _id: 7 }, update: { $set: { n: 0 } }, upsert: true } },
  { insertOne: { document: { _id: 8, n: 0 } } },
], { ordered: false }));
print(db.c.find().sort({ _id: 1 }).toArray());
t("insertOne without document", () => db.c.bulkWrite([{ insertOne: { _id: 30, x: 1 } }]));
t("empty", () => db.c.bulkWrite([]));
t("no array", () => db.c.bulkWrite({ insertOne: {} }));
t("null item", () => db.c.bulkWrite([null]));
t("number item", () => db.c.bulkWrite([5]));
t("unknown kind", () => db.c.bulkWrite([{ upsertOne: {} }]));
t("empty item", () => db.c.bulkWrite([{}]));
t("raw", () => db.c.bulkWrite([{ updateOne: { q: {}, u: {} } }]));
t("raw delete", () => db.c.bulkWrite([{ deleteMany: { q: {}, limit: 0 } }]));
t("no filter", () => db.c.bulkWrite([{ updateOne: { update: { $set: { a: 1 } } } }]));
t("no update", () => db.c.bulkWrite([{ updateOne: { filter: {} } }]));
t("no operators", () => db.c.bulkWrite([{ updateOne: { filter: {}, update: { a: 1 } } }]));
t("no operators many", () => db.c.bulkWrite([{ updateMany: { filter: {}, update: {} } }]));
t("operators", () => db.c.bulkWrite([{ replaceOne: { filter: {}, replacement: { $set: { a: 1 } } } }]));
t("no replacement", () => db.c.bulkWrite([{ replaceOne: { filter: {} } }]));
t("nothing is sent before all is checked", () => db.c.bulkWrite([{ insertOne: { document: { _id: 31 } } }, { nope: 1 }]));
print(db.c.find().sort({ _id: 1 }).toArray());
