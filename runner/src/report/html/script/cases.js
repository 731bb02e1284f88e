// The list of the cases, the one that implementations disagree about most first; and one case with all its results.

function casesView(report, parameters) {
  const filter = filterOf(parameters), order = parameters.sort ?? "disagreement";
  const list = votes(report, filter);
  const by = {
    disagreement: (a, b) => b.disagreement - a.disagreement || b.failures - a.failures || a.number - b.number,
    failures: (a, b) => b.failures - a.failures || a.number - b.number,
    name: (a, b) => a.number - b.number,
  }[order] ?? (() => 0);
  list.sort(by);
  say(counted(list.length, "case"));
  const readers = shown(report, report.consumers, filter.to), writers = shown(report, report.producers, filter.from);
  const heading = (name, text, title) => el("th", { scope: "col", class: `sort ${name}`, "aria-sort": order === name ? "descending" : "none" },
    link("cases", { ...parameters, sort: name }, { title }, text));
  const body = el("tbody");
  const table = el("table", { class: "cases" },
    el("thead", null,
      el("tr", { class: "sides-of" }, el("td", { colspan: 3 }), el("th", { scope: "colgroup", colspan: readers.length || 1 }, "reads"), el("td"),
        el("th", { scope: "colgroup", colspan: writers.length || 1 }, "writes")),
      el("tr", null, heading("disagreement", "split", "How many implementations are on the smaller side: those as the case says, or those that are not"),
        heading("failures", "failures", "Results that are not as the case says"),
        heading("name", counted(list.length, "case"), "In the order of the suite"),
        partyHeadings(report, readers, "reads"), el("th", { class: "gap", "aria-hidden": "true" }), partyHeadings(report, writers, "writes"))),
    body);
  const mark = (found, party, side) => {
    const kind = found[party];
    if (kind === 255) return el("td", { class: "mark" });
    const title = `${report.parties[party]} ${side}: ${KINDS[kind].word}`;
    return el("td", { class: "mark", title }, shape(kind), el("span", { class: "sr" }, title));
  };
  const row = (index) => {
    const { number, reads, writes, disagreement, failures } = list[index], about = report.cases[number];
    return el("tr", { class: failures ? "" : "fine" },
      el("td", { class: "figure" }, disagreement || ""), el("td", { class: "figure" }, failures ? count(failures) : ""),
      el("th", { scope: "row" }, link("case", { ...filter, id: about.id }, { title: about.why }, about.id), tag(about)),
      readers.map((party) => mark(reads, party, "reads")), el("td", { class: "gap" }), writers.map((party) => mark(writes, party, "writes")));
  };
  longRows(body, list.length, row);
  return [el("section", { class: "list" }, table,
    list.length ? null : el("p", { class: "empty" }, "No result passes the filter."))];
}

/** Only the party that is filtered for, or all. */
function shown(report, numbers, name) {
  const only = name ? report.parties.indexOf(name) : -1;
  return only < 0 ? numbers : numbers.filter((number) => number === only);
}

/** A word for what the format says about a case, unless it is the usual one. */
function tag({ result, strength, observation }) {
  const words = [result === "valid" ? "" : result, strength === "must" ? "" : strength, observation ? "observation" : ""].filter(Boolean);
  return words.length ? el("span", { class: "tag" }, words.join(", ")) : null;
}

/**
 * For each case with a result that passes the filter: what each reader and writer makes of it, and how they are split.
 * Those who differ are told from those who do not, whatever outcome is asked for.
 */
function votes(report, filter) {
  const asked = select(report, filter), selected = select(report, { ...filter, kind: undefined, new: undefined });
  const parties = report.parties.length, cases = report.cases.length;
  const reads = new Uint8Array(cases * parties).fill(255), writes = reads.slice(), failures = new Uint32Array(cases);
  const note = (marks, variant, party, kind) => {
    const number = report.variantCase[variant], at = number * parties + party;
    if (marks[at] === 255 || marks[at] < kind) marks[at] = kind;
  };
  const { cells, artifacts } = report, passes = new Uint8Array(cases);
  // Who asks for a reader asks for what it read.
  const writing = !filter.to || filter.from;
  const ask = (variant, kind) => {
    const number = report.variantCase[variant];
    passes[number] = 1;
    if (kind >= FIRST_FAILURE) failures[number]++;
  };
  for (let i = 0; i < cells.rows; i++) {
    if (selected.cells[i]) note(reads, cells.variant[i], cells.consumer[i], cells.blame[i]);
    if (asked.cells[i]) ask(cells.variant[i], cells.kind[i]);
  }
  for (let i = 0; i < artifacts.rows; i++) {
    if (selected.artifacts[i]) note(writes, artifacts.variant[i], artifacts.producer[i], artifacts.kind[i]);
    if (asked.artifacts[i] && writing) ask(artifacts.variant[i], artifacts.kind[i]);
  }
  const list = [];
  for (let number = 0; number < cases; number++) {
    const own = (marks) => marks.subarray(number * parties, (number + 1) * parties);
    if (!passes[number]) continue;
    const all = [...own(reads), ...own(writes)];
    const against = all.filter((kind) => kind !== 255 && kind >= FIRST_FAILURE).length;
    const agree = all.filter((kind) => kind === KIND.ok).length;
    list.push({ number, reads: own(reads), writes: own(writes), failures: failures[number], disagreement: Math.min(against, agree) });
  }
  return list;
}

/** One case. */
function caseView(report, parameters) {
  const number = report.caseByName.get(parameters.id);
  if (number === undefined) return [el("p", { class: "empty" }, `No case of this report is called '${parameters.id ?? ""}'.`)];
  const about = report.cases[number], filter = filterOf(parameters), all = Boolean(parameters.all);
  const selected = select(report, { from: filter.from, to: filter.to });
  const rows = resultRows(report, number, selected).filter((row) => all || row.fails);
  const readers = shown(report, report.consumers, filter.to);
  const body = el("tbody");
  const mark = (row, consumer) => {
    const cell = row.cells.get(consumer);
    if (cell === undefined) return el("td", { class: "mark" });
    const { kind, verdict } = report.cells, name = report.parties[consumer];
    const title = `${name} reads: ${report.verdicts[verdict[cell]]}`;
    return el("td", { class: "mark" }, resultLink(report, row, consumer, title, shape(kind[cell])));
  };
  const make = (index) => {
    const row = rows[index], { artifact } = row;
    const written = artifact === undefined ? null
      : resultLink(report, row, undefined, `${report.parties[row.producer]} writes: ${report.verdicts[report.artifacts.verdict[artifact]]}`, shape(report.artifacts.kind[artifact]));
    return el("tr", null, el("th", { scope: "row", class: "axes" }, report.variants.axes[row.variant] || "–"),
      el("td", null, party(report.parties[row.producer])), el("td", { class: "mark" }, written), el("td", { class: "gap" }),
      readers.map((consumer) => mark(row, consumer)));
  };
  const toggle = link("case", { ...parameters, all: !all }, { class: "button" }, all ? "Show failures only" : "Show all results");
  const table = el("table", { class: "cases results" },
    el("thead", null, el("tr", null, el("th", { scope: "col" }, "variant"), el("th", { scope: "col" }, "written by"), el("th", { scope: "col", class: "upward" }, el("span", null, "written")),
      el("th", { class: "gap", "aria-hidden": "true" }), partyHeadings(report, readers, "reads"))), body);
  longRows(body, rows.length, make);
  return [
    crumbs([link("cases", filter, null, "Cases"), about.id]),
    el("section", { class: "about" }, el("h2", null, breakable(about.id), tag(about)), caseText(report, about)),
    el("section", { class: "list" }, el("h3", null, all ? "All results" : "Results that are not as the case says", " ", toggle),
      rows.length ? table : el("p", { class: "empty" }, "There are none: every result is as the case says, or was not asked for.")),
  ];
}

/** A link to one result. */
function resultLink(report, row, consumer, title, ...children) {
  const to = consumer === undefined ? undefined : report.parties[consumer];
  return link("result", { variant: report.name(row.variant), by: report.parties[row.producer], reader: to }, { title, "aria-label": title }, ...children);
}

/** Variants × writers of a case, each with what was written and what each reader made of it. */
function resultRows(report, number, selected) {
  const rows = [];
  for (const variant of report.variantsOf(number)) {
    const byProducer = new Map();
    const of = (producer) => {
      if (!byProducer.has(producer)) byProducer.set(producer, { variant, producer, cells: new Map(), artifact: undefined, fails: false });
      return byProducer.get(producer);
    };
    for (const cell of report.cellsOf(variant)) {
      if (selected && !selected.cells[cell]) continue;
      const row = of(report.cells.producer[cell]);
      row.cells.set(report.cells.consumer[cell], cell);
      row.fails ||= isOff(report.cells.kind[cell]);
    }
    for (const artifact of report.artifactsOf(variant)) {
      if (selected && !selected.artifacts[artifact]) continue;
      const row = of(report.artifacts.producer[artifact]);
      row.artifact = artifact;
      row.fails ||= isOff(report.artifacts.kind[artifact]);
    }
    rows.push(...byProducer.values());
  }
  return rows;
}

/** Whether somebody may want to look at it. */
const isOff = (kind) => kind >= FIRST_FAILURE || kind === KIND.seen;

function crumbs(parts) {
  return el("nav", { class: "crumbs", "aria-label": "Where this is" }, parts.flatMap((part, index) => (index ? [el("span", { "aria-hidden": "true" }, " › "), part] : [part])));
}

/** What a case is about, what the format says, and the rules. */
function caseText(report, about) {
  const says = { valid: "must be read, and equal", invalid: "must be rejected", defined: "may be rejected; if it is read, it must be equal" }[about.result] ?? about.result;
  const reject = about.reject ? `, by phase ${about.reject.latest} at the latest` : "";
  const terms = report.terms ?? {};
  const clause = (id) => {
    const term = terms.clause?.[id];
    return el("li", null, el("p", { class: "rule" }, el("code", null, id), term ? el("span", { class: "level" }, term.level) : null),
      term ? el("p", null, prose(term.text)) : null, term?.source ? el("p", { class: "source" }, term.source) : null);
  };
  const flags = (about.flags ?? []).map((id) => (terms.flag?.[id]?.text ? `${id}: ${terms.flag[id].text}` : id));
  return [
    el("p", { class: "why" }, prose(about.why)),
    el("dl", { class: "facts" },
      fact("The format", `It ${says.replace("must", about.strength)}${reject}`),
      about.observation ? fact("Judged", "no: what implementations do is recorded") : null,
      about.alone ? fact("Read by nobody", about.alone) : null,
      flags.length ? fact("Kind of fault", flags.join("; ")) : null,
      about.place ? fact("Stated in", el("code", null, about.place)) : null),
    about.clauses.length ? el("ul", { class: "clauses", "aria-label": "Clauses" }, about.clauses.map(clause)) : null,
  ];
}

function fact(name, ...value) {
  return el("div", null, el("dt", null, name), el("dd", null, value));
}
