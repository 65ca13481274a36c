db.src.insertOne({
  _id: 1,
  i: NumberInt(1), l: NumberLong("1"), dec: NumberDecimal("1.0"),
  neg: -5, half: 0.5, exp: 1e21, date: ISODate("1969-12-31T23:59:59.999Z"),
  bin: BinData(5, "CQ7d8pxe9AWZg4VJ7O7uHw=="), ts: Timestamp(5, 6), re: RegExp("a.b", "im"), n: null, e: {}, ea: []
});
const copy = db.src.findOne();
copy._id = 2;
copy.i = copy.i + 1;
db.src.insertOne(copy);
const types = { $project: { types: { $map: { input: { $objectToArray: "$$ROOT" }, as: "f", in: { $concat: ["$$f.k", "=", { $type: "$$f.v" }] } } } } };
db.src.aggregate([types, { $sort: { _id: 1 } }]).forEach(d => print(d.types.join(" ")));
printjson(db.src.findOne({ _id: 2 }));
print(EJSON.stringify(db.src.findOne({ _id: 2 })));
print(EJSON.stringify(db.src.findOne({ _id: 2 }), { relaxed: false }));
