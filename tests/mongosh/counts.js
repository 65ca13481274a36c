function t(title, action) {
  try {
    const result = action();
    print(title + ":", result);
  } catch (e) {
    print(`${title}: [${e.name}] ${e.message} (${e.code} ${e.codeName})`);
  }
}
db.c.insertMany([{ _id: 1, n: 1, s: "a" }, { _id: 2, n: 2, s: "b", t: ["x", "y"] }, { _id: 3, n: 2, s: "A", t: "x" }, { _id: 4, n: null }]);
t("all", () => db.c.countDocuments());
t("query", () => db.c.countDocuments({ n: 2 }));
t("none", () => db.nothing.countDocuments({}));
t("skip and limit", () => db.c.countDocuments({}, { skip: 1, limit: 2 }));
t("limit 0", () => db.c.countDocuments({}, { limit: 0 }));
t("negative", () => db.c.countDocuments({}, { limit: -1 }));
t("hint", () => db.c.countDocuments({ n: 2 }, { hint: "_id_", maxTimeMS: 1000, comment: "c" }));
t("bad hint", () => db.c.countDocuments({ n: 2 }, { hint: "nope" }));
t("collation", () => db.c.countDocuments({ s: "a" }, { collation: { locale: "en", strength: 2 } }));
t("bad operator", () => db.c.countDocuments({ n: { $nope: 1 } }));
t("where", () => db.c.countDocuments({ $where: "this.n == 2" }));
t("estimated", () => db.c.estimatedDocumentCount());
t("estimated options", () => db.c.estimatedDocumentCount({ maxTimeMS: 1000, comment: 1 }));
t("estimated none", () => db.nothing.estimatedDocumentCount());
t("distinct", () => db.c.distinct("n"));
t("distinct array", () => db.c.distinct("t"));
t("distinct query", () => db.c.distinct("s", { n: 2 }));
t("distinct collation", () => db.c.distinct("s", {}, { collation: { locale: "en", strength: 2 } }));
t("distinct none", () => db.nothing.distinct("s"));
t("distinct missing", () => db.c.distinct("zzz"));
t("distinct comment", () => db.c.distinct("n", {}, { comment: "c", maxTimeMS: 500 }));
