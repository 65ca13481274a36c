print([5, 1, 4].sort(), [10, 9, 1, 100].sort(), ["b", "a", "C"].sort());
print([10, 9, 1, 100].sort((a, b) => a - b), [10, 9, 1, 100].sort((a, b) => b - a));
const people = [{ n: "Bob", a: 30 }, { n: "Ann", a: 25 }, { n: "Cid", a: 30 }];
people.sort((x, y) => y.a - x.a);
print(people.map(p => p.n));
people.sort((x, y) => x.n.localeCompare(y.n));
print(people.map(p => p.n));
people.sort((x, y) => {
  if (x.a !== y.a) {
    return x.a - y.a;
  }
  return y.n.localeCompare(x.n);
});
print(people.map(p => `${p.n} ${p.a}`).join(", "));
print([true, false, true].sort(), [null, 3, 1].sort());
print([2, 10, 1].sort().reverse());
const dates = [ISODate("2024-03-01"), ISODate("2023-01-01"), ISODate("2024-01-01")];
print(dates.sort((a, b) => a - b));
print([3, 2, 1].toSorted(), [1, 2, 3].toReversed());
