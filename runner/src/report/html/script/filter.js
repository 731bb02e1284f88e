// The filter: kept in the address, so that what somebody sees can be sent to somebody else, and Back goes back.

/** Parameters of the address that filter. `kind` and `new` ask for outcomes, which only the list of cases does. */
const FILTERS = ["q", "from", "to", "feature", "via", "kind", "new"];

/** The view and the parameters of the address. */
function place() {
  const [view, query] = location.hash.slice(1).split(/\?(.*)/s);
  return { view: view || "overview", parameters: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

/** What filters among parameters. */
function filterOf(parameters) {
  return Object.fromEntries(FILTERS.filter((name) => parameters[name]).map((name) => [name, parameters[name]]));
}

/** The results that a filter lets through: for each cell and production, whether it does. */
function select(report, filter) {
  const key = JSON.stringify(filter);
  report.selected ??= new Map();
  if (report.selected.has(key)) return report.selected.get(key);
  const variants = selectVariants(report, filter);
  // Of a name that the report does not have, nothing passes: an address may come from another report.
  const unknown = 65536;
  const number = (names, name) => (!name ? -1 : names.includes(name) ? names.indexOf(name) : unknown);
  const from = number(report.parties, filter.from), to = number(report.parties, filter.to);
  const via = filter.via ? number(report.evidence, filter.via) + 1 : -1;
  const kind = filter.kind === "fail" ? -2 : number(KINDS.map(({ id }) => id), filter.kind);
  const outcome = (found, flags) =>
    (kind === -1 || (kind === -2 ? found >= FIRST_FAILURE : found === kind)) && (!filter.new || flags & UNEXPECTED);
  const { cells, artifacts } = report;
  const inCells = new Uint8Array(cells.rows), inArtifacts = new Uint8Array(artifacts.rows);
  for (let i = 0; i < cells.rows; i++) {
    inCells[i] = variants[cells.variant[i]] && (from < 0 || cells.producer[i] === from) && (to < 0 || cells.consumer[i] === to)
      && (via < 0 || cells.evidence[i] === via) && outcome(cells.kind[i], cells.flags[i]) ? 1 : 0;
  }
  // Nobody consumes a production, and nothing proves it but its bytes.
  for (let i = 0; via < 0 && i < artifacts.rows; i++) {
    inArtifacts[i] = variants[artifacts.variant[i]] && (from < 0 || artifacts.producer[i] === from)
      && outcome(artifacts.kind[i], artifacts.flags[i]) ? 1 : 0;
  }
  // The last few are kept, for Back.
  if (report.selected.size > 8) report.selected.clear();
  const selected = { cells: inCells, artifacts: inArtifacts };
  report.selected.set(key, selected);
  return selected;
}

/** The variants whose case has all words, and which need the feature. */
function selectVariants(report, { q, feature }) {
  const words = (q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const cases = report.cases.map((about) => {
    about.haystack ??= [about.id, about.why, about.result, ...about.clauses, ...(about.flags ?? [])].join("\n").toLowerCase();
    return about.haystack;
  });
  const sets = report.features.map((set) => !feature || set.includes(feature));
  const axes = report.variants.axes, featuresOf = report.variants.features;
  // A word may be about the axes of a variant, too.
  return Uint8Array.from(axes, (axis, variant) => {
    if (!sets[featuresOf[variant]]) return 0;
    const text = cases[report.variantCase[variant]];
    return words.every((word) => text.includes(word) || `[${axis}]`.includes(word)) ? 1 : 0;
  });
}

/** Makes the form, once. */
function makeFilter(report) {
  const option = (value, text) => el("option", { value }, text);
  const choice = (name, label, all, options) =>
    el("label", { "data-name": name }, el("span", null, label), el("select", { name }, option("", all), options));
  const parties = (numbers) => numbers.map((number) => option(report.parties[number], report.parties[number]));
  const features = [...new Set(report.features.flat())].sort();
  const form = document.getElementById("filter");
  form.append(
    el("label", { class: "search", "data-name": "q" }, el("span", null, "Search"),
      el("input", { type: "search", name: "q", placeholder: "case, clause, flag or word  ( / )", autocomplete: "off", spellcheck: "false" })),
    choice("from", "written by", "all", parties(report.producers)),
    choice("to", "read by", "all", parties(report.consumers)),
    choice("feature", "needs", "any feature", features.map((name) => option(name, name))),
    choice("via", "proved by", "anything", report.evidence.map((name) => option(name, name === "self" ? "self (own word)" : name))),
    choice("kind", "outcome", "any", [option("fail", "all failures"), ...[...KINDS].reverse().map(({ id, word }) => option(id, word))]),
    el("label", { class: "check", "data-name": "new" }, el("input", { type: "checkbox", name: "new" }), el("span", null, "only unlisted failures")),
    el("button", { type: "button", id: "clear", on: { click: () => go(place().view, withoutFilter(place().parameters)) } }, "Clear"),
  );
  let typing;
  const changed = (replace) => {
    clearTimeout(typing);
    const { view, parameters } = place();
    const data = new FormData(form);
    const filter = Object.fromEntries(FILTERS.map((name) => [name, name === "new" ? (data.get(name) ? "1" : "") : data.get(name)]));
    go(view, { ...withoutFilter(parameters), ...filter }, replace);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); changed(true); });
  form.addEventListener("change", () => changed(false));
  form.addEventListener("input", (event) => {
    if (event.target.name !== "q") return;
    clearTimeout(typing);
    typing = setTimeout(() => changed(true), 150);
  });
}

/** Shows the filter of the address in the form, and the parts of it that the view has a use for. */
function showFilter(view, parameters) {
  const form = document.getElementById("filter");
  form.hidden = view === "case" || view === "result";
  for (const label of form.querySelectorAll("label")) {
    const name = label.dataset.name, input = label.querySelector("input, select");
    label.hidden = (name === "kind" || name === "new") && view !== "cases" || name === "feature" && view === "features";
    if (input.type === "checkbox") input.checked = Boolean(parameters[name]);
    else if (input !== document.activeElement || input.tagName === "SELECT") input.value = parameters[name] ?? "";
  }
  document.getElementById("clear").hidden = Object.keys(filterOf(parameters)).length === 0;
}

function withoutFilter(parameters) {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !FILTERS.includes(name)));
}

/** Goes to a view. Typing replaces the address, so that Back does not go letter by letter. */
function go(view, parameters, replace) {
  const to = address(view, parameters);
  if (to === location.hash) return;
  if (replace) {
    history.replaceState(null, "", to);
    show();
  } else {
    onward = true;
    location.hash = to;
  }
}
