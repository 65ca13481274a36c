function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
const fact = (n) => (n <= 1 ? 1 : n * fact(n - 1));
print(fib(12), fact(10), fact(20));
function greet(name = "world", mark = "!") { return `Hello ${name}${mark}`; }
print(greet(), greet("Ada"), greet("Bob", "?"));
const multiplier = (factor) => (x) => x * factor;
const triple = multiplier(3);
print(triple(7), [1, 2, 3].map(multiplier(2)));
let total = 0;
function addAll(list) { list.forEach((x) => { total += x; }); return total; }
print(addAll([1, 2, 3]), addAll([4]), total);
db.tree.insertMany([{ _id: 1, parent: null, name: "root" }, { _id: 2, parent: 1, name: "left" }, { _id: 3, parent: 1, name: "right" }, { _id: 4, parent: 2, name: "leaf" }]);
function show(parent, depth) {
  db.tree.find({ parent: parent }).sort({ _id: 1 }).forEach((n) => {
    print("  ".repeat(depth) + n.name);
    show(n._id, depth + 1);
  });
}
show(null, 0);
function flatten(list) { return list.reduce((acc, x) => (Array.isArray(x) ? acc.concat(flatten(x)) : acc.concat([x])), []); }
print(flatten([1, [2, [3, [4]]], 5]));
const compose = (f, g) => (x) => f(g(x));
print(compose((x) => x + 1, (x) => x * 10)(4));
const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
print(gcd(48, 18), (function () { return "iife"; })());
function isPrime(n) {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false;
  return n > 1;
}
print([...Array(30).keys()].filter(isPrime));
