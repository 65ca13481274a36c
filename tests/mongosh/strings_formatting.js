const s = "  The quick brown Fox  ";
print(`[${s.trim()}]`, s.trimStart().length, s.trimEnd().length);
print(s.trim().split(" "), s.trim().split(" ").map((w) => w[0].toUpperCase() + w.slice(1).toLowerCase()).join(" "));
print("abc".charAt(1), "abc"[2], "abc".at(-1), "abc".charCodeAt(0), String.fromCharCode(72, 105));
print("a-b-c".replace("-", "+"), "a-b-c".replaceAll("-", "+"), "a1b22".replace(/\d+/g, (m) => `<${m}>`), "John Smith".replace(/(\w+)\s(\w+)/, "$2, $1"));
print("hello".includes("ell"), "hello".startsWith("he"), "hello".endsWith("lo"), "hello".indexOf("l"), "hello".lastIndexOf("l"), "hello".search(/l+/));
print("x".repeat(5), "7".padStart(3, "0"), "7".padEnd(3) + "|", "a,b,,c".split(","), "abc".split(""));
print("hello".substring(1, 3), "hello".slice(-3), "hello".substr(1, 3), "hello".slice(1, -1));
print("b".localeCompare("a"), "a" < "b", "B" < "a", "10" < "9", "apple" === "app" + "le");
print("2024-01-15".match(/(\d+)-(\d+)-(\d+)/).slice(1), "none".match(/\d/), /^a.*z$/i.test("AbcZ"), "a1b2".match(/\d/g));
print((1234.5678).toFixed(2), (0.1 + 0.2).toFixed(10), (255).toString(16), (1e21).toString(), (1234567.891).toLocaleString());
print(parseInt("42px"), parseFloat("3.14abc"), Number("12"), Number(""), Number("x"), +"5", "5" * "2", "5" + 2, 5 + "2");
print(`multi
line ${1 + 1}`, "tab\there", 'single "quotes"', "it's");
print("naïve".length, "日本".split(""));
const csv = [["id", "name"], [1, "x,y"]].map((r) => r.map((c) => (String(c).includes(",") ? `"${c}"` : c)).join(",")).join("\n");
print(csv);
print("Ünïcödé".toUpperCase(), "ABC".toLowerCase(), "a" + null + undefined + true + 1.0 + [1, 2]);
