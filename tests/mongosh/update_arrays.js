db.students.insertMany([
  { _id: 1, grades: [{ grade: 80, mean: 75, std: 6 }, { grade: 85, mean: 90, std: 4 }, { grade: 85, mean: 85, std: 6 }] },
  { _id: 2, grades: [{ grade: 90, mean: 75, std: 6 }, { grade: 87, mean: 90, std: 3 }] }
]);
db.students.updateMany({}, { $set: { "grades.$[elem].mean": 100 } }, { arrayFilters: [{ "elem.grade": { $gte: 85 } }] });
printjson(db.students.find().sort({ _id: 1 }).toArray());
db.students.updateOne({ _id: 1, "grades.grade": 80 }, { $set: { "grades.$.std": 0 } });
db.students.updateMany({}, { $inc: { "grades.$[].std": 10 } });
printjson(db.students.findOne({ _id: 1 }).grades);
db.students.updateOne({ _id: 2 }, { $push: { grades: { $each: [{ grade: 1 }], $position: 0 } } });
printjson(db.students.findOne({ _id: 2 }).grades.map(g => g.grade));
try {
  db.students.updateOne({ _id: 1 }, { $set: { "grades.$[x].mean": 1 } }, { arrayFilters: [{ "y.grade": 1 }] });
} catch (e) {
  print(e.code, e.codeName, e.message);
}
