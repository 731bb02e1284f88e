// The data of the report: packed blocks in the page, unpacked when they are needed. The same names as in src/report/html/data.rs.

const NOTHING = 0;
const UNEXPECTED = 1, OBSERVATION = 2, UNSTABLE = 4;

/** The bytes of a block. */
async function unpack(name) {
  const element = document.getElementById(`data-${name}`);
  if (!element) throw new Error(`the page has no block '${name}'; it was cut off`);
  const text = atob(element.textContent);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

async function unpackJson(name) {
  return JSON.parse(new TextDecoder().decode(await unpack(name)));
}

/** Columns by name; the widths are 4, 2 and 1 bytes, in this order. */
function columns(buffer, rows, wide, narrow, bytes) {
  const found = { rows };
  let at = 0;
  for (const [names, kind] of [[wide, Uint32Array], [narrow, Uint16Array], [bytes, Uint8Array]]) {
    for (const name of names) {
      found[name] = new kind(buffer, at, rows);
      at += rows * kind.BYTES_PER_ELEMENT;
    }
  }
  return found;
}

/** Everything but texts and details, which are unpacked when somebody looks at them. */
async function load() {
  const [index, cases, artifacts, cells] =
    await Promise.all([unpackJson("index"), unpackJson("cases"), unpack("artifacts"), unpack("cells")]);
  const { variants, parties } = index;
  const report = {
    ...index,
    cases,
    artifacts: columns(artifacts, index.artifacts, ["variant", "message", "detail"], ["producer"], ["verdict", "flags"]),
    cells: columns(cells, index.cells, ["variant", "message", "detail"], ["producer", "consumer"], ["verdict", "evidence", "flags"]),
    producers: index.header.producers.map((name) => parties.indexOf(name)).filter((party) => party >= 0),
    consumers: index.header.consumers.map((name) => parties.indexOf(name)).filter((party) => party >= 0),
    variantCase: Uint32Array.from(variants.case),
  };
  report.name = (variant) => {
    const axes = variants.axes[variant];
    return cases[variants.case[variant]].id + (axes ? `[${axes}]` : "");
  };
  report.variantsOf = groups(report.variantCase, cases.length);
  report.cellsOf = groups(report.cells.variant, variants.case.length);
  report.artifactsOf = groups(report.artifacts.variant, variants.case.length);
  report.variantByName = new Map(variants.case.map((_, variant) => [report.name(variant), variant]));
  report.caseByName = new Map(cases.map((about, number) => [about.id, number]));
  let texts;
  report.text = async (number) => {
    if (number === NOTHING) return "";
    texts ??= unpackJson("texts");
    return (await texts)[number - 1];
  };
  const blocks = new Map();
  report.detail = async (number) => {
    if (number === NOTHING) return {};
    const block = Math.floor((number - 1) / index.details_in_a_block);
    if (!blocks.has(block)) blocks.set(block, unpackJson(`details-${block}`));
    return (await blocks.get(block))[(number - 1) % index.details_in_a_block];
  };
  return report;
}

/** Where each value stands in a column: `of(value)` are the rows, in order. */
function groups(column, values) {
  const starts = new Uint32Array(values + 1);
  for (const value of column) starts[value + 1]++;
  for (let value = 0; value < values; value++) starts[value + 1] += starts[value];
  const next = starts.slice(), rows = new Uint32Array(column.length);
  for (let row = 0; row < column.length; row++) rows[next[column[row]]++] = row;
  return (value) => rows.subarray(starts[value], starts[value + 1]);
}
