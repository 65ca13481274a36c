// blank: warnings
function t(title, action) {
  try {
    const result = action();
    print(title + ":", result);
  } catch (e) {
    print(`${title}: [${e.name}] ${e.message} (${e.code} ${e.codeName})`);
  }
}
t("insert", () => db.c.insert({ _id: 1 }));
t("insert array", () => db.c.insert([{ _id: 2 }, { _id: 3 }], { ordered: false }));
t("insert duplicate", () => db.c.insert({ _id: 1 }));
t("insert []", () => db.c.insert([]));
t("count", () => db.c.count());
t("count query", () => db.c.count({ _id: { $gt: 1 } }, { limit: 1 }));
t("update", () => db.c.update({ _id: 1 }, { $set: { a: 1 } }));
t("update multi", () => db.c.update({}, { $set: { a: 2 } }, { multi: true }));
t("update upsert", () => db.c.update({ _id: 9 }, { $set: { a: 2 } }, { upsert: true }));
t("update replacement", () => db.c.update({ _id: 9 }, { a: 2 }));
t("remove true", () => db.c.remove({}, true));
t("remove justOne", () => db.c.remove({}, { justOne: true }));
t("remove", () => db.c.remove({ _id: 3 }));
print(db.c.find().sort({ _id: 1 }).toArray());
