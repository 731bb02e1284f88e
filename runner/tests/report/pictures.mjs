// The pictures of docs/images: `node pictures.mjs PAGE FOLDER`, by way of `ci/test-report pictures`.

import { join, resolve } from "node:path";

import { Browser } from "./browser.mjs";

const [file, folder] = process.argv.slice(2);
const browser = new Browser(process.env.CHROMIUM);
const page = await browser.page(1360, 860);

/** A picture of a view, in one of the two schemes. */
async function picture(name, address, scheme = "light", height = 860) {
  await page.size(1360, height);
  await page.media({ "prefers-color-scheme": scheme });
  await page.open(resolve(file), address);
  await page.value("document.fonts.ready.then(() => true)");
  await page.picture(join(folder, `${name}.png`));
}

/** The address of the first failure of a verdict that has bytes to show. */
const failure = (verdict) => page.value(`(async () => {
  const { cells, artifacts } = report, wanted = report.verdicts.indexOf(${JSON.stringify(verdict)});
  for (let row = 0; row < cells.rows; row++) {
    if (cells.verdict[row] !== wanted || !(await report.detail(cells.detail[row])).ranges) continue;
    return address("result", { variant: report.name(cells.variant[row]), by: report.parties[cells.producer[row]], reader: report.parties[cells.consumer[row]] });
  }
})()`);

await picture("report-overview", "#overview", "light", 1000);
await picture("report-dark", "#overview", "dark", 1000);
await picture("report-cases", "#cases");
await picture("report-features", "#features");
await picture("report-failure", await failure("lenient"), "light", 1100);
await browser.close();
