try {
  throw new Error("went wrong");
} catch (e) {
  print(e.message, e.name);
}
try {
  throw "just text";
} catch (e) {
  print(e);
}
try {
  throw { code: 42, reason: "custom" };
} catch (e) {
  print(e.code, e.reason);
}
function risky(n) {
  if (n > 2) {
    throw new Error(`too large: ${n}`);
  }
  return n;
}
[1, 2, 3].forEach(n => {
  try {
    print("ok " + risky(n));
  } catch (err) {
    print("failed: " + err.message);
  }
});
try {
  try {
    risky(5);
  } catch (inner) {
    throw new Error("outer: " + inner.message);
  }
} catch (e) {
  print(e.message);
}
try {
  db.c.insertOne({ _id: 1 });
  db.c.insertOne({ _id: 1 });
} catch (e) {
  if (e.code === 11000) {
    print("duplicate");
  } else {
    throw e;
  }
}
try {
  const doc = db.c.findOne({ _id: 99 });
  print(doc.name);
} catch (e) {
  print("no such document");
}
print("" + new Error("as text"));
print("after all");
