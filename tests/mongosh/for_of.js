for (const item of ["a", "b"]) {
  print(item);
}
const totals = {};
for (let row of [{ k: "x", n: 1 }, { k: "y", n: 2 }]) {
  totals[row.k] = row.n * 10;
}
print(totals);
db.c.insertMany([{ _id: 1 }, { _id: 2 }]);
for (const doc of db.c.find().toArray()) {
  print(doc);
}
for (const key in { a: 1, b: 2 }) {
  print(key);
}
