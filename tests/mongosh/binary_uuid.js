const u = UUID("3b241101-e2bb-4255-8caf-4136c566a962");
print(u, [u]);
print(BinData(0, "aGVsbG8="), HexData(0, "68656c6c6f"), BinData(128, "AQID"));
db.b.insertMany([{ _id: 1, u: u }, { _id: 2, d: BinData(0, "aGVsbG8=") }]);
print(db.b.findOne({ u: UUID("3b241101-e2bb-4255-8caf-4136c566a962") })._id);
print(db.b.find().sort({ _id: 1 }).toArray());
print(db.b.findOne({ d: HexData(0, "68656c6c6f") }));
print(db.b.countDocuments({ u: { $type: "binData" } }));
