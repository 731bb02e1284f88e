// The pictures of the guides: `node pictures.mjs FOLDER SMALL LARGE`, by way of `ci/test-report pictures`. SMALL is the page of a run
// of a few implementations, LARGE that of many.

import { join, resolve } from "node:path";

import { Browser } from "./browser.mjs";

const [folder, small, large] = process.argv.slice(2).map((path) => resolve(path));
const browser = new Browser(process.env.CHROMIUM);
const page = await browser.page();

/** A picture of a view, or of a part of it, in one of the two schemes. */
async function picture(name, file, address, { width = 1360, height = 860, scheme = "light", part } = {}) {
  await page.size(width, height);
  await page.media({ "prefers-color-scheme": scheme });
  await page.open(file, address);
  // What comes into sight is drawn in the next frame.
  await page.value("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))");
  await page.picture(join(folder, `report-${name}.webp`), part);
}

await picture("overview", small, "#overview", { height: 900 });
await picture("dark", large, "#overview", { height: 900, scheme: "dark" });
await picture("matrix", large, "#overview", { width: 2000, part: ".matrix" });
await picture("cases", large, "#cases", { height: 760 });
await picture("features", large, "#features", { height: 760 });
const failure = { variant: "invalid/batches/dictionary-length-differs[stream]", by: "suite", reader: "pyarrow" };
const of = `report.parties.find((name) => name.startsWith("${failure.by}@"))`, to = `report.parties.find((name) => name.startsWith("${failure.reader}@"))`;
await page.open(small);
await picture("failure", small, await page.value(`address("result", { variant: ${JSON.stringify(failure.variant)}, by: ${of}, reader: ${to} })`), { height: 1080 });
await browser.close();
