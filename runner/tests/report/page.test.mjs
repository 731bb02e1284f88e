// The HTML report in a browser. Run by ci/test-report, which sets CHROMIUM, ARROWIPC and FOLDER.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Browser } from "./browser.mjs";
import { HOSTILE, hostile, large } from "./made.mjs";

const { CHROMIUM, ARROWIPC, FOLDER } = process.env;
let browser, page;

before(async () => {
  browser = new Browser(CHROMIUM);
  page = await browser.page();
});
after(() => browser.close());

const real = join(FOLDER, "real/index.html");

/** The page that the command makes of a report. */
function made(report, name) {
  const file = join(FOLDER, `${name}.html`);
  execFileSync(ARROWIPC, ["report", "html", report, "-o", file]);
  return file;
}

const text = (selector) => page.value(`document.querySelector(${JSON.stringify(selector)})?.innerText`);
const number = (selector) => page.value(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
/** Waits until the view of this address is there. */
const shown = (address) => page.until(`document.documentElement.dataset.shown.startsWith(${JSON.stringify(address)})`);

/** What must hold of every page that was looked at. */
function nothingWrong() {
  assert.deepEqual(page.errors, []);
  assert.deepEqual(page.requests.filter((url) => !url.startsWith("file:") && url !== "about:blank"), []);
  assert.equal(page.dialogs, 0);
}

test("the overview tells who reads what from whom", async () => {
  await page.open(real);
  assert.equal(await text("h1"), "Arrow IPC conformance");
  const names = await page.value(`[...document.querySelectorAll(".implementations tbody th .party")].map((name) => name.firstChild.data)`);
  assert.deepEqual(names, ["libarrowipc", "pyarrow", "suite"]);
  assert.equal(await number(".matrix tbody tr"), 3);
  assert.equal(await number(".matrix .pair a"), 6);
  assert.equal(await number(".matrix .same"), 2);
  const told = await page.value(`document.querySelector(".matrix tbody tr:nth-child(1) td:nth-of-type(2) a").getAttribute("aria-label")`);
  assert.match(told, /^pyarrow@\S+ reads what suite@\S+ writes: .*\d+ accepts invalid, .*as the case says/);
  nothingWrong();
});

test("three clicks lead to the byte that is wrong, the clause, both sides and the command", async () => {
  await page.open(real);
  await page.click(".matrix tbody tr:nth-child(1) td:nth-of-type(2) a");
  await shown("#cases");
  await page.click(`.cases a[href*="dictionary-length-differs"]`);
  await shown("#case?");
  await page.click(`.results tbody a[href^="#result"][aria-label^="pyarrow"]`);
  await shown("#result");
  assert.equal(await text(".finding .outcome strong"), "lenient");
  assert.equal(await text(".side:nth-of-type(1) pre"), "a rejection by phase batch");
  assert.equal(await text(".side:nth-of-type(2) pre"), "it was accepted");
  assert.match(await text(".message"), /^accepted, 3 rows were read; the input is invalid and must be rejected by phase batch/);
  assert.equal(await text(".clauses code"), "batch-length-mismatch");
  assert.match(await text(".clauses li p:nth-of-type(2)"), /\w+ \w+ \w+/);
  assert.match(await text(".about .why"), /\w+ \w+ \w+/);
  assert.match(await text(".command code"), /run 'invalid\/batches\/dictionary-length-differs\[\w+\]' -p suite -c pyarrow --keep out$/);
  // The byte that the case changed, in the line that says what it is.
  assert.equal(await number(".bytes mark"), 1);
  assert.equal(await text(".bytes mark"), "03");
  assert.equal(await text(".bytes tr.lit .offset"), "408");
  assert.equal(await text(".bytes tr.lit .what"), "dictionary[0].data.length = 3");
  assert.match(await text("main"), /Byte 408 of \d+, lit\./);
  nothingWrong();
});

test("a wrong value lights the bytes that hold it", async () => {
  const name = "legal/version/version-4-of-compressed-bodies";
  await page.open(real, `#case?id=${name}`);
  await page.click(`.results tbody a[aria-label$="wrong-value"]`);
  await shown("#result");
  assert.match(await text(".sides .where"), /^First difference: batch 0, column 0 "i", row 0, value/);
  assert.equal(await text(".side:nth-of-type(1) pre"), '"1"');
  assert.equal(await text(".side:nth-of-type(2) pre"), '"24"');
  assert.ok((await number(".bytes tr.lit")) > 0);
  nothingWrong();
});

test("filters are in the address, and Back takes them away", async () => {
  await page.open(real, "#cases");
  const all = await number(".cases tbody tr:not(.space)");
  await page.press("/", "Slash", 191);
  await page.type("dictionary-length-differs");
  await page.until(`location.hash.includes("q=dictionary-length-differs")`);
  await page.until(`document.querySelectorAll(".cases tbody tr:not(.space)").length === 1`);
  await page.value(`(() => { const to = document.querySelector("#filter select[name=to]"); to.value = [...to.options].find((o) => o.value.startsWith("pyarrow")).value; to.dispatchEvent(new Event("change", { bubbles: true })); })()`);
  await shown("#cases?q=dictionary-length-differs&to=pyarrow");
  assert.equal(await number(".cases thead .upward"), 1 + 3);
  const address = await page.value("location.hash");
  await page.value("history.back()");
  await page.until(`!location.hash.includes("to=")`);
  assert.equal(await page.value(`document.querySelector("#filter select[name=to]").value`), "");
  // The address alone brings it back.
  await page.open(real, address);
  assert.equal(await number(".cases tbody tr:not(.space)"), 1);
  assert.equal(await page.value(`document.querySelector("#filter input[name=q]").value`), "dictionary-length-differs");
  await page.click("#clear");
  await page.until(`document.querySelectorAll(".cases tbody tr:not(.space)").length >= ${Math.min(all, 40)}`);
  assert.equal(await page.value("location.hash"), "#cases");
  nothingWrong();
});

test("Back goes to where the list was left, and the keyboard goes on from the new view", async () => {
  await page.open(real, "#cases?sort=name");
  await page.value("scrollTo(0, 6000)");
  await page.until(`[...document.querySelectorAll(".cases tbody th a")].some((link) => link.getBoundingClientRect().top > 300)`);
  const left = await page.value("scrollY");
  assert.ok(left > 3000, `${left}`);
  await page.value(`(() => { const link = [...document.querySelectorAll(".cases tbody th a")].find((link) => link.getBoundingClientRect().top > 300); link.focus({ preventScroll: true }); })()`);
  await page.press("Enter", "Enter", 13);
  await shown("#case?");
  assert.equal(await page.value("scrollY"), 0);
  assert.equal(await page.value("document.activeElement.id"), "main");
  await page.value("history.back()");
  await shown("#cases");
  await page.until(`scrollY === ${left}`);
  nothingWrong();
});

test("of names that the report does not have, nothing is shown", async () => {
  for (const filter of ["to=nobody@1", "from=nobody@1", "via=hearsay", "kind=unheard-of", "feature=none.such", "q=nowhere-to-be-found"]) {
    await page.open(real, `#cases?${filter}`);
    assert.equal(await text(".empty"), "No result passes the filter.", filter);
  }
  for (const address of ["#case?id=none", "#case", "#result?variant=none", "#result"]) {
    await page.open(real, address);
    assert.match(await text(".empty"), /^(No case of this report is called|This report has no such result)/);
  }
  nothingWrong();
});

test("the case that implementations disagree about most comes first", async () => {
  await page.open(made(await large(join(FOLDER, "split"), 300, 5), "split"), "#cases");
  const order = await page.value(`[...document.querySelectorAll(".cases tbody tr:not(.space)")].map((row) => [...row.querySelectorAll("td.figure")].map((cell) => Number(cell.innerText.replace(",", "") || 0)))`);
  assert.ok(order[0][0] > 0, "nobody disagrees about anything");
  const sorted = [...order].sort((a, b) => b[0] - a[0] || b[1] - a[1]);
  assert.deepEqual(order, sorted);
  // By the number of failures the order is another one.
  assert.notDeepEqual(sorted, [...order].sort((a, b) => b[1] - a[1] || b[0] - a[0]));
  await page.click(".sort.name a");
  await shown("#cases?sort=name");
  const names = await page.value(`[...document.querySelectorAll(".cases tbody th a")].slice(0, 3).map((link) => link.innerText)`);
  assert.deepEqual(names, ["topic-0/case-0", "topic-1/case-1", "topic-2/case-2"]);
  nothingWrong();
});

test("features are told for reading and for writing", async () => {
  await page.open(real, "#features");
  const label = await page.value(`[...document.querySelectorAll(".features tbody tr")].find((row) => row.querySelector("th").innerText === "format.stream").querySelector("a[aria-label^=pyarrow]").getAttribute("aria-label")`);
  assert.match(label, /^pyarrow@\S+ reads format\.stream: \d+ of [\d,]+ fail$/);
  assert.match(await page.value(`[...document.querySelectorAll(".features tbody th")].find((th) => th.innerText === "format.stream").title`), /\w+/);
  nothingWrong();
});

test("everything can be reached and is named without a mouse", async () => {
  for (const address of ["#overview", "#features", "#cases"]) {
    await page.open(real, address);
    const unnamed = await page.value(`[...document.querySelectorAll("a, button, input, select")].filter((e) => !e.hidden && e.checkVisibility() && !(e.innerText.trim() || e.getAttribute("aria-label") || e.closest("label"))).map((e) => e.outerHTML.slice(0, 200))`);
    assert.deepEqual(unnamed, []);
    assert.equal(await page.value(`[...document.querySelectorAll("[onclick], [tabindex]:not(main):not([role=region]):not(pre)")].length`), 0);
  }
  await page.value(`document.getElementById("skip").focus()`);
  await page.press("Enter", "Enter", 13);
  assert.equal(await page.value("document.activeElement.id"), "main");
  for (let tabs = 0; tabs < 4; tabs++) await page.press("Tab", "Tab", 9);
  assert.equal(await page.value("document.activeElement.tagName"), "A");
  assert.notEqual(await page.value("getComputedStyle(document.activeElement).outlineStyle"), "none");
  await page.press("Enter", "Enter", 13);
  await page.until(`location.hash !== "#cases"`);
  nothingWrong();
});

test("outcomes are told by shape, letter and word, and by colour besides", async () => {
  await page.open(real);
  const kinds = await page.value(`[...document.querySelectorAll(".legend dt")].map((dt) => [dt.querySelector("path").getAttribute("d"), dt.innerText.trim(), getComputedStyle(dt.querySelector("svg")).color])`);
  assert.equal(kinds.length, 9);
  for (const part of [0, 1, 2]) assert.equal(new Set(kinds.map((kind) => kind[part])).size, 9, `two kinds share ${kinds.map((kind) => kind[part])}`);
  nothingWrong();
});

/** Contrast of a text with its page, as WCAG 2 has it. */
const contrast = (selector) => page.value(`(() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((part) => Number(part) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const element = document.querySelector(${JSON.stringify(selector)});
  const [a, b] = [light(getComputedStyle(element).color), light(getComputedStyle(document.body).backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
})()`);

test("dark mode is dark, and both modes can be read", async () => {
  const background = () => page.value("getComputedStyle(document.body).backgroundColor");
  const found = [];
  for (const scheme of ["light", "dark"]) {
    await page.media({ "prefers-color-scheme": scheme });
    await page.open(real);
    found.push(await background());
    for (const selector of ["h1", ".hint", "#run", ".matrix .share", ".version", ".implementations .about"]) {
      assert.ok((await contrast(selector)) >= 4.5, `${selector} in ${scheme}: ${await contrast(selector)}`);
    }
  }
  await page.media({ "prefers-color-scheme": "light" });
  assert.notEqual(found[0], found[1]);
  nothingWrong();
});

test("printed, there are no controls, and long lists are whole", async () => {
  await page.open(real, "#cases");
  await page.media({}, "print");
  assert.equal(await page.value(`getComputedStyle(document.getElementById("filter")).display`), "none");
  await page.media({}, "");
  const cases = await page.value(`Number(document.querySelector(".sort.name").innerText.replace(/\\D/g, ""))`);
  const before = await number(".cases tbody tr:not(.space)");
  assert.ok(before < cases, `${before} of ${cases} rows are there before printing`);
  await page.value(`addEventListener("beforeprint", () => { window.printed = document.querySelectorAll(".cases tbody tr:not(.space)").length; })`);
  await page.print();
  assert.equal(await page.value("window.printed"), cases);
  await page.until(`document.querySelectorAll(".cases tbody tr:not(.space)").length < ${cases}`);
  nothingWrong();
});

test("hostile names are shown and do nothing", async () => {
  const file = made(await hostile(join(FOLDER, "hostile")), "hostile");
  const first = encodeURIComponent(`${HOSTILE[0]}`), variant = encodeURIComponent(`${HOSTILE[0]}[${HOSTILE[0]}]`);
  for (const address of ["#overview", "#features", "#cases", `#case?id=${first}`, `#result?variant=${variant}&by=${first}&reader=${encodeURIComponent(HOSTILE[5])}`, `#case?id=${encodeURIComponent(HOSTILE[1])}`, "#<img src=x onerror=alert(1)>", "#result?variant=<script>alert(1)</script>", "#__proto__"]) {
    await page.open(file, address);
    await page.until("document.querySelector('main').innerText.length > 20");
    assert.equal(await number("main img, main script, main svg[onload], main [onerror]"), 0, address);
  }
  await page.open(file, `#result?variant=${variant}&by=${first}&reader=${encodeURIComponent(HOSTILE[5])}`);
  assert.equal(await text(".stderr"), HOSTILE[0]);
  assert.equal(await text(".command code"), HOSTILE[0]);
  assert.equal(await text(".bytes mark"), "69");
  // Marks that turn the direction of a text, and controls, are written out.
  assert.ok((await page.value(`document.querySelector(".results").innerText`)).includes("\\u{202e}gnp.\\u{0}exe"));
  const links = await page.value(`[...document.querySelectorAll("a")].map((link) => link.getAttribute("href")).filter((href) => !href.startsWith("#"))`);
  assert.deepEqual(links, []);
  nothingWrong();
});

test("a script that got into the page is not executed", async () => {
  await page.open(real);
  await page.value(`(() => { const script = document.createElement("script"); script.textContent = "window.executed = true"; document.body.append(script); const image = new Image(); image.src = "https://example.org/"; document.body.append(image); })()`);
  assert.equal(await page.value("window.executed"), undefined);
  // The policy says so itself, and no request went out.
  assert.ok(page.errors.some((error) => /Content Security Policy/.test(error)), page.errors.join("\n"));
  page.errors.length = 0;
  page.requests.length = 0;
});

test("50,000 cells open soon and scroll smoothly", async (context) => {
  const file = made(await large(join(FOLDER, "50000"), 2000, 5), "50000");
  const opened = await page.open(file, "#cases");
  assert.equal(await page.value("report.cells.rows"), 50_000);
  const frames = await page.value(`new Promise((done) => {
    const times = [];
    let last = performance.now();
    const step = (now) => {
      times.push(now - last);
      last = now;
      scrollBy(0, 400);
      if (times.length < 60) requestAnimationFrame(step); else done(times.sort((a, b) => a - b));
    };
    requestAnimationFrame(step);
  })`);
  const rows = await number(".cases tbody tr");
  assert.ok(rows < 200, `${rows} rows are in the page`);
  const filtered = await page.value(`(() => { const start = performance.now(); select(report, { q: "topic-5", to: "implementation-3@1.3" }); return performance.now() - start; })()`);
  context.diagnostic(`${(statSync(file).size / 1e6).toFixed(1)} MB, ${opened.toFixed(0)} ms until it can be used, ${frames[30].toFixed(1)} ms a frame while scrolling (the slowest ${frames.at(-1).toFixed(0)}), ${filtered.toFixed(1)} ms to filter`);
  nothingWrong();
});

test("600,000 cells open", async (context) => {
  const file = made(await large(join(FOLDER, "600000"), 1500, 20), "600000");
  const opened = await page.open(file);
  assert.equal(await page.value("report.cells.rows"), 600_000);
  assert.equal(await number(".matrix .pair a"), 400);
  await page.value(`location.hash = "#result?variant=" + encodeURIComponent(report.name(40)) + "&by=implementation-0%401.0&reader=implementation-0%401.0"`);
  await shown("#result");
  assert.equal(await text(".side:nth-of-type(2) pre"), "0");
  context.diagnostic(`${(statSync(file).size / 1e6).toFixed(1)} MB, ${opened.toFixed(0)} ms until it can be used`);
  nothingWrong();
});

test("a page that was cut off says so", async () => {
  const { readFileSync, writeFileSync } = await import("node:fs");
  const file = join(FOLDER, "cut.html");
  writeFileSync(file, readFileSync(real, "utf8").replace(/<script type="[^"]*" id="data-cells">.*?<\/script>/s, ""));
  await page.open(file);
  assert.equal(await text("main"), "The report cannot be shown: the page has no block 'cells'; it was cut off");
  page.errors.length = 0;
});
