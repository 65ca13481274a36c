const o = { b: 1, a: "two", c: { d: [1, 2] } };
print(Object.keys(o), Object.values(o), Object.entries(o));
o.z = 9;
o["new key"] = true;
print(o);
print(o.b, o["a"], o.c.d[1], o.missing);
print("a" in o, "q" in o, o.hasOwnProperty("b"));
delete o.z;
print(Object.keys(o).length);
const merged = Object.assign({}, o, { b: 100, y: "new" });
print(merged);
print(o.b);
Object.entries({ x: 1, y: 2 }).forEach(pair => print(pair[0] + " -> " + pair[1]));
const counts = {};
["x", "y", "x"].forEach(k => {
  if (counts[k] === undefined) {
    counts[k] = 0;
  }
  counts[k] += 1;
});
print(counts);
print(Object.fromEntries([["k1", 1], ["k2", 2]]));
const nested = { level1: { level2: { level3: { level4: "deep" } } } };
print(nested);
printjson(nested);
print(nested.level1.level2.level3.level4);
print(nested?.level1?.nothing?.more);
o.c.d.push(3);
o.c.e = "e";
print(o.c);
print({ 1: "one", "2": "two", true: "yes", null: "no" });
print(Object.keys({ default: 1, if: 2, match: 3, type: 4 }));
print(JSON.stringify(o));
