// Features of the format × implementations: what each makes of the cases that need a feature.

function features(report, parameters) {
  const filter = filterOf(parameters);
  const selected = select(report, { ...filter, kind: undefined, new: undefined, feature: undefined });
  const names = [...new Set(report.features.flat())].sort();
  const number = new Map(names.map((name, index) => [name, index]));
  const sets = report.features.map((set) => set.map((name) => number.get(name)));
  const parties = report.parties.length, kinds = KINDS.length;
  // [side][feature][party][kind], side by side.
  const counts = [0, 1].map(() => new Uint32Array(names.length * parties * kinds));
  const add = (side, variant, party, kind) => {
    for (const feature of sets[report.variants.features[variant]]) counts[side][(feature * parties + party) * kinds + kind]++;
  };
  const { cells, artifacts } = report;
  for (let i = 0; i < cells.rows; i++) if (selected.cells[i]) add(0, cells.variant[i], cells.consumer[i], cells.blame[i]);
  for (let i = 0; i < artifacts.rows; i++) if (selected.artifacts[i]) add(1, artifacts.variant[i], artifacts.producer[i], artifacts.kind[i]);
  const at = (side, feature, party) => {
    const start = (feature * parties + party) * kinds;
    return counts[side].subarray(start, start + kinds);
  };
  return [el("section", null,
    el("h2", null, "Features"),
    el("p", { class: "hint" }, "What became of the cases that need a feature: left what the implementation reads, right what it writes. The shape is that of the gravest failure; a case needs several features, and any of them may be to blame."),
    el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Features" },
      featureTable(report, filter, names, at)))];
}

function featureTable(report, filter, names, at) {
  const numbers = [...new Set([...report.consumers, ...report.producers])];
  const field = (feature, side, party) => {
    const found = at(side, feature, party), name = report.parties[party], total = found.reduce((sum, n) => sum + n, 0);
    if (!total) return el("td", { class: "half" });
    const kind = summary(found), judged = judgedIn(found), failures = failuresIn(found);
    const title = `${name} ${side ? "writes" : "reads"} ${names[feature]}: ${failures ? `${count(failures)} of ${count(judged)} fail` : judged ? `all ${count(judged)}` : KINDS[kind].word}`;
    return el("td", { class: `half ${KINDS[kind].id}` },
      link("cases", { ...filter, feature: names[feature], [side ? "from" : "to"]: name, kind: failures ? "fail" : undefined },
        { title, "aria-label": title }, shape(kind)));
  };
  const terms = report.terms?.feature ?? {};
  let group = "";
  const row = (name, feature) => {
    const starts = name.split(".")[0] !== group;
    group = name.split(".")[0];
    return el("tr", { class: starts ? "starts" : "" },
      el("th", { scope: "row", title: terms[name]?.text ?? "" }, breakable(name)),
      numbers.flatMap((party) => [field(feature, 0, party), field(feature, 1, party)]));
  };
  return el("table", { class: "features" },
    el("thead", null, el("tr", null, el("th", { class: "corner" }, "needs"),
      numbers.map((number) => el("th", { scope: "col", class: "upward", colspan: 2 }, el("span", null, party(report.parties[number])))))),
    el("tbody", null, names.map(row)));
}

/** The kind that stands for many results: the last of those that occur. */
function summary(counts) {
  for (let kind = KINDS.length - 1; kind > 0; kind--) if (counts[kind]) return kind;
  return KIND.none;
}
