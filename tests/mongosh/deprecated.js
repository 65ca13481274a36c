// blank: warnings
print(db.c.insert({ _id: 1, a: 1 }));
print(db.c.insert([{ _id: 2 }, { _id: 3 }]));
print(db.c.update({ _id: 1 }, { $set: { a: 2 } }));
print(db.c.update({}, { $set: { b: 1 } }, { multi: true }));
print(db.c.remove({ _id: 3 }));
print(db.c.count(), db.c.count({ a: 2 }));
print(db.c.remove({}));
print(db.c.find().count());
