// What verdicts mean to a reader of the page: a few kinds, each with a word, a letter, a shape and a colour of its own.

/**
 * Kinds of outcome. Where many results are shown as one, the kind that stands last in this list is shown.
 * `path` is the shape in a square of 12.
 */
const KINDS = [
  { id: "none", letter: "·", word: "not claimed", about: "a feature that the implementation does not claim",
    verdicts: ["unsupported"], path: "M5 6a1 1 0 1 0 2 0a1 1 0 1 0-2 0z" },
  { id: "open", letter: "–", word: "no result", about: "the bytes could not be made, or the adapter was down",
    verdicts: ["blocked", "not-run"], path: "M2 5h8v2h-8z" },
  { id: "seen", letter: "o", word: "observed", about: "another outcome where the format leaves it open: recorded, not judged",
    verdicts: [], path: "M6 1.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zm0 2a2.5 2.5 0 1 1 0 5a2.5 2.5 0 1 1 0-5z" },
  { id: "ok", letter: "✓", word: "as the case says", about: "read or written as it should be, or changed only as the implementation declares",
    verdicts: ["pass", "converted"], path: "M4.6 10.2L1 6.6l1.5-1.5l2.1 2.1l4.9-4.9l1.5 1.5z" },
  { id: "error", letter: "E", word: "adapter errors", about: "the adapter itself is wrong",
    verdicts: ["adapter-error"], path: "M2.5 1L6 4.5L9.5 1L11 2.5L7.5 6L11 9.5L9.5 11L6 7.5L2.5 11L1 9.5L4.5 6L1 2.5z" },
  { id: "strict", letter: "R", word: "refuses valid", about: "refuses input that is valid, or a feature that it claims",
    verdicts: ["over-strict", "false-claim"], path: "M.5 1.5h11L6 11z" },
  { id: "lenient", letter: "A", word: "accepts invalid", about: "accepts input that is invalid, or refuses it too late",
    verdicts: ["lenient", "late"], path: "M.5 10.5h11L6 1z" },
  { id: "wrong", letter: "W", word: "wrong data", about: "other values, another schema or layout, or bytes that break a rule",
    verdicts: ["wrong-value", "wrong-schema", "wrong-layout", "wrong-bytes", "wrong-interface"], path: "M6 0l6 6l-6 6l-6-6z" },
  { id: "danger", letter: "!", word: "endangers the process", about: "crash, timeout, or more memory than allowed",
    verdicts: ["crash", "timeout", "out-of-memory"], path: "M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5z" },
];

const KIND = Object.fromEntries(KINDS.map(({ id }, rank) => [id, rank]));
/** Kinds from here on are failures. */
const FIRST_FAILURE = KIND.error;
const FAILURES = KINDS.slice(FIRST_FAILURE).reverse();

/** What the ways mean in which values leave an implementation. */
const EVIDENCE = {
  cdata: "its values, by the C Data Interface (cdata)",
  json: "its values, as JSON by its own accessors (json)",
  transcode: "what it wrote again, read by two others (transcode)",
  self: "its own word: it compared for itself (self)",
  frame: "a DataFrame, described by the adapter (frame)",
  tensors: "tensors, described by the adapter (tensors)",
  none: "having gone through the data (none)",
};

/** The kind of a result, by verdict and flags: a table, since it is asked for a million times. */
function kindTable(verdicts) {
  const table = new Uint8Array(verdicts.length * 8);
  verdicts.forEach((verdict, code) => {
    const kind = KINDS.findIndex((kind) => kind.verdicts.includes(verdict));
    for (let flags = 0; flags < 8; flags++) {
      table[code * 8 + flags] = flags & OBSERVATION && kind >= FIRST_FAILURE ? KIND.seen : kind;
    }
  });
  return (verdict, flags) => table[verdict * 8 + flags];
}

/** What a cell says of its reader: a failure to read what the writer got wrong says nothing. */
function blame({ artifacts, cells, parties }) {
  const wrong = new Set();
  for (let row = 0; row < artifacts.rows; row++) {
    if (artifacts.kind[row] >= FIRST_FAILURE) wrong.add(artifacts.variant[row] * parties.length + artifacts.producer[row]);
  }
  return cells.kind.map((kind, row) =>
    (kind >= FIRST_FAILURE && wrong.has(cells.variant[row] * parties.length + cells.producer[row]) ? KIND.open : kind));
}

const SHAPES = KINDS.map(({ id, path: drawn }) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("class", `shape ${id}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", drawn);
  svg.append(path);
  return svg;
});

/** The shape of a kind. Its word stands beside it or in what has the shape. */
const shape = (kind) => SHAPES[kind].cloneNode(true);
