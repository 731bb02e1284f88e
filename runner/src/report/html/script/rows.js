// Long tables: only the rows in sight are in the page, and the heights of the others.

const ROW = 30, BEYOND = 30, MOST_PRINTED = 2000;

/**
 * Fills a table's body with `total` rows of equal height, made by `make(index)` when they come into sight.
 * Rows that stay in sight stay the same elements, so that focus is not lost.
 */
function longRows(body, total, make) {
  const above = el("tr", { class: "space", "aria-hidden": "true" }, el("td", { colspan: 99 }));
  const below = above.cloneNode(true);
  const rows = new Map();
  body.replaceChildren(above, below);
  body.closest("table").setAttribute("aria-rowcount", total + 1);
  const draw = (first, last) => {
    for (const [index, row] of rows) {
      if (index < first || index >= last) {
        if (row.contains(document.activeElement)) continue;
        row.remove();
        rows.delete(index);
      }
    }
    let before = below;
    for (let index = last - 1; index >= first; index--) {
      let row = rows.get(index);
      if (!row) {
        row = make(index);
        row.setAttribute("aria-rowindex", index + 2);
        rows.set(index, row);
        body.insertBefore(row, before);
      }
      before = row;
    }
    // A row with the focus may be kept out of sight; its height is not counted twice.
    const kept = [...rows.keys()];
    above.firstChild.style.height = `${ROW * (first - kept.filter((index) => index < first).length)}px`;
    below.firstChild.style.height = `${ROW * (total - last - kept.filter((index) => index >= last).length)}px`;
    above.hidden = first === 0;
    below.hidden = last === total;
  };
  const inSight = () => {
    if (!body.isConnected) return stop();
    const top = -body.getBoundingClientRect().top;
    const first = Math.max(0, Math.min(Math.floor(top / ROW) - BEYOND, total));
    draw(first, Math.min(total, Math.max(0, Math.ceil((top + innerHeight) / ROW) + BEYOND)));
  };
  let due = 0;
  const later = () => { due ||= requestAnimationFrame(() => { due = 0; inSight(); }); };
  const whole = () => draw(0, Math.min(total, MOST_PRINTED));
  const stop = () => {
    removeEventListener("scroll", later);
    removeEventListener("resize", later);
    removeEventListener("beforeprint", whole);
    removeEventListener("afterprint", later);
  };
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later);
  addEventListener("beforeprint", whole);
  addEventListener("afterprint", later);
  draw(0, Math.min(total, 2 * BEYOND));
  later();
}

/** The heading of a table with a column for each party, written upwards. */
function partyHeadings(report, numbers, label) {
  return numbers.map((number) =>
    el("th", { scope: "col", class: "upward", title: `${report.parties[number]} ${label}` }, el("span", null, party(report.parties[number]))));
}
