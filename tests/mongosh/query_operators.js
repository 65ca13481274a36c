db.q.insertMany([
  { _id: 1, n: 5, t: "apple", a: [1, 2], o: { k: 1 } },
  { _id: 2, n: 15, t: "Banana", a: [2, 3], o: { k: 2 } },
  { _id: 3, n: NumberLong("25"), t: "cherry", a: [], x: null },
  { _id: 4, n: 3.5, t: "apricot", when: ISODate("2024-05-01") },
]);
const ids = (filter) => db.q.find(filter).sort({ _id: 1 }).toArray().map((d) => d._id);
const tests = {
  gt: { n: { $gt: 5 } },
  range: { n: { $gte: 5, $lt: 20 } },
  in: { t: { $in: ["apple", /^b/i] } },
  nin: { n: { $nin: [5, 15] } },
  and: { $and: [{ n: { $gt: 1 } }, { t: /^a/ }] },
  or: { $or: [{ n: 5 }, { x: null, a: [] }] },
  not: { n: { $not: { $gt: 5 } } },
  exists: { when: { $exists: true } },
  isNull: { x: null },
  type: { n: { $type: "double" } },
  typeLong: { n: { $type: "long" } },
  all: { a: { $all: [2] } },
  size: { a: { $size: 0 } },
  dotted: { "o.k": 2 },
  whole: { o: { k: 1 } },
  regex: { t: { $regex: "an", $options: "i" } },
  expr: { $expr: { $gt: ["$n", { $strLenCP: "$t" }] } },
  mod: { n: { $mod: [5, 0] } },
  elem: { a: { $elemMatch: { $gt: 1, $lt: 3 } } },
  date: { when: { $lt: new Date("2025-01-01") } },
};
for (const [name, filter] of Object.entries(tests)) print(name.padEnd(9), ids(filter));
print(db.q.find({ n: { $gt: 4 } }, { _id: 0, t: 1, "o.k": 1 }).sort({ t: -1 }).toArray());
print(db.q.find({}, { a: { $slice: 1 }, n: 1 }).sort({ n: 1 }).limit(2).toArray());
print(db.q.findOne({ t: "apple" }).a[1], db.q.findOne({ _id: 3 }).n, typeof db.q.findOne({ _id: 1 }).n);
print(db.q.find().sort({ t: 1 }).collation({ locale: "en" }).toArray().map((d) => d.t));
print(db.q.find().sort({ t: 1 }).map((d) => d.t).toArray());
