let i = 0;
while (i < 10) {
  i += 1;
  if (i === 3) {
    continue;
  }
  if (i > 5) {
    break;
  }
  print(i);
}
let n = 0;
do {
  n += 2;
} while (n < 5);
print(n);
function grade(score) {
  if (score >= 90) {
    return "A";
  } else if (score >= 70) {
    return "B";
  } else {
    return "C";
  }
}
print([95, 75, 10].map(grade));
if (i !== 3 && (n === 6 || false)) {
  print("both");
}
if (!(1 > 2)) {
  print("not");
}
var x = 5;
x -= 1;
x *= 3;
x /= 4;
x %= 2;
print(x);
const doc = db.nothing.findOne({ _id: 1 });
if (doc === null) {
  print("no document");
}
if (doc == null) {
  print("still none");
}
print(1 < 2, 2 <= 2, 3 > 4, "a" !== "b", null === null, undefined === undefined, null == undefined);
print(5 & 3, 5 | 3, 5 ^ 3, 1 << 4, 256 >> 2);
