db.big.insertMany([1, 2, 3].map(i => ({ _id: i, name: "item number " + i, description: "a somewhat longer description of item " + i, tags: ["alpha", "beta", "gamma"], nested: { level: i, values: [i, i * 2, i * 3] } })));
print(db.big.findOne());
print(db.big.find().toArray());
printjson(db.big.findOne({ _id: 2 }));
const hundred = [];
let i = 0;
while (i < 120) {
  hundred.push(i);
  i += 1;
}
print(hundred);
printjson(hundred.slice(0, 5));
print(hundred.map(n => "item" + n).slice(0, 27));
print({ numbers: hundred.slice(0, 30), after: true });
print("x".repeat(200));
print({ s: "y".repeat(200) });
print(["z".repeat(100)]);
