// One result: what was expected, what was observed, the bytes, and the command that does it again.

async function resultView(report, parameters) {
  const found = findResult(report, parameters);
  if (!found) return [el("p", { class: "empty" }, "This report has no such result.")];
  const { variant, about, artifact, cell } = found;
  const table = cell === undefined ? report.artifacts : report.cells, row = cell ?? artifact;
  const [message, detail, writing] = await Promise.all([
    report.text(table.message[row]), report.detail(table.detail[row]),
    artifact === undefined ? {} : report.detail(report.artifacts.detail[artifact]),
  ]);
  const verdict = report.verdicts[table.verdict[row]], kind = table.kind[row];
  const how = cell === undefined ? [party(parameters.by), " writes"] : [party(parameters.reader), " reads what ", party(parameters.by), " writes"];
  const excerpts = writing.excerpts ?? [], ranges = detail.ranges ?? [];
  return [
    crumbs([link("cases", {}, null, "Cases"), link("case", { id: about.id }, null, about.id), report.variants.axes[variant] || "the only variant"]),
    el("section", { class: `finding ${KINDS[kind].id}` },
      el("h2", null, how),
      el("p", { class: "outcome" }, shape(kind), el("strong", null, verdict), el("span", { class: "kind" }, KINDS[kind].word), badges(report, table, row, cell, detail)),
      sides(about, verdict, message, detail),
      message ? el("p", { class: "message" }, message) : null,
      detail.repro ? command(detail.repro) : null),
    excerpts.length && ranges.length ? el("section", null, el("h3", null, "The bytes in question"), el("p", { class: "hint" }, rangesText(ranges, writing.size)), bytes(excerpts, ranges)) : null,
    el("section", { class: "about" }, el("h3", null, "The case"), el("p", { class: "variant" }, el("code", null, breakable(report.name(variant)))), caseText(report, about)),
    detail.stderr ? el("section", null, el("h3", null, "Standard error"), el("pre", { class: "stderr", tabindex: 0 }, detail.stderr)) : null,
    neighbours(report, variant, parameters),
  ];
}

function findResult(report, { variant: name, by, reader }) {
  const variant = report.variantByName.get(name);
  if (variant === undefined) return undefined;
  const producer = report.parties.indexOf(by), consumer = report.parties.indexOf(reader);
  const artifact = [...report.artifactsOf(variant)].find((row) => report.artifacts.producer[row] === producer);
  const cell = reader === undefined ? undefined
    : [...report.cellsOf(variant)].find((row) => report.cells.producer[row] === producer && report.cells.consumer[row] === consumer);
  if (reader === undefined ? artifact === undefined : cell === undefined) return undefined;
  return { variant, about: report.cases[report.variantCase[variant]], artifact, cell };
}

/** How well the result is proved, and what else is to be known about it. */
function badges(report, table, row, cell, detail) {
  const flags = table.flags[row], found = [];
  if (table.kind[row] >= FIRST_FAILURE) found.push(flags & UNEXPECTED ? ["new", "not listed as known"] : ["known", "listed as known"]);
  if (flags & OBSERVATION) found.push(["seen", "observed, not judged"]);
  if (cell !== undefined && table.evidence[row]) {
    const via = report.evidence[table.evidence[row] - 1];
    found.push([via === "self" ? "own" : "via", `proved by ${EVIDENCE[via] ?? via}`]);
  }
  if (detail.phase) found.push(["phase", `phase ${detail.phase}`]);
  if (detail.attempts > 1) found.push(["attempts", `${detail.attempts} attempts`]);
  if (detail.unstable) found.push(["unstable", `the first time: ${detail.unstable}`]);
  if (detail.ms) found.push(["ms", `${detail.ms} ms`]);
  return found.map(([name, text]) => el("span", { class: `badge ${name}` }, text));
}

/** Expected against observed, at the first difference. */
function sides(about, verdict, message, { difference }) {
  const by = about.reject ? ` by phase ${about.reject.latest}` : "";
  const [expected, observed] = difference ? [difference.expected, difference.observed]
    : verdict === "lenient" ? [`a rejection${by}`, "it was accepted"]
    : verdict === "late" ? [`a rejection${by}`, "a rejection in a later phase"]
    : verdict === "over-strict" ? ["the data: the input is valid", "a rejection"]
    : ["crash", "timeout", "out-of-memory"].includes(verdict) ? ["an answer", verdict] : [];
  if (expected === undefined) return null;
  return el("div", { class: "sides" },
    difference?.place ? el("p", { class: "where" }, "First difference: ", el("code", null, difference.place)) : null,
    el("div", { class: "side" }, el("h3", null, "expected"), el("pre", { tabindex: 0 }, expected)),
    el("div", { class: "side" }, el("h3", null, "observed"), el("pre", { tabindex: 0 }, observed)));
}

function rangesText(ranges, size) {
  const named = ranges.slice(0, 6).map(({ start, end }) => (end - start <= 1 ? `${start}` : `${start}–${end - 1}`));
  return `${ranges.length === 1 && ranges[0].end - ranges[0].start === 1 ? "Byte" : "Bytes"} ${named.join(", ")}${ranges.length > named.length ? " and more" : ""}${size ? ` of ${count(size)}` : ""}, lit.`;
}

/** A command with a button that copies it. */
function command(text) {
  const code = el("code", null, text);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("copied");
      button.textContent = "Copied";
    } catch {
      // No clipboard here: the text is marked, ready to be copied by hand.
      getSelection().selectAllChildren(code);
      button.textContent = "Marked";
    }
  };
  const button = el("button", { type: "button", on: { click: copy } }, "Copy");
  return el("div", { class: "command" }, el("pre", { tabindex: 0 }, code), button);
}

/** What others make of the same variant. */
function neighbours(report, variant, { by, reader }) {
  const rows = resultRows(report, report.variantCase[variant]).filter((row) => row.variant === variant);
  const current = (producer, consumer) => report.parties[producer] === by && report.parties[consumer] === reader;
  const field = (row, consumer) => {
    const cell = row.cells.get(consumer);
    if (cell === undefined) return el("td", { class: "mark" });
    const title = `${report.parties[consumer]} reads what ${report.parties[row.producer]} writes: ${report.verdicts[report.cells.verdict[cell]]}`;
    return el("td", { class: `mark${current(row.producer, consumer) ? " current" : ""}` }, resultLink(report, row, consumer, title, shape(report.cells.kind[cell])));
  };
  return el("section", null, el("h3", null, "The same variant, all pairs"),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All pairs" }, el("table", { class: "cases results" },
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "written by"), el("th", { scope: "col", class: "upward" }, el("span", null, "written")), el("th", { class: "gap", "aria-hidden": "true" }), partyHeadings(report, report.consumers, "reads"))),
      el("tbody", null, rows.map((row) => el("tr", null, el("th", { scope: "row" }, party(report.parties[row.producer])),
        el("td", { class: `mark${reader === undefined && report.parties[row.producer] === by ? " current" : ""}` }, row.artifact === undefined ? null
          : resultLink(report, row, undefined, `${report.parties[row.producer]} writes: ${report.verdicts[report.artifacts.verdict[row.artifact]]}`, shape(report.artifacts.kind[row.artifact]))),
        el("td", { class: "gap" }), report.consumers.map((consumer) => field(row, consumer))))))));
}
