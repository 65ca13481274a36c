const o = { name: "Ann", tags: ["a", "b"], nested: { n: 1.5, ok: true, none: null }, empty: {}, list: [] };
print(JSON.stringify(o));
print(JSON.stringify(o, null, 2));
print(JSON.stringify([1, "two", null, true]));
print(JSON.stringify("quote \" backslash \\ newline \n tab \t ünï"));
print(JSON.stringify(5), JSON.stringify(null), JSON.stringify("x"), JSON.stringify(1.0));
print(JSON.stringify({ a: [{ b: 1 }, { c: [] }] }, null, 4));
const back = JSON.parse('{"z": 1, "a": [1, 2.5, "x", null, true], "o": {"k": "v"}}');
print(back, back.a[1], back.o.k);
print(JSON.parse("[1,2]").length, JSON.parse("5") + 1, JSON.parse('"s"'));
try {
  JSON.parse("{bad");
} catch (e) {
  print(e.name);
}
print(JSON.stringify({ undef: undefined, n: NaN }));
print(JSON.parse(JSON.stringify(o)).nested.n);
print(JSON.stringify(o, ["name", "nested", "ok"]));
