// Bytes, each with what it is; those in question are lit.

/** The excerpts of an input, with the ranges in question lit. */
function bytes(excerpts, ranges) {
  const lit = (at) => ranges.some(({ start, end }) => at >= start && at < end);
  return excerpts.map((excerpt) => {
    const rows = excerpt.parts.flatMap((part) => partRows(excerpt, part, lit));
    return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Bytes from ${excerpt.start}` },
      el("table", { class: "bytes" },
        el("thead", null, el("tr", null, ["", "at", "bytes", "text", "what it is"].map((text) => el("th", { scope: "col" }, text)))),
        el("tbody", null, rows)));
  });
}

const LINE = 16;

/** What a part says, beside its path: as `arrowipc explain` has it. */
function note({ kind, path, value }) {
  if (kind === "padding" && !path.endsWith("padding")) return " padding";
  if (kind === "unreferenced") return " unreferenced";
  if (!value) return "";
  if (kind === "offset") return ` ${value}`;
  if (kind === "frame") return ` frame: ${value}`;
  return ["vtable", "unparsed"].includes(kind) ? `: ${value}` : ` = ${value}`;
}

/** A part of the input: a line for every 16 bytes, what it is in the first one. */
function partRows(excerpt, part, lit) {
  const end = excerpt.start + excerpt.hex.length / 2;
  const from = Math.max(part.range.start, excerpt.start), to = Math.min(part.range.end, end);
  const rows = [];
  for (let at = from; at < to; at += LINE) {
    const cells = [], text = [];
    let anyLit = false;
    for (let i = at; i < Math.min(at + LINE, to); i++) {
      const hex = excerpt.hex.slice(2 * (i - excerpt.start), 2 * (i - excerpt.start) + 2), code = parseInt(hex, 16);
      anyLit ||= lit(i);
      cells.push(el(lit(i) ? "mark" : "span", null, hex), " ");
      text.push(code > 32 && code < 127 ? String.fromCharCode(code) : "·");
    }
    const first = at === from;
    rows.push(el("tr", { class: anyLit ? "lit" : "" },
      el("td", { class: "pointer" }, anyLit ? "▶" : "", anyLit ? el("span", { class: "sr" }, "in question") : null),
      el("td", { class: "offset" }, String(at)), el("td", { class: "hex" }, cells), el("td", { class: "ascii" }, text.join("")),
      el("td", { class: "what" }, first ? [breakable(part.path), note(part), part.range.start < from ? ` (from ${part.range.start})` : ""] : "")));
  }
  return rows;
}
