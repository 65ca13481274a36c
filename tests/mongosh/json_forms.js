const doc = { a: 1, b: "two", c: [1, { d: null }], e: new Date(0), u: undefined, f: 2.5, g: true, s: 'q"uote' };
print(JSON.stringify(doc));
print(JSON.stringify(doc, null, 2));
print(JSON.stringify([], null, 2), JSON.stringify({}, null, 2), JSON.stringify([undefined, null]));
print(JSON.stringify({ a: 1, b: { a: 2, c: 3 } }, ["a", "b"]));
print(JSON.stringify({ a: 5, b: "x" }, (k, v) => (typeof v === "number" ? v * 2 : v)));
const back = JSON.parse('{"x": [1, 2, {"y": "z"}], "n": 1e3, "t": true, "nil": null}');
print(back.x[2].y, back.n, back.t, back.nil, back);
try {
  JSON.parse("{oops}");
} catch (e) {
  print(e.name);
}
print(EJSON.stringify({ _id: ObjectId("65a1b2c3d4e5f60718293a4b"), when: ISODate("2024-01-01T00:00:00Z"), n: NumberLong("5"), d: 1.5 }));
print(EJSON.stringify({ n: 1, d: 1.5, l: NumberLong("7") }, { relaxed: false }));
print(EJSON.parse('{"when": {"$date": "2024-01-01T00:00:00Z"}, "n": {"$numberDecimal": "1.10"}}'));
db.j.insertOne({ _id: 1, payload: JSON.stringify({ k: [1, 2] }) });
print(JSON.parse(db.j.findOne().payload).k[1]);
print(JSON.stringify(db.j.findOne(), null, 1));
