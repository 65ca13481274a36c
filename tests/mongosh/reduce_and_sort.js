const people = [
  { name: "Zoe", age: 31, team: "red" },
  { name: "adam", age: 25, team: "blue" },
  { name: "Mia", age: 31, team: "red" },
  { name: "Bob", age: 44, team: "green" },
];
const byAge = [...people].sort((a, b) => a.age - b.age || a.name.localeCompare(b.name));
print(byAge.map((p) => p.name));
print(people.map((p) => p.name).sort());
print(people.slice().sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)).map((p) => p.name).join());
const groups = people.reduce((acc, p) => {
  acc[p.team] = acc[p.team] || [];
  acc[p.team].push(p.name);
  return acc;
}, {});
print(groups);
Object.entries(groups).forEach(([team, names]) => print(`${team}: ${names.length} (${names.join(" and ")})`));
for (const [team, names] of Object.entries(groups)) {
  if (names.length > 1) print(team, "is large");
}
const counts = {};
for (const { team } of people) counts[team] = (counts[team] || 0) + 1;
print(counts, JSON.stringify(counts));
const oldest = people.reduce((a, b) => (a.age >= b.age ? a : b));
print(oldest.name, Math.max(...people.map((p) => p.age)));
print(people.some((p) => p.age > 40), people.every((p) => p.age > 24), people.find((p) => p.age === 31).name, people.findIndex((p) => p.team === "green"));
print([3, 1, 2].sort((a, b) => b - a), [10, 9, 1].sort(), ["b", undefined, "a"].sort());
print(Object.fromEntries(people.map((p) => [p.name, p.age])));
