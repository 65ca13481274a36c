function grade(score) {
  switch (true) {
    case score >= 90: return "A";
    case score >= 80: return "B";
    default: return "F";
  }
}
print([95, 85, 10].map(grade));
function kind(x) {
  switch (typeof x) {
    case "number":
    case "boolean":
      return "simple";
    case "string": {
      const n = x.length;
      return `text of ${n}`;
    }
    default:
      return x === null ? "null" : "other";
  }
}
print([1, true, "abc", null, {}].map(kind));
let i = 0;
while (true) {
  i++;
  if (i === 2) continue;
  if (i > 4) break;
  print("i", i);
}
for (let a = 0, b = 10; a < b; a += 3, b -= 2) print(a, b);
for (let j = 10; j > 0; j -= 4) { print(j); }
do { i--; } while (i > 0);
print(i);
const n = 7;
print(n > 5 ? (n > 6 ? "big" : "mid") : "small", n % 2 === 0 ? "even" : "odd");
if (n > 10) print("no"); else if (n > 5) print("yes"); else print("never");
try {
  try { throw new TypeError("inner"); } catch (e) { print(e.name); throw new RangeError("outer"); }
} catch (e) { print(e.name, e.message); }
const value = null ?? undefined ?? 0 ?? 5;
print(value, n && "and", 0 || "or", !n, !!n, !"");
print([1, 2, 3].includes(2) && "found", [] && "empty array is true");
