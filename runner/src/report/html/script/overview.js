// The overview: what each implementation does as reader and as writer, and who reads what from whom.

function overview(report, parameters) {
  const filter = filterOf(parameters);
  const { reads, writes, pairs, ownWord } = tally(report, select(report, { ...filter, kind: undefined, new: undefined }));
  return [verdictOnRun(report), implementations(report, filter, reads, writes, ownWord), matrix(report, filter, pairs, ownWord), legend()];
}

/** Results of each kind: by reader, by writer, and by pair of the two. */
function tally(report, selected) {
  const { cells, artifacts, parties } = report;
  const kinds = () => new Uint32Array(KINDS.length);
  const reads = parties.map(kinds), writes = parties.map(kinds);
  const pairs = new Map();
  const ownWord = new Map(), itself = report.evidence.indexOf("self") + 1;
  for (let i = 0; i < cells.rows; i++) {
    if (!selected.cells[i]) continue;
    const kind = cells.kind[i], consumer = cells.consumer[i], key = cells.producer[i] * 65536 + consumer;
    reads[consumer][cells.blame[i]]++;
    let pair = pairs.get(key);
    if (!pair) pairs.set(key, (pair = kinds()));
    pair[kind]++;
    if (itself && cells.evidence[i] === itself) {
      ownWord.set(key, (ownWord.get(key) ?? 0) + 1);
      ownWord.set(consumer, (ownWord.get(consumer) ?? 0) + 1);
    }
  }
  for (let i = 0; i < artifacts.rows; i++) {
    if (selected.artifacts[i]) writes[artifacts.producer[i]][artifacts.kind[i]]++;
  }
  return { reads, writes, pairs, ownWord };
}

const failuresIn = (counts) => FAILURES.reduce((sum, { id }) => sum + counts[KIND[id]], 0);
/** Results that say something about an implementation. */
const judgedIn = (counts) => counts[KIND.ok] + failuresIn(counts);

/** What the footer of the report says. */
function verdictOnRun(report) {
  const { footer, header } = report;
  const missing = footer.counts["not-run"] ?? 0, down = Object.entries(header.down);
  const good = !footer.unexpected && !footer.breaches.length && !missing && !down.length;
  const amiss = [
    footer.unexpected ? `${counted(footer.unexpected, "failure is", "failures are")} not listed as known` : "",
    footer.breaches.length ? `${counted(footer.breaches.length, "breach", "breaches")} of the lists of known failures` : "",
    missing ? `${counted(missing, "result is", "results are")} missing` : "",
    down.length ? `${counted(down.length, "adapter")} did not start` : "",
  ].filter(Boolean);
  const text = good ? "Everything as expected" : amiss.join(", ");
  const known = countKnown(report);
  const facts = [
    `${counted(report.cases.length, "case")} in ${counted(report.variants.case.length, "variant")}`,
    `${counted(report.cells.rows, "result")} of reading`, `${count(report.artifacts.rows)} of writing`,
    `${counted(known, "failure is", "failures are")} listed as known`,
    footer.observations ? `${count(footer.observations)} observed, not judged` : "",
    header.shard === "1/1" ? "" : `part ${header.shard} of the cases`,
    header.all_cases ? "" : "a selection of the cases",
  ].filter(Boolean);
  const notes = [
    ...down.map(([id, why]) => `${id} did not start: ${why}`),
    ...Object.entries(header.left_out ?? {}).map(([id, why]) => `${id} was left out: ${why.split("\n")[0]}`),
    ...footer.breaches,
  ];
  return el("section", { class: `run ${good ? "good" : "bad"}`, "aria-label": "The run" },
    el("p", { class: "outcome" }, shape(good ? KIND.ok : KIND.wrong), text,
      footer.unexpected ? link("cases", { new: true }, { class: "more" }, "show them") : null),
    el("p", { class: "facts" }, facts.join(" · ")),
    notes.length ? el("details", null, el("summary", null, counted(notes.length, "note")), el("ul", null, notes.map((note) => el("li", null, note)))) : null);
}

function countKnown({ cells, artifacts }) {
  let known = 0;
  for (const { rows, kind, flags } of [cells, artifacts]) {
    for (let i = 0; i < rows; i++) if (kind[i] >= FIRST_FAILURE && !(flags[i] & UNEXPECTED)) known++;
  }
  return known;
}

function implementations(report, filter, reads, writes, ownWord) {
  const numbers = [...new Set([...report.consumers, ...report.producers])]
    .sort((a, b) => report.parties[a].localeCompare(report.parties[b]));
  const side = (counts, parameters, took) => {
    if (!took) return [el("td", { class: "share dim" }, "–"), el("td", null), el("td", null)];
    const judged = judgedIn(counts);
    return [
      el("td", { class: "share" }, percent(counts[KIND.ok], judged)),
      el("td", { class: "spread" }, bar(counts), el("span", { class: "of" }, `of ${count(judged)}`)),
      el("td", { class: "chips" }, FAILURES.filter(({ id }) => counts[KIND[id]]).map(({ id, word }) =>
        link("cases", { ...filter, ...parameters, kind: id }, { class: "chip", title: word, "aria-label": `${counts[KIND[id]]} ${word}` },
          shape(KIND[id]), count(counts[KIND[id]])))),
    ];
  };
  const row = (number) => {
    const name = report.parties[number], hello = report.header.implementations[name];
    const about = hello ? [hello.implementation.language, ...Object.entries(hello.implementation.components ?? {}).map((pair) => pair.join(" "))].join(", ") : "lays out bytes, reads none";
    const own = ownWord.get(number);
    return el("tr", null,
      el("th", { scope: "row" }, party(name), el("span", { class: "about", title: about }, about),
        own ? el("span", { class: "own", title: `${count(own)} results are proved by its own word alone` }, "own word") : null),
      side(reads[number], { to: name }, report.consumers.includes(number)),
      side(writes[number], { from: name }, report.producers.includes(number)));
  };
  return el("section", null,
    el("h2", null, "Implementations"),
    el("p", { class: "hint" }, "The share of the judged results that are as the case says, and the failures by how grave they are. What an implementation does not claim is not judged (the empty part of a bar), nor what a reader makes of bytes that their writer got wrong."),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Implementations" },
      el("table", { class: "implementations" },
        el("thead", null,
          el("tr", null, el("th", { scope: "col", rowspan: 2 }, "Implementation"),
            el("th", { scope: "colgroup", colspan: 3 }, "reads"), el("th", { scope: "colgroup", colspan: 3 }, "writes")),
          el("tr", null, ["as it should", "results", "failures", "as it should", "results", "failures"].map((text) => el("th", { scope: "col", class: "minor" }, text)))),
        el("tbody", null, numbers.map(row)))));
}

function matrix(report, filter, pairs, ownWord) {
  const ids = report.parties.map((name) => name.split("@")[0]);
  const cell = (producer, consumer) => {
    const key = producer * 65536 + consumer, counts = pairs.get(key);
    if (!counts) return el("td", { class: "pair nothing" }, "–");
    const failures = failuresIn(counts), judged = judgedIn(counts), own = ownWord.get(key) ?? 0;
    const worst = failures ? KIND[FAILURES.find(({ id }) => counts[KIND[id]]).id] : judged ? KIND.ok : KIND.none;
    const told = KINDS.map(({ word }, kind) => (counts[kind] ? `${count(counts[kind])} ${word}` : "")).filter(Boolean).reverse().join(", ");
    const from = report.parties[producer], to = report.parties[consumer];
    const title = `${to} reads what ${from} writes: ${told}${own ? `; ${count(own)} by its own word` : ""}`;
    return el("td", { class: `pair ${KINDS[worst].id}${ids[producer] === ids[consumer] ? " same" : ""}${own ? " self" : ""}` },
      link("cases", { ...filter, from, to, kind: failures ? "fail" : undefined }, { title, "aria-label": title },
        el("span", { class: "figure" }, shape(worst), failures ? count(failures) : judged ? "" : "n/a"),
        el("span", { class: "share" }, judged ? percent(counts[KIND.ok], judged) : ""),
        bar(counts)));
  };
  const wide = report.consumers.length > 8;
  return el("section", null,
    el("h2", null, "Who reads what from whom"),
    el("p", { class: "hint" }, "A field is one writer and one reader: the failures, with the shape of the gravest, and the share of what came out as the case says. Each field leads to its failures. Framed: both sides are one implementation; a dot in the corner: the reader's own word."),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Who reads what from whom" },
      el("table", { class: `matrix${wide ? " wide" : ""}` },
        el("thead", null, el("tr", null, el("th", { class: "corner" }, el("span", null, "writes ↓   reads →")),
          report.consumers.map((number) => el("th", { scope: "col", class: wide ? "upward" : "" }, el("span", null, party(report.parties[number])))))),
        el("tbody", null, report.producers.map((producer) => el("tr", null,
          el("th", { scope: "row" }, party(report.parties[producer])),
          report.consumers.map((consumer) => cell(producer, consumer))))))));
}

function legend() {
  return el("section", { class: "legend", "aria-label": "Legend" }, el("h2", null, "Outcomes"),
    el("dl", null, [...KINDS].reverse().map(({ id, letter, word, about, verdicts }) =>
      el("div", null, el("dt", null, shape(KIND[id]), `${letter}  ${word}`),
        el("dd", null, about, verdicts.length ? el("span", { class: "verdicts" }, verdicts.join(", ")) : null)))));
}
