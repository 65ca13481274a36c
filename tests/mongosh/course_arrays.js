db.students.insertMany([
  { _id: 1, name: "Ann", grades: [90, 85, 72], courses: [{ id: "m", score: 5 }, { id: "p", score: 3 }] },
  { _id: 2, name: "Ben", grades: [60, 95], courses: [{ id: "m", score: 2 }] },
]);
print(db.students.updateOne({ _id: 1 }, { $push: { grades: { $each: [100, 50], $sort: -1, $slice: 4 } } }).modifiedCount);
db.students.updateMany({ "courses.id": "m" }, { $inc: { "courses.$.score": 1 } });
db.students.updateMany({}, { $set: { "grades.$[low]": 70 } }, { arrayFilters: [{ low: { $lt: 70 } }] });
db.students.updateOne({ _id: 2 }, { $addToSet: { tags: { $each: ["x", "y", "x"] } } });
db.students.updateOne({ _id: 2 }, { $pull: { courses: { score: { $lt: 3 } } }, $pop: { grades: -1 } });
db.students.find().forEach((s) => {
  print(s.name, s.grades, s.courses, s.tags);
  const best = s.grades.reduce((a, b) => Math.max(a, b), -Infinity);
  print(`best ${best}, mean ${(s.grades.reduce((a, b) => a + b, 0) / s.grades.length).toFixed(1)}`);
});
print(db.students.find({ grades: { $elemMatch: { $gt: 80, $lt: 90 } } }, { name: 1, _id: 0 }).toArray());
print(db.students.findOne({ "courses.id": "p" }, { "courses.$": 1 }));
print(db.students.find({ tags: { $size: 2 } }).count(), db.students.countDocuments({ tags: { $exists: false } }));
