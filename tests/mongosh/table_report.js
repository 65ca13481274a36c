db.stock.insertMany([
  { item: "nut", qty: 1200, price: 0.05 },
  { item: "bolt", qty: 75, price: 1.2 },
  { item: "washer", qty: 0, price: 0.3333 },
]);
const head = ["item", "qty", "price", "value"];
const widths = [10, 6, 8, 10];
const line = (cells) => cells.map((c, i) => (i === 0 ? String(c).padEnd(widths[i]) : String(c).padStart(widths[i]))).join(" ");
print(line(head));
print("-".repeat(widths.reduce((a, b) => a + b, 0) + widths.length - 1));
let total = 0;
db.stock.find().sort({ item: 1 }).forEach((d) => {
  const value = d.qty * d.price;
  total += value;
  print(line([d.item, d.qty, d.price.toFixed(2), value.toFixed(2)]));
});
print(line(["total", "", "", total.toFixed(2)]));
const empty = db.stock.find({ qty: 0 }).toArray().map(({ item }) => item.toUpperCase());
print(`Out of stock: ${empty.length ? empty.join(", ") : "nothing"}`);
print("=".repeat(20) + "\n" + "done".padStart(12, "*").padEnd(20, "*"));
