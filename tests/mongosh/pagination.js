const docs = [];
let k = 1;
while (k <= 23) {
  docs.push({ _id: k, title: `Post ${k}`, score: (k * 7) % 10 });
  k += 1;
}
db.posts.insertMany(docs);
function page(number, size) {
  return db.posts.find({}, { title: 1 }).sort({ score: -1, _id: 1 }).skip((number - 1) * size).limit(size).toArray();
}
const size = 5;
const total = db.posts.countDocuments();
const pages = Math.ceil(total / size);
print(`${total} posts on ${pages} pages`);
let p = 1;
while (p <= pages) {
  print(`page ${p}: ` + page(p, size).map(d => d._id).join(", "));
  p += 1;
}
let last = 0;
let rounds = 0;
while (true) {
  const batch = db.posts.find({ _id: { $gt: last } }).sort({ _id: 1 }).limit(10).toArray();
  if (batch.length === 0) {
    break;
  }
  last = batch[batch.length - 1]._id;
  rounds += 1;
}
print(rounds, last);
