// blank: ids
const id = new ObjectId();
db.t.insertOne({ _id: id, i: 1, l: NumberLong("9007199254740993"), d: 1.5, dec: NumberDecimal("19.99"), s: "x", b: true, n: null, arr: [1, "a", { k: 1 }], date: ISODate("2024-02-29T12:00:00Z"), re: /ab+c/i, bin: BinData(0, "aGVsbG8="), uuid: UUID("12345678-1234-1234-1234-123456789abc"), ts: Timestamp({ t: 1, i: 2 }), min: MinKey(), max: MaxKey(), code: Code("x => x") });
const doc = db.t.findOne({ _id: id });
print(doc);
for (const key of Object.keys(doc)) if (key !== "l") print(key, typeof doc[key]);
print(doc._id.equals(id), doc._id.toString() === id.toString(), doc._id.getTimestamp() instanceof Date, doc._id.toHexString().length);
print(doc.l.toString(), doc.dec.toString(), doc.bin.length(), doc.uuid.toString(), doc.date.getUTCDate());
print(ObjectId("65a1b2c3d4e5f60718293a4b").getTimestamp(), ObjectId.isValid("xyz"));
print(db.t.aggregate([{ $project: { _id: 0, types: { $map: { input: { $objectToArray: "$$ROOT" }, in: { $concat: ["$$this.k", ":", { $type: "$$this.v" }] } } } } }]).next().types);
db.t.updateOne({ _id: id }, { $set: { i: doc.i + 1, d: doc.d * 2, s: doc.s + "y" } });
print(db.t.findOne({}, { _id: 0, i: 1, d: 1, s: 1, l: 1 }), db.t.findOne({ i: { $type: "int" } }) !== null, db.t.countDocuments({ d: { $type: "int" } }));
print(NumberInt(5) + 1, NumberInt("7") * 2, Number(doc.dec.toString()) + 1);
print([NumberInt(1), NumberLong("2"), Double(3), NumberDecimal("4")]);
