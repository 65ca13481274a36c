db.log.insertMany([1, 2, 3, 4, 5, 6].map(n => ({ _id: n, level: n % 2 === 0 })));
print(db.log.deleteOne({ level: true }));
print(db.log.deleteMany({ level: true }));
print(db.log.deleteMany({ level: "nothing" }));
const left = db.log.deleteMany({});
print(left.deletedCount + " removed, " + db.log.countDocuments() + " left");
print(db.log.drop());
print(db.log.drop());
