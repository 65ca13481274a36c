// Any value is a condition.
const a = 0, b = "x", c = null, d = { k: 1 };
print(a || b, a && b, b && d, c || a || "z", a && b || c && d || "last", !a, !!b, !d);
print(a ?? b, c ?? "n", (a || 5) + 1);
if (d && d.k) print("yes");
if (!d.missing) print("no missing");
if (d.k && d.missing || d.k > 0 && b) print("mixed");
let n = 3; while (n) { n--; } print(n);
do { n++ } while (n - 3); print(n);
for (let i = 3; i; i--) print(i);
const f = x => x && x.k || "none";
print(f(d), f(null), f(undefined));
function g(o) { const v = o && o.k; return v ? "t" : "f"; }
print(g(d), g(null));
const name = d.name || `anon ${a || 7}`; print(name);
print(typeof (a || b), (c || {}).x, d instanceof Object && d.k);
if (c) { print("c") } else if (b) { print("b") } else { print("none") }
const e = d && { ...d, m: a || 1 }; print(e);
print(d?.k && d?.z?.y || "opt");
