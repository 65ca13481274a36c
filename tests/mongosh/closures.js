let total = 0;
[1, 2, 3].forEach(x => {
  total += x;
});
print(total);
const add = (a, b) => a + b;
print(add(2, 3));
const square = function(x) { return x * x; };
print(square(5), [1, 2, 3].map(square));
function twice(f, x) {
  return f(f(x));
}
print(twice(square, 3));
function makeAdder(n) {
  return x => x + n;
}
const addTen = makeAdder(10);
print(addTen(5), makeAdder(1)(1));
const tools = {
  rate: 2,
  double: function(x) { return x * 2; },
  scaled: function(x) { return x * this.rate; },
  both: function(x) { return this.double(x) + this.scaled(x); }
};
print(tools.double(4), tools.scaled(4), tools.both(1));
const log = message => print("[log] " + message);
log("hello");
const pipeline = [x => x + 1, x => x * 10];
print(pipeline.reduce((value, step) => step(value), 5));
function factorial(n) {
  if (n <= 1) {
    return 1;
  }
  return n * factorial(n - 1);
}
print(factorial(10));
let counter = 0;
const next = () => {
  counter += 1;
  return counter;
};
next();
next();
print(counter);
print([3, 1, 2].map((x, i, all) => x * i + all.length));
print((() => "called at once")());
function noReturn() {
}
print(noReturn() === undefined);
