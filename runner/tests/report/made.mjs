// Reports of any size, and reports whose every string is hostile. What is in them follows from their numbers alone.

import { createWriteStream, mkdirSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";

const DIGEST = `sha256:${"0".repeat(64)}`, SHA = "a".repeat(64);
const FAILURES = ["wrong-value", "lenient", "over-strict", "crash", "wrong-schema", "late"];

/** Texts that would do something if they were taken for markup, code or a template. */
export const HOSTILE = [
  "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "\"><svg onload=alert(3)>", "javascript:alert(4)",
  "{script}{data}", "__proto__", "constructor", "&lt;b&gt;", "'; alert(5); //", "\u202egnp.\u0000exe", "<!--", "]]>",
];

function header(producers, consumers) {
  const implementation = (name) => ({
    protocol: 1, adapter: { id: name, version: "1" }, implementation: { name, language: "rust", version: "1.0", components: {} },
    roles: ["produce", "consume"], features: ["*"], observe: ["cdata"], validate: [], type_map: {},
  });
  return {
    schema: "arrowipc-report/1", suite: { version: "0.1.0", digest: DIGEST }, seed: 0, shard: "1/1", all_cases: true, producers, consumers,
    implementations: Object.fromEntries([...new Set([...producers, ...consumers])].map((name) => [name, implementation(name)])),
    down: {}, host: { os: "linux", arch: "x86_64" },
  };
}

async function write(folder, lines) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "report.jsonl"), out = createWriteStream(file);
  for (const line of lines) if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, "drain");
  out.end();
  await once(out, "finish");
  return file;
}

/**
 * A report with `variants` × `parties` × `parties` cells. One of them in 40 fails, and one reader fails every tenth case altogether.
 * Gives its file.
 */
export function large(folder, variants, parties) {
  const names = Array.from({ length: parties }, (_, number) => `implementation-${number}@1.${number}`);
  function* lines() {
    yield { header: header(names, names) };
    const counts = { pass: 0 };
    let cells = 0, artifacts = 0, unexpected = 0;
    for (let variant = 0; variant < variants; variant++) {
      const id = `topic-${Math.floor(variant / 3) % 97}/case-${Math.floor(variant / 3)}[${["stream", "file", "stream,lz4"][variant % 3]}]`;
      yield { case: { id, why: `why case ${Math.floor(variant / 3)} is there`, place: "cases/made.yaml:1", digest: DIGEST, result: "valid", strength: "must", clauses: [`clause-${Math.floor(variant / 3) % 50}`], features: [`feature.f${variant % 60}`, "format.stream"] } };
      for (const [p, producer] of names.entries()) {
        artifacts++;
        yield { artifact: { case: id, producer, verdict: "pass", expected: true, sha256: SHA, size: 1000, attempts: 1, ms: 1 } };
        for (const [c, consumer] of names.entries()) {
          cells++;
          const fails = (variant * 31 + p * 7 + c * 13) % 40 === 0 || (c === 1 && Math.floor(variant / 3) % 10 === 0);
          const verdict = fails ? FAILURES[(variant + c) % FAILURES.length] : "pass";
          counts[verdict] = (counts[verdict] ?? 0) + 1;
          const trace = fails ? { message: `batch 0, column ${c}, row ${variant}, value: expected "1", observed "${p}"`, repro: `arrowipc run '${id}' -p ${producer} -c ${consumer} --keep out`, difference: { place: `row ${variant}`, expected: "1", observed: String(p) } } : {};
          const expected = !fails || c % 2 === 0;
          if (!expected) unexpected++;
          yield { cell: { case: id, producer, consumer, verdict, expected, evidence: "cdata", artifact: SHA, attempts: 1, ms: 0.5, ...trace } };
        }
      }
    }
    yield { footer: { complete: true, cells, artifacts, counts, unexpected, breaches: [] } };
  }
  return write(folder, lines());
}

/** A report in which every name and text is hostile. */
export function hostile(folder) {
  function* lines() {
    yield { header: { ...header(HOSTILE, HOSTILE), left_out: { [HOSTILE[0]]: HOSTILE[1] }, down: { [HOSTILE[2]]: HOSTILE[0] } } };
    for (const text of HOSTILE) for (const kind of ["clause", "feature", "flag"]) yield { term: { kind, id: text, text, level: text, source: text } };
    let cells = 0;
    for (const [number, text] of HOSTILE.entries()) {
      const id = `${text}[${text}]`;
      yield { case: { id, why: text, place: text, digest: text, result: "invalid", strength: "must", reject: { latest: "batch" }, clauses: [text], flags: [text], features: [text] } };
      for (const producer of HOSTILE) {
        yield { artifact: { case: id, producer, verdict: "pass", expected: true, sha256: SHA, size: 4, attempts: 1, ms: 1,
          excerpts: [{ start: 0, hex: "3c696d67", parts: [{ range: { start: 0, end: 4 }, path: text, kind: "text", value: text }] }] } };
        for (const consumer of HOSTILE) {
          cells++;
          yield { cell: { case: id, producer, consumer, verdict: FAILURES[number % FAILURES.length], expected: false, evidence: "self", ranges: [{ start: 1, end: 2 }],
            message: text, stderr: text, unstable: text, attempts: 2, ms: 1, repro: text, difference: { place: text, expected: text, observed: text } } };
        }
      }
    }
    yield { footer: { complete: true, cells, artifacts: HOSTILE.length ** 2, counts: {}, unexpected: cells, breaches: [HOSTILE[1]] } };
  }
  return write(folder, lines());
}
