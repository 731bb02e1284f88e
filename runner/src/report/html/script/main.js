// The page: from address to view.

const VIEWS = {
  overview: { title: "Overview", make: overview },
  features: { title: "Features", make: features },
  cases: { title: "Cases", make: casesView },
  case: { title: "Case", make: caseView, within: "cases" },
  result: { title: "Result", make: resultView, within: "cases" },
};

let report, shownLast = 0;

/** How far each address was scrolled, for Back; and whether the next change of the address goes on to something new. */
const scrolled = new Map();
let onward = false;

/** Shows what the address says. */
async function show() {
  if (!report) return;
  const { view, parameters } = place();
  const chosen = VIEWS[view] ? view : "overview", turn = ++shownLast;
  showFilter(chosen, parameters);
  showViews(chosen, parameters);
  const parts = await VIEWS[chosen].make(report, parameters);
  // Somebody was faster.
  if (turn !== shownLast) return;
  const main = document.getElementById("main"), lost = main.contains(document.activeElement);
  main.replaceChildren(...parts.filter(Boolean));
  // Who came by keyboard goes on from the new view, not from the top of the page.
  if (lost) main.focus({ preventScroll: true });
  main.className = `view-${chosen}`;
  document.title = [parameters.variant ?? parameters.id ?? VIEWS[chosen].title, "Arrow IPC conformance"].join(" · ");
  dispatchEvent(new Event("resize"));
  document.documentElement.dataset.shown = location.hash || "#overview";
}

function showViews(chosen, parameters) {
  const current = VIEWS[chosen].within ?? chosen;
  const tabs = Object.entries(VIEWS).filter(([, view]) => !view.within);
  document.getElementById("views").replaceChildren(...tabs.map(([name, { title }]) =>
    link(name, filterOf(parameters), { "aria-current": name === current ? "page" : undefined }, title)));
}

function describeRun({ header }) {
  const { suite, host, seed } = header;
  return [`suite ${suite.version}`, suite.digest.slice(0, 19), `${host.os} ${host.arch}`, `seed ${seed}`].join(" · ");
}

history.scrollRestoration = "manual";
addEventListener("click", (event) => { onward ||= Boolean(event.target.closest?.("a[href^='#']")); });
addEventListener("hashchange", async ({ oldURL }) => {
  scrolled.set(new URL(oldURL).hash, scrollY);
  const to = onward ? 0 : scrolled.get(location.hash) ?? 0;
  onward = false;
  await show();
  scrollTo(0, to);
});

addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("#filter input[name=q]");
    if (!search.closest("form").hidden) {
      event.preventDefault();
      search.focus();
    }
  }
  if (event.key === "Escape" && typing) event.target.blur();
});

document.getElementById("skip").addEventListener("click", () => document.getElementById("main").focus());

(async () => {
  try {
    const loaded = await load();
    const kind = kindTable(loaded.verdicts);
    for (const table of [loaded.cells, loaded.artifacts]) {
      table.kind = Uint8Array.from(table.verdict, (verdict, row) => kind(verdict, table.flags[row]));
    }
    loaded.cells.blame = blame(loaded);
    document.getElementById("run").textContent = describeRun(loaded);
    makeFilter(loaded);
    report = loaded;
    await show();
    document.documentElement.dataset.ready = "yes";
  } catch (error) {
    const old = typeof DecompressionStream === "undefined";
    document.getElementById("main").replaceChildren(el("p", { class: "wait" },
      old ? "This browser cannot unpack the report: it needs DecompressionStream, which browsers have since 2023." : `The report cannot be shown: ${error.message}`));
  }
})();
