const start = ISODate("2024-01-30T10:00:00Z");
const addDays = (d, n) => new Date(d.getTime() + n * 24 * 60 * 60 * 1000);
for (let i = 0; i < 3; i++) db.visits.insertOne({ _id: i, at: addDays(start, i), ms: i * 1500 });
db.visits.find().sort({ at: 1 }).forEach((v) => print(v.at.toISOString().slice(0, 10), v.at.getUTCDay(), v.at.getMonth() + 1, v.at.getFullYear()));
print(db.visits.aggregate([
  { $group: { _id: { $dateToString: { format: "%Y-%m", date: "$at" } }, n: { $sum: 1 }, last: { $max: "$at" } } },
  { $sort: { _id: 1 } },
]).toArray());
print(db.visits.find({ at: { $gte: new Date("2024-01-31") } }).count());
const d = new Date(2024, 1, 29, 12, 30, 15, 250);
print(d, d.getDate(), d.getHours(), d.getMinutes(), d.getSeconds(), d.getMilliseconds());
print(JSON.stringify({ d }), d.toJSON(), d.valueOf(), +d, d - start, d > start);
print(new Date("2024-02-30T00:00:00Z").getTime(), new Date("nonsense").getTime(), isNaN(new Date("nonsense")));
print(Date.UTC(2024, 0, 1), new Date(Date.UTC(2024, 0, 1)).toUTCString());
d.setMonth(11);
d.setDate(31);
d.setHours(0, 0, 0, 0);
print(d.toISOString(), d.toDateString(), `${d}`);
const diffDays = Math.round((ISODate("2024-03-01") - ISODate("2024-02-01")) / 86400000);
print("days:", diffDays, typeof d, typeof Date.now(), d instanceof Date);
print(db.visits.aggregate([{ $match: { _id: 1 } }, { $project: { y: { $year: "$at" }, dow: { $dayOfWeek: "$at" }, plus: { $add: ["$at", 1000] } } }]).next());
