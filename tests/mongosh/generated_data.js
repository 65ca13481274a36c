let seed = 42;
const random = () => { seed = (seed * 1103 + 12345) % 65536; return seed / 65536; };
const pick = (list) => list[Math.floor(random() * list.length)];
const people = [];
for (let i = 0; i < 50; i++) {
  people.push({ _id: i, name: `user${String(i).padStart(2, "0")}`, age: 18 + Math.floor(random() * 50), city: pick(["Rome", "Oslo", "Bern", "Kyiv"]), score: Math.round(random() * 1000) / 10, active: random() > 0.5 });
}
db.people.insertMany(people);
print(db.people.countDocuments(), db.people.findOne());
print(people[7], people.length);
const stats = db.people.aggregate([{ $group: { _id: "$city", n: { $sum: 1 }, avg: { $avg: "$score" }, oldest: { $max: "$age" }, active: { $sum: { $cond: ["$active", 1, 0] } } } }, { $sort: { n: -1, _id: 1 } }]).toArray();
stats.forEach((s) => print(`${s._id.padEnd(5)} ${String(s.n).padStart(3)} ${s.avg.toFixed(1).padStart(6)} ${s.oldest} ${(100 * s.active / s.n).toFixed(0)}%`));
const histogram = {};
people.forEach((p) => { const k = `${Math.floor(p.age / 10) * 10}s`; histogram[k] = (histogram[k] ?? 0) + 1; });
Object.keys(histogram).sort().forEach((k) => print(k, "#".repeat(histogram[k])));
const total = people.map((p) => p.score).reduce((a, b) => a + b);
print(total.toFixed(2), (total / people.length).toFixed(3), Math.max(...people.map((p) => p.age)));
print(people.filter((p) => p.active && p.age < 30).map((p) => p.name).slice(0, 5));
print(db.people.find({ active: true, age: { $lt: 30 } }).sort({ _id: 1 }).limit(5).map((p) => p.name).toArray());
let changed = 0;
db.people.find({ score: { $lt: 20 } }).forEach((p) => { changed += db.people.updateOne({ _id: p._id }, { $set: { low: true } }).modifiedCount; });
print(changed, db.people.countDocuments({ low: true }) === changed);
