db.t.insertOne({
  _id: ObjectId("65a1b2c3d4e5f60718293a4b"),
  double: 3.14,
  whole: Double(5),
  string: "it's a \"quoted\" string",
  newline: "two\nlines",
  object: { a: { b: { c: { d: 1 } } } },
  array: [1, "two", [3, [4, [5]]]],
  empty: { o: {}, a: [] },
  bin: BinData(0, "aGVsbG8="),
  uuid: UUID("3b241101-e2bb-4255-8caf-4136c566a962"),
  yes: true,
  nothing: null,
  date: ISODate("2024-01-15T10:30:00.123Z"),
  regex: RegExp("^ab+c", "i"),
  code: Code("function() { return 1; }"),
  scoped: Code("return x", { x: 1 }),
  int: NumberInt(42),
  long: NumberLong("9007199254740993"),
  small: NumberLong("7"),
  decimal: NumberDecimal("12.50"),
  ts: Timestamp({ t: 1700000000, i: 3 }),
  min: MinKey(),
  max: MaxKey(),
  ref: DBRef("users", 17),
  "with space": 1,
  "dash-ed": 2,
  $dollar: 3,
  "9nine": 4
});
const doc = db.t.findOne();
print(doc);
printjson(doc);
print([doc.double, doc.whole, doc.int, doc.long, doc.small, doc.decimal]);
print(doc.date, doc.ts, doc.uuid, doc.bin, doc.regex);
print(doc.min, doc.max, doc.code);
print(doc._id, doc.yes, doc.nothing, doc.missing);
Object.keys(doc).forEach(key => print(key + ": " + (doc[key] === null)));
