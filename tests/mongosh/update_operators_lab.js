db.u.insertOne({ _id: 1, n: 5, s: "x", list: [1, 2, 3], nested: { a: 1, b: { c: 2 } }, old: true });
const step = (name, update, options = {}) => {
  const r = db.u.updateOne({ _id: 1 }, update, options);
  print(name, r.matchedCount, r.modifiedCount, db.u.findOne());
};
step("inc", { $inc: { n: 2, fresh: 1 } });
step("mul", { $mul: { n: 1.5 } });
step("min max", { $min: { n: 3 }, $max: { fresh: 9 } });
step("rename", { $rename: { old: "renamed", s: "nested.s" } });
step("unset", { $unset: { renamed: "", "nested.a": 1 } });
step("bit", { $bit: { fresh: { or: NumberInt(6) } } });
step("set nested", { $set: { "nested.b.c": "changed", "list.1": 20 } });
step("pipeline", [{ $set: { total: { $sum: "$list" }, list: { $map: { input: "$list", as: "v", in: { $multiply: ["$$v", 2] } } } } }, { $unset: "nested" }]);
step("nothing", { $set: { n: 3 } });
print(db.u.updateOne({ _id: 2 }, { $setOnInsert: { made: 1 }, $set: { v: 2 } }, { upsert: true }));
print(db.u.replaceOne({ _id: 2 }, { v: "whole" }));
print(db.u.findOneAndDelete({ _id: 2 }), db.u.findOneAndReplace({ _id: 1 }, { tiny: 1 }, { returnDocument: "after" }));
print(db.u.updateMany({}, { $set: { all: true } }), db.u.deleteMany({}));
